"""Answers to one text as the playground shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from emoji_api.inference.answers import Answer, Classification, Phrase, Word
from emoji_api.inference.classifier import Classifier
from emoji_api.inference.language import identify_language, is_supported
from emoji_api.rest.hate import DEFAULT_THRESHOLD
from emoji_api.tasks import (
    EMOJIS,
    EMOTION,
    EMOTION_EMOJI,
    FINANCE_STANCE,
    FINANCE_TOPIC,
    HATE,
    NO_EMOTION,
    OFFENSIVE,
    PHRASE,
    SENTIMENT,
    TASKS,
    Task,
)

MIN_TOPIC_CONFIDENCE = 0.5
"""Lowest confidence of a financial topic that is shown: tweets about other subjects stay below it."""
STRENGTHS = (0.05, 0.15, 0.3, 0.6)
"""Contributions of a word from which it is marked more strongly, as parts of the answer's confidence."""
SHOWN_BARS = 6
SHOWN_WORDS = 3
TITLES = {
    HATE.name: "hateful",
    OFFENSIVE.name: "offensive",
    FINANCE_TOPIC.name: "financial topic",
    FINANCE_STANCE.name: "financial stance",
    EMOJIS.name: "emoji",
}
"""Names of tasks for people, where they differ from the task's own."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A label with its score; `is_given` tells whether it is the answer."""

    label: str
    emoji: str | None
    score: float
    is_given: bool


@dataclass(frozen=True, kw_only=True)
class TaskAnswer:
    """The answer of a classification task for `text`."""

    text: str
    task: Task
    answer: Classification

    @property
    def title(self) -> str:
        """The name of the task for people, in lower case."""
        return title(self.task.name)

    def label_name(self, label: str) -> str:
        """Return a label of the task for people."""
        if self.task in (HATE, OFFENSIVE):
            return self.title if label == self.task.labels[1] else f"not {self.title}"
        return label

    @property
    def bars(self) -> list[Bar]:
        """The labels in the task's order if they are few; otherwise the most probable ones and the given one."""
        labels = list(self.task.labels)
        if len(labels) > SHOWN_BARS:
            labels.sort(key=lambda label: -self.answer.scores[label])
            shown = labels[: SHOWN_BARS - 1]
            labels = shown if self.answer.label in shown else [*shown[:-1], self.answer.label]
        emoji = EMOTION_EMOJI if self.task == EMOTION else {}
        return [
            Bar(
                label=label,
                emoji=emoji.get(label),
                score=self.answer.scores[label],
                is_given=label == self.answer.label,
            )
            for label in labels
        ]

    @property
    def is_most_probable(self) -> bool:
        """Whether the answer is the most probable label. A decision rule may choose another one."""
        return self.answer.scores.get(self.answer.label) == max(self.answer.scores.values())

    @property
    def is_yes(self) -> bool:
        """Whether a binary task is answered with its second label."""
        return self.answer.label == self.task.labels[1]

    @property
    def yes_score(self) -> float:
        """The score of the second label of a binary task."""
        return self.answer.scores[self.task.labels[1]]

    @property
    def threshold(self) -> float:
        """The score from which a binary task is answered with its second label."""
        return DEFAULT_THRESHOLD if self.answer.threshold is None else self.answer.threshold

    @property
    def marked(self) -> Markup | None:
        """The escaped text with its telling words marked; `None` without an explanation.

        The classes of the marks are `for-1` to `for-4` for words that speak for the answer, and `against-1` to
        `against-4` for words that speak against it.
        """
        if self.answer.words is None:
            return None
        parts, end = [], 0
        for word in self.answer.words:
            parts.append(escape(self.text[end : word.start]))
            if strength := self._strength(word):
                side = "for" if word.contribution > 0 else "against"
                parts.append(Markup('<mark class="{}-{}">{}</mark>').format(side, strength, word.text))
            else:
                parts.append(escape(word.text))
            end = word.end
        return Markup("").join([*parts, escape(self.text[end:])])

    @property
    def words_for(self) -> list[Word]:
        """The words that speak most for the answer, strongest first."""
        return self._telling(1)

    @property
    def words_against(self) -> list[Word]:
        """The words that speak most against the answer, strongest first."""
        return self._telling(-1)

    def _telling(self, sign: int) -> list[Word]:
        words = [word for word in self.answer.words or () if word.contribution * sign > 0 and self._strength(word)]
        return sorted(words, key=lambda word: -abs(word.contribution))[:SHOWN_WORDS]

    def _strength(self, word: Word) -> int:
        """Return how strongly a word is marked, from 0 to 4."""
        return sum(abs(word.contribution) >= part * self.answer.confidence for part in STRENGTHS)


