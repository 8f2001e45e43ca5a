"""Data checks: Great Expectations suites over the data that the readers return.

Importing this package turns off Great Expectations' usage reports. Modules that import Great Expectations, which takes
seconds, are themselves imported only when there is something to check.
"""

import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("GE_ANALYTICS_ENABLED", "false")  # the variable's former name
