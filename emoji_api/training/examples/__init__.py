"""What the network learns from: texts with targets, real tweets with guesses, batches."""
