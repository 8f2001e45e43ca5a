"""Results of the data checks as text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from emoji_api.training.data.checks.reference import Reference

MAX_ROWS = 5
"""The most rows that a finding lists."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one expectation.

    `error` is true for an error, false for a warning. `count` is the number of texts with the fault, None if the
    expectation is about a whole split; `known` is the number that the reference accepts. `rows` describes the first
    rows with the fault.
    """

    fault: str
    message: str
    splits: list[str]
    passed: bool
    error: bool
    count: int | None
    known: int
    rows: list[str]

    def lines(self) -> Iterator[str]:
        """Yield a line with the message and the counts, then a line per row."""
        where = f"{', '.join(self.splits)}: " if self.splits else ""
        rows = "row" if self.count == 1 else "rows"
        count = "" if self.count is None else f" ({self.count} {rows}, {self.known} known)"
        yield f"{'error' if self.error else 'warning'}: {where}{self.message}{count}"
        yield from (f"  {row}" for row in self.rows[:MAX_ROWS])


@dataclass(kw_only=True)
class Report:
    """The findings of one data set. `read_error` is the message if the data set could not be read."""

    name: str
    reference: Reference | None = None
    read_error: str | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """The failed expectations that stop a training."""
        return [finding for finding in self.findings if finding.error and not finding.passed]

    @property
    def warnings(self) -> list[Finding]:
        """The failed expectations that do not stop a training."""
        return [finding for finding in self.findings if not finding.error and not finding.passed]

    @property
    def has_errors(self) -> bool:
        """Whether the data set stops a training."""
        return bool(self.read_error or self.errors)

    def counts(self) -> dict[str, int]:
        """Return the numbers of passed expectations, errors, warnings, and rows with known faults."""
        return {
            "passed": sum(finding.passed for finding in self.findings),
            "errors": len(self.errors) + bool(self.read_error),
            "warnings": len(self.warnings),
            "known faults": sum(min(finding.known, finding.count or 0) for finding in self.findings),
        }

    def row(self) -> list[str]:
        """Return the cells of the report's row in a table: name, whether the sizes are known, and the counts."""
        return [self.name, "known" if self.reference else "unknown", *map(str, self.counts().values())]

    def lines(self) -> Iterator[str]:
        """Yield the lines of all errors, then of all warnings."""
        if self.read_error:
            yield f"{self.name}: error: {self.read_error}"
        for finding in [*self.errors, *self.warnings]:
            first, *rows = finding.lines()
            yield f"{self.name}: {first}"
            yield from rows
