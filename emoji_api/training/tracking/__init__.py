"""MLflow: runs, the registry and its promotions, sweeps."""
