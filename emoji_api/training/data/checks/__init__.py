"""Whether data are fit to train on: Great Expectations' suites over what the readers of the data sets give.

Importing this package keeps Great Expectations from reporting its use over the network; it takes seconds to import, so
nothing here does before there is something to check.
"""

import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("GE_ANALYTICS_ENABLED", "false")  # what the variable was called once
