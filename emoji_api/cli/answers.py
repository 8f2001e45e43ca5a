"""Answers formatted for a pipe: one line of text or of JSON per tweet."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from emoji_api.cli.output import to_json
from emoji_api.inference.answers import Answer, Phrase, Word, shown_probability
from emoji_api.untrusted import escaped

HIGHEST = shown_probability(1.0)
"""Upper limit of every probability that is printed."""
SHARED_FIELDS = ("task", "truncated", "model_version")
"""Fields that are not repeated in each answer: the task is the answer's key, the others are printed once per tweet."""


def format_text(text: str, answers: dict[str, Answer], scores: bool) -> str:
    """Return a line of text: the answer of each task, then the tweet. `scores` adds every label's probability."""
    formatted = [_format_answer(answer, scores) for answer in answers.values()]
    if len(formatted) > 1:
        formatted = [f"{task}: {answer}" for task, answer in zip(answers, formatted, strict=True)]
    truncated = any(answer.truncated for answer in answers.values())
    return escaped(f"{'; '.join(formatted)}  {' '.join(text.split())}{' (truncated)' if truncated else ''}")


def format_json(text: str, answers: dict[str, Answer], scores: bool) -> str:
    """Return a line of JSON with the answer of each task. `scores` adds every label's probability."""
    document = {
        "text": text,
        "answers": {task: _answer_fields(answer, scores) for task, answer in answers.items()},
        "truncated": any(answer.truncated for answer in answers.values()),
        "model_version": next(answer.model_version for answer in answers.values()),
    }
    return to_json(document)


def format_json_error(text: str, error: str) -> str:
    """Return a line of JSON for a tweet that cannot be answered, so that output lines match input lines."""
    return to_json({"text": text, "error": error})


def _format_answer(answer: Answer, scores: bool) -> str:
    if isinstance(answer, Phrase):
        phrase = json.dumps(answer.text, ensure_ascii=False)
        return f"{answer.sentiment} {phrase} {shown_probability(answer.confidence):.4f}"
    given = [(answer.label, answer.confidence)]
    ranked = _format_scores(answer.scores.items() if scores and not answer.is_no_emotion else given)
    if scores and answer.is_no_emotion:  # first: it is not one of the scores
        ranked = f"{ranked} {_format_scores(answer.scores.items())}"
    formatted = ranked if answer.emoji in (None, answer.label) else f"{answer.emoji} {ranked}"
    return formatted if answer.words is None else f"{formatted} [{_format_words(answer.words)}]"


def _format_words(words: Iterable[Word]) -> str:
    return " ".join(f"{word.text} {word.contribution:+.2f}" for word in words)


def _format_scores(scores: Iterable[tuple[str, float]]) -> str:
    ranked = sorted(scores, key=lambda item: -item[1])
    return " ".join(f"{label} {shown_probability(score):.4f}" for label, score in ranked)


def _answer_fields(answer: Answer, scores: bool) -> dict[str, Any]:
    fields = {name: value for name, value in asdict(answer).items() if name not in SHARED_FIELDS and value is not None}
    fields["confidence"] = min(answer.confidence, HIGHEST)
    if "scores" in fields:
        fields["scores"] = {label: min(score, HIGHEST) for label, score in fields["scores"].items()}
        if not scores:
            del fields["scores"]
    return fields
