"""The emoji that people would put under tweets."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.inference.answers import shown_scores, shown_words
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.fields import (
    Count,
    language_field,
    model_field,
    probability_field,
    supported_field,
    truncated_field,
    words_field,
)
from emoji_api.rest.resource import Answers, Arguments, TextSchema, TextsSchema, explanation, resource
from emoji_api.tasks import EMOJIS


class TopSchema(Schema):
    """The number of emoji to return."""

    top = Count(
        load_default=5,
        validate=validate.Range(min=1, max=len(EMOJIS.labels)),
        metadata={"description": "number of emoji to return, most probable first", "example": 3},
    )


class EmojisQuestionSchema(TopSchema, TextSchema):
    """A tweet and the number of emoji to return."""


class EmojisQuestionsSchema(TopSchema, TextsSchema):
    """Several tweets and the number of emoji to return for each."""


class EmojiSchema(Schema):
    """An emoji and its probability."""

    emoji = fields.String(required=True, validate=validate.OneOf(EMOJIS.labels), metadata={"example": "❤"})
    score = probability_field("calibrated probability that people would choose this emoji", 0.24)


class EmojisAnswerSchema(Schema):
    """The predicted emoji of a tweet, and the most probable ones."""

    emoji = fields.String(
        required=True,
        validate=validate.OneOf(EMOJIS.labels),
        metadata={
            "description": "the predicted emoji; the decision rule favours rare emoji, so that it is not always the "
            "most probable one",
            "example": "🎄",
        },
    )
    emojis = fields.List(
        fields.Nested(EmojiSchema),
        required=True,
        metadata={"description": "the most probable emoji, most probable first"},
    )
    truncated = truncated_field()
    model = model_field()
    words = words_field("the predicted emoji")
    language = language_field()
    supported = supported_field()


def analyse(classifier: Classifier, texts: str | list[str], arguments: Arguments) -> Answers:
    """Return the answers of the task `emojis`."""
    return classifier.analyse(texts, EMOJIS.name, **explanation(arguments))


def to_json(answers: dict[str, Any], arguments: Arguments) -> dict[str, Any]:
    """Return the emoji of one tweet as JSON."""
    answer = answers[EMOJIS.name]
    scores = shown_scores(answer.scores)
    most_probable = sorted(scores, key=lambda emoji: -scores[emoji])[: arguments["top"]]
    ranked = [{"emoji": emoji, "score": scores[emoji]} for emoji in most_probable]
    words = {"words": shown_words(answer)} if arguments["explain"] else {}
    return {"emoji": answer.label, "emojis": ranked, **words}


blp = resource(
    "/tweets/emojis",
    summary="Get the most probable emoji for {tweets}",
    text_schema=EmojisQuestionSchema,
    texts_schema=EmojisQuestionsSchema,
    answer_schema=EmojisAnswerSchema,
    analyse=analyse,
    to_json=to_json,
)
