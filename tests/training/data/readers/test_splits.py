"""Splits: selection of rows, and removal of duplicates and leaks."""

import pytest

from emoji_api.training.data.readers.splits import Split, clean_train, text_key, without_leaks


@pytest.fixture
def letters() -> Split:
    """Six texts with different labels, ids and spans."""
    return Split(
        texts=list("abcdef"),
        labels=list(range(6)),
        ids=[f"row {letter}" for letter in "abcdef"],
        spans=[(number, number + 1) for number in range(6)],
    )


def test_where_keeps_labels_ids_and_spans_with_their_texts(letters: Split) -> None:
    kept = letters.where(letter in "be" for letter in "abcdef")
    assert kept == Split(texts=["b", "e"], labels=[1, 4], ids=["row b", "row e"], spans=[(1, 2), (4, 5)])


def test_where_needs_neither_ids_nor_spans() -> None:
    assert Split(texts=["a", "b"], labels=[0, 1]).where([False, True]) == Split(texts=["b"], labels=[1])


def test_sample_keeps_rows_together_and_in_order(letters: Split) -> None:
    sample = letters.sample(4, 7)
    assert len(set(sample.texts)) == 4
    assert sample.texts == sorted(sample.texts)
    assert sample == letters.where(letter in sample.texts for letter in letters.texts)


def test_sample_depends_on_the_seed_only(letters: Split) -> None:
    assert letters.sample(3, 7) == letters.sample(3, 7)
    assert len({tuple(letters.sample(3, seed).texts) for seed in range(20)}) > 5


@pytest.mark.parametrize(("rows", "size"), [(0, 0), (6, 6), (99, 6)])
def test_sample_has_at_most_all_rows(letters: Split, rows: int, size: int) -> None:
    assert len(letters.sample(rows, 7)) == size


@pytest.mark.parametrize("text", ["So  glad", "so glad https://t.co/a", " so\tGLAD "])
def test_key_ignores_case_white_space_and_links(text: str) -> None:
    assert text_key(text) == text_key("so glad")


def test_texts_with_conflicting_labels_are_removed_from_train() -> None:
    train = Split(texts=["so odd", "so glad", "So odd"], labels=[5, 1, 4], ids=["1", "2", "3"])
    assert clean_train(train, []) == Split(texts=["so glad"], labels=[1], ids=["2"])


def test_duplicate_text_is_kept_once() -> None:
    assert clean_train(Split(texts=["so glad", "so GLAD"], labels=[1, 1]), []).texts == ["so glad"]


@pytest.mark.parametrize("text", ["", " ", "https://t.co/a"])
def test_text_without_words_is_removed(text: str) -> None:
    assert clean_train(Split(texts=[text, "so glad"], labels=[1, 1]), []).texts == ["so glad"]


def test_held_out_text_is_removed_from_train_only() -> None:
    held_out = Split(texts=["so glad", "so sad"], labels=[1, 0])
    train = Split(texts=["So glad https://t.co/a", "so mad"], labels=[1, 3])
    assert clean_train(train, [held_out]).texts == ["so mad"]
    assert held_out.texts == ["so glad", "so sad"]


def test_leaked_text_is_removed_from_the_held_out_split() -> None:
    train = Split(texts=["So glad https://t.co/a", "so mad"], labels=[1, 3])
    held_out = Split(texts=["so glad https://t.co/b", "so sad"], labels=[1, 0], ids=["1", "2"])
    assert without_leaks(held_out, train) == Split(texts=["so sad"], labels=[0], ids=["2"])
