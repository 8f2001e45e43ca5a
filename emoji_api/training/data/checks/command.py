"""The functions behind the command `emoji-api data check`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.files import write_atomically
from emoji_api.training.data.checks.derive import derive_references
from emoji_api.training.data.checks.reference import read_references, references_next_to, write_references
from emoji_api.training.data.checks.report import Report
from emoji_api.training.data.checks.run import check_all
from emoji_api.training.data.sources import dataset_readers, require_data_paths
from emoji_api.training.params import DataParams

PAGES = "data_docs"
"""Name of the folder of result pages within the output folder."""


def data_params_of(folder: str | None) -> DataParams:
    """Return the paths of the data sets in `folder`. Raise DataError if it is None or has no data set."""
    if not folder:
        raise DataError("no data to check: use --data or --params")
    return DataParams(**({"emotion": ""} | require_data_paths(folder)))


def check(data: DataParams, out: Path, reference: str | None) -> tuple[list[Report], Path]:
    """Check the data sets, write result pages into the folder `PAGES` in `out`, return reports and index page."""
    references = references_next_to(data) | (read_references(Path(reference)) if reference else {})
    return check_all(dataset_readers(data), references, out / PAGES), out / PAGES / "index.html"


def as_dict(reports: Sequence[Report], page: Path) -> dict[str, Any]:
    """Return the counts and the lines of each report by data set, and the path of the result pages, for JSON."""
    data_sets = {report.name: report.counts() | {"findings": list(report.lines())} for report in reports}
    return {"data_sets": data_sets, "page": str(page)}


def write_counts(reports: Sequence[Report], path: Path) -> None:
    """Write the counts of each report as JSON, by data set."""
    write_atomically(path, json.dumps({report.name: report.counts() for report in reports}, indent=2) + "\n")


def write_reference(data: DataParams, path: Path) -> list[str]:
    """Write a reference file derived from the data sets as they are, and return their names.

    Raise DataError if a data set cannot be read.
    """
    readers = dataset_readers(data)
    write_references(path, derive_references(readers))
    return list(readers)
