"""Drift detection: live texts and answers compared with those of the validation data."""
