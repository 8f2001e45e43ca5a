"""Metrics, calibration error, result files and plots."""
