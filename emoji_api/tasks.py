"""What can be asked of a tweet, and the emoji that answers it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Task:
    """One question that the network answers.

    `labels` are in the order of the output's last axis, which is the order of the data's own mapping.
    A `classification` has one output, named like the task, of shape (batch, labels).
    A `span` has two, `span_start` and `span_end`, of shape (batch, length, labels).
    """

    name: str
    kind: Literal["classification", "span"] = "classification"
    labels: tuple[str, ...]
    description: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the network's outputs that answer this task."""
        return ("span_start", "span_end") if self.kind == "span" else (self.name,)


EMOTION = Task(
    name="emotion",
    labels=("sadness", "joy", "love", "anger", "fear", "surprise"),
    description="the emotion that the author of the tweet expresses",
)
SENTIMENT = Task(
    name="sentiment",
    labels=("negative", "neutral", "positive"),
    description="the polarity of the tweet",
)
OFFENSIVE = Task(
    name="offensive",
    labels=("not-offensive", "offensive"),
    description="insults, threats and profanity",
)

TASKS = {task.name: task for task in (EMOTION, SENTIMENT, OFFENSIVE)}

EMOTION_EMOJI = {
    "sadness": "😢",
    "joy": "😂",
    "love": "😍",
    "anger": "😠",
    "fear": "😱",
    "surprise": "😲",
}
