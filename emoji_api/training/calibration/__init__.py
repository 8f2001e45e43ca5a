"""Calibration on validation data: temperatures, biases, thresholds and decision rules."""
