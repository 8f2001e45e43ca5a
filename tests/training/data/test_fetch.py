"""Fetching of data sets from a server, a hub or a folder, with verification against a reference."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.training.data import fetch as fetch_module
from emoji_api.training.data.checks.files import sha256_of, sha256_of_rows
from emoji_api.training.data.checks.reference import public_references
from emoji_api.training.data.readers import read_emotion
from emoji_api.training.data.sources import find_data_paths
from tests.files import FileServer, run_file_server
from tests.hub import run_hub

TRAIN, VALID = "finance_sentiment/sent_train.csv", "finance_sentiment/sent_valid.csv"


@pytest.fixture
def data(tiny_data: Path, tmp_path: Path, monkeypatch) -> Path:
    """A folder of data sets that a test may modify."""
    monkeypatch.delenv("EMOJI_API_DATA", raising=False)
    monkeypatch.setattr(fetch_module, "PAUSE", 0)
    return Path(shutil.copytree(tiny_data, tmp_path / "from"))


@pytest.fixture
def server(data: Path) -> Iterator[FileServer]:
    """A server that publishes the financial news."""
    with run_file_server(data / "finance_sentiment") as served:
        yield served


@pytest.fixture
def reference(data: Path, server: FileServer, tmp_path: Path) -> Path:
    """A reference file of the financial news on the server."""
    return write_reference(data, tmp_path / "known.yaml", [TRAIN, VALID], {"url": server.url})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "work" / "data"


def write_reference(data: Path, path: Path, files: list[str], published: dict | None = None) -> Path:
    """Write a reference of the `files` of one data set, with their hashes in `data`."""
    known = {file: {"sha256": [sha256_of(data / file)], "rows": sha256_of_rows(data / file)} for file in files}
    document = {"splits": {}, "files": known} | ({"published": published} if published else {})
    path.write_text(yaml.safe_dump({files[0].rpartition("/")[0]: document}))
    return path


def fetch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", "fetch", *map(str, arguments)])


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in `folder` and next to it, by path."""
    paths = folder.parent.rglob("*") if folder.parent.is_dir() else []
    return {str(path.relative_to(folder.parent)): path.read_bytes() for path in paths if path.is_file()}


def expected(data: Path, *names: str) -> dict[str, bytes]:
    """Return the content of `files` if exactly the files `names` of `data` were fetched."""
    return {f"data/{name}": (data / name).read_bytes() for name in names}


def test_files_are_fetched_from_a_server(reference: Path, out: Path, data: Path, server: FileServer) -> None:
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, result.output) == (0, f"finance_sentiment: 2 files from {server.url}\n")
    assert files(out) == expected(data, TRAIN, VALID)


def test_existing_file_is_not_requested(reference: Path, out: Path, server: FileServer) -> None:
    fetch("--out", out, "--reference", reference)
    (out / VALID).unlink()
    server.requested.clear()
    assert fetch("--out", out, "--reference", reference).exit_code == 0
    assert server.requested == ["sent_valid.csv"]
    assert "2 files are present" in fetch("--out", out, "--reference", reference).output
    assert server.requested == ["sent_valid.csv"]


@pytest.mark.parametrize("fault", [0, 1000, 503])
def test_transient_fault_is_retried(reference: Path, out: Path, data: Path, server: FileServer, fault: int) -> None:
    server.faults["sent_train.csv"] = [fault]
    assert fetch("--out", out, "--reference", reference).exit_code == 0
    assert server.requested.count("sent_train.csv") == 2
    assert files(out) == expected(data, TRAIN, VALID)


@pytest.mark.parametrize("fault", [1000, 503])
def test_permanent_fault_keeps_complete_files_and_the_next_fetch_continues(
    reference: Path, out: Path, data: Path, server: FileServer, fault: int
) -> None:
    server.faults["sent_valid.csv"] = [fault] * fetch_module.ATTEMPTS
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, f"{server.url}sent_valid.csv cannot be fetched" in result.output) == (1, True)
    assert files(out) == expected(data, TRAIN)
    assert fetch("--out", out, "--reference", reference).exit_code == 0
    assert server.requested.count("sent_train.csv") == 1


