"""The promotion gate: a challenger bundle is compared with the champion."""
