"""`emoji-api behave`: the counts of failed rows. `emoji-api evaluate` is tested in tests/training/evaluation."""

from pathlib import Path

from click.testing import CliRunner

from emoji_api.cli.main import main


def test_behave_counts_failed_rows(tiny_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project" / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_passing.py").write_text("def test_passing(): pass\n")
    (folder / "test_failing.py").write_text("def test_failing(): assert False\n")
    result = CliRunner().invoke(main, ["behave", "--model", str(tiny_bundle), "--tests", str(folder)])
    assert result.output.splitlines() == [
        "1 of 1  test_failing.test_failing",
        "0 of 1  test_passing.test_passing",
        "1 of 2 fail",
    ]
