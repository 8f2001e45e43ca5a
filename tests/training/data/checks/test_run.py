"""Every kind of break is found, with the rows that have it; sound data and known faults pass."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.training.data.checks.reference import Reference
from emoji_api.training.data.checks.report import Report
from emoji_api.training.data.checks.run import Checks, check_all, references_of
from emoji_api.training.data.readers import Dataset, read_phrases
from emoji_api.training.data.sources import dataset_readers, find_data_paths
from emoji_api.training.params import DataParams


def found(folder: Path, given: dict[str, Reference] | None = None) -> Report:
    """The report of an emotion set."""
    (report,) = check_all(dataset_readers(DataParams(emotion=str(folder))), given or {})
    return report


def known(folder: Path) -> dict[str, Reference]:
    return references_of(dataset_readers(DataParams(emotion=str(folder))))


def edit(folder: Path, name: str, change) -> None:
    """Change the lines of a split's file, a list that begins with line 1."""
    lines = (folder / f"{name}.txt").read_text().splitlines()
    changed = change(lines) or lines
    (folder / f"{name}.txt").write_text("\n".join(changed) + "\n", encoding="utf-8")


def faults(report: Report) -> dict[str, list[str]]:
    """Which rows have which fault."""
    return {
        wrong.fault: [re.match(r"\S+", row).group() for row in wrong.rows]
        for wrong in [*report.errors, *report.warnings]
    }


def test_sound_data(emotion: Path) -> None:
    report = found(emotion)
    assert (report.broken, faults(report), report.reference) == (False, {}, None)


def test_every_tiny_set_is_sound_and_what_is_known_of_it_fits(tiny_data: Path) -> None:
    read = dataset_readers(DataParams(**find_data_paths(tiny_data)))
    given = references_of(read)
    reports = check_all(read, given)
    assert [report.name for report in reports] == list(read) == list(given)
    assert [line for report in reports for line in report.lines()] == []


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
def test_a_broken_text(emotion: Path, fault: str, text: str) -> None:
    edit(emotion, "val", lambda lines: [*lines[:6], f"{text};sadness", *lines[7:]])
    report = found(emotion)
    assert report.broken
    assert faults(report) == {fault: ["emotion/validation:7"]}


@pytest.mark.parametrize("text", ["naïve café", "Ã", "ein Ärger", "line\ttab", "100 € — “so”", "😀\u200d❤️"])
def test_a_text_that_only_looks_odd(emotion: Path, text: str) -> None:
    edit(emotion, "val", lambda lines: [*lines[:6], f"{text};sadness", *lines[7:]])
    assert faults(found(emotion)) == {}


def test_a_repeated_row_is_a_warning(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[4].upper().replace("FEAR", "fear")])
    report = found(emotion)
    assert faults(report) == {"repeats": ["emotion/train:61"]}
    assert not report.broken
    assert "repeats emotion/train:5" in report.warnings[0].rows[0]


