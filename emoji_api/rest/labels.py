"""Labelling of posts about a company: the queue, labels given by people, and the accuracy that they show."""

from dataclasses import asdict
from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.database.tables import STRATA, PostLabel
from emoji_api.rest.access import reader
from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count, TaskName, probability_field
from emoji_api.rest.resource import ERRORS, ERRORS_WITH_BODY, Arguments, documents_errors
from emoji_api.rest.serving import served_model
from emoji_api.watch import labelling
from emoji_api.watch.accuracy import METHOD, accuracy_on_live_posts
from emoji_api.watch.store import get_company

MAX_ID = 2**31 - 1
NO_LABELS = "no post of the random sample was labelled since then"


def _task_field() -> TaskName:
    return TaskName(
        kind="classification",
        load_default=labelling.OFFERED[0],
        metadata={
            "description": f"the task to label for: {', '.join(labelling.OFFERED)}",
            "example": labelling.OFFERED[0],
        },
    )


class TaskQuerySchema(Schema):
    """The task of a query."""

    task = _task_field()


class QueueQuerySchema(TaskQuerySchema):
    """The task, and the number of posts to label."""

    limit = Count(
        load_default=20,
        validate=validate.Range(1, 100),
        metadata={"description": "maximum number of posts in the answer", "example": 20},
    )


class AccuracyQuerySchema(TaskQuerySchema):
    """The task, and the time from which labels count."""

    since = fields.AwareDateTime(
        format="iso",
        default_timezone=UTC,
        metadata={
            "description": "time of the first label that counts, in ISO 8601; by default the creation of the served "
            "model, because older labels may be in its training data",
            "example": "2026-10-01T00:00:00Z",
        },
    )


class QueuedPostSchema(Schema):
    """A post to label, without the model's answer."""

    id = fields.Integer(required=True, metadata={"example": 17})
    text = fields.String(required=True, metadata={"example": "the new cup leaks"})
    time = fields.AwareDateTime(required=True)
    link = fields.String(required=True, allow_none=True, metadata={"description": "address at its source"})
    drawn = fields.String(
        required=True,
        validate=validate.OneOf(STRATA),
        metadata={"description": "drawn at random, or because the model is uncertain", "example": "random"},
    )


class QueueSchema(Schema):
    """The next posts to label."""

    task = fields.String(required=True, metadata={"example": "sentiment"})
    labels = fields.List(fields.String(), required=True, metadata={"example": ["negative", "neutral", "positive"]})
    tasks = fields.List(
        fields.String(), required=True, metadata={"description": "tasks to label for", "example": ["sentiment"]}
    )
    posts = fields.List(fields.Nested(QueuedPostSchema), required=True)


class PostLabelRequestSchema(Schema):
    """The label of a post."""

    post = Count(
        required=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "id of a post in the queue", "example": 17},
    )
    task = _task_field()
    label = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "one of the task's labels, or null to skip the post", "example": "negative"},
    )


class PostLabelSchema(PostLabelRequestSchema):
    """A stored label, with the model's answer at that time."""

    id = fields.Integer(required=True, metadata={"example": 3})
    drawn = fields.String(required=True, validate=validate.OneOf(STRATA), metadata={"example": "random"})
    predicted = fields.String(required=True, allow_none=True, metadata={"example": "neutral"})
    model_version = fields.String(required=True, allow_none=True, metadata={"example": "2025.01.31-120000"})
    created_at = fields.AwareDateTime(required=True)


class CorrectShareSchema(Schema):
    """The share of correct answers among labelled posts."""

    labels = fields.Integer(required=True, metadata={"description": "labelled posts", "example": 60})
    correct = fields.Integer(required=True, metadata={"description": "of these, answered correctly", "example": 51})
    accuracy = fields.Float(required=True, allow_none=True, metadata={"description": METHOD, "example": 0.85})
    interval = fields.List(
        probability_field("bound", 0.74),
        required=True,
        allow_none=True,
        metadata={"description": "lower and upper bound", "example": [0.74, 0.92]},
    )
    macro_f1 = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "mean F1 score of the labels that occur", "example": 0.81},
    )


