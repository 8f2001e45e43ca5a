"""References derived from data sets as they are: their sizes, label counts and the number of each fault."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from emoji_api.progress import track
from emoji_api.training.data.checks.files import FileReference
from emoji_api.training.data.checks.reference import Reference, SplitReference, first_texts
from emoji_api.training.data.checks.run import Checks
from emoji_api.training.data.checks.tables import ordered_splits
from emoji_api.training.data.readers import Dataset


def derive_references(readers: Mapping[str, Callable[[], Dataset]]) -> dict[str, Reference]:
    """Read each data set and return its reference. Raise DataError if one cannot be read."""
    return {name: derive_reference(readers[name]()) for name in track(readers, "describing the data")}


def derive_reference(dataset: Dataset) -> Reference:
    """Return a reference that `dataset` passes, with the number of rows of each fault in each split."""
    # count by split only those faults that occur at all: one pass over all splits is much faster
    faults = {finding.fault for finding in Checks().check(dataset, None).findings if finding.count}
    splits = {}
    for name in ordered_splits(dataset):
        labels = dataset.splits[name].labels
        counts = {label: labels.count(number) for number, label in enumerate(dataset.task.labels)}
        splits[name] = SplitReference(labels=counts, known=dict.fromkeys(faults, 0))
    # entries of data from a hub have no file suffix and are not files
    files = {
        path: FileReference(sha256=[str(entry["sha256"])])
        for path, entry in dataset.manifest.items()
        if Path(path).suffix
    }
    reference = Reference(first=dict(first_texts(dataset)), splits=splits, files=files)
    for finding in Checks().check(dataset, reference).findings if faults else []:
        if finding.fault in faults:
            splits[finding.splits[0]].known[finding.fault] = finding.count or 0
    known = {
        name: {fault: rows for fault, rows in sorted(split.known.items()) if rows} for name, split in splits.items()
    }
    return replace(reference, splits={name: replace(split, known=known[name]) for name, split in splits.items()})
