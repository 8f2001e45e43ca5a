"""Sources of posts, one platform a file. `open_source` opens one by name."""

from emoji_api.watch.sources.base import Page, Post, Source
from emoji_api.watch.sources.registry import SOURCES, open_source

__all__ = ["SOURCES", "Page", "Post", "Source", "open_source"]
