"""Trainings: ordered, followed, cancelled."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, url_for
from marshmallow import Schema, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.database.tables import TRAINING_STATES
from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count, Flag, Number
from emoji_api.rest.resource import ERRORS_WITH_BODY, Arguments, documents_errors
from emoji_api.tasks import TASKS

if TYPE_CHECKING:
    from emoji_api.database.tables import TrainingJob
    from emoji_api.jobs.trainings import Trainings

REFUSALS = ERRORS_WITH_BODY | {409: "CONFLICT", 501: "NOT_IMPLEMENTED"}
LOCATION = {"Location": {"description": "the training", "schema": {"type": "string"}}}


def differing(names: list[str]) -> list[str]:
    """Refuses a name that comes twice."""
    if len(set(names)) < len(names):
        raise validate.ValidationError("Has a name more than once.")
    return names


def described(text: str, example: Any) -> dict[str, Any]:
    """What the document says of a parameter."""
    return {"description": text, "example": example}


class OrderSchema(Schema):
    """What a training shall be like; what is not given is as the parameter file has it."""

    tasks = fields.List(
        fields.String(validate=validate.OneOf(list(TASKS))),
        validate=[validate.Length(1, len(TASKS)), differing],
        metadata=described("tasks to train; one that the served model has and these lack rejects it", ["emotion"])
        | {"uniqueItems": True},
    )
    epochs = Count(validate=validate.Range(1, 20), metadata=described("at most so often over the data", 3))
    rows = Count(validate=validate.Range(1, 10_000_000), metadata=described("emotion texts, a sample", 2000))
    batch_size = Count(validate=validate.Range(1, 1024), metadata=described("texts a step", 32))
    learning_rate = Number(
        validate=validate.Range(0, 0.1, min_inclusive=False), metadata=described("at its highest", 1e-4)
    )
    warm_up = Number(validate=validate.Range(0, 1), metadata=described("share of the steps until it is", 0.1))
    weight_decay = Number(validate=validate.Range(0, 1), metadata=described("of AdamW", 0.01))
    patience = Count(validate=validate.Range(1, 20), metadata=described("epochs without a better score", 2))
    augmented = Number(
        validate=validate.Range(0, 1), metadata=described("share of emotion texts rewritten as tweets", 0.45)
    )
    freeze_encoder = Flag(metadata=described("train the heads alone", True))
    seed = Count(validate=validate.Range(0, 2**31 - 1), metadata=described("of everything that is random", 7))


class PageSchema(Schema):
    """A part of a long list."""

    limit = Count(
        load_default=20, validate=validate.Range(1, 100), metadata={"description": "at most so many", "example": 20}
    )
    offset = Count(
        load_default=0, validate=validate.Range(0, 1_000_000), metadata={"description": "after so many", "example": 0}
    )


class ReasonSchema(Schema):
    """A check of the gate that failed."""

    check = fields.String(required=True, metadata={"example": "emotion is no worse"})
    detail = fields.String(required=True, metadata={"example": "macro_f1 0.8930 -> 0.8610"})


class TrainingSchema(Schema):
    """A training."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(TRAINING_STATES), metadata={"example": "running"})
    cancelling = fields.Boolean(required=True, metadata={"description": "it was asked to end"})
    parameters = fields.Dict(required=True, metadata={"description": "those that were given"})
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    heartbeat = fields.AwareDateTime(required=True, metadata={"description": "last sign of life"})
    epoch = fields.Integer(required=True, allow_none=True, metadata={"description": "from 1"})
    progress = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata={"description": "share of its epochs that is done"}
    )
    metrics = fields.Dict(
        required=True, metadata={"description": "loss, and measures on validation, of the last epoch"}
    )
    reasons = fields.List(fields.Nested(ReasonSchema), required=True, metadata={"description": "why it was rejected"})
    error = fields.String(required=True, allow_none=True, metadata={"description": "why it failed"})
    version = fields.String(required=True, allow_none=True, metadata={"description": "of the model that came of it"})
    mlflow_run = fields.String(required=True, allow_none=True, metadata={"description": "id of its run in MLflow"})


class TrainingsSchema(Schema):
    """Trainings, the newest first."""

    trainings = fields.List(fields.Nested(TrainingSchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "how many there are in all"})


blp = Blueprint("training", __name__, url_prefix="/training", description="Training, and taking what came of it")


@blp.post("")
@admin
@blp.arguments(OrderSchema())
@blp.response(202, TrainingSchema, headers=LOCATION)
@documents_errors(blp, REFUSALS)
@blp.doc(
    summary="Order a training",
    description="It runs in a process of its own; a network that passes the gate is served when it ends. One runs at "
    "a time: 409 while another does, with its Location. 409 too where the settings name the model that is served. 501 "
    "where the installation cannot train.",
)
def post_training(arguments: Arguments) -> tuple["TrainingJob", int, dict[str, str]]:
    job = trainings().start(arguments)
    return job, 202, {"Location": url_for("training.get_training", id=job.id)}


@blp.get("")
@admin
@blp.arguments(PageSchema(), location="query")
@blp.response(200, TrainingsSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="All trainings, the newest first")
def get_trainings(arguments: Arguments) -> dict[str, Any]:
    jobs, total = trainings().list(**arguments)
    return {"trainings": jobs, "total": total}


@blp.get("/<uuid:id>")
@admin
@blp.response(200, TrainingSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="How far a training is, or how it ended")
def get_training(id: UUID) -> "TrainingJob":
    return trainings().get(id)


@blp.delete("/<uuid:id>")
@admin
@blp.response(202, TrainingSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(
    summary="Cancel a training",
    description="Its trainer is asked to end, and does so soon; a network that has begun to be promoted still is. 409 "
    "where the training has ended.",
)
def delete_training(id: UUID) -> "TrainingJob":
    return trainings().cancel(id)


def trainings() -> "Trainings":
    """Those of the current application."""
    # not above: SQLAlchemy is imported by what uses it
    from emoji_api.jobs.trainings import Trainings

    return Trainings(served_database(), {name.lower(): value for name, value in current_app.config.items()})
