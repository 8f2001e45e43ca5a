"""What a check found, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from emoji_api.training.data.checks.reference import Reference

SHOWN = 5
"""Rows that are shown where more are wrong."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one expectation found. `count` is of the rows that are wrong, None where not rows are; `known` of those that
    are known to be; `rows` names the first of them."""

    fault: str
    says: str
    splits: list[str]
    passed: bool
    error: bool
    count: int | None
    known: int
    rows: list[str]

    def lines(self) -> Iterator[str]:
        """The finding, and the rows that it is about."""
        where = f"{', '.join(self.splits)}: " if self.splits else ""
        count = "" if self.count is None else f" ({self.count} rows, {self.known} are known)"
        yield f"{'error' if self.error else 'warning'}: {where}{self.says}{count}"
        yield from (f"  {row}" for row in self.rows[:SHOWN])


@dataclass(kw_only=True)
class Report:
    """What was found in one data set. `refused` is why it could not be read, `reference` what is known of it."""

    name: str
    reference: Reference | None = None
    refused: str | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """What keeps a training from starting."""
        return [found for found in self.findings if found.error and not found.passed]

    @property
    def warnings(self) -> list[Finding]:
        """What a training may start with."""
        return [found for found in self.findings if not found.error and not found.passed]

    @property
    def broken(self) -> bool:
        """Whether a training may not start."""
        return bool(self.refused or self.errors)

    def add(self, found: Finding) -> None:
        """Take in what an expectation found."""
        self.findings.append(found)

    def counts(self) -> dict[str, int]:
        """How many expectations passed, how many errors and warnings there are, and how many rows have known faults."""
        return {
            "passed": sum(found.passed for found in self.findings),
            "errors": len(self.errors) + bool(self.refused),
            "warnings": len(self.warnings),
            "known faults": sum(min(found.known, found.count or 0) for found in self.findings),
        }

    def row(self) -> list[str]:
        """The report as a row of `HEADINGS`."""
        return [self.name, "known" if self.reference else "unknown", *map(str, self.counts().values())]

    def lines(self) -> Iterator[str]:
        """Everything that is wrong, errors first."""
        if self.refused:
            yield f"{self.name}: error: {self.refused}"
        for found in [*self.errors, *self.warnings]:
            first, *rows = found.lines()
            yield f"{self.name}: {first}"
            yield from rows


HEADINGS = ["data set", "sizes", "passed", "errors", "warnings", "known faults"]


def summary(reports: Sequence[Report]) -> list[str]:
    """A table with a line a data set, then what is wrong."""
    table = [HEADINGS, *(report.row() for report in reports)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    lines = []
    for row in table:
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1]), *numbers]))
    return lines + [line for report in reports for line in report.lines()]
