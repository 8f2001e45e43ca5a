"""The mark of tests that the shipped bundle is known to fail."""

import pytest


def known_failure(reason: str) -> pytest.MarkDecorator:
    """Return a strict xfail mark: a test that starts to pass must lose the mark."""
    return pytest.mark.xfail(strict=True, reason=f"known failure of the shipped bundle: {reason}")
