"""What the right answer would have been, from those who know."""

from typing import Any

from flask import current_app
from marshmallow import Schema, ValidationError, fields, validates

from emoji_api.database.extension import served_database
from emoji_api.errors import InvalidText, UnknownLabel
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Flag, text_field
from emoji_api.rest.metrics import Metrics
from emoji_api.rest.request_id import REQUEST_ID
from emoji_api.rest.resource import REFUSALS_OF_A_BODY, TEXT, Arguments, refusing
from emoji_api.rest.serving import served_model
from emoji_api.tasks import EMOTION, PHRASE


def labelled_task(name: str) -> str:
    """Refuses the phrase: it has no label that could be right."""
    if name == PHRASE.name:
        raise ValidationError("A phrase has no label: send the sentiment that the text has, as the task sentiment.")
    return name


def request_id(value: str) -> str:
    """Refuses what is no id of a request."""
    if not REQUEST_ID.fullmatch(value):
        raise ValidationError("Is no X-Request-ID.")
    return value


class FeedbackSchema(Schema):
    """What the right answer for a text would have been."""

    text = text_field(required=True, metadata={"description": "the tweet, as it was asked about", "example": TEXT})
    task = fields.String(
        required=True,
        validate=labelled_task,
        metadata={"description": "what was asked: a task of the model but the phrase", "example": EMOTION.name},
    )
    label = fields.String(
        required=True, metadata={"description": "the right answer: a label of the task", "example": "joy"}
    )
    request_id = fields.String(
        validate=request_id,
        metadata={
            "description": "X-Request-ID of the answer that was wrong",
            "pattern": f"^{REQUEST_ID.pattern}$",
            "example": "0f8fad5b-d9cb-469f-a165",
        },
    )
    consent = Flag(
        load_default=False,
        metadata={
            "description": "whether the text may be kept, and trained on; without it only its hash is kept",
            "example": True,
        },
    )

    @validates("text")
    def check_text(self, text: str, data_key: str) -> None:
        """Refuses what PostgreSQL cannot keep."""
        if "\0" in text:
            raise ValidationError("Has a NUL character.")


class ReceivedSchema(Schema):
    """Feedback that was received."""

    id = fields.Integer(
        required=True, metadata={"description": "the same for the same text, task and label", "example": 17}
    )


blp = Blueprint("feedback", __name__, url_prefix="/feedback", description="What the right answer would have been")


@blp.post("")
@blp.arguments(FeedbackSchema())
@blp.response(201, ReceivedSchema)
@blp.alt_response(200, schema=ReceivedSchema, description="The same text, task and label were sent before")
@refusing(blp, REFUSALS_OF_A_BODY)
@blp.doc(summary="Say what the right answer would have been")
def post_feedback(arguments: Arguments) -> tuple[dict[str, Any], int]:
    # not above: SQLAlchemy is imported by what uses it
    from emoji_api.database.feedback import receive

    classifier = served_model().classifier
    task = classifier.task(arguments["task"], kind="classification")
    if arguments["label"] not in task.labels:
        raise UnknownLabel(arguments["label"], task.name, task.labels)
    try:
        classifier.tokenizer.encode([arguments["text"]])  # what cannot be asked cannot be learned
    except InvalidText as error:
        raise InvalidText(error.reason) from error  # a lone text has no place in a list
    with served_database().session() as session:
        number, new = receive(session, **arguments)
    Metrics.of(current_app).feedback.labels(task.name, arguments["label"]).inc(int(new))
    return {"id": number}, 201 if new else 200
