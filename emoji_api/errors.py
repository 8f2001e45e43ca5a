"""What can go wrong, as exceptions. `rest.errors` maps them to HTTP in one place.

EmojiApiError
├── InvalidText          a text that cannot be answered
├── UnknownTask          a task that the served bundle lacks
├── UnknownLabel         a label that a task lacks
├── DatabaseUnavailable  a database that cannot be used now
├── BundleError          a bundle that cannot be trusted or read
├── ReloadRefused        no other model takes the place of the one that is served
├── ReloadRunning        a model that is being looked for already
├── RegistryError        a model registry that cannot be asked or names no bundle
├── DependencyMissing    an optional part of the installation is needed
├── TrainerMissing       an installation that cannot train
├── TrainerNotStarted    a training whose process the system does not start
├── TrainingRunning      one training at a time
├── TrainingEnded        a training that is over
├── UnknownTraining      a training that nobody ordered
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


class UnknownLabel(EmojiApiError):
    """A label that a task lacks."""

    def __init__(self, label: str, task: str, labels: Iterable[str]):
        self.labels = list(labels)
        super().__init__(f"{task} has no label {label!r}; it has {', '.join(self.labels)}")


class DatabaseUnavailable(EmojiApiError):
    """A database that cannot be used now. `reason` is for whoever runs the service, not for its callers."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__("the database cannot be used now; try again later")


class BundleError(EmojiApiError):
    """A bundle that is missing, truncated, altered or inconsistent. Names the file and why."""

    def __init__(self, path: object, reason: str):
        self.path = str(path)
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class ReloadRefused(EmojiApiError):
    """No other model takes the place of the one that is served."""


class ReloadRunning(EmojiApiError):
    """One look for another model at a time."""

    def __init__(self) -> None:
        super().__init__("another model is being looked for already; ask again in a moment")


class RegistryError(EmojiApiError):
    """A model registry that cannot be asked, or that names no bundle."""


class DependencyMissing(EmojiApiError):
    """An optional part of the installation is needed."""

    def __init__(self, what: str, group: str):
        super().__init__(f"{what} is not installed; install it with: pip install 'emoji-api[{group}]'")


class TrainerMissing(EmojiApiError):
    """An installation that cannot train: some of what the `group` has is not there."""

    def __init__(self, missing: Iterable[str], group: str):
        names = ", ".join(missing)
        super().__init__(
            f"this installation cannot train: {names} not installed; install with: pip install 'emoji-api[{group}]'"
        )


class TrainerNotStarted(EmojiApiError):
    """A training whose process the system does not start."""


class TrainingRunning(EmojiApiError):
    """One training at a time: that of the id `number` runs."""

    def __init__(self, number: object):
        self.number = number
        super().__init__(f"the training {number} runs, and one runs at a time; wait for its end, or cancel it")


class TrainingEnded(EmojiApiError):
    """A training that is over: there is nothing to cancel."""

    def __init__(self, number: object, state: str):
        super().__init__(f"the training {number} has ended: it is {state}")


class UnknownTraining(EmojiApiError):
    """A training that nobody ordered."""

    def __init__(self, number: object):
        super().__init__(f"there is no training {number}")


class DataError(EmojiApiError):
    """Training data that is missing or not as described."""


class ExportError(EmojiApiError):
    """A converted network that does not answer like the one it was made from."""


class SettingsError(EmojiApiError):
    """A setting whose value cannot be used."""
