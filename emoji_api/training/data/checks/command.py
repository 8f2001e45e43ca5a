"""What `emoji-api data check` does."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.files import write_atomically
from emoji_api.training.data.checks.reference import read_references, references_next_to, write_references
from emoji_api.training.data.checks.report import Report, summary
from emoji_api.training.data.checks.run import check_all, references_of
from emoji_api.training.data.readers import Dataset
from emoji_api.training.data.sources import dataset_readers, require_data_paths
from emoji_api.training.params import DataParams, read_params

__all__ = ["check", "chosen", "summary", "write_counts", "write_reference"]

PAGES = "data_docs"
"""The folder of Great Expectations' pages within the one that is named."""


def chosen(folder: str | None, params: str | None) -> DataParams:
    """The places of the data sets: those in the file `params`, and each that is in `folder` under its own name."""
    found = require_data_paths(folder) if folder else {}
    if params:
        return read_params(params).with_sources(**found).data
    if not found:
        raise DataError("no data are named")
    return DataParams(**({"emotion": ""} | found))


def check(data: DataParams, out: Path, reference: str | None) -> tuple[list[Report], Path]:
    """A report of each data set, and the first of the pages about them, which are in a folder of `out`."""
    given = references_next_to(data) | (read_references(Path(reference)) if reference else {})
    return check_all(dataset_readers(data), given, out / PAGES), out / PAGES / "index.html"


def write_counts(reports: Sequence[Report], path: Path) -> None:
    """Write what was found in each data set, in numbers, as JSON."""
    write_atomically(path, json.dumps({report.name: report.counts() for report in reports}, indent=2) + "\n")


def write_reference(data: DataParams, path: Path) -> list[str]:
    """Write what is now known of the data sets; their names. Raises DataError where one cannot be read."""
    found: dict[str, Callable[[], Dataset]] = dataset_readers(data)
    write_references(path, references_of(found))
    return list(found)
