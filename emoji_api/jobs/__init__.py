"""Training jobs: started through the service, run by trainer processes, and tracked in the database."""
