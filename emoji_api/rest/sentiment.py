"""The sentiment of tweets, and the phrase that carries it."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import model_field, probability_field, scores_field, truncated_field
from emoji_api.rest.resource import Arguments, Found, ScoresSchema, TextSchema, TextsSchema, resource, rounded
from emoji_api.tasks import PHRASE, SENTIMENT

GIVEN = "the sentiment, where it is known: only the phrase that carries it is answered"


class SentimentQuestionSchema(ScoresSchema, TextSchema):
    """A tweet, and its sentiment where it is known."""

    sentiment = fields.String(
        validate=validate.OneOf(PHRASE.labels), metadata={"description": GIVEN, "example": "positive"}
    )


class SentimentQuestionsSchema(ScoresSchema, TextsSchema):
    """Many tweets, and their sentiments where they are known."""

    sentiments = fields.List(
        fields.String(allow_none=True, validate=validate.OneOf(PHRASE.labels)),
        metadata={
            "description": "the sentiment of each text, null where it is not known: only the phrase that carries it "
            "is answered",
            "example": ["positive", "negative", "negative"],
        },
    )

    @validates_schema
    def one_for_each(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuses sentiments that cannot be matched with the texts."""
        if "sentiments" in data and len(data["sentiments"]) != len(data["texts"]):
            message = f"Has {len(data['sentiments'])} sentiments for {len(data['texts'])} texts."
            raise ValidationError(message, "sentiments")


class SentimentAnswerSchema(Schema):
    """The sentiment of a tweet, and the phrase that carries it where the model has phrases."""

    sentiment = fields.String(
        required=True, validate=validate.OneOf(SENTIMENT.labels), metadata={"example": "positive"}
    )
    confidence = probability_field(
        "calibrated probability that the sentiment is right; may be missing where it was given", 0.9712, required=False
    )
    selected_text = fields.String(
        metadata={"description": "the words that carry the sentiment, as they were sent", "example": "best feeling"}
    )
    start = fields.Integer(
        metadata={"description": "where they start in the text, in characters (Unicode code points)", "example": 42}
    )
    end = fields.Integer(metadata={"description": "where they end in the text", "example": 54})
    phrase_confidence = probability_field(
        "calibrated probability that the phrase is right; 1 where the model gives the whole text for this sentiment",
        0.4128,
        required=False,
    )
    truncated = truncated_field()
    model = model_field()
    scores = scores_field(
        "calibrated probability of each sentiment, when asked for",
        {"negative": 0.0064, "neutral": 0.0224, "positive": 0.9712},
    )


def ask(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Found:
    """The sentiments, unless all are given and no scores are wanted, and the phrases."""
    given = arguments.get("sentiments") or ([arguments["sentiment"]] if "sentiment" in arguments else None)
    unknown = given is None or None in given
    tasks = [SENTIMENT.name] if unknown or arguments["scores"] else []
    if given is not None or PHRASE.name in classifier.bundle.tasks:
        tasks.append(PHRASE.name)
    return classifier.analyse(texts, tasks, sentiment=given)


def show(found: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """A tweet's sentiment and its phrase as they are answered."""
    answer: dict[str, Any] = {}
    if sentiment := found.get(SENTIMENT.name):
        answer["sentiment"] = sentiment.label
    if phrase := found.get(PHRASE.name):
        answer["sentiment"] = phrase.sentiment  # the one that was given, if one was
        answer |= {"selected_text": phrase.text, "start": phrase.start, "end": phrase.end}
        answer["phrase_confidence"] = round(phrase.confidence, 4)
    if sentiment:
        answer["confidence"] = round(sentiment.scores[answer["sentiment"]], 4)
        if arguments["scores"]:
            answer["scores"] = rounded(sentiment.scores)
    return answer


blp = resource(
    "/tweets/sentiment",
    about="The sentiment of a tweet, and the phrase that carries it",
    what="The sentiment of",
    question=SentimentQuestionSchema,
    questions=SentimentQuestionsSchema,
    answer=SentimentAnswerSchema,
    ask=ask,
    show=show,
)
