"""`emoji-api database`: upgrade, downgrade, current revision and SQL."""

import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main


@pytest.fixture(autouse=True)
def url(database_url, monkeypatch):
    """The URL of an empty database, which the settings name."""
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", database_url)
    return database_url


def database(*arguments):
    return CliRunner().invoke(main, ["database", *arguments])


def test_upgrade_creates_the_schema():
    for _ in range(2):
        result = database("upgrade")
        assert (result.exit_code, result.stdout) == (0, "0005 (head)\n"), result.output
    assert database("current").stdout == "0005 (head)\n"


def test_downgraded_schema_can_be_upgraded_again():
    database("upgrade")
    assert database("downgrade", "0001").stdout == "0001\n"
    assert database("current").stdout == "0001\n"
    assert database("downgrade", "base").exit_code == 0
    assert database("current").stdout == ""
    assert database("upgrade").stdout == "0005 (head)\n"


def test_unknown_revision_is_reported():
    database("upgrade")
    result = database("downgrade", "9999")
    assert result.exit_code == 1 and "9999" in result.stderr
    assert database("current").stdout == "0005 (head)\n"


def test_sql_is_printed_and_not_run(url):
    result = database("sql")
    assert result.exit_code == 0 and "CREATE TABLE feedback" in result.stdout
    later = database("sql", "--from", "0001").stdout
    assert "CREATE TABLE training_jobs" in later and "CREATE TABLE feedback" not in later
    assert ("SERIAL" in result.stdout) == url.startswith("postgresql")


@pytest.mark.parametrize("command", [["current"], ["downgrade", "0001"]])
def test_missing_sqlite_file_is_reported_and_not_created(tmp_path, monkeypatch, command):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/none/file.db")
    result = database(*command)
    assert result.exit_code == 1
    assert f"there is no database {tmp_path}/none/file.db" in result.stderr
    assert not (tmp_path / "none").exists()


def test_file_that_is_no_database_is_reported(tmp_path, monkeypatch):
    (tmp_path / "file.db").write_text("no database, but long enough to be taken for a header" * 10)
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/file.db")
    result = database("upgrade")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database cannot be used: file is not a database" in result.stderr
    assert (tmp_path / "file.db").read_text().startswith("no database")
