"""Exceptions of this package. `rest.errors` maps them to HTTP statuses in one place.

EmojiApiError
├── InvalidText          a text that cannot be classified
├── UnknownTask          a task that the bundle does not have
│   └── TaskNotOffered       a task that posts are not labelled for
├── NoEmotionUnknown     a bundle that cannot tell tweets without an emotion
├── ExplanationTooLarge  texts with too many words to explain in one call
├── UnknownLabel         a label that a task does not have
├── DatabaseUnavailable  a database that cannot be used now
├── BundleError          a bundle that is missing, damaged or inconsistent
├── ReloadRefused        a reload that leaves the served model in place
├── ReloadRunning        a reload while another one is running
├── RegistryError        a model registry that cannot be reached or names no usable bundle
├── DependencyMissing    an optional dependency that is not installed
│   └── SourceMissing        a source of posts whose library is not installed
├── TrainerMissing       an installation that cannot train
├── TrainerNotStarted    a training whose process could not be started
├── TrainingRunning      a second training while one is running
├── TrainingEnded        a training that has already ended
├── UnknownTraining      a training id that does not exist
├── DataError            training data that is missing or malformed
├── ExportError          an exported network whose outputs differ from the original's
├── UnknownCompany       a company that is not watched
├── CompanyExists        a second company of the same name
├── InvalidCompany       a company whose name cannot be stored
├── NotLabelable         a post that does not exist, was forgotten, or is not classified
├── UnknownPostLabel     a label id that does not exist
├── PostLabelled         a second label of a post for the same task
├── InvalidRange         a range of dates that is upside down or too long
├── UnknownPost          a post that a company does not have
├── SourceError          a source of posts that cannot be read or is configured wrongly
│   ├── SourceRateLimited    a source that refuses requests until a later time
│   └── SourceUnauthorized   a source whose credentials are missing or refused
├── TweetFileError       a file of tweets that cannot be read
│   ├── TooManyTweets        a file with more tweets than are answered at a time
│   ├── UnknownTweetFormat   a file of tweets in a format that is not read
│   └── TextColumnMissing    a file of tweets that does not tell which column has the texts
└── SettingsError        a setting with an invalid value
"""