@dataclass(frozen=True, kw_only=True)
class TextAnswers:
    """The answers of all tasks of a model to one text.

    Attributes:
        text: the text.
        tasks: the answers of the classification tasks, in the order of the model.
        phrase: the words that carry the sentiment; `None` if the model has no such task.
        language: code of the language of the text; `None` if it cannot be told.
        truncated: whether the text was longer than the model reads.
        max_length: number of tokens that the model reads.
        version: version of the model.
    """

    text: str
    tasks: dict[str, TaskAnswer]
    phrase: Phrase | None
    language: str | None
    truncated: bool
    max_length: int
    version: str

    @property
    def is_supported(self) -> bool:
        """Whether the model can read the language of the text."""
        return is_supported(self.language)

    @property
    def has_emotion(self) -> bool:
        """Whether the emotion is answered, and not with "none"."""
        emotion = self.tasks.get(EMOTION.name)
        return emotion is not None and emotion.answer.label != NO_EMOTION

    @property
    def verdicts(self) -> list[TaskAnswer]:
        """The answers about hate and offence."""
        return self._answers(HATE, OFFENSIVE)

    @property
    def finance(self) -> list[TaskAnswer]:
        """The financial topic and stance; none if the model sees no topic."""
        topic = self.tasks.get(FINANCE_TOPIC.name)
        if topic is not None and topic.answer.confidence < MIN_TOPIC_CONFIDENCE:
            return []
        return self._answers(FINANCE_TOPIC, FINANCE_STANCE)

    @property
    def others(self) -> list[TaskAnswer]:
        """The answers of the model's own tasks."""
        return [shown for name, shown in self.tasks.items() if name not in TASKS]

    @property
    def correctable(self) -> list[TaskAnswer]:
        """The answers that are shown, for each of which a caller may send the correct label."""
        return [*self._answers(EMOTION, SENTIMENT), *self.verdicts, *self.finance, *self._answers(EMOJIS), *self.others]

    @property
    def marked_phrase(self) -> Markup | None:
        """The escaped text with the phrase marked; `None` without a phrase, or if it is the whole text."""
        if self.phrase is None or self.phrase.text.strip() == self.text.strip():
            return None
        start, end = self.phrase.start, self.phrase.end
        parts = self.text[:start], self.text[start:end], self.text[end:]
        return Markup('{}<mark class="phrase">{}</mark>{}').format(*parts)

    def _answers(self, *tasks: Task) -> list[TaskAnswer]:
        return [self.tasks[task.name] for task in tasks if task.name in self.tasks]


def answer_text(classifier: Classifier, text: str, *, explain: bool, max_rows: int) -> TextAnswers:
    """Return the answers of all tasks of the model to `text`; with `explain`, each with the words that decided it.

    They are not counted as answers of the service: a text that is being typed would be counted many times. Raises
    `InvalidText` if the text cannot be classified, and `ExplanationTooLarge` if it has more than `max_rows` words.
    """
    bundle = classifier.bundle
    unobserved = Classifier(bundle, classifier.engine, classifier.tokenizer)
    answers = unobserved.analyse(
        text, asked_tasks(bundle.tasks), neutral=bundle.no_emotion is not None, explain=explain, max_rows=max_rows
    )[0]
    phrase = answers.get(PHRASE.name)
    return TextAnswers(
        text=text,
        tasks={
            name: TaskAnswer(text=text, task=bundle.tasks[name], answer=answer)
            for name, answer in answers.items()
            if isinstance(answer, Classification)
        },
        phrase=phrase if isinstance(phrase, Phrase) else None,
        language=identify_language(text),
        truncated=_truncated(answers.values()),
        max_length=bundle.max_length,
        version=bundle.version,
    )


def asked_tasks(tasks: dict[str, Task]) -> list[str]:
    """Return the names of the tasks that are answered: all that need no sentiment from the caller."""
    return [
        name
        for name, task in tasks.items()
        if task.kind == "classification" or (name == PHRASE.name and SENTIMENT.name in tasks)
    ]


def title(name: str) -> str:
    """Return the name of a task for people, in lower case."""
    return TITLES.get(name, name.replace("_", " "))


def _truncated(answers: Iterable[Answer]) -> bool:
    return any(answer.truncated for answer in answers)
