"""Training examples: texts with soft targets and weights per task, and their batches."""
