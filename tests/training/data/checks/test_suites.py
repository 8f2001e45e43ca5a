"""Suites: expectations with and without known faults."""

import pandas as pd
import pytest

from emoji_api.tasks import EMOTION, SENTIMENT, Task
from emoji_api.training.data.checks.reference import Reference, SplitReference
from emoji_api.training.data.checks.suites import faults_of, labels_suite, splits_by_known_rows, suite_name, texts_suite
from emoji_api.training.data.checks.tables import texts_table
from emoji_api.training.data.readers import Dataset, Split

PARTS = ("train", "validation", "test")


def dataset(task: Task = EMOTION, name: str = "emotion", **split: list) -> Dataset:
    splits = {part: Split(texts=[f"{part} {row}" for row in range(4)], labels=[0, 1, 2, 0], **split) for part in PARTS}
    return Dataset(name=name, task=task, splits=splits, manifest={})


def reference_with(**known: int) -> Reference:
    return Reference(first={}, splits={"train": SplitReference(labels={"joy": 4}, known=known)})


def groups(name: str, **known: int) -> list[tuple[list[str], int]]:
    """Return the groups of splits in which a fault is checked, with a reference if there are `known` rows."""
    fault = next(fault for fault in faults_of(dataset()) if fault.name == name)
    return list(splits_by_known_rows(fault, reference_with(**known) if known else None))


def test_splits_without_known_rows_are_one_group() -> None:
    assert groups("repeats") == [(["train", "validation", "test"], 0)]
    assert groups("repeats", leaks=3) == [(["train", "validation", "test"], 0)]


def test_split_with_known_rows_is_a_group_of_its_own() -> None:
    assert groups("repeats", repeats=2) == [(["train"], 2), (["validation", "test"], 0)]


def test_train_is_not_checked_for_leaks() -> None:
    assert groups("leaks", leaks=2) == [(["validation", "test"], 0)]


def test_span_faults_are_checked_only_if_there_are_spans() -> None:
    with_spans = dataset(SENTIMENT, spans=[(0, 1)] * 4)
    extra = {fault.name for fault in faults_of(with_spans)} - {fault.name for fault in faults_of(dataset())}
    assert extra == {"span_before_text", "span_after_text", "span_empty"}


def least_share_of_valid_rows(known: int) -> float:
    """Return the share of the four train rows that must not repeat a text if `known` rows are known to repeat one."""
    suite = texts_suite(dataset(), texts_table(dataset()), reference_with(repeats=known))
    return next(expected.mostly for expected in suite.expectations if expected.meta.get("known"))


@pytest.mark.parametrize("known", [1, 2, 3])
def test_known_rows_pass_and_one_more_fails(known: int) -> None:
    assert (4 - known - 1) / 4 < least_share_of_valid_rows(known) <= (4 - known) / 4


@pytest.mark.parametrize("known", [4, 9])
def test_share_of_valid_rows_may_be_zero_if_all_rows_are_known(known: int) -> None:
    assert least_share_of_valid_rows(known) == 0


def test_empty_table_is_checked_for_columns_and_splits_only() -> None:
    nothing = Dataset(name="emotion", task=EMOTION, splits={}, manifest={})
    table: pd.DataFrame = texts_table(nothing)
    assert len(texts_suite(nothing, table, None).expectations) == 3


def test_expected_sizes_and_shares_come_from_the_reference() -> None:
    least, most, share = labels_suite(dataset(), reference_with()).expectations
    assert (least.min_value, most.max_value) == (pytest.approx(3.6), pytest.approx(4.4))
    assert (share.min_value, share.max_value) == (-0.05, 0.05)
    assert [expected.severity for expected in (least, most, share)] == ["critical", "warning", "warning"]


def test_suite_name_has_no_slash() -> None:
    assert suite_name(dataset(name="tweeteval/hate")) == "tweeteval.hate"
