"""Schema and validation of `bundle.json`, the manifest of a bundle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields, validate

from emoji_api.errors import BundleError
from emoji_api.tasks import EMOTION, TASKS

FORMAT = 1


class PriorSchema(Schema):
    """The fields of a `SpanPrior`."""

    class Meta:
        unknown = EXCLUDE

    whole_text = fields.Float(required=True, validate=validate.Range(-100, 100))
    log_length = fields.Float(required=True, validate=validate.Range(-100, 100))


class NoEmotionSchema(Schema):
    """The fields of a `NoEmotionRule`."""

    class Meta:
        unknown = EXCLUDE

    slope = fields.Float(required=True, validate=validate.Range(-1000, 1000))
    intercept = fields.Float(required=True, validate=validate.Range(-1000, 1000))
    threshold = fields.Float(required=True, validate=validate.Range(min=0, max=1))


class TaskSchema(Schema):
    """A task of the network, with the parameters that were fitted on the validation split.

    `temperature` and `entropy_power` are informative: the network's graph applies them. `threshold`, `floors` and
    `weights` are the parameters of the task's `DecisionRule`. In a span task, `whole` lists the labels whose span is
    always the whole text, and `prior` is the `SpanPrior` of all others. `no_emotion` is the `NoEmotionRule` of emotion.
    """

    class Meta:
        unknown = INCLUDE

    kind = fields.String(required=True, validate=validate.OneOf(["classification", "span"]))
    labels = fields.List(fields.String(validate=validate.Length(min=1)), required=True, validate=validate.Length(min=1))
    temperature = fields.Float(allow_none=True, validate=validate.Range(min=0, min_inclusive=False))
    entropy_power = fields.Float()
    threshold = fields.Float(allow_none=True, validate=validate.Range(min=0, max=1))
    floors = fields.List(fields.Float(validate=validate.Range(min=0, max=1)))
    weights = fields.List(fields.Float(validate=validate.Range(min=0, min_inclusive=False)))
    whole = fields.List(fields.String())
    prior = fields.Nested(PriorSchema)
    no_emotion = fields.Nested(NoEmotionSchema)


class FileSchema(Schema):
    """A file of the bundle: its SHA-256 as a hexadecimal digest, and its size in bytes."""

    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


class ManifestSchema(Schema):
    """The content of `bundle.json`. Unknown keys are kept."""

    class Meta:
        unknown = INCLUDE

    version = fields.String(required=True, validate=validate.Length(min=1))
    created_at = fields.AwareDateTime(required=True, format="iso")
    tasks = fields.Dict(
        keys=fields.String(), values=fields.Nested(TaskSchema), required=True, validate=validate.Length(min=1)
    )
    max_length = fields.Integer(required=True, strict=True, validate=validate.Range(min=3, max=4096))
    metrics = fields.Dict(load_default=dict)
    files = fields.Dict(keys=fields.String(), values=fields.Nested(FileSchema), required=True)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file. Raise `BundleError` if it cannot be read or is not JSON (NaN is not JSON)."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except OSError as error:
        raise BundleError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(path, f"is not valid JSON: {error}") from error


def check_manifest(path: Path, document: Any) -> dict[str, Any]:
    """Validate the content of `bundle.json` and return it with its values converted (`created_at` is a datetime).

    Raises `BundleError`, which names `path`, if the content is invalid.
    """
    if not isinstance(document, Mapping):
        raise BundleError(path, "is not a JSON object")
    if document.get("format") != FORMAT:
        raise BundleError(
            path, f"has the unknown format {document.get('format')!r}; this version reads format {FORMAT}"
        )
    try:
        manifest: dict[str, Any] = ManifestSchema().load(document)
    except ValidationError as error:
        raise BundleError(path, f"is invalid: {json.dumps(error.messages, sort_keys=True)}") from error
    for name, task in manifest["tasks"].items():
        _check_labels(path, name, task)
        _check_parameters(path, name, task)
    return manifest


def _check_labels(path: Path, name: str, task: Mapping[str, Any]) -> None:
    """Raise `BundleError` unless the labels are unique and, for a built-in task, the expected ones in order."""
    labels = tuple(task["labels"])
    if len(set(labels)) < len(labels):
        raise BundleError(path, f"task {name!r} has duplicate labels: {', '.join(labels)}")
    if (built_in := TASKS.get(name)) and (built_in.kind, built_in.labels) != (task["kind"], labels):
        raise BundleError(
            path,
            f"task {name!r} is a {task['kind']} with the labels {', '.join(labels)}; "
            f"expected a {built_in.kind} with {', '.join(built_in.labels)}",
        )


def _check_parameters(path: Path, name: str, task: Mapping[str, Any]) -> None:
    """Raise `BundleError` unless the fitted parameters match the task's kind and number of labels."""
    labels, is_span = task["labels"], task["kind"] == "span"
    if task.get("threshold") is not None and (is_span or len(labels) != 2):
        raise BundleError(path, f"task {name!r} has a threshold but is not a classification with two labels")
    per_label = [task[key] for key in ("floors", "weights") if key in task]
    if per_label and [len(values) for values in per_label] != 2 * [len(labels)]:
        raise BundleError(path, f"task {name!r} does not have one floor and one weight per label")
    if per_label and (is_span or task.get("threshold") is not None):
        raise BundleError(path, f"task {name!r} has floors and weights but is a span task or has a threshold")
    if unknown := set(task.get("whole", [])) - set(labels if is_span else []):
        raise BundleError(
            path, f"task {name!r} returns the whole text for unknown labels: {', '.join(sorted(unknown))}"
        )
    if "prior" in task and not is_span:
        raise BundleError(path, f"task {name!r} has a span prior but is not a span task")
    if "no_emotion" in task and name != EMOTION.name:
        raise BundleError(path, f"task {name!r} has a rule for tweets without an emotion but is not the task emotion")
