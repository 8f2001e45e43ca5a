"""What is known of data sets is read whole or refused, and found by a clear rule."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.reference import (
    Reference,
    SplitReference,
    first_texts,
    read_public,
    read_references,
    reference_of,
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


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_references(tmp_path / "new" / "reference.yaml", {"emotion": KNOWN, "tweeteval/hate": KNOWN})
    assert read_references(tmp_path / "new" / "reference.yaml") == {"emotion": KNOWN, "tweeteval/hate": KNOWN}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["reference.yaml"]


def test_the_rows_of_a_split_are_those_of_its_labels() -> None:
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
def test_a_file_that_says_something_else(tmp_path: Path, content: str) -> None:
    (tmp_path / "reference.yaml").write_text(content)
    with pytest.raises(DataError, match="reference.yaml: "):
        read_references(tmp_path / "reference.yaml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="reference.yaml"):
        read_references(tmp_path / "reference.yaml")


def test_a_file_beside_the_folders_of_data_sets_is_found(emotion: Path) -> None:
    data = DataParams(emotion=str(emotion), finance_topic=str(emotion.parent / "nowhere"))
    assert references_next_to(data) == references_next_to(DataParams(emotion="hub/name")) == {}
    write_references(emotion.parent / "reference.yaml", {"emotion": KNOWN})
    assert references_next_to(data) == {"emotion": KNOWN}


def dataset(**texts: str) -> Dataset:
    splits = {name: Split(texts=[text, "more"], labels=[0, 0]) for name, text in texts.items()}
    return Dataset(name="emotion", task=EMOTION, splits=splits, manifest={})


def test_a_set_of_a_public_name_is_not_the_public_one() -> None:
    assert "emotion" in read_public()
    assert reference_of(dataset(train="so glad", test="sad"), {}) is None


def test_what_is_given_comes_first() -> None:
    assert reference_of(dataset(train="so glad"), {"emotion": KNOWN}) is KNOWN
    assert reference_of(dataset(train="so glad"), {"finance_topic": KNOWN}) is None


def test_the_public_set_is_known_by_the_first_text_of_any_split(public_data: Path) -> None:
    public = read_emotion(public_data / "emotion")
    first = public.splits["validation"].texts[0]
    assert reference_of(public, {}) == read_public()["emotion"]
    assert reference_of(dataset(train="so glad", validation=first), {}) == read_public()["emotion"]
    assert reference_of(replace(public, name="tweeteval/hate"), {}) is None


def test_a_split_without_texts_has_no_first() -> None:
    empty = Dataset(name="emotion", task=EMOTION, splits={"train": Split(texts=[], labels=[])}, manifest={})
    assert list(first_texts(empty)) == []
