"""The bins in which numbers are counted, here and by Prometheus: upper bounds, each part of its bin."""

TOKENS = (3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
UNKNOWN = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
CONFIDENCE = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
