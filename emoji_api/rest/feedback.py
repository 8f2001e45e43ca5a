"""Feedback: correct labels sent by callers."""

from typing import Any

from flask import current_app
from marshmallow import Schema, ValidationError, fields, validates

from emoji_api.database.extension import served_database
from emoji_api.database.feedback import receive
from emoji_api.errors import InvalidText, UnknownLabel
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Flag, TaskName, text_field
from emoji_api.rest.metrics import Metrics
from emoji_api.rest.request_id import REQUEST_ID
from emoji_api.rest.resource import ERRORS_WITH_BODY, TEXT, Arguments, documents_errors
from emoji_api.rest.serving import served_model
from emoji_api.tasks import EMOTION, PHRASE


def check_has_labels(task: str) -> str:
    """Return `task`. Raise `ValidationError` for the phrase, which has no labels to correct."""
    if task == PHRASE.name:
        raise ValidationError("A phrase has no label. Send the correct sentiment with the task sentiment.")
    return task


def check_request_id(value: str) -> str:
    """Return `value`. Raise `ValidationError` if it is not a valid X-Request-ID."""
    if not REQUEST_ID.fullmatch(value):
        raise ValidationError("Not a valid X-Request-ID.")
    return value


class FeedbackSchema(Schema):
    """The correct label of a text."""

    text = text_field(required=True, metadata={"description": "the tweet, as it was sent", "example": TEXT})
    task = TaskName(
        kind="classification",
        required=True,
        validate=check_has_labels,
        metadata={"description": "a classification task of the model", "example": EMOTION.name},
    )
    label = fields.String(
        required=True, metadata={"description": "the correct label, one of the task's labels", "example": "joy"}
    )
    request_id = fields.String(
        validate=check_request_id,
        metadata={
            "description": "X-Request-ID of the response with the wrong answer",
            "pattern": f"^{REQUEST_ID.pattern}$",
            "example": "0f8fad5b-d9cb-469f-a165",
        },
    )
    consent = Flag(
        load_default=False,
        metadata={
            "description": "true if the text may be stored and used for training; otherwise only its hash is stored",
            "example": True,
        },
    )

    @validates("text")
    def check_text(self, text: str, data_key: str) -> None:
        """Raise `ValidationError` for a NUL character, which PostgreSQL cannot store."""
        if "\0" in text:
            raise ValidationError("Has a NUL character.")


class ReceivedSchema(Schema):
    """The feedback's id."""

    id = fields.Integer(
        required=True, metadata={"description": "the same id for the same text, task and label", "example": 17}
    )


blp = Blueprint("feedback", __name__, url_prefix="/feedback")


@blp.post("")
@blp.arguments(FeedbackSchema())
@blp.response(201, ReceivedSchema)
@blp.alt_response(200, schema=ReceivedSchema, description="The same text, task and label were sent before")
@documents_errors(blp, ERRORS_WITH_BODY)
@blp.doc(
    summary="Send the correct label of a text",
    description="Feedback is stored for review. Nothing is trained on it before a person accepts it.",
)
def post_feedback(arguments: Arguments) -> tuple[dict[str, Any], int]:
    feedback_id, is_new = store_feedback(arguments)
    return {"id": feedback_id}, 201 if is_new else 200


def store_feedback(arguments: Arguments) -> tuple[int, bool]:
    """Store feedback, given as `FeedbackSchema` loads it. Return its id, and False if it had been stored before.

    Raises `UnknownTask`, `UnknownLabel` and `InvalidText` for feedback that cannot be trained on, and
    `DatabaseUnavailable`.
    """
    classifier = served_model().classifier
    task = classifier.task(arguments["task"], kind="classification")
    if arguments["label"] not in task.labels:
        raise UnknownLabel(arguments["label"], task.name, task.labels)
    try:
        classifier.tokenizer.encode([arguments["text"]])  # a text that cannot be classified cannot be trained on
    except InvalidText as error:
        raise InvalidText(error.reason) from error  # a single text has no position in a list
    with served_database().session() as session:
        feedback_id, is_new = receive(session, **arguments)
    Metrics.of(current_app).feedback.labels(task.name, arguments["label"]).inc(int(is_new))
    return feedback_id, is_new
