"""The emoji that people would put under tweets."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import Count, model_field, probability_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, TextSchema, TextsSchema, resource, rounded
from emoji_api.tasks import EMOJIS


class TopSchema(Schema):
    """How many are wanted."""

    top = Count(
        load_default=5,
        validate=validate.Range(min=1, max=len(EMOJIS.labels)),
        metadata={"description": "how many emoji, the likeliest first", "example": 3},
    )


class EmojisQuestionSchema(TopSchema, TextSchema):
    """A tweet."""


class EmojisQuestionsSchema(TopSchema, TextsSchema):
    """Many tweets."""


class EmojiSchema(Schema):
    """An emoji with its probability."""

    emoji = fields.String(required=True, validate=validate.OneOf(EMOJIS.labels), metadata={"example": "❤"})
    score = probability_field("calibrated probability that people would choose it", 0.2417)


class EmojisAnswerSchema(Schema):
    """The emoji for a tweet, and the likeliest ones, the likeliest first."""

    emoji = fields.String(
        required=True,
        validate=validate.OneOf(EMOJIS.labels),
        metadata={
            "description": "the one to give where one is wanted: a rare one sooner than it is the likeliest",
            "example": "🎄",
        },
    )
    emojis = fields.List(fields.Nested(EmojiSchema), required=True)
    truncated = truncated_field()
    model = model_field()


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """The emoji."""
    return classifier.analyse(texts, EMOJIS.name)


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """A tweet's emoji as they are answered."""
    answer = found[EMOJIS.name]
    scores = rounded(answer.scores)
    likeliest = sorted(scores, key=lambda emoji: -scores[emoji])[: arguments["top"]]
    return {"emoji": answer.label, "emojis": [{"emoji": emoji, "score": scores[emoji]} for emoji in likeliest]}


blp = resource(
    "/tweets/emojis",
    about="The emoji that people would put under a tweet",
    what="The likeliest emoji under",
    question=EmojisQuestionSchema,
    questions=EmojisQuestionsSchema,
    answer=EmojisAnswerSchema,
    ask=ask,
    show=show,
)
