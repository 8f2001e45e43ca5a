"""Trainings as jobs: ordered by whoever serves, run by a process of their own, told of in the database."""
