"""The topic and the stance of financial tweets."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import model_field, probability_field, text_field, texts_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, ScoresSchema, TextSchema, TextsSchema, resource, rounded
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC

NEWS = "$TSLA beats estimates, shares jump 8% in premarket trading"
MORE_NEWS = [NEWS, "Fed officials signal more rate hikes ahead", "Analysts cut their target for Intel $INTC"]


class FinanceQuestionSchema(ScoresSchema, TextSchema):
    """A tweet about finance."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": NEWS})


class FinanceQuestionsSchema(ScoresSchema, TextsSchema):
    """Many tweets about finance."""

    texts = texts_field(required=True, metadata={"description": "the tweets", "example": MORE_NEWS})


class FinanceScoresSchema(Schema):
    """The calibrated probability of every label."""

    topic = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    stance = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class FinanceAnswerSchema(Schema):
    """The topic and the stance of a tweet."""

    topic = fields.String(
        required=True, validate=validate.OneOf(FINANCE_TOPIC.labels), metadata={"example": "Stock Movement"}
    )
    topic_confidence = probability_field("calibrated probability that the topic is right", 0.8814)
    stance = fields.String(
        required=True, validate=validate.OneOf(FINANCE_STANCE.labels), metadata={"example": "bullish"}
    )
    stance_confidence = probability_field("calibrated probability that the stance is right", 0.9675)
    truncated = truncated_field()
    model = model_field()
    scores = fields.Nested(FinanceScoresSchema, metadata={"description": "when asked for"})


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """Both questions."""
    return classifier.analyse(texts, [FINANCE_TOPIC.name, FINANCE_STANCE.name])


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """A tweet's topic and stance as they are answered."""
    topic, stance = found[FINANCE_TOPIC.name], found[FINANCE_STANCE.name]
    answer: dict[str, Any] = {
        "topic": topic.label,
        "topic_confidence": round(topic.confidence, 4),
        "stance": stance.label,
        "stance_confidence": round(stance.confidence, 4),
    }
    if arguments["scores"]:
        answer["scores"] = {"topic": rounded(topic.scores), "stance": rounded(stance.scores)}
    return answer


blp = resource(
    "/tweets/finance",
    about="The topic and the stance of a financial tweet",
    what="The topic and the stance of",
    question=FinanceQuestionSchema,
    questions=FinanceQuestionsSchema,
    answer=FinanceAnswerSchema,
    ask=ask,
    show=show,
)
