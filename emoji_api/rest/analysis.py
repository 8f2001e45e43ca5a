"""Answers of any or all tasks for tweets, from one forward pass."""

from typing import Any

from marshmallow import Schema, fields

from emoji_api.inference.answers import answer_to_json
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import (
    TaskName,
    TaskNames,
    language_field,
    model_field,
    probability_field,
    supported_field,
    truncated_field,
    words_field,
)
from emoji_api.rest.resource import (
    Answers,
    Arguments,
    NeutralSchema,
    ScoresSchema,
    TextSchema,
    TextsSchema,
    explanation,
    is_neutral,
    resource,
)


class TasksSchema(NeutralSchema, ScoresSchema):
    """The tasks to answer."""

    tasks = TaskNames(
        TaskName(),
        metadata={
            "description": "tasks to answer, by default all that the model has. In a query, repeat the parameter "
            "(tasks=emotion&tasks=phrase) or separate the names by commas (tasks=emotion,phrase)",
            "example": ["emotion", "phrase"],
        },
    )


class AnalysisQuestionSchema(TasksSchema, TextSchema):
    """A tweet and the tasks to answer."""


class AnalysisQuestionsSchema(TasksSchema, TextsSchema):
    """Several tweets and the tasks to answer."""


class TaskAnswerSchema(Schema):
    """The answer of one task for a tweet: a label, or for the task `phrase` a part of the text."""

    label = fields.String(metadata={"description": "the predicted label", "example": "joy"})
    emoji = fields.String(
        metadata={"description": "the emoji of the label (tasks `emotion` and `emojis`)", "example": "😂"}
    )
    sentiment = fields.String(
        metadata={"description": "the sentiment that the phrase carries (task `phrase`)", "example": "positive"}
    )
    selected_text = fields.String(
        metadata={"description": "the phrase, copied from the text (task `phrase`)", "example": "best feeling"}
    )
    start = fields.Integer(
        metadata={
            "description": "start of the phrase in the text, in Unicode code points (task `phrase`)",
            "example": 42,
        }
    )
    end = fields.Integer(
        metadata={"description": "end of the phrase in the text, exclusive (task `phrase`)", "example": 54}
    )
    confidence = probability_field("calibrated probability that the answer is correct", 0.87)
    threshold = probability_field(
        "score from which the second label is given (tasks `hate` and `offensive`)", 0.5, required=False
    )
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "calibrated probability of each label, if `scores` is true"},
    )
    words = words_field("the label (not for the task `phrase`)")


class AnalysisAnswerSchema(Schema):
    """The answers for a tweet, by task."""

    answers = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(TaskAnswerSchema),
        required=True,
        metadata={"description": "the answer of each task, in the order of the request"},
    )
    truncated = truncated_field()
    model = model_field()
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of the requested tasks."""
    return classifier.analyse(
        texts, arguments.get("tasks"), neutral=is_neutral(classifier, arguments), **explanation(arguments)
    )


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the answers for one tweet by task, as JSON."""
    return {
        "answers": {task: answer_to_json(answer, with_scores=arguments["scores"]) for task, answer in answers.items()}
    }


blp = resource(
    "/tweets/analysis",
    summary="Get the answers of any or all tasks for {tweets}",
    text_schema=AnalysisQuestionSchema,
    texts_schema=AnalysisQuestionsSchema,
    answer_schema=AnalysisAnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
