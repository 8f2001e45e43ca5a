"""Reader of the feedback file that `emoji-api feedback export` writes."""

import json
from pathlib import Path

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from emoji_api.errors import DataError
from emoji_api.tasks import TASKS
from emoji_api.training.data.readers.files import require_file
from emoji_api.training.data.readers.splits import Split


class _RowSchema(Schema):
    class Meta:
        unknown = INCLUDE

    id = fields.Integer(required=True, strict=True)
    text = fields.String(required=True, validate=validate.Regexp(r"(?s).*\S", error="Is blank."))
    task = fields.String(
        required=True,
        validate=validate.OneOf([name for name, task in TASKS.items() if task.kind == "classification"]),
    )
    label = fields.String(required=True)
    source = fields.String(load_default="feedback")


def read_feedback(path: Path) -> dict[str, Split]:
    """Return the accepted feedback by task, from JSON lines with `id`, `text`, `task`, `label` and `source`.

    An id of the split is the source and id of its row, such as `post:17`. Raise DataError that names the line if a line
    is invalid.
    """
    splits: dict[str, Split] = {}
    with require_file(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = _RowSchema().loads(line)
            except ValidationError as error:
                raise DataError(f"{path}, line {number}: {error.messages}") from error
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise DataError(f"{path}, line {number}: {error}") from error
            labels = TASKS[row["task"]].labels
            if row["label"] not in labels:
                raise DataError(f"{path}, line {number}: {row['task']} has no label {row['label']!r}")
            split = splits.setdefault(row["task"], Split(texts=[], labels=[]))
            split.texts.append(row["text"])
            split.labels.append(labels.index(row["label"]))
            split.ids.append(f"{row['source']}:{row['id']}")
    return splits
