"""Keeps bad data out of a training."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.training.data.checks.reference import references_next_to
from emoji_api.training.data.readers import Dataset
from emoji_api.training.params import DataParams

DECLARED = "emoji-api data check --data FOLDER --write-reference FOLDER/reference.yaml"


def require_valid_data(datasets: Sequence[Dataset], places: DataParams, docs: Path | None = None) -> None:
    """Check `datasets`, which were read from `places`, print what is only a warning, and write pages into `docs`.

    Raises DataError that names what is wrong, and the first rows of it.
    """
    from emoji_api.training.data.checks.run import check_all  # Great Expectations takes seconds to import

    reports = check_all(
        {dataset.name: partial(_as_read, dataset) for dataset in datasets}, references_next_to(places), docs
    )
    lines = [line for report in reports for line in report.lines()]
    if any(report.broken for report in reports):
        advice = f"the data are not fit to train on; mend them, or declare what is known of them ({DECLARED})"
        raise DataError("\n".join([advice, *lines]))
    for line in lines:
        print(line, flush=True)


def _as_read(dataset: Dataset) -> Dataset:
    return dataset
