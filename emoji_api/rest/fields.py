"""Marshmallow fields of requests and answers.

A query has strings only. A field with the method `parse_query_value` turns them into the value that JSON would have.
"""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from marshmallow import ValidationError, fields, validate


class LengthLimit(validate.Validator):
    """A validator of a length between one and the value of a setting. `unit` is what is counted, for the message."""

    def __init__(self, setting: str, unit: str):
        self.setting = setting
        self.unit = unit

    def __call__(self, value: Any) -> Any:
        if not value:
            raise ValidationError(f"Has no {self.unit}.")
        if len(value) > self.maximum:
            raise ValidationError(f"Has {len(value)} {self.unit}; at most {self.maximum} are allowed.")
        return value

    @property
    def maximum(self) -> int:
        """The value of the setting."""
        maximum: int = current_app.config[self.setting]
        return maximum


def check_text(text: str) -> str:
    """Return `text`. Raise `ValidationError` if it is blank or not encodable as UTF-8."""
    if not text.strip():
        raise ValidationError("Is blank.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValidationError("Is not valid Unicode: it has a lone surrogate.") from error
    return text


def check_stored_text(text: str) -> str:
    """Return `text`. Raise `ValidationError` as `check_text` does, and for a NUL character."""
    if "\0" in text:  # PostgreSQL cannot store it
        raise ValidationError("Has a NUL character.")
    return check_text(text)


class Flag(fields.Boolean):
    """A boolean; in a query, `true` or `false`. Numbers and other strings are errors."""

    def parse_query_value(self, value: str) -> bool | str:
        """Return the boolean, or `value` itself if it is not one."""
        return {"true": True, "false": False}.get(value.lower(), value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Count(fields.Integer):
    """An integer; in a query, its decimal digits. In JSON, strings and fractions are errors."""

    def __init__(self, **kwargs: Any):
        super().__init__(strict=True, **kwargs)

    def parse_query_value(self, value: str) -> int | str:
        """Return the integer, or `value` itself if it is not one."""
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else value


class Number(fields.Float):
    """A number; strings are errors."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class TaskName(fields.String):
    """The name of a task, with the served model's tasks of `kind` documented as an enum.

    Validation is left to the model that answers, which may be replaced while the service runs.
    """

    def __init__(self, *, kind: str | None = None, **kwargs: Any):
        self.kind = kind
        super().__init__(**kwargs)


class TaskNames(fields.List[Any]):
    """A list of at least one task; in a query, comma-separated or a repeated parameter."""

    def __init__(self, inner: TaskName, **kwargs: Any):
        super().__init__(inner, validate=validate.Length(min=1, error="Has no name."), **kwargs)

    def parse_query_value(self, value: str) -> list[str]:
        """Return the names."""
        return value.split(",") if value else []


def text_field(**kwargs: Any) -> fields.String:
    """Return a field for the text of a tweet."""
    return fields.String(validate=[LengthLimit("MAX_TEXT_LENGTH", "characters"), check_text], **kwargs)


def texts_field(**kwargs: Any) -> fields.List[str]:
    """Return a field for the texts of several tweets."""
    return fields.List(text_field(), validate=LengthLimit("MAX_BATCH_SIZE", "texts"), **kwargs)


def probability_field(description: str, example: float, *, required: bool = True) -> fields.Float:
    """Return a field for a calibrated probability, between 0 and 1."""
    metadata = {"description": description, "example": example}
    return fields.Float(required=required, validate=validate.Range(min=0, max=1), metadata=metadata)


def scores_field(description: str, example: Mapping[str, float]) -> fields.Dict:
    """Return an optional field for the calibrated probability of each label."""
    return fields.Dict(
        keys=fields.String(), values=fields.Float(), metadata={"description": description, "example": example}
    )


def truncated_field() -> fields.Boolean:
    """Return a field that tells whether the text was truncated."""
    description = "true if the text was longer than the model's maximum length, so that its end was ignored"
    return fields.Boolean(required=True, metadata={"description": description, "example": False})


def model_field() -> fields.String:
    """Return a field for the version of the model."""
    metadata = {"description": "version of the model that answered", "example": "2025.01.31-120000"}
    return fields.String(required=True, metadata=metadata)
