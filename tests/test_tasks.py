"""What can be asked of a tweet, and the emoji that answers it."""

import dataclasses

import emoji
import pytest

from emoji_api.tasks import EMOTION, EMOTION_EMOJI, TASKS, Task


def test_emotions_are_in_the_order_of_the_data() -> None:
    assert EMOTION.labels == ("sadness", "joy", "love", "anger", "fear", "surprise")


def test_every_emotion_has_an_emoji_of_its_own() -> None:
    assert tuple(EMOTION_EMOJI) == EMOTION.labels
    assert len(set(EMOTION_EMOJI.values())) == len(EMOTION.labels)
    assert all(emoji.is_emoji(character) for character in EMOTION_EMOJI.values())


def test_the_emoji_that_clients_know() -> None:
    assert (
        "".join(EMOTION_EMOJI[label] for label in ("sadness", "anger", "joy", "love", "surprise", "fear"))
        == "😢😠😂😍😲😱"
    )


@pytest.mark.parametrize("name", TASKS)
def test_tasks_are_found_by_their_name(name: str) -> None:
    task = TASKS[name]
    assert task.name == name
    assert task.description
    assert len(set(task.labels)) == len(task.labels) > 1


def test_a_classification_has_one_output_of_its_name() -> None:
    assert Task(name="irony", labels=("no", "yes")).outputs == ("irony",)


def test_a_span_has_a_start_and_an_end() -> None:
    assert Task(name="phrase", kind="span", labels=("negative", "positive")).outputs == ("span_start", "span_end")


def test_a_task_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        EMOTION.name = "mood"
