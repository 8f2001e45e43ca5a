"""Data sets: sources, readers, checks, download and exploration."""
