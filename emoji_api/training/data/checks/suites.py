"""What is expected of a data set, as suites of Great Expectations."""

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

LONGEST = 1000
"""Characters of a text. The longest of the public sets has 580; one of thousands is a quote that was never closed."""

NOT_DECODED = r"[\ufffd\x80-\x9f]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[ÂÃ][\xa0-\xbf]|â€"
"""What is left of bytes that were read in another encoding: replacement and control characters, `Ã©`, `â€™`."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a row may have wrong. `column` is empty where the fault cannot be; `expects` makes what is expected."""

    name: str
    says: str
    column: str
    expects: Callable[..., Expectation]
    severity: FailureSeverity = ERROR
    splits: tuple[str, ...] = SPLITS


def faults_of(dataset: Dataset) -> list[Fault]:
    """What a row of `dataset` may have wrong."""
    found = [
        Fault(
            name="unknown_label",
            says="the label is none of the task's",
            column="label",
            expects=partial(gxe.ExpectColumnValuesToBeInSet, column="label", value_set=list(dataset.task.labels)),
        ),
        Fault(
            name="no_text",
            says="the text is blank",
            column="text",
            expects=partial(gxe.ExpectColumnValuesToMatchRegex, column="text", regex=r"\S"),
        ),
        Fault(
            name="too_long",
            says=f"the text has more than {LONGEST} characters",
            column="text",
            expects=partial(gxe.ExpectColumnValueLengthsToBeBetween, column="text", max_value=LONGEST),
        ),
        Fault(
            name="not_decoded",
            says="the text has characters that a wrong encoding leaves",
            column="text",
            expects=partial(gxe.ExpectColumnValuesToNotMatchRegex, column="text", regex=NOT_DECODED),
        ),
        empty("left_out", "the reader left the row out", severity=WARNING),
        empty("repeats", "an earlier row of the split has the same text", severity=WARNING),
        empty("contradicts", "an earlier row has the same text and another label"),
        empty("leaks", "a row of an earlier split has the same text", splits=SPLITS[1:]),
    ]
    return found + (SPAN_FAULTS if any(split.spans for split in dataset.splits.values()) else [])


def empty(name: str, says: str, severity: FailureSeverity = ERROR, splits: tuple[str, ...] = SPLITS) -> Fault:
    """A fault that a column of its own name tells of."""
    expects = partial(gxe.ExpectColumnValuesToBeNull, column=name)
    return Fault(name=name, says=says, column="id", expects=expects, severity=severity, splits=splits)


SPAN_FAULTS = [
    Fault(
        name="span_before_text",
        says="the phrase starts before the text",
        column="start",
        expects=partial(gxe.ExpectColumnValuesToBeBetween, column="start", min_value=0),
    ),
    Fault(
        name="span_after_text",
        says="the phrase ends after the text",
        column="end",
        expects=partial(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB, column_A="characters", column_B="end", or_equal=True
        ),
    ),
    Fault(
        name="span_empty",
        says="the phrase is empty",
        column="end",
        expects=partial(gxe.ExpectColumnPairValuesAToBeGreaterThanB, column_A="end", column_B="start"),
    ),
]


def texts_suite(dataset: Dataset, table: pd.DataFrame, reference: Reference | None) -> ExpectationSuite:
    """What is expected of the rows of `texts_table`: no faults, but for those that `reference` knows."""
    expected: list[Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(column_set=COLUMNS, meta={"says": "the table has other columns"}),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="split", value_set=list(SPLITS), meta={"says": "a split has no rows"}
        ),
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="taught", value_set=list(dataset.task.labels), meta={"says": "train has no row of a label"}
        ),
    ]
    for fault in faults_of(dataset):
        for splits, known in by_known(fault, reference):
            rows = table.loc[table["split"].isin(splits), fault.column].notna().sum()
            if rows:
                expected.append(
                    fault.expects(
                        # half a row of room for the rounding of a share
                        mostly=max(0.0, 1 - (known + 0.5) / rows) if known else 1.0,
                        # a condition costs far more time than the rows that it spares
                        row_condition=None if len(splits) == len(fault.splits) else Column("split").is_in(splits),
                        severity=fault.severity,
                        notes=f"A fault: {fault.says}.",
                        meta={"fault": fault.name, "says": fault.says, "splits": splits, "known": known},
                    )
                )
    return ExpectationSuite(suite_name(dataset), expectations=expected)


def by_known(fault: Fault, reference: Reference | None) -> Iterator[tuple[list[str], int]]:
    """The splits that may have `fault`, with the rows that are known to: each that `reference` has a number of, alone,
    then the others together."""
    known = {name: split.known for name, split in reference.splits.items()} if reference else {}
    others = [split for split in fault.splits if fault.name not in known.get(split, {})]
    for split in fault.splits:
        if split not in others:
            yield [split], known[split][fault.name]
    if others:
        yield others, 0


def labels_suite(dataset: Dataset, reference: Reference) -> ExpectationSuite:
    """What is expected of the rows of `labels_table`: that the splits have their sizes, and the labels their shares."""
    expected: list[Expectation] = []
    for name, split in reference.splits.items():
        where, meta = Column("split") == name, {"splits": [name], "known": split.rows}
        least, most = split.rows * (1 - reference.rows_tolerance), split.rows * (1 + reference.rows_tolerance)
        expected += [
            gxe.ExpectColumnSumToBeBetween(
                column="rows",
                min_value=least,
                row_condition=where,
                meta=meta | {"fault": "smaller", "says": f"the split has fewer rows than {least:.0f}"},
            ),
            gxe.ExpectColumnSumToBeBetween(
                column="rows",
                max_value=most,
                row_condition=where,
                severity=WARNING,
                meta=meta | {"fault": "larger", "says": f"the split has more rows than {most:.0f}"},
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="drift",
                min_value=-reference.share_tolerance,
                max_value=reference.share_tolerance,
                row_condition=where,
                severity=WARNING,
                meta=meta
                | {"fault": "balance", "says": f"a label's share differs by more than {reference.share_tolerance}"},
            ),
        ]
    return ExpectationSuite(f"{suite_name(dataset)}.labels", expectations=expected)


def suite_name(dataset: Dataset) -> str:
    """The data set's name, as Great Expectations can name a page."""
    return dataset.name.replace("/", ".")
