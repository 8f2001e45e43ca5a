"""The known sources by name. A source is imported when it is opened: each needs a library of its own."""

from collections.abc import Mapping
from pkgutil import resolve_name

from emoji_api.errors import SourceError, SourceMissing
from emoji_api.watch.sources.base import Source

SOURCES = {
    "x": "emoji_api.watch.sources.x:XSource",
    "bluesky": "emoji_api.watch.sources.bluesky:BlueskySource",
    "mastodon": "emoji_api.watch.sources.mastodon:MastodonSource",
    "rss": "emoji_api.watch.sources.rss:RssSource",
    "file": "emoji_api.watch.sources.file:FileSource",
}
"""The class of each source, as `module:class`."""


def open_source(name: str, options: Mapping[str, str]) -> Source:
    """Return the source `name` with these options.

    Raises SourceError for an unknown source or option, and SourceMissing if the source's library is not installed.
    """
    if name not in SOURCES:
        raise SourceError(f"there is no source {name!r}; there are {', '.join(SOURCES)}")
    try:
        source_class = resolve_name(SOURCES[name])
    except ImportError as error:
        raise SourceMissing(error.name or f"the library of the source {name}") from error
    try:
        source: Source = source_class(**options)
    except TypeError as error:
        raise SourceError(
            f"the source {name} cannot be opened with the options {', '.join(options)}: {error}"
        ) from error
    return source
