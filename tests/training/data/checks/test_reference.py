"""References: reading, writing, and which one applies to a data set."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.reference import (
    Reference,
    SplitReference,
    find_reference,
    first_texts,
    public_references,
    read_references,
    references_next_to,
    write_references,
)
from emoji_api.training.data.readers import Dataset, Split, read_emotion
from emoji_api.training.params import DataParams

KNOWN = Reference(
    first={"train": "ab"},
    splits={
        "train": SplitReference(labels={"joy": 3, "❤": 4}, known={"repeats": 2}),
        "test": SplitReference(labels={}),
    },
)


def test_written_references_are_read_back(tmp_path: Path) -> None:
    write_references(tmp_path / "new" / "reference.yaml", {"emotion": KNOWN, "tweeteval/hate": KNOWN})
    assert read_references(tmp_path / "new" / "reference.yaml") == {"emotion": KNOWN, "tweeteval/hate": KNOWN}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["reference.yaml"]


def test_rows_of_a_split_are_the_sum_over_its_labels() -> None:
    assert KNOWN.splits["train"].rows == 7


@pytest.mark.parametrize(
    "content",
    [
        "emotion: 1",
        "[emotion]",
        "emotion: {splits: {train: {labels: {joy: many}}}}",
        "emotion: {splits: {train: {labels: {joy: -1}}}}",
        "emotion: {splits: {train: {}}}",
        "emotion: {splits: {}, rows_tolerance: 2}",
        "emotion: {splits: {}, sizes: 2}",
        "emotion: {",
    ],
)
def test_invalid_file_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "reference.yaml").write_text(content)
    with pytest.raises(DataError, match="reference.yaml: "):
        read_references(tmp_path / "reference.yaml")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="reference.yaml"):
        read_references(tmp_path / "reference.yaml")


def test_file_next_to_the_data_sets_folders_is_found(emotion: Path) -> None:
    data = DataParams(emotion=str(emotion), finance_topic=str(emotion.parent / "nowhere"))
    assert references_next_to(data) == references_next_to(DataParams(emotion="hub/name")) == {}
    write_references(emotion.parent / "reference.yaml", {"emotion": KNOWN})
    assert references_next_to(data) == {"emotion": KNOWN}


def dataset(**texts: str) -> Dataset:
    splits = {name: Split(texts=[text, "more"], labels=[0, 0]) for name, text in texts.items()}
    return Dataset(name="emotion", task=EMOTION, splits=splits, manifest={})


def test_other_data_with_a_public_name_have_no_reference() -> None:
    assert "emotion" in public_references()
    assert find_reference(dataset(train="so glad", test="sad"), {}) is None


def test_given_reference_takes_precedence() -> None:
    assert find_reference(dataset(train="so glad"), {"emotion": KNOWN}) is KNOWN
    assert find_reference(dataset(train="so glad"), {"finance_topic": KNOWN}) is None


def test_public_data_set_is_recognised_by_the_first_text_of_any_split(public_data: Path) -> None:
    public = read_emotion(public_data / "emotion")
    first = public.splits["validation"].texts[0]
    assert find_reference(public, {}) == public_references()["emotion"]
    assert find_reference(dataset(train="so glad", validation=first), {}) == public_references()["emotion"]
    assert find_reference(replace(public, name="tweeteval/hate"), {}) is None


def test_empty_split_has_no_first_text() -> None:
    empty = Dataset(name="emotion", task=EMOTION, splits={"train": Split(texts=[], labels=[])}, manifest={})
    assert list(first_texts(empty)) == []
