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
PHRASE = Task(
    name="phrase",
    kind="span",
    labels=SENTIMENT.labels,
    description="the words that carry the sentiment, for each sentiment that the tweet may have",
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
    description="what financial news means for the price of what it is about",
)
EMOJIS = Task(
    name="emojis",
    labels=tuple("❤ 😍 😂 💕 🔥 😊 😎 ✨ 💙 😘 📷 🇺🇸 ☀ 💜 😉 💯 😁 🎄 📸 😜".split()),
    description="which of the twenty emoji that people use most they would put under the tweet",
)

# tasks whose second label is given from a score on, rather than where it is the likelier
WITH_THRESHOLD = (HATE.name, OFFENSIVE.name)

TASKS = {
    task.name: task for task in (EMOTION, SENTIMENT, PHRASE, HATE, OFFENSIVE, FINANCE_TOPIC, FINANCE_STANCE, EMOJIS)
}

EMOTION_EMOJI = {
    "sadness": "😢",
    "joy": "😂",
    "love": "😍",
    "anger": "😠",
    "fear": "😱",
    "surprise": "😲",
}
