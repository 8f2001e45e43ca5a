"""What tweets feel like, as an emoji."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import model_field, probability_field, scores_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, ScoresSchema, TextSchema, TextsSchema, resource, rounded
from emoji_api.tasks import EMOTION, EMOTION_EMOJI

SCORES_EXAMPLE = {"sadness": 0.001, "joy": 0.9963, "love": 0.002, "anger": 0.0003, "fear": 0.0002, "surprise": 0.0002}


class TweetSchema(ScoresSchema, TextSchema):
    """A tweet."""


class TweetsSchema(ScoresSchema, TextsSchema):
    """Many tweets."""


class AnswerSchema(Schema):
    """What a tweet feels like."""

    emoji = fields.String(
        required=True, validate=validate.OneOf(list(EMOTION_EMOJI.values())), metadata={"example": EMOTION_EMOJI["joy"]}
    )
    confidence = probability_field("calibrated probability that the emotion is right", 0.9963)
    emotion = fields.String(required=True, validate=validate.OneOf(EMOTION.labels), metadata={"example": "joy"})
    truncated = truncated_field()
    model = model_field()
    scores = scores_field("calibrated probability of each emotion, when asked for", SCORES_EXAMPLE)


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """The emotions."""
    return classifier.analyse(texts, EMOTION.name)


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """A tweet's emotion as it is answered."""
    emotion = found[EMOTION.name]
    answer = {"emoji": emotion.emoji, "confidence": round(emotion.confidence, 4), "emotion": emotion.label}
    return {**answer, "scores": rounded(emotion.scores)} if arguments["scores"] else answer


blp = resource(
    "/tweets",
    about="An emoji for a tweet",
    what="The emoji of",
    question=TweetSchema,
    questions=TweetsSchema,
    answer=AnswerSchema,
    ask=ask,
    show=show,
)
