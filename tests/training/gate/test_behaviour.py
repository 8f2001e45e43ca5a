"""Running the behaviour tests on a bundle."""

import json
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.gate.behaviour import TESTS, BehaviourResult, read_report, run_behaviour_tests, write_counts
from tests.behaviour import test_invariance as invariance

REPORT = """<testsuites><testsuite>
<testcase classname="tests.behaviour.test_one" name="test_rows[joy]"><properties>
<property name="rows" value="20"/><property name="failed" value="3"/></properties></testcase>
<testcase classname="tests.behaviour.test_one" name="test_alone"><failure>no</failure></testcase>
<testcase classname="tests.behaviour.test_one" name="test_without_data"><skipped/></testcase>
</testsuite></testsuites>"""


def test_report_is_read_without_skipped_tests(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    assert read_report(tmp_path / "report.xml") == {
        "test_one.test_rows[joy]": BehaviourResult(rows=20, failed=3),
        "test_one.test_alone": BehaviourResult(rows=1, failed=1),
    }


def test_counts_are_written_in_total_and_by_test(tmp_path: Path) -> None:
    write_counts(
        {"b": BehaviourResult(rows=20, failed=3), "a": BehaviourResult(rows=1, failed=1)},
        tmp_path / "new" / "counts.json",
    )
    assert json.loads((tmp_path / "new" / "counts.json").read_text()) == {
        "rows": 21,
        "failed": 4,
        "tests": {"a": {"rows": 1, "failed": 1}, "b": {"rows": 20, "failed": 3}},
    }


def test_data_folder_is_passed_to_the_tests(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("EMOJI_API_DATA", raising=False)
    code = "import os\n\ndef test_data_folder():\n    assert os.environ['EMOJI_API_DATA'] == PLACE\n"
    folder = tmp_path / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_place.py").write_text(code.replace("PLACE", repr(str(tmp_path / "data"))))
    results = run_behaviour_tests(tmp_path, folder, tmp_path / "data")
    assert results == {"test_place.test_data_folder": BehaviourResult(rows=1, failed=0)}


def test_broken_test_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT.replace("<skipped/>", "<error>the fixture broke</error>"))
    with pytest.raises(DataError, match="test_without_data is broken: the fixture broke"):
        read_report(tmp_path / "report.xml")


def test_folder_without_tests_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be run"):
        run_behaviour_tests(tmp_path, tmp_path)


def test_rows_of_the_projects_behaviour_tests_are_counted(tiny_bundle: Path, monkeypatch) -> None:
    monkeypatch.setenv("EMOJI_API_DATA", "/nowhere")
    results = run_behaviour_tests(tiny_bundle, Path(__file__).parents[3] / TESTS)
    tweets = results["test_realistic_tweets.test_realistic_tweets_get_their_emotion"]
    assert (tweets.rows, tweets.failed > 0) == (156, True)
    needs_data = invariance.test_perturbation_keeps_the_emotion_on_the_test_split.__name__
    assert not any(needs_data in test or test.startswith("test_shipped_bundle.") for test in results)
