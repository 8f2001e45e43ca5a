"""Runs the suites of data sets, and writes Great Expectations' own pages of what they found."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder
from emoji_api.training.data.checks.files import FileReference
from emoji_api.training.data.checks.pages import site
from emoji_api.training.data.checks.reference import Reference, SplitReference, first_texts, reference_of
from emoji_api.training.data.checks.report import Finding, Report
from emoji_api.training.data.checks.suites import ERROR, labels_suite, texts_suite
from emoji_api.training.data.checks.tables import in_order, labels_table, texts_table
from emoji_api.training.data.readers import Dataset

EXAMPLES = 20
"""Rows that a result names where more are wrong."""
LINE = 100
"""Characters of a text that are shown."""


class Checks:
    """One run of suites. Its results are `kept` where pages of them will be written."""

    def __init__(self, *, kept: bool = False) -> None:
        self.kept = kept
        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self.source = self.context.data_sources.add_pandas("data")

    def check(self, dataset: Dataset, reference: Reference | None) -> Report:
        """What `dataset` has wrong beyond the faults that `reference` knows."""
        report = Report(name=dataset.name, reference=reference)
        table = texts_table(dataset)
        self._validate(report, table, texts_suite(dataset, table, reference), ["id", "text"])
        if reference:
            named = ["id", "rows", "share", "known_share"]
            self._validate(report, labels_table(dataset, reference), labels_suite(dataset, reference), named)
        return report

    def write(self, folder: Path) -> Path:
        """Write pages of everything that was checked into `folder`, in place of what is there; the first of them."""
        with atomic_folder(folder, replace=True) as beside:
            self.context.update_data_docs_site("local_site", site(beside))
            self.context.build_data_docs()
        return folder / "index.html"

    def _validate(self, report: Report, table: pd.DataFrame, suite: gx.ExpectationSuite, named: list[str]) -> None:
        rows = self.source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
        shape = {
            "result_format": "COMPLETE" if self.kept else "SUMMARY",  # only the former names rows on a page
            "unexpected_index_column_names": named,
            "partial_unexpected_count": EXAMPLES,
        }
        if self.kept:
            suite = self.context.suites.add(suite)
            validation = gx.ValidationDefinition(name=suite.name, data=rows, suite=suite)
            validation = self.context.validation_definitions.add(validation)
            found = validation.run(batch_parameters={"dataframe": table}, result_format=shape)
        else:
            found = rows.get_batch({"dataframe": table}).validate(suite, result_format=shape)
        for result in found.results:
            report.add(finding(result))


def finding(result: ExpectationValidationResult) -> Finding:
    """What the result of one expectation says."""
    config, found = result.expectation_config, result.result
    assert config is not None
    meta: dict[str, Any] = config.meta or {}
    if "unexpected_count" in found:
        count = found["unexpected_count"]
        rows = [_row(row) for row in found.get("partial_unexpected_index_list") or []]
    else:
        count = None
        rows = [str(value) for value in found.get("partial_missing_list") or []]
        rows += [f"{found['observed_value']} rows"] if meta.get("fault") in ("smaller", "larger") else []
    raised = result.exception_info or {}
    if message := raised.get("exception_message") or next(
        (info["exception_message"] for info in raised.values() if isinstance(info, dict)), None
    ):
        rows = [f"could not be checked: {message}"]
    return Finding(
        fault=meta.get("fault", config.type),
        says=meta["says"],
        splits=meta.get("splits", []),
        passed=bool(result.success),
        error=config.severity == ERROR,
        count=count,
        known=meta.get("known", 0),
        rows=rows,
    )


def _row(row: Mapping[str, Any]) -> str:
    """A row's id, its text and what else a result says of it."""
    others = [
        f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {cut(str(value))}"
        for name, value in row.items()
        if name not in ("id", "text") and value is not None
    ]
    text = f" {cut(row['text'])!r}" if isinstance(row.get("text"), str) else ""
    return f"{row['id']}{text}" + (f" ({', '.join(others)})" if others else "")


def cut(text: str) -> str:
    """The beginning of a text, as much as a line of a report has room for."""
    return text if len(text) <= LINE else f"{text[:LINE]}…"


def check_all(
    readers: Mapping[str, Callable[[], Dataset]], given: Mapping[str, Reference], docs: Path | None = None
) -> list[Report]:
    """A report of each data set that `readers` read, by what is known of it: `given`, or what the package knows.

    A data set that cannot be read is an error of its report. With `docs`, pages of the results are in that folder.
    """
    checks = Checks(kept=docs is not None)
    reports = []
    for name, read in readers.items():
        try:
            dataset = read()
        except DataError as error:
            reports.append(Report(name=name, refused=str(error)))
        else:
            reports.append(checks.check(dataset, reference_of(dataset, given)))
    if docs:
        checks.write(docs)
    return reports


def references_of(readers: Mapping[str, Callable[[], Dataset]]) -> dict[str, Reference]:
    """What is now known of each data set: its sizes, its labels, and as many faults as it has. Raises DataError."""
    return {name: _reference(read()) for name, read in readers.items()}


def _reference(dataset: Dataset) -> Reference:
    # splits are looked at by themselves only for the faults that there are, which is far quicker
    faults = {found.fault for found in Checks().check(dataset, None).findings if found.count}
    splits = {}
    for name in in_order(dataset):
        labels = dataset.splits[name].labels
        counts = {label: labels.count(number) for number, label in enumerate(dataset.task.labels)}
        splits[name] = SplitReference(labels=counts, known=dict.fromkeys(faults, 0))
    # what was read from a hub is no file
    files = {
        path: FileReference(sha256=[str(entry["sha256"])])
        for path, entry in dataset.manifest.items()
        if Path(path).suffix
    }
    reference = Reference(first=dict(first_texts(dataset)), splits=splits, files=files)
    for found in Checks().check(dataset, reference).findings if faults else []:
        if found.fault in faults:
            splits[found.splits[0]].known[found.fault] = found.count or 0
    known = {
        name: {fault: rows for fault, rows in sorted(split.known.items()) if rows} for name, split in splits.items()
    }
    return replace(reference, splits={name: replace(split, known=known[name]) for name, split in splits.items()})
