"""What the rest of the service answers: the model card and the probes."""

from marshmallow import Schema, fields

WANTED = {"description": "version that is pointed to, where it is known and cannot be served"}
RELOAD_ERROR = {"description": "why the model that is pointed to is not the one that is served"}


class ModelSchema(Schema):
    """The model card: what the bundle says of itself, and the engine that runs it."""

    class Meta:
        unknown = "include"

    version = fields.String(required=True)
    engine = fields.String(required=True, metadata={"example": "onnx"})
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    max_length = fields.Integer(required=True, metadata={"description": "tokens that the network reads of a tweet"})
    tasks = fields.Dict(required=True, metadata={"description": "by task: labels, and what was fitted on validation"})
    metrics = fields.Dict(required=True, metadata={"description": "by task and split"})
    wanted = fields.String(metadata=WANTED)
    reload_error = fields.String(metadata=RELOAD_ERROR)


class ReloadedSchema(Schema):
    """What is served now."""

    model = fields.String(required=True, metadata={"description": "version of the model that is served"})


class HealthSchema(Schema):
    """Whether the process lives."""

    live = fields.Boolean(required=True)


class ReadinessSchema(Schema):
    """Whether the process can answer, and if not, which file keeps it and why."""

    ready = fields.Boolean(required=True)
    model = fields.String(metadata={"description": "version of the model that is served"})
    file = fields.String()
    reason = fields.String()
    wanted = fields.String(metadata=WANTED)
    reload_error = fields.String(metadata=RELOAD_ERROR)
