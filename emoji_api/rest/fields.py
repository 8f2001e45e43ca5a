"""Marshmallow fields of requests and answers.

A query has strings only. A field with the method `parse_query_value` turns them into the value that JSON would have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from marshmallow import Schema, ValidationError, fields, validate

ON_ERROR, SKIP = "on_error", "skip"
"""The argument of a batch, and its value, with which texts that cannot be answered do not spoil the batch."""


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


@dataclass(frozen=True)
class RefusedText:
    """A text of a batch that is not valid; `message` says why."""

    message: str


class Texts(fields.List[Any]):
    """A list of texts. With `on_error=skip` in the request, a `RefusedText` stands for each text that is not valid."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(data, Mapping) or data.get(ON_ERROR) != SKIP or not isinstance(value, list):
            return super()._deserialize(value, attr, data, **kwargs)
        texts: list[str | RefusedText] = []
        for text in value:
            try:
                texts.append(self.inner.deserialize(text, **kwargs))
            except ValidationError as error:
                texts.append(RefusedText(" ".join(map(str, error.messages))))
        return texts


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


def texts_field(**kwargs: Any) -> Texts:
    """Return a field for the texts of several tweets."""
    return Texts(text_field(), validate=LengthLimit("MAX_BATCH_SIZE", "texts"), **kwargs)


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


class WordSchema(Schema):
    """A word of the text, and its contribution to the answer."""

    text = fields.String(required=True, metadata={"description": "the word, copied from the text", "example": "best"})
    start = fields.Integer(
        required=True, metadata={"description": "start of the word in the text, in Unicode code points", "example": 42}
    )
    end = fields.Integer(
        required=True, metadata={"description": "end of the word in the text, exclusive", "example": 46}
    )
    contribution = fields.Float(
        required=True,
        validate=validate.Range(min=-1, max=1),
        metadata={
            "description": "score of the answer, minus its score without this word: positive if the word speaks for "
            "the answer, negative if it speaks against it. The contributions do not add up to the score",
            "example": 0.31,
        },
    )


def words_field(label: str) -> fields.List[Any]:
    """Return an optional field for the words of a text with their contributions to `label`."""
    metadata = {"description": f"each word with its contribution to {label}, if `explain` is true"}
    return fields.List(fields.Nested(WordSchema), metadata=metadata)


def language_field() -> fields.String:
    """Return an optional field for the language of a text."""
    description = (
        "ISO 639-1 code of the language of the text, if `language` is true; null if the text is too short to tell"
    )
    return fields.String(allow_none=True, metadata={"description": description, "example": "en"})


def supported_field() -> fields.Boolean:
    """Return an optional field that tells whether the model can read the language of a text."""
    description = "false if the text is in another language than English, so that the answer means little"
    return fields.Boolean(metadata={"description": f"{description}; present if `language` is true", "example": True})


def page_schema(items: str) -> type[Schema]:
    """Return the schema of the arguments that choose a page of a list of `items`."""
    return Schema.from_dict(
        {
            "limit": Count(
                load_default=20,
                validate=validate.Range(1, 100),
                metadata={"description": f"maximum number of {items} in the answer", "example": 20},
            ),
            "offset": Count(
                load_default=0,
                validate=validate.Range(0, 1_000_000),
                metadata={"description": f"number of {items} to skip", "example": 0},
            ),
        },
        name="PageSchema",
    )
