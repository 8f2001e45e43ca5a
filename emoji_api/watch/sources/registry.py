"""The known sources by name. A source is imported when it is opened: each needs a library of its own."""

from collections.abc import Mapping
from inspect import Parameter, signature
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
    _check_options(name, source_class, options)
    source: Source = source_class(**options)
    return source


def _check_options(name: str, source_class: type, options: Mapping[str, str]) -> None:
    """Raise SourceError if an option is unknown, or one without a default is missing."""
    parameters = signature(source_class).parameters
    known = f"its options are {', '.join(parameters)}"
    for option in options:
        if option not in parameters:
            raise SourceError(f"the source {name} has no option {option}; {known}")
    for parameter in parameters.values():
        if parameter.default is Parameter.empty and parameter.name not in options:
            raise SourceError(f"the source {name} needs the option {parameter.name}; {known}")
