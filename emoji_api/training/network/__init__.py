"""The network in TensorFlow: encoder and heads, checkpoints, vocabulary, forward pass."""
