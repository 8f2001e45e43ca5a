"""The HTTP face of the service: one blueprint a file."""
