"""A question about tweets as a resource: GET with a query, POST with one tweet, /batch with many."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from marshmallow import Schema, fields

from emoji_api.inference.answers import Answer
from emoji_api.inference.classifier import Classifier
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Flag, text_field, texts_field
from emoji_api.rest.metrics import Metrics
from emoji_api.rest.serving import HEADER_DOCUMENT, answering_model

TEXT = "finally home after the longest week ever, best feeling in the world!!"
TEXTS = [TEXT, "why does my train get cancelled EVERY single morning", "i miss you so much"]

REFUSALS = {400: "BAD_REQUEST", 404: "NOT_FOUND", 503: "SERVICE_UNAVAILABLE"}
REFUSALS_OF_A_BODY = REFUSALS | {413: "REQUEST_ENTITY_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}

Arguments = dict[str, Any]
View = Callable[[Arguments], dict[str, Any]]
Found = list[dict[str, Answer]]
Ask = Callable[[Classifier, str | list[str], Arguments], Found]
"""What is asked of the model for one text or a list of them, with the arguments that the request gave."""
Show = Callable[[dict[str, Any], Arguments], dict[str, Any]]
"""What a caller sees of a text's answers by task."""


class TextSchema(Schema):
    """A tweet."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": TEXT})


class TextsSchema(Schema):
    """Many tweets."""

    texts = texts_field(required=True, metadata={"description": "the tweets", "example": TEXTS})


class ScoresSchema(Schema):
    """Whether to tell more than what is likeliest."""

    scores = Flag(load_default=False, metadata={"description": "give the score of every label", "example": True})


def resource(
    path: str,
    *,
    about: str,
    what: str,
    question: type[Schema],
    questions: type[Schema],
    answer: type[Schema],
    ask: Ask,
    show: Show,
) -> Blueprint:
    """The blueprint of the resource at `path`, for one tweet and, under `/batch`, for many.

    `about` is a title, and `what` completes "... a tweet". `question` and `questions` are what callers send, with
    `text` and `texts`; `answer` is what they get for each, with `truncated` and `model`, which are added to what `show`
    gives. Views raise what the classifier raises.
    """
    blp = Blueprint(path.rpartition("/")[2], __name__, url_prefix=path, description=about)
    answers = Schema.from_dict(
        {"answers": fields.List(fields.Nested(answer), required=True)},
        name=f"{answer.__name__.removesuffix('Schema')}sSchema",
    )

    def answered(texts: str | list[str], arguments: Arguments) -> list[dict[str, Any]]:
        classifier = answering_model()
        found = ask(classifier, texts, arguments)
        Metrics.of(current_app).answered(found)
        return [
            {
                **show(by_task, arguments),
                "truncated": any(one.truncated for one in by_task.values()),
                "model": classifier.bundle.version,
            }
            for by_task in found
        ]

    @blp.get("")
    @blp.arguments(question(), location="query")
    @blp.response(200, answer, headers=HEADER_DOCUMENT)
    @refusing(blp, REFUSALS)
    @blp.doc(
        summary=f"{what} a tweet",
        description="The arguments may also come as a JSON body in place of the query, as in POST.",
    )
    def get_tweet(arguments: Arguments) -> dict[str, Any]:
        return answered(arguments["text"], arguments)[0]

    @blp.post("")
    @blp.arguments(question())
    @blp.response(200, answer, headers=HEADER_DOCUMENT)
    @refusing(blp, REFUSALS_OF_A_BODY)
    @blp.doc(summary=f"{what} a tweet")
    def post_tweet(arguments: Arguments) -> dict[str, Any]:
        return answered(arguments["text"], arguments)[0]

    @blp.post("/batch")
    @blp.arguments(questions())
    @blp.response(200, answers, headers=HEADER_DOCUMENT)
    @refusing(blp, REFUSALS_OF_A_BODY)
    @blp.doc(summary=f"{what} many tweets, in order")
    def post_tweets(arguments: Arguments) -> dict[str, Any]:
        return {"answers": answered(arguments["texts"], arguments)}

    return blp


def refusing(blp: Blueprint, refusals: Mapping[int, str]) -> Callable[[View], View]:
    """A decorator that documents the `refusals` of a view: the component that describes each, by status."""

    def documented(view: View) -> View:
        for status, component in refusals.items():
            view = blp.alt_response(status, component)(view)
        return view

    return documented


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as they are shown."""
    return {label: round(score, 4) for label, score in scores.items()}