import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/(?:[^\s/'\":;,()]+/)*([^\s/'\":;,()]*)")
"""An absolute path without spaces; its group is the last component. Does not match inside URLs and relative paths."""

INDEX_FILES = ("bundle.json", "served.json")
"""Files that describe a bundle or a model store. They are named in errors also if they do not exist."""


class EmojiApiError(Exception):
    """Base class of all errors that this package raises on purpose."""

    @property
    def public_message(self) -> str:
        """The message for anonymous callers of the HTTP API; never contains folders of the server."""
        return str(self)


class InvalidText(EmojiApiError):
    """A text that cannot be classified: blank, not a string, or not encodable as UTF-8.

    `reason` is the predicate of a sentence about the text. `index` is the text's 0-based position in the caller's list,
    `None` for a single text; the message counts from 1.
    """

    def __init__(self, reason: str, index: int | None = None):
        self.reason = reason
        self.index = index
        super().__init__(f"the text {reason}" if index is None else f"text {index + 1} {reason}")


class UnknownTask(EmojiApiError):
    """A task that the bundle does not have. `available` are the tasks that it has, sorted."""

    def __init__(self, name: str, available: Iterable[str]):
        self.available = sorted(available)
        super().__init__(f"this bundle has no task {name!r}; it has {', '.join(self.available)}")


class TaskNotOffered(UnknownTask):
    """A task that posts are not labelled for. `available` are those that they are labelled for, sorted."""

    def __init__(self, name: str, available: Iterable[str]):
        self.available = sorted(available)
        EmojiApiError.__init__(self, f"posts are not labelled for {name!r}; choose {', '.join(self.available)}")


class NoEmotionUnknown(EmojiApiError):
    """A bundle that cannot tell tweets without an emotion from the others: it was calibrated before it could."""

    def __init__(self) -> None:
        super().__init__("this bundle cannot tell tweets without an emotion from the others")


class ExplanationTooLarge(EmojiApiError):
    """Texts whose explanation would need more rows of the network than the caller allows, one for each word."""

    def __init__(self, rows: int, max_rows: int):
        super().__init__(f"the texts have {rows} words to leave out; at most {max_rows} can be explained at a time")


class UnknownLabel(EmojiApiError):
    """A label that a task does not have. `labels` are the task's labels, in its order."""

    def __init__(self, label: str, task: str, labels: Iterable[str]):
        self.labels = list(labels)
        super().__init__(f"{task} has no label {label!r}; it has {', '.join(self.labels)}")


class DatabaseUnavailable(EmojiApiError):
    """A database that cannot be used now. `reason` is for the log, not for callers."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__("the database cannot be used now; try again later")


class BundleError(EmojiApiError):
    """A bundle that is missing, truncated, altered or inconsistent.

    `path` is the file or folder, `reason` the predicate of a sentence about it. `file` is the file's path relative to
    its bundle, `None` if `path` is not a file of a bundle.
    """

    def __init__(self, path: object, reason: str):
        self.path = str(path)
        self.reason = reason
        self.file = _path_in_bundle(Path(self.path))
        super().__init__(f"{path}: {reason}")

    @property
    def public_message(self) -> str:
        """The file's path relative to its bundle, and the reason."""
        return f"{self.file or 'the model'}: {self.public_reason}"

    @property
    def public_reason(self) -> str:
        """The reason without folders of the server."""
        path = Path(self.path)
        reason = self.reason.replace(self.path, self.file or "the model")
        for folder in path.parents if path.is_absolute() else ():
            if folder.name:  # not the root
                reason = re.sub(re.escape(str(folder)) + r"(?![\w.-])/?", "", reason)
        return without_folders(reason)


class ReloadRefused(EmojiApiError):
    """A reload that leaves the served model in place."""

    @property
    def public_message(self) -> str:
        """The message without folders of the server."""
        return without_folders(str(self))


class ReloadRunning(EmojiApiError):
    """A reload while another one is running."""

    def __init__(self) -> None:
        super().__init__("another reload is running; try again in a moment")


class RegistryError(EmojiApiError):
    """A model registry that cannot be reached, or that names no usable bundle."""

    @property
    def public_message(self) -> str:
        """The message without folders of the server."""
        return without_folders(str(self))


class DependencyMissing(EmojiApiError):
    """An optional dependency that is not installed; `extra` is the group of optional dependencies that has it."""

    def __init__(self, dependency: str, extra: str):
        super().__init__(f"{dependency} is not installed; {_how_to_install(extra)}")


class SourceMissing(DependencyMissing):
    """A source of posts that cannot be opened, because `dependency` is not installed."""

    def __init__(self, dependency: str):
        super().__init__(dependency, "watch")


class TrainerMissing(EmojiApiError):
    """An installation that cannot train, because `modules` of the group `extra` are not installed."""

    def __init__(self, modules: Iterable[str], extra: str):
        names = ", ".join(modules)
        super().__init__(f"this installation cannot train: {names} not installed; {_how_to_install(extra)}")


class TrainerNotStarted(EmojiApiError):
    """A training whose process could not be started."""


class TrainingRunning(EmojiApiError):
    """A second training while the training `training_id` is running."""

    def __init__(self, training_id: object):
        self.training_id = training_id
        super().__init__(f"training {training_id} is running; wait until it ends, or cancel it")


class TrainingEnded(EmojiApiError):
    """A training that has already ended, so that it cannot be cancelled."""

    def __init__(self, training_id: object, state: str):
        super().__init__(f"training {training_id} has already ended: it is {state}")


class UnknownTraining(EmojiApiError):
    """A training id that does not exist."""

    def __init__(self, training_id: object):
        super().__init__(f"there is no training {training_id}")


class DataError(EmojiApiError):
    """Training data that is missing or malformed."""


class ExportError(EmojiApiError):
    """An exported network whose outputs differ from those of the network that it was exported from."""


class UnknownCompany(EmojiApiError):
    """A company that is not watched."""

    def __init__(self, name: str):
        super().__init__(f"there is no company {name!r}; `emoji-api watch list` names the watched ones")


class CompanyExists(EmojiApiError):
    """A second company of the same name."""

    def __init__(self, name: str):
        super().__init__(f"there is a company {name!r} already; remove it first, or choose another name")


class InvalidCompany(EmojiApiError):
    """A company whose name cannot be stored."""


class NotLabelable(EmojiApiError):
    """A post that does not exist, was forgotten, or is not classified, so that it cannot be labelled."""

    def __init__(self, company: str, post: int):
        super().__init__(f"{company} has no post {post} to label; it may have been deleted")


class UnknownPostLabel(EmojiApiError):
    """A label id that does not exist."""

    def __init__(self, company: str, label: int):
        super().__init__(f"{company} has no label {label}; it may have been undone")


class PostLabelled(EmojiApiError):
    """A second label of a post for the same task, also after it was skipped."""

    def __init__(self, post: int, task: str):
        super().__init__(f"post {post} has been labelled or skipped for {task} already; undo that first")


class InvalidRange(EmojiApiError, ValueError):
    """A range of dates that is upside down or too long."""


class UnknownPost(EmojiApiError):
    """A post that the company `company` does not have."""

    def __init__(self, company: str, post_id: str):
        super().__init__(f"{company} has no post {post_id!r}")


class SourceError(EmojiApiError):
    """A source of posts that cannot be read, or that is configured wrongly."""


class SourceRateLimited(SourceError):
    """A source that refuses requests until `reset`, an aware datetime; `None` if it does not tell."""

    def __init__(self, source: str, reset: datetime | None):
        self.reset = reset
        when = f" until {reset:%Y-%m-%d %H:%M:%S} UTC" if reset else ""
        super().__init__(f"{source} refuses further requests{when} (rate limit); run the collection again later")


class SourceUnauthorized(SourceError):
    """A source whose credentials are missing or refused. `variable` is the environment variable to set."""

    def __init__(self, source: str, variable: str, where: str):
        super().__init__(f"{source}: the credentials are missing or refused; set {variable}; see {where}")


class TweetFileError(EmojiApiError):
    """A file of tweets that cannot be read."""


class TooManyTweets(TweetFileError):
    """A file with more tweets than are answered at a time."""

    def __init__(self, limit: int):
        super().__init__(f"the file has more than {limit:,} tweets, which is the limit of this service")


class UnknownTweetFormat(TweetFileError):
    """A file of tweets in a format that is not read."""

    def __init__(self, name: str):
        super().__init__(f"{name!r} is neither CSV, JSON lines nor plain text; save it as .csv, .jsonl or .txt")


class TextColumnMissing(TweetFileError):
    """A file of tweets that does not tell which column has the texts. `columns` are the columns that it has.

    `wanted` is the column that the caller named, `None` if it named none.
    """

    def __init__(self, columns: Iterable[str], wanted: str | None):
        self.columns = list(columns)
        missing = "a known name for the texts" if wanted is None else f"the name {wanted!r}"
        super().__init__(f"no column has {missing}; the file has {', '.join(map(repr, self.columns))}")


class SettingsError(EmojiApiError):
    """A setting with an invalid value."""


def without_folders(text: str) -> str:
    """Return `text` with each absolute path reduced to its last component."""
    return ABSOLUTE_PATH.sub(r"\1", text)


def _path_in_bundle(path: Path) -> str | None:
    """Return `path` relative to the nearest parent that has a `bundle.json`."""
    if path.name in INDEX_FILES:
        return path.name
    for folder in path.parents:
        if os.path.isfile(folder / "bundle.json"):
            return path.relative_to(folder).as_posix()
    return None


def _how_to_install(extra: str) -> str:
    return f"in a clone of the repository, run `make install` or `pip install '.[{extra}]'`"
