"""Hate speech and offensive language in tweets."""

from typing import Any

from marshmallow import Schema, fields

from emoji_api.inference.answers import shown_probability, shown_words
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import (
    language_field,
    model_field,
    probability_field,
    supported_field,
    truncated_field,
    words_field,
)
from emoji_api.rest.resource import Answers, Arguments, TextSchema, TextsSchema, explanation, resource
from emoji_api.tasks import HATE, OFFENSIVE

TASKS = (HATE, OFFENSIVE)
DEFAULT_THRESHOLD = 0.5
"""The threshold of a bundle without one: the more probable of the two labels is given."""


class VerdictSchema(Schema):
    """A yes or no, with its score and threshold."""

    answer = fields.Boolean(
        required=True, metadata={"description": "true if the score reaches the threshold", "example": False}
    )
    score = probability_field("calibrated probability that the answer is yes", 0.04)
    threshold = probability_field("score from which the answer is yes, chosen on the validation split", 0.5)
    words = words_field("the answer: to no if it is false")


class HateAnswerSchema(Schema):
    """Whether a tweet contains hate speech, and whether it is offensive."""

    hate = fields.Nested(VerdictSchema, required=True, metadata={"description": HATE.description})
    offensive = fields.Nested(VerdictSchema, required=True, metadata={"description": OFFENSIVE.description})
    truncated = truncated_field()
    model = model_field()
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of both tasks."""
    return classifier.analyse(texts, [task.name for task in TASKS], **explanation(arguments))


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return both verdicts on one tweet as JSON."""
    return {task.name: _verdict(answers[task.name], yes=task.labels[1]) for task in TASKS}


def _verdict(answer: Any, *, yes: str) -> dict[str, Any]:
    threshold = DEFAULT_THRESHOLD if answer.threshold is None else answer.threshold
    words = {} if answer.words is None else {"words": shown_words(answer)}
    score = shown_probability(answer.scores[yes])
    return {"answer": answer.label == yes, "score": score, "threshold": threshold, **words}


blp = resource(
    "/tweets/hate",
    summary="Detect hate speech and offensive language in {tweets}",
    text_schema=TextSchema,
    texts_schema=TextsSchema,
    answer_schema=HateAnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
