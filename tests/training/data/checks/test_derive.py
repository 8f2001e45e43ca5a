"""References derived from data sets as they are."""

from pathlib import Path

from emoji_api.training.data.checks.derive import derive_references
from emoji_api.training.data.checks.run import check_all
from emoji_api.training.data.sources import dataset_readers, find_data_paths
from emoji_api.training.params import DataParams


def test_tiny_data_sets_pass_with_their_own_references(tiny_data: Path) -> None:
    readers = dataset_readers(DataParams(**find_data_paths(tiny_data)))
    references = derive_references(readers)
    reports = check_all(readers, references)
    assert [report.name for report in reports] == list(readers) == list(references)
    assert [line for report in reports for line in report.lines()] == []


def test_faults_are_counted_by_split(emotion: Path) -> None:
    train, test = emotion / "train.txt", emotion / "test.txt"
    first, second = train.read_text().splitlines()[:2]
    train.write_text(train.read_text() + f"{first}\n{second}\n")
    test.write_text(test.read_text() + f"{first}\n")
    reference = derive_references(dataset_readers(DataParams(emotion=str(emotion))))["emotion"]
    assert {name: split.known for name, split in reference.splits.items()} == {
        "train": {"repeats": 2},
        "validation": {},
        "test": {"leaks": 1},
    }
    assert reference.splits["train"].labels["sadness"] == 11
    assert reference.splits["train"].rows == 62
    assert reference.files.keys() == {f"emotion/{name}.txt" for name in ("train", "val", "test")}