def test_file_missing_on_the_server_is_an_error(reference: Path, out: Path, data: Path, server: FileServer) -> None:
    (data / TRAIN).unlink()
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, f"{server.url}sent_train.csv: not found" in result.output) == (1, True)
    assert files(out) == {}


def test_unreachable_server_is_an_error(reference: Path, out: Path, tmp_path: Path, data: Path) -> None:
    unreachable = write_reference(data, tmp_path / "gone.yaml", [TRAIN], {"url": "http://127.0.0.1:9/"})
    result = fetch("--out", out, "--reference", unreachable)
    assert (result.exit_code, "127.0.0.1:9/sent_train.csv cannot be fetched" in result.output) == (1, True), (
        result.output
    )
    assert files(out) == {}


def test_file_with_other_content_is_discarded(reference: Path, out: Path, data: Path) -> None:
    with (data / TRAIN).open("a") as file:
        file.write("one more,1\n")
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, f"its sha256 is {sha256_of(data / TRAIN)}" in result.output) == (1, True)
    assert files(out) == {}


def test_other_bytes_with_the_same_rows_are_accepted_and_reported(reference: Path, out: Path, data: Path) -> None:
    rows = pd.read_csv(data / TRAIN)
    rows.to_csv(data / TRAIN, index=False, lineterminator="\r\n", quoting=1)
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, "sent_train.csv: other bytes, the same rows" in result.output) == (0, True), result.output
    assert files(out) == expected(data, TRAIN, VALID)


def test_existing_file_with_other_content_is_replaced_only_on_request(reference: Path, out: Path, data: Path) -> None:
    (out / TRAIN).parent.mkdir(parents=True)
    (out / TRAIN).write_text("text,label\nmine,0\n")
    result = fetch("--out", out, "--reference", reference)
    assert (result.exit_code, f"{out / TRAIN} exists and does not match the reference" in result.output) == (1, True)
    assert (out / TRAIN).read_text() == "text,label\nmine,0\n"
    assert fetch("--out", out, "--reference", reference, "--replace").exit_code == 0
    assert files(out) == expected(data, TRAIN, VALID)


def test_data_set_without_a_download_is_left_out_with_instructions(out: Path, data: Path, tmp_path: Path) -> None:
    name = "tweet_sentiment_extraction/train.csv"
    reference = write_reference(data, tmp_path / "known.yaml", [name], {"by_hand": "Ask its owner."})
    result = fetch("--out", out, "--reference", reference)
    assert result.exit_code == 0
    assert f"left out: download {out / name} by hand and repeat this command. Ask its owner." in result.output
    (out / name).parent.mkdir(parents=True)
    shutil.copy(data / name, out / name)
    assert "1 files are present" in fetch("--out", out, "--reference", reference).output


def test_files_are_copied_from_a_folder_with_a_reference(out: Path, data: Path, monkeypatch) -> None:
    known = data / "reference.yaml"
    assert (
        CliRunner().invoke(main, ["data", "check", "--data", str(data), "--write-reference", str(known)]).exit_code == 0
    )
    shutil.rmtree(data / "finance_topic")
    monkeypatch.setenv("EMOJI_API_DATA", str(data))
    result = fetch("--out", out)
    assert (result.exit_code, f"finance_topic: left out: {data} does not have it" in result.output) == (0, True)
    assert {path.name for path in out.iterdir()} == {*find_data_paths(data), "reference.yaml"}
    for name in (TRAIN, "emotion/val.txt"):
        assert (out / name).read_bytes() == (data / name).read_bytes()
    monkeypatch.delenv("EMOJI_API_DATA")
    assert fetch("--out", out).exit_code == 1  # the reference has no source of the missing data set


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: (data / VALID).unlink(), "sent_valid.csv: no such file"),
        (lambda data: (data / VALID).write_text("text,label\n"), "does not match the reference"),
        (shutil.rmtree, "no such folder"),
    ],
)
def test_incomplete_or_missing_folder_is_an_error(reference: Path, out: Path, data: Path, change, reason: str) -> None:
    change(data)
    result = fetch("--out", out, "--reference", reference, "--from", data)
    assert (result.exit_code, reason in result.output) == (1, True)
    assert VALID not in files(out)


