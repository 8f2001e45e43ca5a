"""Download of the data sets, or their copy from a folder, with verification against the known hashes."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from emoji_api.errors import DataError
from emoji_api.files import fsync_path, staging_folder
from emoji_api.progress import track
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.files import FileReference, matches_reference, sha256_of
from emoji_api.training.data.checks.reference import (
    REFERENCE_FILE,
    Reference,
    public_references,
    read_references,
)
from emoji_api.training.data.readers import read_emotion

ATTEMPTS = 3
"""Number of attempts to download a file."""
PAUSE = 1.0
"""Seconds before the second attempt; the pause doubles with each further attempt."""
SPLITS = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
"""File of the emotion data set -> its split; the hub has the rows of the splits instead of the files."""


def fetch(
    out: Path, folder: Path | None = None, reference: Path | None = None, *, replace: bool = False
) -> Iterator[tuple[str, str]]:
    """Fetch every referenced file into the folder `out`, and yield the name of each data set and what was done.

    The source is `folder` if given, otherwise the place where the owner publishes the data set. The files and their
    hashes come from the first of: the file `reference`, `reference.yaml` in `folder`, `reference.yaml` in `out`, the
    package's references of the public data sets. Each file is verified, then moved into place atomically. Files that
    are already in `out` are not fetched again.

    Raise DataError if a file cannot be fetched, if its content does not match the reference, or, without `replace`, if
    `out` has a file of that name with other content.
    """
    if folder and not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    local = [place / REFERENCE_FILE for place in (folder, out) if place and (place / REFERENCE_FILE).is_file()]
    path = reference or (local[0] if local else None)
    references = read_references(path) if path else public_references()
    if not any(dataset.files for dataset in references.values()):
        raise DataError(
            f"{path} lists no files; write it again with: emoji-api data check --data FOLDER --write-reference {path}"
        )
    with staging_folder(out) as staging:
        for name, dataset in references.items():
            missing = {
                file: expected
                for file, expected in dataset.files.items()
                if not _is_present(out / file, expected, replace)
            }
            yield name, _fetch_dataset(name, missing, dataset, out, folder, staging)
        if folder and local and local[0].parent == folder and folder.resolve() != out.resolve():
            shutil.copyfile(local[0], staging / REFERENCE_FILE)
            _move_into_place(staging / REFERENCE_FILE, out / REFERENCE_FILE)


def _is_present(path: Path, reference: FileReference, replace: bool) -> bool:
    """Return whether the file exists and matches. Raise DataError if it does not match and `replace` is false."""
    if not path.is_file():
        return False
    if matches_reference(path, reference):
        return True
    if not replace:
        raise DataError(f"{path} exists and does not match the reference: move it away, or use --replace")
    return False


def _fetch_dataset(
    name: str, missing: Mapping[str, FileReference], dataset: Reference, out: Path, folder: Path | None, staging: Path
) -> str:
    """Fetch the `missing` files of the data set `name` into `out`, and return what was done."""
    published = dataset.published
    if not missing:
        return f"{len(dataset.files)} files are present"
    if folder:
        if not any((folder / path).is_file() for path in dataset.files):
            return f"left out: {folder} does not have it"
        source = str(folder)
    elif published.by_hand:
        paths = ", ".join(str(out / path) for path in missing)
        return f"left out: download {paths} by hand and repeat this command. {published.by_hand}"
    elif published.hub or published.url:
        source = published.hub or str(published.url)
    else:
        raise DataError(
            f"{', '.join(missing)}: the reference has no source; use --from with a folder that has the files"
        )
    same_rows = []
    # the hub's client has progress bars of its own, which a second one would disturb
    for path in missing if published.hub and not folder else track(missing, f"fetching {name}"):
        expected, staged = missing[path], staging / Path(path).name
        if folder:
            _copy(folder / path, staged)
        elif published.hub:
            _write_from_hub(published.hub, staged)
        else:
            _download_with_retries(str(published.url) + path.partition("/")[2], staged)
        sha256 = sha256_of(staged)
        if not matches_reference(staged, expected):
            raise DataError(
                f"{path} from {source} does not match the reference and is discarded: its sha256 is {sha256}"
            )
        if sha256 not in expected.sha256:
            same_rows.append(staged.name)
        _move_into_place(staged, out / path)
    note = f"; {', '.join(same_rows)}: other bytes, the same rows" if same_rows else ""
    return f"{len(missing)} files from {source}{note}"


def _copy(path: Path, target: Path) -> None:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    shutil.copyfile(path, target)


def _write_from_hub(hub: str, target: Path) -> None:
    """Write a split of the emotion data set on the hub as a file in the format of its authors."""
    split = read_emotion(hub).splits.get(SPLITS.get(target.name, ""))
    if split is None:
        raise DataError(f"{hub} has no rows for {target.name}")
    lines = (f"{text};{EMOTION.labels[label]}" for text, label in zip(split.texts, split.labels, strict=True))
    target.write_text("\n".join(lines), encoding="utf-8", newline="")


def _download_with_retries(url: str, target: Path) -> None:
    transient = retry_if_exception(lambda error: not _is_not_found(_root_cause(error)))
    attempts = Retrying(stop=stop_after_attempt(ATTEMPTS), wait=wait_exponential(PAUSE), retry=transient, reraise=True)
    try:
        attempts(_download, url, target)
    except Exception as error:  # the client raises errors of many libraries
        if _is_not_found(cause := _root_cause(error)):
            raise DataError(f"{url}: not found") from error
        raise DataError(f"{url} cannot be fetched: {type(cause).__name__}: {cause}") from error


def _download(url: str, target: Path) -> None:
    from datasets import DownloadConfig, DownloadManager  # takes seconds to import

    config = DownloadConfig(cache_dir=target.with_name("downloaded"), force_download=True, disable_tqdm=True)
    # copy, do not move: the file belongs to the hub client's cache
    _copy(Path(str(DownloadManager(download_config=config).download(url))), target)


def _root_cause(error: BaseException) -> BaseException:
    """Return the cause of a FileNotFoundError, which the client raises for other errors too, or the error itself."""
    while isinstance(error, FileNotFoundError) and error.__cause__:
        error = error.__cause__
    return error


def _is_not_found(error: BaseException) -> bool:
    return isinstance(error, FileNotFoundError) or getattr(error, "status", None) == 404


def _move_into_place(path: Path, target: Path) -> None:
    """Move a staged file to its target atomically."""
    fsync_path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
