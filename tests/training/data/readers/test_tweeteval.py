"""The reader of TweetEval's tasks."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOJIS, SENTIMENT
from emoji_api.training.data.readers import TWEETEVAL, clean_train, read_tweeteval, text_key, unescape


def tweeteval(folder: Path, texts: str = "so glad\n", labels: str = "2\n") -> Path:
    """Write a sentiment data set in which every split has these texts and labels."""
    (folder / "sentiment").mkdir()
    for stem in ("train", "val", "test"):
        (folder / "sentiment" / f"{stem}_text.txt").write_bytes(texts.encode())
        (folder / "sentiment" / f"{stem}_labels.txt").write_bytes(labels.encode())
    return folder


def test_texts_and_labels_are_read(tmp_path: Path) -> None:
    dataset = read_tweeteval(tweeteval(tmp_path, " so glad  \nso sad\n", "2\n0\n"), "sentiment")
    assert dataset.task is SENTIMENT
    assert dataset.splits["train"].texts == ["so glad", "so sad"]
    assert dataset.splits["train"].labels == [2, 0]
    assert dataset.splits["validation"].ids == ["tweeteval/sentiment/val:1", "tweeteval/sentiment/val:2"]
    assert len(dataset.manifest) == 6


@pytest.mark.parametrize("subset", TWEETEVAL)
def test_subsets_have_their_tasks(tiny_data: Path, subset: str) -> None:
    dataset = read_tweeteval(tiny_data / "tweeteval", subset)
    assert (dataset.name, dataset.task) == (f"tweeteval/{subset}", TWEETEVAL[subset])
    assert set(dataset.splits["train"].labels) == set(range(len(dataset.task.labels)))


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_text_is_left_out(tmp_path: Path, blank: str) -> None:
    dataset = read_tweeteval(tweeteval(tmp_path, f"so glad\n{blank}\nso sad\n", "2\n1\n0\n"), "sentiment")
    for split in dataset.splits.values():
        assert (split.texts, split.labels) == (["so glad", "so sad"], [2, 0])
        assert [identity.split(":")[1] for identity in split.ids] == ["1", "3"]
    assert dataset.left_out["validation"].ids == ["tweeteval/sentiment/val:2"]
    assert dataset.manifest["tweeteval/sentiment/val_text.txt"]["rows"] == 3


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    texts = read_tweeteval(tweeteval(tmp_path, "so\u2028very\x85glad\n"), "sentiment").splits["train"].texts
    assert texts == ["so\u2028very\x85glad"]


def test_different_numbers_of_lines_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train_text\.txt has 2 lines, .*train_labels\.txt has 1"):
        read_tweeteval(tweeteval(tmp_path, "so glad\nso sad\n", "2\n"), "sentiment")


@pytest.mark.parametrize("label", ["3", "-1", "positive", ""])
def test_unknown_label_is_an_error(tmp_path: Path, label: str) -> None:
    with pytest.raises(DataError, match=r"train_labels\.txt, line 2: no known label"):
        read_tweeteval(tweeteval(tmp_path, "so glad\nso sad\n", f"2\n{label}\n"), "sentiment")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_tweeteval(tmp_path, "sentiment")


@pytest.mark.parametrize(
    ("escaped", "text"),
    [(r"it\u2019s", "it’s"), (r"a\u002c b", "a, b"), (r"\"so\"", '"so"'), ('""so""', '"so"'), (r"a\b", r"a\b")],
)
def test_escape_sequences_are_decoded(escaped: str, text: str) -> None:
    assert unescape(escaped) == text


@pytest.mark.parametrize(
    ("subset", "sizes"),
    [
        ("sentiment", [45_615, 2_000, 12_284]),
        ("hate", [8_993, 999, 2_970]),  # 9,000 and 1,000 lines, eight of them blank
        ("offensive", [11_916, 1_324, 860]),
    ],
)
def test_public_data_sets_have_their_known_sizes(public_data: Path, subset: str, sizes: list[int]) -> None:
    splits = read_tweeteval(public_data / "tweeteval", subset).splits
    assert [len(splits[name]) for name in ("train", "validation", "test")] == sizes


def test_cleaned_public_hate_train_split_has_no_held_out_text(public_data: Path) -> None:
    splits = read_tweeteval(public_data / "tweeteval", "hate").splits
    held_out = {text_key(text) for name in ("validation", "test") for text in splits[name].texts}
    assert held_out & set(map(text_key, splits["train"].texts))
    train = clean_train(splits["train"], [splits["validation"], splits["test"]])
    assert not held_out & set(map(text_key, train.texts))


def test_public_emoji_labels_are_those_of_the_task(public_data: Path) -> None:
    lines = (public_data / "tweeteval" / "emoji" / "mapping.txt").read_text(encoding="utf-8").splitlines()
    assert tuple(line.split("\t")[1] for line in lines if line) == EMOJIS.labels
