"""The emotion of tweets, as an emoji."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.answers import shown_probability, shown_scores, shown_words
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import (
    language_field,
    model_field,
    probability_field,
    scores_field,
    supported_field,
    truncated_field,
    words_field,
)
from emoji_api.rest.resource import (
    Answers,
    Arguments,
    NeutralSchema,
    ScoresSchema,
    TextSchema,
    TextsSchema,
    explanation,
    is_neutral,
    resource,
)
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, NO_EMOTION, NO_EMOTION_EMOJI

SCORES_EXAMPLE = {"sadness": 0.02, "joy": 0.87, "love": 0.08, "anger": 0.01, "fear": 0.01, "surprise": 0.01}


class TweetSchema(NeutralSchema, ScoresSchema, TextSchema):
    """A tweet."""


class TweetsSchema(NeutralSchema, ScoresSchema, TextsSchema):
    """Several tweets."""


class AnswerSchema(Schema):
    """The emotion of a tweet, and its emoji."""

    emoji = fields.String(
        required=True,
        validate=validate.OneOf([*EMOTION_EMOJI.values(), NO_EMOTION_EMOJI]),
        metadata={"description": "the emoji of the emotion; 😐 for none", "example": EMOTION_EMOJI["joy"]},
    )
    confidence = probability_field(
        "calibrated probability that the emotion is correct, or, if it is `none`, that the tweet has none",
        SCORES_EXAMPLE["joy"],
    )
    emotion = fields.String(
        required=True,
        validate=validate.OneOf([*EMOTION.labels, NO_EMOTION]),
        metadata={"description": f"{EMOTION.description}; `none` only if `neutral` is true", "example": "joy"},
    )
    truncated = truncated_field()
    model = model_field()
    scores = scores_field("calibrated probability of each emotion, if `scores` is true", SCORES_EXAMPLE)
    words = words_field("the emotion")
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of the task `emotion`."""
    return classifier.analyse(texts, EMOTION.name, neutral=is_neutral(classifier, arguments), **explanation(arguments))


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the emotion of one tweet as JSON."""
    emotion = answers[EMOTION.name]
    document = {
        "emoji": emotion.emoji,
        "confidence": shown_probability(emotion.confidence),
        "emotion": emotion.label,
    }
    if arguments["scores"]:
        document["scores"] = shown_scores(emotion.scores)
    if arguments["explain"]:
        document["words"] = shown_words(emotion)
    return document


blp = resource(
    "/tweets",
    summary="Get the emoji for {tweets}",
    text_schema=TweetSchema,
    texts_schema=TweetsSchema,
    answer_schema=AnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
