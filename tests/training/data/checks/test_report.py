"""Reports as lines of text and as rows of a table."""

from dataclasses import replace

from emoji_api.training.data.checks.report import Finding, Report

LEAKS = Finding(
    fault="leaks",
    message="it leaks",
    splits=["test"],
    passed=False,
    error=True,
    count=7,
    known=2,
    rows=[f"row {number}" for number in range(7)],
)
REPEATS = replace(LEAKS, fault="repeats", message="it repeats", error=False, count=1, known=0, rows=["row 1"])
PASSED = replace(LEAKS, passed=True, count=2)


def test_errors_come_before_warnings_with_their_first_rows() -> None:
    assert list(Report(name="hate", findings=[REPEATS, PASSED, LEAKS]).lines()) == [
        "hate: error: test: it leaks (7 rows, 2 known)",
        *(f"  row {number}" for number in range(5)),
        "hate: warning: test: it repeats (1 row, 0 known)",
        "  row 1",
    ]


def test_finding_without_splits_and_row_count() -> None:
    finding = replace(LEAKS, message="no split", splits=[], count=None, rows=["test"])
    assert list(finding.lines()) == ["error: no split", "  test"]


def test_errors_and_read_errors_count_as_errors_and_warnings_do_not() -> None:
    assert Report(name="hate", findings=[LEAKS]).has_errors
    assert Report(name="hate", read_error="no such file").has_errors
    assert not Report(name="hate", findings=[REPEATS, PASSED]).has_errors


def test_row_has_the_counts() -> None:
    reports = [Report(name="hate", findings=[PASSED, REPEATS]), Report(name="emotion", read_error="no such file")]
    assert [report.row() for report in reports] == [
        ["hate", "unknown", "1", "0", "1", "2"],
        ["emotion", "unknown", "0", "1", "0", "0"],
    ]
    assert list(reports[1].lines()) == ["emotion: error: no such file"]
