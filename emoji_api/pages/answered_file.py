"""The answers for the tweets of a file: rows, their summary, and files to download."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from marshmallow import ValidationError

from emoji_api.inference.classifier import Classifier
from emoji_api.pages.answers import asked_tasks
from emoji_api.pages.downloads import csv_lines
from emoji_api.pages.tweet_files import TweetFile
from emoji_api.rest.analysis import analyse, to_json
from emoji_api.rest.batches import answer_valid
from emoji_api.rest.fields import RefusedText, text_field
from emoji_api.rest.resource import answer_documents
from emoji_api.rows import MalformedRow
from emoji_api.tasks import EMOTION, NO_EMOTION, PHRASE, TASKS, WITH_THRESHOLD, Task

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AnsweredRow:
    """A row of a file with its answer.

    Attributes:
        number: the number of the row in the file.
        text: the tweet; empty if the row is malformed.
        document: the answer as `POST /tweets/analysis/batch` gives it with `on_error=skip`: the answers by task in
            `answers`, or the reason in `error`.
    """

    number: int
    text: str
    document: Document

    @property
    def answers(self) -> dict[str, Any]:
        """The answers by task, none for a row that is not answered."""
        answers: dict[str, Any] = self.document.get("answers", {})
        return answers

    @property
    def flags(self) -> list[Document]:
        """The answers of binary tasks that are the second label, such as `offensive`."""
        answers = ((task, self.answers.get(task)) for task in WITH_THRESHOLD)
        return [answer for task, answer in answers if answer and answer["label"] == TASKS[task].labels[1]]

    @property
    def phrase(self) -> dict[str, Any] | None:
        """The phrase that carries the sentiment, with its position in the text."""
        return self.answers.get(PHRASE.name)


@dataclass(frozen=True, kw_only=True)
class Share:
    """The number of answers with a label, and their share of all answers."""

    label: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True)
class AnsweredFile:
    """A file with the answers for its tweets. `tasks` are those that were answered."""

    file: TweetFile
    tasks: list[Task]
    rows: list[AnsweredRow]

    @property
    def answered(self) -> list[AnsweredRow]:
        """The rows that have an answer."""
        return [row for row in self.rows if row.answers]

    @property
    def foreign(self) -> int:
        """The number of tweets in languages that the model cannot read."""
        return sum(not row.document["supported"] for row in self.answered)

    def shares(self, task: str) -> dict[str, Share]:
        """Return the share of each label of a classification task, in its order; `none` is the last, if it occurs."""
        labels = next(other.labels for other in self.tasks if other.name == task)
        counts = Counter(row.answers[task]["label"] for row in self.answered)
        if NO_EMOTION in counts:
            labels = (*labels, NO_EMOTION)
        total = max(counts.total(), 1)
        return {label: Share(label=label, count=counts[label], share=counts[label] / total) for label in labels}

    def as_csv(self) -> str:
        """Return the rows with their answers as CSV. Texts that a spreadsheet would run as formulas are quoted."""
        columns = ["row", "text"]
        for task in self.tasks:
            columns += [task.name, f"{task.name}_confidence"]
            columns += ["emoji"] if task.name == EMOTION.name else []
        columns += ["language", "supported", "truncated", "model", "error"]
        cells = ([str(row.get(column, "")) for column in columns] for row in map(_flat, self.rows))
        return csv_lines([columns, *cells])

    def as_json_lines(self) -> Iterator[str]:
        """Yield a line of JSON for each row: its number, its text and its document."""
        for row in self.rows:
            yield json.dumps({"row": row.number, "text": row.text, **row.document}, ensure_ascii=False) + "\n"


def answer_file(classifier: Classifier, file: TweetFile) -> AnsweredFile:
    """Return the answers for the tweets of a file. Rows that cannot be answered have an error instead."""
    tasks = [classifier.bundle.tasks[name] for name in asked_tasks(classifier.bundle.tasks)]
    arguments = {
        "texts": [_checked(text) for _, text in file.rows],
        "tasks": [task.name for task in tasks],
        "neutral": classifier.bundle.no_emotion is not None,
        "language": True,
        "explain": False,
        "scores": False,
    }
    answer = partial(answer_documents, classifier, analyse=analyse, to_json=to_json)
    documents = answer_valid(answer, arguments, classifier)
    rows = [
        AnsweredRow(number=number, text="" if isinstance(text, MalformedRow) else _encodable(text), document=document)
        for (number, text), document in zip(file.rows, documents, strict=True)
    ]
    return AnsweredFile(file=file, tasks=tasks, rows=rows)


def _checked(text: str | MalformedRow) -> str | RefusedText:
    if isinstance(text, MalformedRow):
        return RefusedText(f"{text.reason[:1].upper()}{text.reason[1:]}.")
    try:
        return str(text_field().deserialize(text))
    except ValidationError as error:
        return RefusedText(" ".join(map(str, error.messages)))


def _encodable(text: str) -> str:
    """Return `text` with lone surrogates, which JSON may have and UTF-8 has not, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _flat(row: AnsweredRow) -> dict[str, Any]:
    """Return a row of the CSV file by column."""
    document = row.document
    flat = {"row": row.number, "text": row.text, "error": document.get("error", {}).get("message", "")}
    for name in ("language", "supported", "truncated", "model"):
        value = document.get(name)
        flat[name] = "" if value is None else str(value).lower() if isinstance(value, bool) else value
    for task, answer in row.answers.items():
        flat[task] = answer["selected_text"] if task == PHRASE.name else answer["label"]
        flat[f"{task}_confidence"] = answer["confidence"]
        if task == EMOTION.name:
            flat["emoji"] = answer["emoji"]
    return flat
