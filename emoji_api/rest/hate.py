"""Whether tweets are hateful or offensive."""

from typing import Any

from marshmallow import Schema, fields

from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import model_field, probability_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, TextSchema, TextsSchema, resource
from emoji_api.tasks import HATE, OFFENSIVE

TASKS = (HATE, OFFENSIVE)


class VerdictSchema(Schema):
    """A yes or no, with what it rests on."""

    answer = fields.Boolean(
        required=True, metadata={"description": "whether the score reaches the threshold", "example": False}
    )
    score = probability_field("calibrated probability of a yes", 0.0131)
    threshold = probability_field("the score from which the answer is yes, chosen on validation", 0.5)


class HateAnswerSchema(Schema):
    """Whether a tweet is hateful or offensive."""

    hate = fields.Nested(VerdictSchema, required=True, metadata={"description": HATE.description})
    offensive = fields.Nested(VerdictSchema, required=True, metadata={"description": OFFENSIVE.description})
    truncated = truncated_field()
    model = model_field()


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """Both questions."""
    return classifier.analyse(texts, [task.name for task in TASKS])


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Both verdicts on a tweet as they are answered."""
    return {task.name: _verdict(found[task.name], *task.labels) for task in TASKS}


def _verdict(found: Any, no: str, yes: str) -> dict[str, Any]:
    threshold = 0.5 if found.threshold is None else found.threshold  # the likelier of two
    return {"answer": found.label == yes, "score": round(found.scores[yes], 4), "threshold": threshold}


blp = resource(
    "/tweets/hate",
    about="Whether a tweet is hateful or offensive",
    what="Hate and offence in",
    question=TextSchema,
    questions=TextsSchema,
    answer=HateAnswerSchema,
    ask=ask,
    show=show,
)
