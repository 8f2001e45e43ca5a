"""What can go wrong, as exceptions. `rest.errors` maps them to HTTP in one place.

EmojiApiError
├── InvalidText          a text that cannot be answered
├── UnknownTask          a task that the served bundle lacks
├── BundleError          a bundle that cannot be trusted or read
├── DependencyMissing    an optional part of the installation is needed
├── DataError            training data that is missing or not as described
├── ExportError          a converted network that does not answer like its original
└── SettingsError        a setting whose value cannot be used
"""

from collections.abc import Iterable


class EmojiApiError(Exception):
    """Everything that this package raises on purpose."""


class InvalidText(EmojiApiError):
    """A text that cannot be answered: blank, not a string, or not encodable as UTF-8.

    `reason` completes "the text ..."; `index` is the text's place in the list that the caller sent.
    """

    def __init__(self, reason: str, index: int | None = None):
        self.reason = reason
        self.index = index
        super().__init__(f"the text {reason}" if index is None else f"text {index} {reason}")


class UnknownTask(EmojiApiError):
    """A task that the served bundle lacks."""

    def __init__(self, name: str, available: Iterable[str]):
        self.available = sorted(available)
        super().__init__(f"this bundle has no task {name!r}; it has {', '.join(self.available)}")


class BundleError(EmojiApiError):
    """A bundle that is missing, truncated, altered or inconsistent. Names the file and why."""

    def __init__(self, path: object, reason: str):
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class DependencyMissing(EmojiApiError):
    """An optional part of the installation is needed."""

    def __init__(self, what: str, group: str):
        super().__init__(f"{what} is not installed; install it with: pip install 'emoji-api[{group}]'")


class DataError(EmojiApiError):
    """Training data that is missing or not as described."""


class ExportError(EmojiApiError):
    """A converted network that does not answer like the one it was made from."""


class SettingsError(EmojiApiError):
    """A setting whose value cannot be used."""
