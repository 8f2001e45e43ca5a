"""Fitting of temperatures, biases, thresholds and decision rules on validation data."""
