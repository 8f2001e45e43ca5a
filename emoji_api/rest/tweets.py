"""The emotion of tweets, as an emoji."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.answers import shown_probability, shown_scores
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import model_field, probability_field, scores_field, truncated_field
from emoji_api.rest.resource import Answers, Arguments, ScoresSchema, TextSchema, TextsSchema, resource
from emoji_api.tasks import EMOTION, EMOTION_EMOJI

SCORES_EXAMPLE = {"sadness": 0.02, "joy": 0.87, "love": 0.08, "anger": 0.01, "fear": 0.01, "surprise": 0.01}


class TweetSchema(ScoresSchema, TextSchema):
    """A tweet."""


class TweetsSchema(ScoresSchema, TextsSchema):
    """Several tweets."""


class AnswerSchema(Schema):
    """The emotion of a tweet, and its emoji."""

    emoji = fields.String(
        required=True,
        validate=validate.OneOf(list(EMOTION_EMOJI.values())),
        metadata={"description": "the emoji of the emotion", "example": EMOTION_EMOJI["joy"]},
    )
    confidence = probability_field("calibrated probability that the emotion is correct", SCORES_EXAMPLE["joy"])
    emotion = fields.String(
        required=True,
        validate=validate.OneOf(EMOTION.labels),
        metadata={"description": EMOTION.description, "example": "joy"},
    )
    truncated = truncated_field()
    model = model_field()
    scores = scores_field("calibrated probability of each emotion, if `scores` is true", SCORES_EXAMPLE)


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of the task `emotion`."""
    return classifier.analyse(texts, EMOTION.name)


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the emotion of one tweet as JSON."""
    emotion = answers[EMOTION.name]
    document = {
        "emoji": emotion.emoji,
        "confidence": shown_probability(emotion.confidence),
        "emotion": emotion.label,
    }
    return {**document, "scores": shown_scores(emotion.scores)} if arguments["scores"] else document


blp = resource(
    "/tweets",
    title="The emotion of a tweet, as an emoji",
    summary="Get the emoji for {tweets}",
    text_schema=TweetSchema,
    texts_schema=TweetsSchema,
    answer_schema=AnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
