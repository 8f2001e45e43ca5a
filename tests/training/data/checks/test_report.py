"""A report says what is wrong, where, and in which rows."""

from dataclasses import replace

from emoji_api.training.data.checks.report import Finding, Report, summary

LEAKS = Finding(
    fault="leaks",
    says="it leaks",
    splits=["test"],
    passed=False,
    error=True,
    count=7,
    known=2,
    rows=[f"row {number}" for number in range(7)],
)
REPEATS = replace(LEAKS, fault="repeats", says="it repeats", error=False, count=1, known=0, rows=["row 1"])
FINE = replace(LEAKS, passed=True, count=2)


def test_errors_come_before_warnings_with_their_first_rows() -> None:
    assert list(Report(name="hate", findings=[REPEATS, FINE, LEAKS]).lines()) == [
        "hate: error: test: it leaks (7 rows, 2 are known)",
        *(f"  row {number}" for number in range(5)),
        "hate: warning: test: it repeats (1 rows, 0 are known)",
        "  row 1",
    ]


def test_what_is_not_about_rows() -> None:
    found = replace(LEAKS, says="no split", splits=[], count=None, rows=["test"])
    assert list(found.lines()) == ["error: no split", "  test"]


def test_errors_and_refusals_break_and_warnings_do_not() -> None:
    assert Report(name="hate", findings=[LEAKS]).broken
    assert Report(name="hate", refused="no such file").broken
    assert not Report(name="hate", findings=[REPEATS, FINE]).broken


def test_the_summary_is_a_table_and_then_what_is_wrong() -> None:
    lines = summary([Report(name="hate", findings=[FINE, REPEATS]), Report(name="emotion", refused="no such file")])
    assert [line.split() for line in lines[1:3]] == [
        ["hate", "unknown", "1", "0", "1", "2"],
        ["emotion", "unknown", "0", "1", "0", "0"],
    ]
    assert len({len(line) for line in lines[:3]}) == 1
    assert lines[-1] == "emotion: error: no such file"
