"""The check at the start of every training, which stops it if its data have errors."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.training.data.checks.reference import references_next_to
from emoji_api.training.data.readers import Dataset
from emoji_api.training.params import DataParams

WRITE_REFERENCE_COMMAND = "emoji-api data check --data FOLDER --write-reference FOLDER/reference.yaml"


def require_valid_data(datasets: Sequence[Dataset], sources: DataParams, docs: Path | None = None) -> None:
    """Check `datasets`, print the warnings, and write result pages into `docs` if given.

    `sources` are the paths that the data sets were read from; reference files next to them apply. Raise DataError with
    the errors and the first rows of each if there are errors.
    """
    from emoji_api.training.data.checks.run import check_all  # Great Expectations takes seconds to import

    reports = check_all(
        {dataset.name: partial(_already_read, dataset) for dataset in datasets}, references_next_to(sources), docs
    )
    lines = [line for report in reports for line in report.lines()]
    if any(report.has_errors for report in reports):
        advice = "the data are not fit to train on: correct them, or accept their faults with: "
        raise DataError("\n".join([advice + WRITE_REFERENCE_COMMAND, *lines]))
    for line in lines:
        print(line, flush=True)


def _already_read(dataset: Dataset) -> Dataset:
    return dataset
