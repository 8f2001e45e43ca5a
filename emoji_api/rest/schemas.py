"""What requests and answers look like."""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from marshmallow import Schema, ValidationError, fields, validate

from emoji_api.tasks import EMOTION, EMOTION_EMOJI

TEXT = "finally home after the longest week ever, best feeling in the world!!"
TEXTS = [TEXT, "why does my train get cancelled EVERY single morning", "i miss you so much"]


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
    """A boolean; in a query, which has words only, `true` or `false`."""

    def __init__(self, *, word: bool = False, **kwargs: Any):
        self.word = word
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if self.word and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def text_field(**kwargs: Any) -> fields.String:
    """The text of a tweet."""
    return fields.String(validate=[AtMost("MAX_TEXT_LENGTH", "characters"), answerable], **kwargs)


SCORES = "give the score of every label"
SCORES_EXAMPLE = {"sadness": 0.001, "joy": 0.9963, "love": 0.002, "anger": 0.0003, "fear": 0.0002, "surprise": 0.0002}


class TweetQuerySchema(Schema):
    """A tweet in a query."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": TEXT})
    scores = Flag(word=True, load_default=False, metadata={"description": SCORES})


class TweetSchema(Schema):
    """A tweet."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": TEXT})
    scores = Flag(load_default=False, metadata={"description": SCORES, "example": True})


class TweetsSchema(Schema):
    """Many tweets."""

    texts = fields.List(
        text_field(),
        required=True,
        validate=AtMost("MAX_BATCH_SIZE", "texts"),
        metadata={"description": "the tweets", "example": TEXTS},
    )
    scores = Flag(load_default=False, metadata={"description": SCORES, "example": False})


class AnswerSchema(Schema):
    """What a tweet feels like."""

    emoji = fields.String(
        required=True, validate=validate.OneOf(list(EMOTION_EMOJI.values())), metadata={"example": EMOTION_EMOJI["joy"]}
    )
    confidence = fields.Float(
        required=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": "calibrated probability that the emotion is right", "example": 0.9963},
    )
    emotion = fields.String(required=True, validate=validate.OneOf(EMOTION.labels), metadata={"example": "joy"})
    truncated = fields.Boolean(
        required=True,
        metadata={"description": "the tweet was longer than the network reads; its end had no say", "example": False},
    )
    model = fields.String(
        required=True, metadata={"description": "version of the model that answered", "example": "2025.01.31-120000"}
    )
    scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "calibrated probability of each emotion, when asked for", "example": SCORES_EXAMPLE},
    )


class AnswersSchema(Schema):
    """What many tweets feel like, in the order that they were given in."""

    answers = fields.List(fields.Nested(AnswerSchema), required=True)


class ModelSchema(Schema):
    """The model card: what the bundle says of itself, and the engine that runs it."""

    class Meta:
        unknown = "include"

    version = fields.String(required=True)
    engine = fields.String(required=True, metadata={"example": "onnx"})
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    max_length = fields.Integer(required=True, metadata={"description": "tokens that the network reads of a tweet"})
    tasks = fields.Dict(required=True, metadata={"description": "labels, temperature and threshold by task"})
    metrics = fields.Dict(required=True, metadata={"description": "by task and split"})


class HealthSchema(Schema):
    """Whether the process lives."""

    live = fields.Boolean(required=True)


class ReadinessSchema(Schema):
    """Whether the process can answer, and if not, which file keeps it and why."""

    ready = fields.Boolean(required=True)
    model = fields.String(metadata={"description": "version of the model that is served"})
    file = fields.String()
    reason = fields.String()
