"""The network: its encoder and heads, its vocabulary, and its forward pass while it is trained."""
