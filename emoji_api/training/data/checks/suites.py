"""Great Expectations suites of a data set: no faults in its rows, and the expected sizes and balance of its splits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd
from great_expectations import ExpectationSuite
from great_expectations import expectations as gxe
from great_expectations.expectations.conditions import Column
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from emoji_api.training.data.checks.reference import Reference
from emoji_api.training.data.checks.tables import COLUMNS, SPLITS
from emoji_api.training.data.readers import Dataset

ERROR, WARNING = FailureSeverity.CRITICAL, FailureSeverity.WARNING

MAX_TEXT_LENGTH = 1000
"""The most characters of a text. The longest public text has 580; an unclosed quote in a CSV file gives thousands."""

WRONG_ENCODING = r"[\ufffd\x80-\x9f]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[ÂÃ][\xa0-\xbf]|â€"
"""Traces of bytes that were decoded with another encoding: replacement and control characters, `Ã©`, `â€™`."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that a row may have.

    `expectation` makes the expectation that no row has it. Only rows whose `column` is not empty are checked. `splits`
    are the splits in which the fault can occur.
    """

    name: str
    message: str
    column: str
    expectation: Callable[..., Expectation]
    severity: FailureSeverity = ERROR
    splits: tuple[str, ...] = SPLITS


def faults_of(dataset: Dataset) -> list[Fault]:
    """Return the faults that the rows of `dataset` are checked for."""
    faults = [
        Fault(
            name="unknown_label",
            message="the task has no such label",
            column="label",
            expectation=partial(gxe.ExpectColumnValuesToBeInSet, column="label", value_set=list(dataset.task.labels)),
        ),
        Fault(
            name="no_text",
            message="the text is blank",
            column="text",
            expectation=partial(gxe.ExpectColumnValuesToMatchRegex, column="text", regex=r"\S"),
        ),
        Fault(
            name="too_long",
            message=f"the text has more than {MAX_TEXT_LENGTH} characters",
            column="text",
            expectation=partial(gxe.ExpectColumnValueLengthsToBeBetween, column="text", max_value=MAX_TEXT_LENGTH),
        ),
        Fault(
            name="not_decoded",
            message="the text has characters of a wrong encoding",
            column="text",
            expectation=partial(gxe.ExpectColumnValuesToNotMatchRegex, column="text", regex=WRONG_ENCODING),
        ),
        marked_fault("left_out", "the reader left the row out", severity=WARNING),
        marked_fault("repeats", "an earlier row of the split has the same text", severity=WARNING),
        marked_fault("contradicts", "an earlier row has the same text and another label"),
        marked_fault("leaks", "a row of an earlier split has the same text", splits=SPLITS[1:]),
    ]
    return faults + (SPAN_FAULTS if any(split.spans for split in dataset.splits.values()) else [])


def marked_fault(name: str, message: str, severity: FailureSeverity = ERROR, splits: tuple[str, ...] = SPLITS) -> Fault:
    """Return a fault of the rows whose column `name` is not empty."""
    expectation = partial(gxe.ExpectColumnValuesToBeNull, column=name)
    return Fault(name=name, message=message, column="id", expectation=expectation, severity=severity, splits=splits)


SPAN_FAULTS = [
    Fault(
        name="span_before_text",
        message="the phrase starts before the text",
        column="start",
        expectation=partial(gxe.ExpectColumnValuesToBeBetween, column="start", min_value=0),
    ),
    Fault(
        name="span_after_text",
        message="the phrase ends after the text",
        column="end",
        expectation=partial(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB, column_A="characters", column_B="end", or_equal=True
        ),
    ),
    Fault(
        name="span_empty",
        message="the phrase is empty",
        column="end",
        expectation=partial(gxe.ExpectColumnPairValuesAToBeGreaterThanB, column_A="end", column_B="start"),
    ),
]


def texts_suite(dataset: Dataset, table: pd.DataFrame, reference: Reference | None) -> ExpectationSuite:
    """Return the suite of the rows of `texts_table`: no faults beyond the numbers that `reference` accepts."""
    expectations: list[Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(column_set=COLUMNS, meta={"message": "the table has other columns"}),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="split", value_set=list(SPLITS), meta={"message": "a split has no rows"}
        ),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="train_label",
            value_set=list(dataset.task.labels),
            meta={"message": "train has no row of a label"},
        ),
    ]
    for fault in faults_of(dataset):
        for splits, known in splits_by_known_rows(fault, reference):
            rows = table.loc[table["split"].isin(splits), fault.column].notna().sum()
            if rows:
                expectations.append(
                    fault.expectation(
                        # half a row of tolerance for the rounding of a share
                        mostly=max(0.0, 1 - (known + 0.5) / rows) if known else 1.0,
                        # a condition takes far more time than checking all rows
                        row_condition=None if len(splits) == len(fault.splits) else Column("split").is_in(splits),
                        severity=fault.severity,
                        notes=f"A fault: {fault.message}.",
                        meta={"fault": fault.name, "message": fault.message, "splits": splits, "known": known},
                    )
                )
    return ExpectationSuite(suite_name(dataset), expectations=expectations)


def splits_by_known_rows(fault: Fault, reference: Reference | None) -> Iterator[tuple[list[str], int]]:
    """Yield groups of splits with the number of rows that may have `fault`.

    Each split for which `reference` has a number is a group of its own; the others together are one group with 0.
    """
    known = {name: split.known for name, split in reference.splits.items()} if reference else {}
    others = [split for split in fault.splits if fault.name not in known.get(split, {})]
    for split in fault.splits:
        if split not in others:
            yield [split], known[split][fault.name]
    if others:
        yield others, 0


def labels_suite(dataset: Dataset, reference: Reference) -> ExpectationSuite:
    """Return the suite of the rows of `labels_table`: the sizes of the splits and the shares of the labels."""
    expectations: list[Expectation] = []
    for name, split in reference.splits.items():
        condition, meta = Column("split") == name, {"splits": [name]}
        least, most = split.rows * (1 - reference.rows_tolerance), split.rows * (1 + reference.rows_tolerance)
        expectations += [
            gxe.ExpectColumnSumToBeBetween(
                column="rows",
                min_value=least,
                row_condition=condition,
                meta=meta | {"fault": "smaller", "message": f"the split has fewer rows than {least:.0f}"},
            ),
            gxe.ExpectColumnSumToBeBetween(
                column="rows",
                max_value=most,
                row_condition=condition,
                severity=WARNING,
                meta=meta | {"fault": "larger", "message": f"the split has more rows than {most:.0f}"},
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="drift",
                min_value=-reference.share_tolerance,
                max_value=reference.share_tolerance,
                row_condition=condition,
                severity=WARNING,
                meta=meta
                | {"fault": "balance", "message": f"a label's share differs by more than {reference.share_tolerance}"},
            ),
        ]
    return ExpectationSuite(f"{suite_name(dataset)}.labels", expectations=expectations)


def suite_name(dataset: Dataset) -> str:
    """Return the data set's name with dots for slashes, as Great Expectations needs it for the path of a page."""
    return dataset.name.replace("/", ".")
