"""A fitted network on disk: SavedModel, int8 ONNX (GPTQ), and the bundle around them."""
