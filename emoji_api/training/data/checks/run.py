"""Execution of the suites on data sets, and Great Expectations' result pages."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder
from emoji_api.progress import stage, track
from emoji_api.training.data.checks.pages import site_config
from emoji_api.training.data.checks.reference import Reference, find_reference
from emoji_api.training.data.checks.report import Finding, Report
from emoji_api.training.data.checks.suites import ERROR, labels_suite, texts_suite
from emoji_api.training.data.checks.tables import labels_table, texts_table
from emoji_api.training.data.readers import Dataset

MAX_UNEXPECTED_ROWS = 20
"""The most rows with a fault that a result lists."""
MAX_CHARACTERS = 100
"""The most characters of a text that a result shows."""


class Checks:
    """One run of suites over data sets. With `keep_results`, result pages can be written."""

    def __init__(self, *, keep_results: bool = False) -> None:
        self.keep_results = keep_results
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self.source = self.context.data_sources.add_pandas("data")

    def check(self, dataset: Dataset, reference: Reference | None) -> Report:
        """Return the findings about `dataset`; faults up to the numbers in `reference` pass."""
        report = Report(name=dataset.name, reference=reference)
        table = texts_table(dataset)
        report.findings += self._validate(table, texts_suite(dataset, table, reference), ["id", "text"])
        if reference:
            columns = ["id", "rows", "share", "known_share"]
            suite = labels_suite(dataset, reference)
            report.findings += self._validate(labels_table(dataset, reference), suite, columns)
        return report

    def write(self, folder: Path) -> None:
        """Write the result pages of all checks into `folder`, and replace what is there."""
        with atomic_folder(folder, replace=True) as staging:
            self.context.update_data_docs_site("local_site", site_config(staging))
            self.context.build_data_docs()

    def _validate(self, table: pd.DataFrame, suite: gx.ExpectationSuite, columns: list[str]) -> list[Finding]:
        """Return the findings of a suite; `columns` are those that describe a row with a fault."""
        batch = self.source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
        result_format = {
            "result_format": "COMPLETE" if self.keep_results else "SUMMARY",  # SUMMARY lists no rows on the pages
            "unexpected_index_column_names": columns,
            "partial_unexpected_count": MAX_UNEXPECTED_ROWS,
        }
        if self.keep_results:
            suite = self.context.suites.add(suite)
            validation = gx.ValidationDefinition(name=suite.name, data=batch, suite=suite)
            validation = self.context.validation_definitions.add(validation)
            results = validation.run(batch_parameters={"dataframe": table}, result_format=result_format)
        else:
            results = batch.get_batch({"dataframe": table}).validate(suite, result_format=result_format)
        return [finding_of(result) for result in results.results]


def finding_of(validation: ExpectationValidationResult) -> Finding:
    """Return the finding of one expectation's result."""
    config, result = validation.expectation_config, validation.result
    assert config is not None
    meta: dict[str, Any] = config.meta or {}
    if "unexpected_count" in result:
        # without `known` the checked rows are labels, not texts
        count = result["unexpected_count"] if "known" in meta else None
        rows = [_describe_row(row) for row in result.get("partial_unexpected_index_list") or []]
    else:
        count = None
        rows = [str(value) for value in result.get("partial_missing_list") or []]
        rows += [f"{result['observed_value']} rows"] if meta.get("fault") in ("smaller", "larger") else []
    exceptions = validation.exception_info or {}
    if message := exceptions.get("exception_message") or next(
        (info["exception_message"] for info in exceptions.values() if isinstance(info, dict)), None
    ):
        rows = [f"could not be checked: {message}"]
    return Finding(
        fault=meta.get("fault", config.type),
        message=meta["message"],
        splits=meta.get("splits", []),
        passed=bool(validation.success),
        error=config.severity == ERROR,
        count=count,
        known=meta.get("known", 0),
        rows=rows,
    )


def _describe_row(row: Mapping[str, Any]) -> str:
    """Return a row's id, its text, and in brackets its other columns."""
    others = [
        f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {truncate(str(value))}"
        for name, value in row.items()
        if name not in ("id", "text") and value is not None
    ]
    text = f" {truncate(row['text'])!r}" if isinstance(row.get("text"), str) else ""
    return f"{row['id']}{text}" + (f" ({', '.join(others)})" if others else "")


def truncate(text: str) -> str:
    """Return at most `MAX_CHARACTERS` characters of `text`, with an ellipsis if it is longer."""
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"


def check_all(
    readers: Mapping[str, Callable[[], Dataset]], references: Mapping[str, Reference], docs: Path | None = None
) -> list[Report]:
    """Read and check each data set, and return a report of each; write result pages into `docs` if given.

    A data set that is not in `references` is compared with the public data set of its name if it is that one. A data
    set that cannot be read has a report with the error.
    """
    checks = Checks(keep_results=docs is not None)
    reports = []
    for name in track(readers, "checking the data"):
        try:
            dataset = readers[name]()
        except DataError as error:
            reports.append(Report(name=name, read_error=str(error)))
        else:
            reports.append(checks.check(dataset, find_reference(dataset, references)))
    if docs:
        with stage("writing the result pages"):
            checks.write(docs)
    return reports
