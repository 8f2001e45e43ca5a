"""Functions, a sensor and a retry policy that the DAGs share."""