def test_leftovers_of_a_killed_fetch_are_removed(reference: Path, out: Path, data: Path) -> None:
    leftover = out.with_name(".data.999999999.partial")
    leftover.mkdir(parents=True)
    (leftover / "copied").write_text("half")
    assert fetch("--out", out, "--reference", reference).exit_code == 0
    assert files(out) == expected(data, TRAIN, VALID)


@pytest.mark.parametrize(
    "content",
    ["finance_topic: {splits: {}, files: {../../x: {sha256: []}}}", "emotion: {splits: {}, published: {}}",
     "emotion: {splits: {}, files: {a.txt: {sha256: [abc]}}}", "emotion: {splits: {}}"],
)  # fmt: skip
def test_unusable_reference_is_an_error(out: Path, tmp_path: Path, data: Path, content: str) -> None:
    (tmp_path / "known.yaml").write_text(content)
    result = fetch("--out", out, "--reference", tmp_path / "known.yaml")
    assert (result.exit_code, "known.yaml" in result.output, files(out)) == (1, True, {}), result.output


def test_rows_and_files_are_fetched_from_a_hub(data: Path, out: Path, tmp_path: Path) -> None:
    """The emotion data set as rows, financial news as files; in a subprocess: the address is read at import."""
    emotion, hub = read_emotion(data / "emotion"), tmp_path / "hub" / "datasets" / "someone"
    (hub / "emotion" / "split").mkdir(parents=True)
    for name, split in emotion.splits.items():
        table = pd.DataFrame({"text": split.texts, "label": split.labels})
        table.to_parquet(hub / "emotion" / "split" / f"{name}-00000-of-00001.parquet")
    parts = [{"split": name, "path": f"split/{name}-*"} for name in emotion.splits]
    card = json.dumps({"configs": [{"config_name": "split", "data_files": parts}]})
    (hub / "emotion" / "README.md").write_text(f"---\n{card}\n---\n")
    shutil.copytree(data / "finance_sentiment", hub / "news")
    three = [f"emotion/{name}.txt" for name in ("train", "val", "test")]
    known = {}
    for wanted, place in (
        (three, {"hub": "someone/emotion"}),
        ([TRAIN, VALID], {"url": "hf://datasets/someone/news/"}),
    ):
        known |= yaml.safe_load(write_reference(data, tmp_path / "one.yaml", wanted, place).read_text())
    (tmp_path / "known.yaml").write_text(yaml.safe_dump(known))
    command = [sys.executable, "-c", "from emoji_api.cli.main import main; main()", "data", "fetch", "--out", out]
    with run_hub(tmp_path / "hub") as url:
        environment = os.environ | {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "cache")}
        run = [*command, "--reference", tmp_path / "known.yaml"]
        done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert files(out).keys() == expected(data, *three, TRAIN, VALID).keys()
    assert {name: files(out)[f"data/{name}"] for name in (TRAIN, VALID)} == {
        name: (data / name).read_bytes() for name in (TRAIN, VALID)
    }
    assert read_emotion(out / "emotion").splits == emotion.splits


def test_public_data_sets_match_their_references(public_data: Path, out: Path) -> None:
    result = fetch("--out", out, "--from", public_data)
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(public_references()) == 8
    assert "left out" not in result.output
