"""Topic and stance of tweets about finance."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.answers import shown_probability, shown_scores, shown_words
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import (
    language_field,
    model_field,
    probability_field,
    supported_field,
    text_field,
    texts_field,
    truncated_field,
    words_field,
)
from emoji_api.rest.resource import Answers, Arguments, ScoresSchema, TextSchema, TextsSchema, explanation, resource
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC

TEXT = "$TSLA beats estimates, shares jump 8% in premarket trading"
TEXTS = [TEXT, "Fed officials signal more rate hikes ahead", "Analysts cut their target for Intel $INTC"]


class FinanceQuestionSchema(ScoresSchema, TextSchema):
    """A tweet about finance."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": TEXT})


class FinanceQuestionsSchema(ScoresSchema, TextsSchema):
    """Several tweets about finance."""

    texts = texts_field(required=True, metadata={"description": "the tweets", "example": TEXTS})


class FinanceScoresSchema(Schema):
    """The calibrated probability of each topic and of each stance."""

    topic = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    stance = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class FinanceWordsSchema(Schema):
    """The words of a tweet with their contributions to the topic and to the stance."""

    topic = words_field("the topic")
    stance = words_field("the stance")


class FinanceAnswerSchema(Schema):
    """The topic and the stance of a tweet."""

    topic = fields.String(
        required=True,
        validate=validate.OneOf(FINANCE_TOPIC.labels),
        metadata={"description": "what the tweet is about", "example": "Stock Movement"},
    )
    topic_confidence = probability_field("calibrated probability that the topic is correct", 0.83)
    stance = fields.String(
        required=True,
        validate=validate.OneOf(FINANCE_STANCE.labels),
        metadata={"description": "what the tweet means for the price", "example": "bullish"},
    )
    stance_confidence = probability_field("calibrated probability that the stance is correct", 0.91)
    truncated = truncated_field()
    model = model_field()
    scores = fields.Nested(FinanceScoresSchema, metadata={"description": "present if `scores` is true"})
    words = fields.Nested(FinanceWordsSchema, metadata={"description": "present if `explain` is true"})
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of both finance tasks."""
    return classifier.analyse(texts, [FINANCE_TOPIC.name, FINANCE_STANCE.name], **explanation(arguments))


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the topic and the stance of one tweet as JSON."""
    topic, stance = answers[FINANCE_TOPIC.name], answers[FINANCE_STANCE.name]
    document: dict[str, Any] = {
        "topic": topic.label,
        "topic_confidence": shown_probability(topic.confidence),
        "stance": stance.label,
        "stance_confidence": shown_probability(stance.confidence),
    }
    if arguments["scores"]:
        document["scores"] = {"topic": shown_scores(topic.scores), "stance": shown_scores(stance.scores)}
    if arguments["explain"]:
        document["words"] = {"topic": shown_words(topic), "stance": shown_words(stance)}
    return document


blp = resource(
    "/tweets/finance",
    summary="Get the financial topic and stance of {tweets}",
    text_schema=FinanceQuestionSchema,
    texts_schema=FinanceQuestionsSchema,
    answer_schema=FinanceAnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
