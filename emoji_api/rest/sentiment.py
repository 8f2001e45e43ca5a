"""The sentiment of tweets, and the phrase that carries it."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

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
from emoji_api.rest.resource import Answers, Arguments, ScoresSchema, TextSchema, TextsSchema, explanation, resource
from emoji_api.tasks import PHRASE, SENTIMENT

SCORES_EXAMPLE = {"negative": 0.02, "neutral": 0.11, "positive": 0.87}


class SentimentQuestionSchema(ScoresSchema, TextSchema):
    """A tweet, and optionally its sentiment."""

    sentiment = fields.String(
        validate=validate.OneOf(PHRASE.labels),
        metadata={
            "description": "the sentiment, if you know it: the answer is then the phrase that carries it",
            "example": "positive",
        },
    )


class SentimentQuestionsSchema(ScoresSchema, TextsSchema):
    """Several tweets, and optionally their sentiments."""

    sentiments = fields.List(
        fields.String(allow_none=True, validate=validate.OneOf(PHRASE.labels)),
        metadata={
            "description": "the sentiment of each text, null if you do not know it: the answer for a text with a "
            "sentiment is the phrase that carries it",
            "example": ["positive", "negative", "negative"],
        },
    )

    @validates_schema
    def check_number_of_sentiments(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Raise `ValidationError` unless there are as many sentiments as texts."""
        if "sentiments" in data and len(data["sentiments"]) != len(data["texts"]):
            message = f"Has {len(data['sentiments'])} sentiments for {len(data['texts'])} texts."
            raise ValidationError(message, "sentiments")


class SentimentAnswerSchema(Schema):
    """The sentiment of a tweet, and the phrase that carries it if the model has the task `phrase`."""

    sentiment = fields.String(
        required=True, validate=validate.OneOf(SENTIMENT.labels), metadata={"example": "positive"}
    )
    confidence = probability_field(
        "calibrated probability that the sentiment is correct; absent if you sent the sentiment, or those of all texts "
        "of a batch, without `scores` and `explain`",
        SCORES_EXAMPLE["positive"],
        required=False,
    )
    selected_text = fields.String(
        metadata={
            "description": "the phrase that carries the sentiment, copied from the text",
            "example": "best feeling",
        }
    )
    start = fields.Integer(
        metadata={"description": "start of the phrase in the text, in Unicode code points", "example": 42}
    )
    end = fields.Integer(metadata={"description": "end of the phrase in the text, exclusive", "example": 54})
    phrase_confidence = probability_field(
        "calibrated probability that the phrase is correct; 0.9999, the highest value shown, if the model always "
        "selects the whole text for this sentiment",
        0.41,
        required=False,
    )
    truncated = truncated_field()
    model = model_field()
    scores = scores_field("calibrated probability of each sentiment, if `scores` is true", SCORES_EXAMPLE)
    words = words_field("the sentiment")
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the phrases, and the sentiments unless the request has them all and asks for neither scores nor words."""
    sentiments = arguments.get("sentiments") or ([arguments["sentiment"]] if "sentiment" in arguments else None)
    any_unknown = sentiments is None or None in sentiments
    tasks = [SENTIMENT.name] if any_unknown or arguments["scores"] or arguments["explain"] else []
    if sentiments is not None or PHRASE.name in classifier.bundle.tasks:
        tasks.append(PHRASE.name)
    return classifier.analyse(texts, tasks, sentiment=sentiments, **explanation(arguments))


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the sentiment and the phrase of one tweet as JSON."""
    document: dict[str, Any] = {}
    if sentiment := answers.get(SENTIMENT.name):
        document["sentiment"] = sentiment.label
    if phrase := answers.get(PHRASE.name):
        document["sentiment"] = phrase.sentiment  # that of the request, if it has one
        document |= {"selected_text": phrase.text, "start": phrase.start, "end": phrase.end}
        document["phrase_confidence"] = shown_probability(phrase.confidence)
    if sentiment:
        document["confidence"] = shown_probability(sentiment.scores[document["sentiment"]])
        if arguments["scores"]:
            document["scores"] = shown_scores(sentiment.scores)
        if arguments["explain"]:
            document["words"] = shown_words(sentiment)
    return document


blp = resource(
    "/tweets/sentiment",
    summary="Get the sentiment of {tweets}",
    text_schema=SentimentQuestionSchema,
    texts_schema=SentimentQuestionsSchema,
    answer_schema=SentimentAnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
