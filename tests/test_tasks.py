"""Built-in tasks, and the emoji of each emotion."""

import dataclasses

import emoji
import pytest

from emoji_api.tasks import EMOTION, EMOTION_EMOJI, TASKS, Task


def test_emotions_are_in_the_order_of_the_data_set() -> None:
    assert EMOTION.labels == ("sadness", "joy", "love", "anger", "fear", "surprise")


def test_emotions_have_different_emoji() -> None:
    assert tuple(EMOTION_EMOJI) == EMOTION.labels
    assert len(set(EMOTION_EMOJI.values())) == len(EMOTION.labels)
    assert all(emoji.is_emoji(character) for character in EMOTION_EMOJI.values())


def test_emoji_are_those_of_the_http_contract() -> None:
    assert (
        "".join(EMOTION_EMOJI[label] for label in ("sadness", "anger", "joy", "love", "surprise", "fear"))
        == "😢😠😂😍😲😱"
    )


@pytest.mark.parametrize("name", TASKS)
def test_task_is_registered_under_its_name(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    assert task.description
    assert len(set(task.labels)) == len(task.labels) > 1


def test_classification_has_one_output_with_its_name() -> None:
    assert Task(name="irony", labels=("no", "yes")).outputs == ("irony",)


def test_span_has_a_start_and_an_end_output() -> None:
    assert Task(name="phrase", kind="span", labels=("negative", "positive")).outputs == ("span_start", "span_end")


def test_task_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        EMOTION.name = "mood"
