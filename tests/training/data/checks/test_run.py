"""Checks of data sets: every fault is found with its rows; valid data and known faults pass."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.training.data.checks.derive import derive_references
from emoji_api.training.data.checks.reference import Reference
from emoji_api.training.data.checks.report import Report
from emoji_api.training.data.checks.run import Checks, check_all
from emoji_api.training.data.readers import Dataset, read_phrases
from emoji_api.training.data.sources import dataset_readers, find_data_paths
from emoji_api.training.params import DataParams


def check(folder: Path, references: dict[str, Reference] | None = None) -> Report:
    """Return the report of an emotion data set."""
    (report,) = check_all(dataset_readers(DataParams(emotion=str(folder))), references or {})
    return report


def derive(folder: Path) -> dict[str, Reference]:
    """Return the reference of an emotion data set as it is."""
    return derive_references(dataset_readers(DataParams(emotion=str(folder))))


def edit(folder: Path, name: str, change) -> None:
    """Replace the lines of a split's file with `change` of them."""
    lines = (folder / f"{name}.txt").read_text().splitlines()
    changed = change(lines) or lines
    (folder / f"{name}.txt").write_text("\n".join(changed) + "\n", encoding="utf-8")


def faults(report: Report) -> dict[str, list[str]]:
    """Return the ids of the rows with each fault."""
    return {
        finding.fault: [re.match(r"\S+", row).group() for row in finding.rows]
        for finding in [*report.errors, *report.warnings]
    }


def test_valid_data_have_no_findings(emotion: Path) -> None:
    report = check(emotion)
    assert (report.has_errors, faults(report), report.reference) == (False, {}, None)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("no_text", "  "),
        ("too_long", "so sad " * 150),
        ("not_decoded", "so sad \ufffd"),
        ("not_decoded", "caf\xc3\xa9"),
        ("not_decoded", "she\x92s sad"),
        ("not_decoded", "so\x00sad"),
    ],
)
def test_text_with_a_fault_is_an_error(emotion: Path, fault: str, text: str) -> None:
    edit(emotion, "val", lambda lines: [*lines[:6], f"{text};sadness", *lines[7:]])
    report = check(emotion)
    assert report.has_errors
    assert faults(report) == {fault: ["emotion/validation:7"]}


@pytest.mark.parametrize("text", ["naïve café", "Ã", "ein Ärger", "line\ttab", "100 € — “so”", "😀\u200d❤️"])
def test_unusual_but_valid_text_passes(emotion: Path, text: str) -> None:
    edit(emotion, "val", lambda lines: [*lines[:6], f"{text};sadness", *lines[7:]])
    assert faults(check(emotion)) == {}


def test_repeated_text_is_a_warning(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[4].upper().replace("FEAR", "fear")])
    report = check(emotion)
    assert faults(report) == {"repeats": ["emotion/train:61"]}
    assert not report.has_errors
    assert "repeats emotion/train:5" in report.warnings[0].rows[0]


