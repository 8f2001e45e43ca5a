"""Checks of the options that a company gives its source."""

from urllib.parse import urlsplit

from emoji_api.errors import SourceError


def http_url(option: str, value: str) -> str:
    """Return `value`. Raise SourceError unless it is an HTTP address with a host."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # such as brackets that are not closed
        valid = False
    if not valid:
        raise SourceError(f"the option {option} is {value!r}, not an address such as https://HOST")
    return value
