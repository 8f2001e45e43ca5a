"""Training jobs: ordered through the service, run by trainer processes, and tracked in the database."""
