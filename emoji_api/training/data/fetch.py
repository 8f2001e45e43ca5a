"""Brings data sets from where their owners publish them, or from a folder, and takes only what is known."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from emoji_api.errors import DataError
from emoji_api.files import fsync_path, staging_folder
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.files import FileReference, is_meant, sha256_of
from emoji_api.training.data.checks.reference import BESIDE, Reference, read_public, read_references
from emoji_api.training.data.readers import read_emotion

ATTEMPTS = 3
"""How often a file is asked for before it is given up."""
PAUSE = 1.0
"""Seconds before the second attempt; twice as long before each after it."""
SPLITS = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
"""The files of the emotion set, of which the hub has only the rows."""


def fetch(
    out: Path, folder: Path | None = None, reference: Path | None = None, *, replace: bool = False
) -> Iterator[str]:
    """Bring every file that is known into `out`, and say, data set by data set, what was done.

    They are taken from `folder`, where that is given, and else from where their owners publish them. A file is there
    whole and as it is known, or not at all, and one that is there already stays. Known is what the file `reference`
    says, or `reference.yaml` in `folder` or `out`, or else what the package knows of the public sets.

    Raises DataError for a file that is another than what is known, that cannot be got, or, unless with `replace`, whose
    place another one has.
    """
    if folder and not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    own = [place / BESIDE for place in (folder, out) if place and (place / BESIDE).is_file()]
    given = reference or (own[0] if own else None)
    known = read_references(given) if given else read_public()
    if not any(of_set.files for of_set in known.values()):
        raise DataError(f"{given} names no files; write it anew: emoji-api data check --write-reference")
    with staging_folder(out) as staging:
        for name, of_set in known.items():
            missing = {path: file for path, file in of_set.files.items() if not _is_there(out / path, file, replace)}
            yield f"{name}: {_bring(missing, of_set, out, folder, staging)}"
        if folder and own and own[0].parent == folder and folder.resolve() != out.resolve():
            shutil.copyfile(own[0], staging / BESIDE)
            _put(staging / BESIDE, out / BESIDE)


def _is_there(path: Path, known: FileReference, replace: bool) -> bool:
    if not path.is_file():
        return False
    if is_meant(path, known):
        return True
    if not replace:
        raise DataError(f"{path} is another file than the one that is known: move it away, or give --replace")
    return False


def _bring(
    missing: Mapping[str, FileReference], of_set: Reference, out: Path, folder: Path | None, staging: Path
) -> str:
    """What was done about the files of a data set that are `missing` in `out`."""
    place = of_set.published
    if not missing:
        return f"{len(of_set.files)} files are there"
    if folder:
        if not any((folder / path).is_file() for path in of_set.files):
            return f"left out: {folder} does not have it"
        source = str(folder)
    elif place.by_hand:
        return f"left out: put {', '.join(str(out / path) for path in missing)} there and repeat. {place.by_hand}"
    elif place.hub or place.url:
        source = place.hub or str(place.url)
    else:
        raise DataError(f"{', '.join(missing)}: nobody is known to publish it; give a folder that has it")
    alike = []
    for path, known in missing.items():
        if folder:
            got = _copied(folder / path, staging / Path(path).name)
        elif place.hub:
            got = _written(place.hub, staging / Path(path).name)
        else:
            got = _downloaded(str(place.url) + path.partition("/")[2], staging / Path(path).name)
        if not is_meant(got, known):
            raise DataError(f"{path} of {source} is not what is known: its sha256 is {sha256_of(got)}; it is not kept")
        alike += [] if sha256_of(got) in known.sha256 else [Path(path).name]
        _put(got, out / path)
    note = f"; {', '.join(alike)}: other bytes, the same rows" if alike else ""
    return f"{len(missing)} files from {source}{note}"


def _copied(path: Path, to: Path) -> Path:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return Path(shutil.copyfile(path, to))


def _written(hub: str, to: Path) -> Path:
    split = read_emotion(hub).splits.get(SPLITS.get(to.name, ""))
    if split is None:
        raise DataError(f"{hub} has no rows for {to.name}")
    lines = (f"{text};{EMOTION.labels[label]}" for text, label in zip(split.texts, split.labels, strict=True))
    to.write_text("\n".join(lines), encoding="utf-8", newline="")
    return to


def _downloaded(url: str, to: Path) -> Path:
    again = retry_if_exception(lambda error: not _is_missing(_cause(error)))
    attempts = Retrying(stop=stop_after_attempt(ATTEMPTS), wait=wait_exponential(PAUSE), retry=again, reraise=True)
    try:
        return attempts(_download, url, to)
    except Exception as error:  # the client raises errors of many libraries
        if _is_missing(why := _cause(error)):
            raise DataError(f"{url}: not found") from error
        raise DataError(f"{url} cannot be fetched: {type(why).__name__}: {why}") from error


def _download(url: str, to: Path) -> Path:
    from datasets import DownloadConfig, DownloadManager  # takes seconds to import

    config = DownloadConfig(cache_dir=to.with_name("downloaded"), force_download=True, disable_tqdm=True)
    # a copy: the hub's client keeps its own
    return _copied(Path(str(DownloadManager(download_config=config).download(url))), to)


def _cause(error: BaseException) -> BaseException:
    """What is behind an error: the client tells some that are none of it as a file that is not found."""
    while isinstance(error, FileNotFoundError) and error.__cause__:
        error = error.__cause__
    return error


def _is_missing(why: BaseException) -> bool:
    return isinstance(why, FileNotFoundError) or getattr(why, "status", None) == 404


def _put(path: Path, place: Path) -> None:
    """Move a file of the staging folder to its place, where it appears at once."""
    fsync_path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
