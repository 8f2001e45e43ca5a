"""Data in, bundle out: the only home of TensorFlow and transformers.

Importing this package sets what TensorFlow reads when it is first imported: `TF_USE_LEGACY_KERAS`, which
transformers' TensorFlow classes need. And what MLflow reads: no telemetry, no progress bars, and no minutes of waiting
for a server that is not there.
"""

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