def test_second_label_of_a_text_is_an_error(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy")])
    report = check(emotion)
    assert faults(report) == {"contradicts": ["emotion/train:61"], "repeats": ["emotion/train:61"]}
    assert "contradicts emotion/train:1 (sadness)" in report.errors[0].rows[0]


def test_train_text_in_test_is_an_error(emotion: Path) -> None:
    leaked = (emotion / "train.txt").read_text().splitlines()[2]
    edit(emotion, "test", lambda lines: [*lines, leaked])
    report = check(emotion)
    assert faults(report) == {"leaks": ["emotion/test:61"]}
    assert report.has_errors and "leaks emotion/train:3 (love)" in report.errors[0].rows[0]


def test_known_faults_pass_and_one_more_is_an_error(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy"), lines[1]])
    references = derive(emotion)
    assert references["emotion"].splits["train"].known == {"repeats": 2, "contradicts": 1}
    assert faults(check(emotion, references)) == {}
    edit(emotion, "train", lambda lines: [*lines, lines[6].replace(";sadness", ";joy")])
    report = check(emotion, references)
    assert [(finding.fault, finding.splits, finding.count, finding.known) for finding in report.errors] == [
        ("contradicts", ["train"], 2, 1)
    ]
    assert faults(report)["contradicts"] == ["emotion/train:61", "emotion/train:63"]


def test_smaller_split_is_an_error(emotion: Path) -> None:
    references = derive(emotion)
    edit(emotion, "test", lambda lines: lines[:30])
    report = check(emotion, references)
    assert [(finding.fault, finding.splits, finding.rows) for finding in report.errors] == [
        ("smaller", ["test"], ["30 rows"])
    ]


def test_larger_split_is_a_warning(emotion: Path) -> None:
    references = derive(emotion)
    edit(emotion, "train", lambda lines: [*lines, *(f"{number} {line}" for number, line in enumerate(lines))])
    report = check(emotion, references)
    assert (report.has_errors, faults(report)) == (False, {"larger": ["120"]})


def test_changed_label_shares_are_a_warning(emotion: Path) -> None:
    references = derive(emotion)
    edit(emotion, "train", lambda lines: [line.replace(";joy", ";anger") if len(line) % 2 else line for line in lines])
    report = check(emotion, references)
    (drift,) = report.warnings
    assert (drift.fault, drift.splits, report.has_errors) == ("balance", ["train"], False)
    assert (drift.count, report.counts()["known faults"]) == (None, 0)  # its rows are labels, not texts
    assert [row.split(" (")[0] for row in drift.rows] == ["emotion/train: joy", "emotion/train: anger"]


def test_label_without_train_rows_is_an_error(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [line for line in lines if not line.endswith(";fear")])
    (finding,) = check(emotion).errors
    assert (finding.message, finding.rows) == ("train has no row of a label", ["fear"])


def test_empty_split_is_an_error(emotion: Path) -> None:
    (emotion / "val.txt").write_text("")
    (finding,) = check(emotion).errors
    assert (finding.message, finding.rows) == ("a split has no rows", ["validation"])


def test_empty_data_set_is_an_error(emotion: Path) -> None:
    for name in ("train", "val", "test"):
        (emotion / f"{name}.txt").write_text("")
    assert check(emotion).has_errors


@pytest.mark.parametrize(
    ("line", "message"),
    [(b"so glad;happy", "train.txt, line 2: no known label"), (b"caf\xe9;joy", "train.txt, line 2: not UTF-8")],
)
def test_unreadable_line_is_an_error(emotion: Path, line: bytes, message: str) -> None:
    lines = (emotion / "train.txt").read_bytes().split(b"\n")
    (emotion / "train.txt").write_bytes(b"\n".join([lines[0], line, *lines[2:]]))
    report = check(emotion)
    assert report.has_errors and message in str(report.read_error)


def test_unreadable_data_set_does_not_hide_others(emotion: Path, tiny_data: Path) -> None:
    (emotion / "val.txt").unlink()
    data = DataParams(emotion=str(emotion), finance_sentiment=str(tiny_data / "finance_sentiment"))
    assert [report.has_errors for report in check_all(dataset_readers(data), {})] == [True, False]


def test_unknown_label_id_is_an_error(emotion: Path) -> None:
    dataset = dataset_readers(DataParams(emotion=str(emotion)))["emotion"]()
    dataset.splits["test"].labels[3] = 6
    assert faults(Checks().check(dataset, None)) == {"unknown_label": ["emotion/test:4"]}


@pytest.mark.parametrize(
    ("span", "fault"), [((-1, 3), "span_before_text"), ((0, 999), "span_after_text"), ((2, 2), "span_empty")]
)
def test_span_outside_its_text_is_an_error(tiny_data: Path, span: tuple[int, int], fault: str) -> None:
    dataset: Dataset = read_phrases(tiny_data / "tweet_sentiment_extraction")
    broken = replace(dataset.splits["train"], spans=[span, *dataset.splits["train"].spans[1:]])
    report = Checks().check(replace(dataset, splits=dataset.splits | {"train": broken}), None)
    assert (report.has_errors, faults(report)) == (True, {fault: [broken.ids[0]]})


def test_rows_left_out_by_the_reader_are_a_warning(tiny_data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_data / "finance_sentiment", tmp_path / "finance_sentiment")
    leaked = (folder / "sent_train.csv").read_text().splitlines()[1]
    with (folder / "sent_valid.csv").open("a", newline="") as file:
        file.write(leaked.replace(",", " https://t.co/a,") + "\r\n")
    (report,) = check_all(dataset_readers(DataParams(emotion="", finance_sentiment=str(folder))), {})
    assert (report.has_errors, faults(report)) == (False, {"left_out": ["finance_sentiment/valid:61"]})


def test_pages_list_every_suite_and_the_rows(emotion: Path, tiny_data: Path, tmp_path: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy")])
    readers = dataset_readers(DataParams(emotion=str(emotion), tweeteval=str(tiny_data / "tweeteval")))
    check_all(readers, {}, tmp_path / "docs")
    index = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    for name in readers:
        assert name.replace("/", ".") in index
        assert (tmp_path / "docs" / "expectations" / f"{name}.html").is_file()
    (page,) = (tmp_path / "docs" / "validations" / "emotion").rglob("*.html")
    assert "emotion/train:61" in page.read_text(encoding="utf-8")


def test_pages_replace_older_ones(emotion: Path, tmp_path: Path) -> None:
    (tmp_path / "docs" / "validations").mkdir(parents=True)
    (tmp_path / "docs" / "validations" / "old.html").write_text("old")
    check_all(dataset_readers(DataParams(emotion=str(emotion))), {}, tmp_path / "docs")
    assert not (tmp_path / "docs" / "validations" / "old.html").exists()


def test_public_data_sets_have_exactly_their_known_faults(public_data: Path) -> None:
    reports = check_all(dataset_readers(DataParams(**find_data_paths(public_data))), {})
    assert len(reports) == 8
    assert [line for report in reports for line in report.lines()] == []
    assert all(report.reference for report in reports)


def test_truncated_public_data_set_is_recognised(public_data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(public_data / "tweet_sentiment_extraction", tmp_path / "tweets")
    lines = (folder / "train.csv").read_text(encoding="utf-8").split("\n")
    (folder / "train.csv").write_text("\n".join(lines[:20_000]) + "\n", encoding="utf-8")
    (report,) = check_all(dataset_readers(DataParams(emotion="", tweet_sentiment_extraction=str(folder))), {})
    assert {finding.fault for finding in report.errors} == {"smaller"}