def test_another_label_of_the_same_text(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy")])
    report = found(emotion)
    assert faults(report) == {"contradicts": ["emotion/train:61"], "repeats": ["emotion/train:61"]}
    assert "contradicts emotion/train:1 (sadness)" in report.errors[0].rows[0]


def test_a_row_of_train_in_test(emotion: Path) -> None:
    leaked = (emotion / "train.txt").read_text().splitlines()[2]
    edit(emotion, "test", lambda lines: [*lines, leaked])
    report = found(emotion)
    assert faults(report) == {"leaks": ["emotion/test:61"]}
    assert report.broken and "leaks emotion/train:3 (love)" in report.errors[0].rows[0]


def test_known_faults_pass_and_one_more_does_not(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy"), lines[1]])
    given = known(emotion)
    assert given["emotion"].splits["train"].known == {"repeats": 2, "contradicts": 1}
    assert faults(found(emotion, given)) == {}
    edit(emotion, "train", lambda lines: [*lines, lines[6].replace(";sadness", ";joy")])
    report = found(emotion, given)
    assert [(wrong.fault, wrong.splits, wrong.count, wrong.known) for wrong in report.errors] == [
        ("contradicts", ["train"], 2, 1)
    ]
    assert faults(report)["contradicts"] == ["emotion/train:61", "emotion/train:63"]


def test_a_split_that_shrank(emotion: Path) -> None:
    given = known(emotion)
    edit(emotion, "test", lambda lines: lines[:30])
    report = found(emotion, given)
    assert [(wrong.fault, wrong.splits, wrong.rows) for wrong in report.errors] == [("smaller", ["test"], ["30 rows"])]


def test_a_split_that_grew_is_a_warning(emotion: Path) -> None:
    given = known(emotion)
    edit(emotion, "train", lambda lines: [*lines, *(f"{number} {line}" for number, line in enumerate(lines))])
    report = found(emotion, given)
    assert (report.broken, faults(report)) == (False, {"larger": ["120"]})


def test_labels_that_drift_are_named(emotion: Path) -> None:
    given = known(emotion)
    edit(emotion, "train", lambda lines: [line.replace(";joy", ";anger") if len(line) % 2 else line for line in lines])
    report = found(emotion, given)
    (drift,) = report.warnings
    assert (drift.fault, drift.splits, report.broken) == ("balance", ["train"], False)
    assert [row.split(" (")[0] for row in drift.rows] == ["emotion/train: joy", "emotion/train: anger"]


def test_a_label_that_train_lacks(emotion: Path) -> None:
    edit(emotion, "train", lambda lines: [line for line in lines if not line.endswith(";fear")])
    (wrong,) = found(emotion).errors
    assert (wrong.says, wrong.rows) == ("train has no row of a label", ["fear"])


def test_a_split_without_rows(emotion: Path) -> None:
    (emotion / "val.txt").write_text("")
    (wrong,) = found(emotion).errors
    assert (wrong.says, wrong.rows) == ("a split has no rows", ["validation"])


def test_an_empty_set(emotion: Path) -> None:
    for name in ("train", "val", "test"):
        (emotion / f"{name}.txt").write_text("")
    assert found(emotion).broken


@pytest.mark.parametrize(
    ("line", "refused"),
    [(b"so glad;happy", "train.txt, line 2: no known label"), (b"caf\xe9;joy", "train.txt, line 2: not UTF-8")],
)
def test_what_no_reader_takes(emotion: Path, line: bytes, refused: str) -> None:
    lines = (emotion / "train.txt").read_bytes().split(b"\n")
    (emotion / "train.txt").write_bytes(b"\n".join([lines[0], line, *lines[2:]]))
    report = found(emotion)
    assert report.broken and refused in str(report.refused)


def test_a_set_that_cannot_be_read_hides_no_other(emotion: Path, tiny_data: Path) -> None:
    (emotion / "val.txt").unlink()
    data = DataParams(emotion=str(emotion), finance_sentiment=str(tiny_data / "finance_sentiment"))
    assert [report.broken for report in check_all(dataset_readers(data), {})] == [True, False]


def test_a_label_that_the_task_does_not_have(emotion: Path) -> None:
    dataset = dataset_readers(DataParams(emotion=str(emotion)))["emotion"]()
    dataset.splits["test"].labels[3] = 6
    assert faults(Checks().check(dataset, None)) == {"unknown_label": ["emotion/test:4"]}


@pytest.mark.parametrize(
    ("span", "fault"), [((-1, 3), "span_before_text"), ((0, 999), "span_after_text"), ((2, 2), "span_empty")]
)
def test_a_span_outside_of_its_text(tiny_data: Path, span: tuple[int, int], fault: str) -> None:
    dataset: Dataset = read_phrases(tiny_data / "tweet_sentiment_extraction")
    broken = replace(dataset.splits["train"], spans=[span, *dataset.splits["train"].spans[1:]])
    report = Checks().check(replace(dataset, splits=dataset.splits | {"train": broken}), None)
    assert (report.broken, faults(report)) == (True, {fault: [broken.ids[0]]})


def test_rows_that_a_reader_leaves_out_are_a_warning(tiny_data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_data / "finance_sentiment", tmp_path / "finance_sentiment")
    leaked = (folder / "sent_train.csv").read_text().splitlines()[1]
    with (folder / "sent_valid.csv").open("a", newline="") as file:
        file.write(leaked.replace(",", " https://t.co/a,") + "\r\n")
    (report,) = check_all(dataset_readers(DataParams(emotion="", finance_sentiment=str(folder))), {})
    assert (report.broken, faults(report)) == (False, {"left_out": ["finance_sentiment/valid:61"]})


def test_the_pages_name_every_suite_and_the_rows(emotion: Path, tiny_data: Path, tmp_path: Path) -> None:
    edit(emotion, "train", lambda lines: [*lines, lines[0].replace(";sadness", ";joy")])
    read = dataset_readers(DataParams(emotion=str(emotion), tweeteval=str(tiny_data / "tweeteval")))
    check_all(read, {}, tmp_path / "docs")
    index = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    for name in read:
        assert name.replace("/", ".") in index
        assert (tmp_path / "docs" / "expectations" / f"{name}.html").is_file()
    (page,) = (tmp_path / "docs" / "validations" / "emotion").rglob("*.html")
    assert "emotion/train:61" in page.read_text(encoding="utf-8")


def test_pages_take_the_place_of_older_ones(emotion: Path, tmp_path: Path) -> None:
    (tmp_path / "docs" / "validations").mkdir(parents=True)
    (tmp_path / "docs" / "validations" / "old.html").write_text("old")
    check_all(dataset_readers(DataParams(emotion=str(emotion))), {}, tmp_path / "docs")
    assert not (tmp_path / "docs" / "validations" / "old.html").exists()


def test_the_public_sets_have_their_known_faults_and_no_others(public_data: Path) -> None:
    reports = check_all(dataset_readers(DataParams(**find_data_paths(public_data))), {})
    assert len(reports) == 8
    assert [line for report in reports for line in report.lines()] == []
    assert all(report.reference for report in reports)


def test_a_public_set_that_lost_rows_is_still_known(public_data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(public_data / "tweet_sentiment_extraction", tmp_path / "tweets")
    lines = (folder / "train.csv").read_text(encoding="utf-8").split("\n")
    (folder / "train.csv").write_text("\n".join(lines[:20_000]) + "\n", encoding="utf-8")
    (report,) = check_all(dataset_readers(DataParams(emotion="", tweet_sentiment_extraction=str(folder))), {})
    assert {wrong.fault for wrong in report.errors} == {"smaller"}
