"""A fitted network on disk: SavedModel and int8 ONNX."""
