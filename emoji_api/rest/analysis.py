"""Everything that a model says of tweets, from one forward pass."""

from typing import Any

from marshmallow import Schema, fields

from emoji_api.inference.answers import Answer, Phrase
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import Names, model_field, probability_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, ScoresSchema, TextSchema, TextsSchema, resource, rounded


class TasksSchema(ScoresSchema):
    """What is wanted."""

    tasks = Names(
        metadata={"description": "what is wanted; all that the model has by default", "example": ["emotion", "phrase"]}
    )


class AnalysisQuestionSchema(TasksSchema, TextSchema):
    """A tweet."""


class AnalysisQuestionsSchema(TasksSchema, TextsSchema):
    """Many tweets."""


class TaskAnswerSchema(Schema):
    """What one task says of a tweet: a label, or a phrase of the tweet."""

    label = fields.String(metadata={"description": "the answer", "example": "joy"})
    emoji = fields.String(metadata={"description": "of an emotion; of the emoji, the label itself", "example": "😂"})
    sentiment = fields.String(metadata={"description": "of a phrase: what it carries", "example": "positive"})
    selected_text = fields.String(
        metadata={"description": "of a phrase: its words as they were sent", "example": "best feeling"}
    )
    start = fields.Integer(
        metadata={"description": "of a phrase: where it starts in the text, in characters", "example": 42}
    )
    end = fields.Integer(metadata={"description": "of a phrase: where it ends in the text", "example": 54})
    confidence = probability_field("calibrated probability that the answer is right", 0.9963)
    threshold = probability_field("of hate and offence: the score from which the answer is yes", 0.5, required=False)
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "of a label: the calibrated probability of each, when asked for"},
    )


class AnalysisAnswerSchema(Schema):
    """What was asked of a tweet, by task."""

    answers = fields.Dict(keys=fields.String(), values=fields.Nested(TaskAnswerSchema), required=True)
    truncated = truncated_field()
    model = model_field()


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """All that is wanted."""
    return classifier.analyse(texts, arguments.get("tasks"))


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """A tweet's answers by task."""
    return {"answers": {task: _shown(answer, arguments["scores"]) for task, answer in found.items()}}


def _shown(answer: Answer, scores: bool) -> dict[str, Any]:
    confidence = round(answer.confidence, 4)
    if isinstance(answer, Phrase):
        shown = {"sentiment": answer.sentiment, "selected_text": answer.text, "start": answer.start, "end": answer.end}
        return {**shown, "confidence": confidence}
    optional = {
        "emoji": answer.emoji,
        "threshold": answer.threshold,
        "scores": rounded(answer.scores) if scores else None,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    return {"label": answer.label, "confidence": confidence, **given}


blp = resource(
    "/tweets/analysis",
    about="Everything that the model says of a tweet",
    what="Everything, or what is wanted, about",
    question=AnalysisQuestionSchema,
    questions=AnalysisQuestionsSchema,
    answer=AnalysisAnswerSchema,
    ask=ask,
    show=show,
)
