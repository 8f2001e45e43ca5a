"""Built-in tasks: their labels, and the emoji of each emotion."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that the network answers.

    Attributes:
        name: name of the task.
        kind: `classification` for a task with one output of shape (batch, labels) that has the task's name; `span` for
            a task with the outputs `span_start` and `span_end` of shape (batch, length, labels).
        labels: the labels, in the order of the outputs' last axis, which is the order of the data set's label ids.
        description: one sentence for people.
    """

    name: str
    kind: Literal["classification", "span"] = "classification"
    labels: tuple[str, ...]
    description: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the network's outputs for this task."""
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
PHRASE = Task(
    name="phrase",
    kind="span",
    labels=SENTIMENT.labels,
    description="the words that carry a given sentiment",
)
HATE = Task(
    name="hate",
    labels=("not-hate", "hate"),
    description="hatred of women or immigrants",
)
OFFENSIVE = Task(
    name="offensive",
    labels=("not-offensive", "offensive"),
    description="insults, threats and profanity",
)

FINANCE_TOPIC = Task(
    name="finance_topic",
    labels=(
        "Analyst Update",
        "Fed | Central Banks",
        "Company | Product News",
        "Treasuries | Corporate Debt",
        "Dividend",
        "Earnings",
        "Energy | Oil",
        "Financials",
        "Currencies",
        "General News | Opinion",
        "Gold | Metals | Materials",
        "IPO",
        "Legal | Regulation",
        "M&A | Investments",
        "Macro",
        "Markets",
        "Politics",
        "Personnel Change",
        "Stock Commentary",
        "Stock Movement",
    ),
    description="the topic of financial news",
)
FINANCE_STANCE = Task(
    name="finance_stance",
    labels=("bearish", "bullish", "neutral"),
    description="the effect of financial news on the price of its subject",
)
EMOJIS = Task(
    name="emojis",
    labels=tuple("❤ 😍 😂 💕 🔥 😊 😎 ✨ 💙 😘 📷 🇺🇸 ☀ 💜 😉 💯 😁 🎄 📸 😜".split()),
    description="the emoji that people would add to the tweet, of the twenty most frequent ones",
)

WITH_THRESHOLD = (HATE.name, OFFENSIVE.name)
"""Binary tasks with a fitted decision threshold for their second label."""

TASKS = {
    task.name: task for task in (EMOTION, SENTIMENT, PHRASE, HATE, OFFENSIVE, FINANCE_TOPIC, FINANCE_STANCE, EMOJIS)
}

PRIMARY_METRICS = {
    SENTIMENT.name: "macro_recall",
    PHRASE.name: "jaccard",
    FINANCE_TOPIC.name: "accuracy",
    FINANCE_STANCE.name: "accuracy",
}
"""The metric that the literature reports for a task, where it is not macro F1."""

NO_EMOTION = "none"
"""The label of a tweet without an emotion, where it is asked for. The network has no output for it."""
NO_EMOTION_EMOJI = "😐"

EMOTION_EMOJI = {
    "sadness": "😢",
    "joy": "😂",
    "love": "😍",
    "anger": "😠",
    "fear": "😱",
    "surprise": "😲",
}


def primary_metric(task: str) -> str:
    """Return the key in `bundle.json` of the metric by which bundles are compared on `task`."""
    return PRIMARY_METRICS.get(task, "macro_f1")
