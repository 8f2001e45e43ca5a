"""Training jobs: start one, list them, follow one, cancel one."""

from typing import Any
from uuid import UUID

from flask import current_app, url_for
from marshmallow import Schema, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.database.tables import TRAINING_STATES, TrainingJob
from emoji_api.declarations import optional_field
from emoji_api.jobs.trainings import Trainings
from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count, Flag, Number, page_schema
from emoji_api.rest.resource import ERRORS_WITH_BODY, Arguments, documents_errors
from emoji_api.training.params import FitParams, Params

ERRORS = ERRORS_WITH_BODY | {409: "CONFLICT", 501: "NOT_IMPLEMENTED"}
LOCATION = {"Location": {"description": "path of the training", "schema": {"type": "string"}}}
JSON_TYPES = {int: Count, float: Number, bool: Flag, str: fields.String}
ACCEPTED = {
    "tasks": Params,
    "epochs": FitParams,
    "rows": FitParams,
    "batch_size": FitParams,
    "learning_rate": FitParams,
    "warm_up": FitParams,
    "weight_decay": FitParams,
    "patience": FitParams,
    "augmented": FitParams,
    "freeze_encoder": FitParams,
    "seed": Params,
}
"""The parameters that a caller may choose, and the dataclass that declares each. The data and the gate are not among
them."""

TrainingRequestSchema = Schema.from_dict(
    {name: optional_field(declaring, name, JSON_TYPES) for name, declaring in ACCEPTED.items()},
    name="TrainingRequestSchema",
)
"""Parameters of a new training. A parameter that is left out has its value in the parameter file."""


class ReasonSchema(Schema):
    """A failed check of the gate."""

    check = fields.String(
        required=True, metadata={"description": "name of the check", "example": "emotion is no worse"}
    )
    detail = fields.String(
        required=True, metadata={"description": "measured values", "example": "macro_f1 0.8930 -> 0.8610"}
    )


class TrainingSchema(Schema):
    """The state of a training."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(TRAINING_STATES), metadata={"example": "running"})
    cancelling = fields.Boolean(required=True, metadata={"description": "true after a request to cancel it"})
    parameters = fields.Dict(required=True, metadata={"description": "the parameters in the request"})
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    heartbeat = fields.AwareDateTime(required=True, metadata={"description": "time of the last heartbeat"})
    epoch = fields.Integer(required=True, allow_none=True, metadata={"description": "current epoch, counted from 1"})
    progress = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata={"description": "share of all steps that is done"}
    )
    metrics = fields.Dict(
        required=True, metadata={"description": "training loss and validation metrics of the last epoch"}
    )
    reasons = fields.List(
        fields.Nested(ReasonSchema), required=True, metadata={"description": "failed checks of a rejected training"}
    )
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "error message of a failed training"}
    )
    version = fields.String(required=True, allow_none=True, metadata={"description": "version of the trained model"})
    mlflow_run = fields.String(required=True, allow_none=True, metadata={"description": "id of the MLflow run"})


class TrainingsSchema(Schema):
    """A page of trainings, newest first."""

    trainings = fields.List(fields.Nested(TrainingSchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "number of all trainings"})


blp = Blueprint("training", __name__, url_prefix="/training")


@blp.post("")
@admin
@blp.arguments(TrainingRequestSchema())
@blp.response(202, TrainingSchema, headers=LOCATION)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Start a training",
    description="The training runs in a process of its own. If the trained model passes the gate, it is promoted and "
    "served. Only one training runs at a time: while another one is running, the status is 409 and Location is the "
    "path of that one. The status is also 409 if the settings select a model other than the champion, and 501 if the "
    "installation cannot train.",
)
def post_training(arguments: Arguments) -> tuple[TrainingJob, int, dict[str, str]]:
    job = trainings().start(arguments)
    return job, 202, {"Location": url_for("training.get_training", id=job.id)}


@blp.get("")
@admin
@blp.arguments(page_schema("trainings")(), location="query")
@blp.response(200, TrainingsSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="List trainings, newest first")
def get_trainings(arguments: Arguments) -> dict[str, Any]:
    jobs, total = trainings().list(**arguments)
    return {"trainings": jobs, "total": total}


@blp.get("/<uuid:id>")
@admin
@blp.response(200, TrainingSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="Get the state of a training")
def get_training(id: UUID) -> TrainingJob:
    return trainings().get(id)


@blp.delete("/<uuid:id>")
@admin
@blp.response(202, TrainingSchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(
    summary="Cancel a training",
    description="The trainer is asked to stop and does so within seconds. A promotion that has begun is completed. "
    "The status is 409 if the training has already ended.",
)
def delete_training(id: UUID) -> TrainingJob:
    return trainings().cancel(id)


def trainings() -> Trainings:
    """Return the training jobs of the current application."""
    return Trainings(served_database(), {name.lower(): value for name, value in current_app.config.items()})
