"""A suite expects what a reference knows, and no fault beyond it."""

import pandas as pd
import pytest

from emoji_api.tasks import EMOTION, SENTIMENT, Task
from emoji_api.training.data.checks.reference import Reference, SplitReference
from emoji_api.training.data.checks.suites import by_known, faults_of, labels_suite, suite_name, texts_suite
from emoji_api.training.data.checks.tables import texts_table
from emoji_api.training.data.readers import Dataset, Split


def dataset(task: Task = EMOTION, name: str = "emotion", **split: list) -> Dataset:
    splits = {part: Split(texts=[f"{part} {row}" for row in range(4)], labels=[0, 1, 2, 0], **split) for part in PARTS}
    return Dataset(name=name, task=task, splits=splits, manifest={})


PARTS = ("train", "validation", "test")


def knows(**known: int) -> Reference:
    return Reference(first={}, splits={"train": SplitReference(labels={"joy": 4}, known=known)})


def fault(name: str):
    return next(fault for fault in faults_of(dataset()) if fault.name == name)


def test_splits_of_which_nothing_is_known_are_looked_at_together() -> None:
    assert list(by_known(fault("repeats"), None)) == [(["train", "validation", "test"], 0)]
    assert list(by_known(fault("repeats"), knows(leaks=3))) == [(["train", "validation", "test"], 0)]


def test_a_split_of_known_faults_is_looked_at_by_itself() -> None:
    assert list(by_known(fault("repeats"), knows(repeats=2))) == [(["train"], 2), (["validation", "test"], 0)]


def test_nothing_leaks_into_train() -> None:
    assert list(by_known(fault("leaks"), knows(leaks=2))) == [(["validation", "test"], 0)]


def test_spans_are_looked_at_where_there_are_any() -> None:
    with_spans = dataset(SENTIMENT, spans=[(0, 1)] * 4)
    extra = {fault.name for fault in faults_of(with_spans)} - {fault.name for fault in faults_of(dataset())}
    assert extra == {"span_before_text", "span_after_text", "span_empty"}


@pytest.mark.parametrize("known", [1, 2, 3, 4, 9])
def test_a_known_number_leaves_room_for_itself_and_not_for_one_more(known: int) -> None:
    suite = texts_suite(dataset(), texts_table(dataset()), knows(repeats=known))
    mostly = next(found.mostly for found in suite.expectations if found.meta.get("known"))
    assert (4 - known) / 4 >= mostly or known > 4
    assert (4 - known - 1) / 4 < mostly or known >= 4


def test_an_empty_table_has_no_rows_to_look_at() -> None:
    nothing = Dataset(name="emotion", task=EMOTION, splits={}, manifest={})
    table: pd.DataFrame = texts_table(nothing)
    assert len(texts_suite(nothing, table, None).expectations) == 3


def test_sizes_and_shares_are_those_that_are_known() -> None:
    least, most, share = labels_suite(dataset(), knows()).expectations
    assert (least.min_value, most.max_value) == (pytest.approx(3.6), pytest.approx(4.4))
    assert (share.min_value, share.max_value) == (-0.05, 0.05)
    assert [found.severity for found in (least, most, share)] == ["critical", "warning", "warning"]


def test_a_suite_has_a_name_that_a_page_can_have() -> None:
    assert suite_name(dataset(name="tweeteval/hate")) == "tweeteval.hate"
