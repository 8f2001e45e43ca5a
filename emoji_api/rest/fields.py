"""What a request may carry, field by field."""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from marshmallow import ValidationError, fields, validate


class AtMost(validate.Validator):
    """At least one and at most as many as a setting allows, characters or items."""

    def __init__(self, setting: str, unit: str):
        self.setting = setting
        self.unit = unit

    def __call__(self, value: Any) -> Any:
        if not value:
            raise ValidationError(f"Has no {self.unit}.")
        if len(value) > self.maximum:
            raise ValidationError(f"Has {len(value)} {self.unit}; at most {self.maximum} are answered.")
        return value

    @property
    def maximum(self) -> int:
        """The value of the setting."""
        maximum: int = current_app.config[self.setting]
        return maximum


def answerable(text: str) -> str:
    """Refuses what no tokenizer could read as a tweet."""
    if not text.strip():
        raise ValidationError("Is blank.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValidationError("Is not Unicode text: has half of a surrogate pair.") from error
    return text


class Flag(fields.Boolean):
    """A boolean; in a query `true` or `false`."""

    def read_word(self, word: str) -> bool | str:
        """A word of a query as JSON would have it."""
        return {"true": True, "false": False}.get(word.lower(), word)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Count(fields.Integer):
    """A whole number; in a query its digits."""

    def __init__(self, **kwargs: Any):
        super().__init__(strict=True, **kwargs)

    def read_word(self, word: str) -> int | str:
        """A word of a query as JSON would have it."""
        return int(word) if word.isascii() and word.isdecimal() and len(word) < 20 else word


class Number(fields.Float):
    """A number of JSON, not its digits in a string."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Names(fields.List[Any]):
    """Names, at least one; in a query with commas between them."""

    def __init__(self, **kwargs: Any):
        super().__init__(fields.String(), validate=validate.Length(min=1, error="Has no name."), **kwargs)

    def read_word(self, word: str) -> list[str]:
        """A word of a query as JSON would have it."""
        return word.split(",") if word else []


def text_field(**kwargs: Any) -> fields.String:
    """The text of a tweet."""
    return fields.String(validate=[AtMost("MAX_TEXT_LENGTH", "characters"), answerable], **kwargs)


def texts_field(**kwargs: Any) -> fields.List[str]:
    """The texts of many tweets."""
    return fields.List(text_field(), validate=AtMost("MAX_BATCH_SIZE", "texts"), **kwargs)


def probability_field(description: str, example: float, *, required: bool = True) -> fields.Float:
    """A calibrated probability."""
    metadata = {"description": description, "example": example}
    return fields.Float(required=required, validate=validate.Range(min=0, max=1), metadata=metadata)


def scores_field(description: str, example: Mapping[str, float]) -> fields.Dict:
    """The calibrated probability of each label, in the order of the labels, when it was asked for."""
    return fields.Dict(
        keys=fields.String(), values=fields.Float(), metadata={"description": description, "example": example}
    )


def truncated_field() -> fields.Boolean:
    """Whether the tweet was cut."""
    description = "the tweet was longer than the network reads; its end had no say"
    return fields.Boolean(required=True, metadata={"description": description, "example": False})


def model_field() -> fields.String:
    """What answered."""
    metadata = {"description": "version of the model that answered", "example": "2025.01.31-120000"}
    return fields.String(required=True, metadata=metadata)
