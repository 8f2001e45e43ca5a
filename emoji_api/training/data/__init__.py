"""The data sets: readers, checks, download and exploration."""
