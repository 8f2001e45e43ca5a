"""JSON over HTTP: one flask-smorest blueprint per file."""
