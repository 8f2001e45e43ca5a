"""What a bundle's `bundle.json` must say."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields, validate

from emoji_api.errors import BundleError
from emoji_api.tasks import TASKS

FORMAT = 1


class PriorSchema(Schema):
    """What is added to the logits of spans: the fields of a `SpanPrior`."""

    class Meta:
        unknown = EXCLUDE

    whole_text = fields.Float(required=True, validate=validate.Range(-100, 100))
    log_length = fields.Float(required=True, validate=validate.Range(-100, 100))


class TaskSchema(Schema):
    """A task of the network, with what was fitted to it on the validation split.

    What `temperature` and `entropy_power` do is in the graph already, and no answer depends on them here.
    `threshold` is the score from which the second of two labels is given, `floors` and `weights`, one a label, are
    those of a `Decision`; `whole` has the labels of a span for which it is the whole text, and `prior` what its other
    spans are weighed with.
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


class FileSchema(Schema):
    """A file of the bundle; `size` is in bytes."""

    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


class ManifestSchema(Schema):
    """`bundle.json`. Keys that this version does not know are kept as they are."""

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
    """The document in `path`. Raises `BundleError` when it cannot be read or is not JSON (NaN is not JSON)."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except OSError as error:
        raise BundleError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(path, f"is not valid JSON: {error}") from error


def check_manifest(path: Path, document: Any) -> dict[str, Any]:
    """`document` with its values converted (`created_at` is a datetime). `path` is named in a `BundleError`."""
    if not isinstance(document, Mapping):
        raise BundleError(path, "is not a JSON object")
    if document.get("format") != FORMAT:
        raise BundleError(path, f"has the unknown format {document.get('format')!r}; this version reads {FORMAT}")
    try:
        manifest: dict[str, Any] = ManifestSchema().load(document)
    except ValidationError as error:
        raise BundleError(path, f"is not as described: {json.dumps(error.messages, sort_keys=True)}") from error
    for name, task in manifest["tasks"].items():
        _check_labels(path, name, task)
        _check_fitted(path, name, task)
    return manifest


def _check_labels(path: Path, name: str, task: Mapping[str, Any]) -> None:
    """Labels are unique and, for a task that this version knows, the very ones that it expects, in order."""
    labels = tuple(task["labels"])
    if len(set(labels)) < len(labels):
        raise BundleError(path, f"task {name!r} names a label twice: {', '.join(labels)}")
    if (known := TASKS.get(name)) and (known.kind, known.labels) != (task["kind"], labels):
        raise BundleError(
            path,
            f"task {name!r} is a {task['kind']} with the labels {', '.join(labels)}; "
            f"expected a {known.kind} with {', '.join(known.labels)}",
        )


def _check_fitted(path: Path, name: str, task: Mapping[str, Any]) -> None:
    """What was fitted is of the task's kind, and of as many labels as it has."""
    labels, is_span = task["labels"], task["kind"] == "span"
    if task.get("threshold") is not None and (is_span or len(labels) != 2):
        raise BundleError(path, f"task {name!r} has a threshold, but not two labels to part")
    choosing = [task[key] for key in ("floors", "weights") if key in task]
    if choosing and [len(values) for values in choosing] != 2 * [len(labels)]:
        raise BundleError(path, f"task {name!r} has not one floor and one weight a label")
    if choosing and (is_span or task.get("threshold") is not None):
        raise BundleError(path, f"task {name!r} has floors and weights, and no labels to choose with them")
    if unknown := set(task.get("whole", [])) - set(labels if is_span else []):
        raise BundleError(path, f"task {name!r} cannot give the whole text for {', '.join(sorted(unknown))}")
    if "prior" in task and not is_span:
        raise BundleError(path, f"task {name!r} has a prior of spans, but no spans")
