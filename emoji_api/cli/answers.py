"""Answers as the command line prints them, a line a text."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from emoji_api.inference.answers import Answer, Phrase


def as_text(text: str, answers: dict[str, Answer], scores: bool) -> str:
    """A line for a person: what is said of each task, then the text."""
    shown = [_shown(answer, scores) for answer in answers.values()]
    if len(shown) > 1:
        shown = [f"{task}: {answer}" for task, answer in zip(answers, shown, strict=True)]
    cut = any(answer.truncated for answer in answers.values())
    return f"{'; '.join(shown)}  {' '.join(text.split())}{' (cut)' if cut else ''}"


def _shown(answer: Answer, scores: bool) -> str:
    if isinstance(answer, Phrase):
        return f"{answer.sentiment} {json.dumps(answer.text, ensure_ascii=False)} {answer.confidence:.4f}"
    ranked = _ranked(answer.scores.items()) if scores else _ranked([(answer.label, answer.confidence)])
    return ranked if answer.emoji in (None, answer.label) else f"{answer.emoji} {ranked}"


def _ranked(scores: Iterable[tuple[str, float]]) -> str:
    return " ".join(f"{label} {score:.4f}" for label, score in sorted(scores, key=lambda item: -item[1]))


def as_json(text: str, answers: dict[str, Answer], scores: bool) -> str:
    """A line of JSON; `scores` adds the probability of every label."""
    shared = ("task", "truncated", "model_version")  # told once
    hidden = shared if scores else (*shared, "scores")
    document = {
        "text": text,
        "answers": {
            task: {name: value for name, value in asdict(answer).items() if name not in hidden and value is not None}
            for task, answer in answers.items()
        },
        "truncated": any(answer.truncated for answer in answers.values()),
        "model_version": next(answer.model_version for answer in answers.values()),
    }
    return json.dumps(document, ensure_ascii=False)