class AccuracySchema(CorrectShareSchema):
    """The accuracy of the posts' current answers, measured on the random sample."""

    task = fields.String(required=True, metadata={"example": "sentiment"})
    since = fields.AwareDateTime(required=True)
    model = fields.String(
        required=True, metadata={"description": "version of the served model", "example": "2025.01.31-120000"}
    )
    by_model_version = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(CorrectShareSchema),
        required=True,
        metadata={"description": "the same by the version that gave the answers"},
    )
    uncertain = fields.Integer(
        required=True,
        metadata={"description": "labels of posts chosen by uncertainty, which do not count", "example": 58},
    )
    skipped = fields.Integer(
        required=True, metadata={"description": "posts of the random sample that were skipped", "example": 4}
    )
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "why there is no accuracy", "example": None}
    )


blp = Blueprint("labels", __name__, url_prefix="/companies/<name>")


@blp.get("/queue")
@admin
@blp.arguments(QueueQuerySchema(), location="query")
@blp.response(200, QueueSchema)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Get the next posts to label",
    description="Posts of a random sample and posts of which the model is uncertain, in turn. The model's answers are "
    "left out, so that they do not influence the label.",
)
def get_company_queue(arguments: Arguments, name: str) -> dict[str, Any]:
    tasks = served_model().classifier.bundle.tasks
    task = labelling.offered_task(tasks, arguments["task"])
    with served_database().session() as session:
        posts = labelling.queue(session, get_company(session, name), task.name, limit=arguments["limit"])
    return {
        "task": task.name,
        "labels": task.labels,
        "tasks": [offered.name for offered in labelling.offered_tasks(tasks)],
        "posts": posts,
    }


@blp.post("/labels")
@admin
@blp.arguments(PostLabelRequestSchema())
@blp.response(201, PostLabelSchema)
@documents_errors(blp, ERRORS_WITH_BODY | {409: "CONFLICT"})
@blp.doc(
    summary="Label or skip a post",
    description="The label goes to the next training: `emoji-api feedback export` writes it. The status is 409 if the "
    "post was labelled or skipped meanwhile, and 404 if it was deleted.",
)
def post_company_label(arguments: Arguments, name: str) -> PostLabel:
    task = labelling.offered_task(served_model().classifier.bundle.tasks, arguments["task"])
    with served_database().session() as session:
        company = get_company(session, name)
        return labelling.record_label(session, company, post=arguments["post"], task=task, label=arguments["label"])


@blp.delete(f"/labels/<int(min=1, max={MAX_ID}):id>")
@admin
@blp.response(204)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="Undo a label or a skip", description="The post returns to the queue.")
def delete_company_label(name: str, id: int) -> None:
    with served_database().session() as session:
        labelling.delete_label(session, get_company(session, name), id)


@blp.get("/accuracy")
@reader
@blp.arguments(AccuracyQuerySchema(), location="query")
@blp.response(200, AccuracySchema)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Get the accuracy on live posts",
    description="The current answers are compared with the labels of the random sample.",
)
def get_company_accuracy(arguments: Arguments, name: str) -> dict[str, Any]:
    bundle = served_model().classifier.bundle
    task = labelling.offered_task(bundle.tasks, arguments["task"])
    since = arguments.get("since", bundle.created_at)
    with served_database().session() as session:
        live = accuracy_on_live_posts(session, get_company(session, name), task.name, since=since)
    return {
        "task": task.name,
        "since": since,
        "model": bundle.version,
        **asdict(live.overall),
        "by_model_version": live.by_model_version,
        "uncertain": live.uncertain,
        "skipped": live.skipped,
        "reason": None if live.overall.labels else NO_LABELS,
    }
