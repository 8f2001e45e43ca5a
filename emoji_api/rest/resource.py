"""Blueprint of a tweet resource: GET and POST with one tweet, and POST of a batch."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import current_app
from marshmallow import Schema, fields, validate

from emoji_api.inference.answers import Answer
from emoji_api.inference.classifier import Classifier
from emoji_api.inference.language import identify_language, is_supported
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.batches import AnswerOrError, answer_valid
from emoji_api.rest.fields import ON_ERROR, SKIP, Flag, text_field, texts_field
from emoji_api.rest.metrics import Metrics
from emoji_api.rest.serving import HEADER_DOCUMENT, answering_model

TEXT = "finally home after the longest week ever, best feeling in the world!!"
TEXTS = [TEXT, "why does my train get cancelled EVERY single morning", "i miss you so much"]

ERRORS = {status: HTTPStatus(status).name for status in (400, 404, 503)}
ERRORS_WITH_BODY = ERRORS | {status: HTTPStatus(status).name for status in (413, 415)}
"""Response components by status of a view that reads a body."""

Arguments = dict[str, Any]
View = Callable[[Arguments], dict[str, Any]]
Answers = list[dict[str, Answer]]
"""The answers for each text, by task."""
Analyse = Callable[[Classifier, str | list[str], Arguments], Answers]
"""A function that runs the model on one text or a list of texts."""
ToJson = Callable[[dict[str, Any], Arguments], dict[str, Any]]
"""A function that turns one text's answers by task into JSON."""


class OptionsSchema(Schema):
    """Optional parts of the answer."""

    language = Flag(
        load_default=False,
        metadata={"description": "return the language of the text, and whether the model can read it", "example": True},
    )
    explain = Flag(
        load_default=False,
        metadata={"description": "return each word with its contribution to the answer", "example": True},
    )


class TextSchema(OptionsSchema):
    """A tweet."""

    text = text_field(required=True, metadata={"description": "the tweet", "example": TEXT})


class TextsSchema(OptionsSchema):
    """Several tweets."""

    texts = texts_field(required=True, metadata={"description": "the tweets", "example": TEXTS})
    on_error = fields.String(
        load_default="refuse",
        validate=validate.OneOf(["refuse", SKIP]),
        metadata={
            "description": "`skip` answers the other texts if one cannot be answered, such as a blank one, and gives "
            "its `error` in its place; `refuse` refuses the batch",
            "example": SKIP,
        },
    )


class ScoresSchema(Schema):
    """The choice whether to return the score of every label."""

    scores = Flag(load_default=False, metadata={"description": "return the score of every label", "example": True})


class NeutralSchema(Schema):
    """The choice whether a tweet without an emotion is answered as such."""

    neutral = Flag(
        metadata={
            "description": "answer 😐 and `none` to a tweet without an emotion; the confidence is then the calibrated "
            "probability that it has none. The default is a setting of the service, usually false",
            "example": False,
        }
    )


def is_neutral(classifier: Classifier, arguments: Arguments) -> bool:
    """Return whether a tweet without an emotion is answered as such: by the request, or else by the settings."""
    by_default: bool = current_app.config["NEUTRAL"] and classifier.bundle.no_emotion is not None
    return bool(arguments.get("neutral", by_default))


def explanation(arguments: Arguments) -> dict[str, Any]:
    """Return the arguments of `Classifier.analyse` that ask for an explanation, within the limit of the settings."""
    return {"explain": arguments["explain"], "max_rows": current_app.config["MAX_EXPLAINED_WORDS"]}


def resource(
    path: str,
    *,
    summary: str,
    text_schema: type[Schema],
    texts_schema: type[Schema],
    answer_schema: type[Schema],
    analyse: Analyse,
    to_json: ToJson,
) -> Blueprint:
    """Return the blueprint of the resource at `path`, for one tweet and, under `/batch`, for several.

    `summary` describes its operations, with the placeholder `{tweets}`. `text_schema` and `texts_schema` are those of
    requests with one and several tweets, in the fields `text` and `texts`. `answer_schema` is that of one tweet's
    answer: the fields that `to_json` returns, and `truncated` and `model`, which are added to them.
    """
    name = path.rpartition("/")[2]
    blp = Blueprint(name, __name__, url_prefix=path, tag="tweets")
    answers_schema = Schema.from_dict(
        {"answers": fields.List(AnswerOrError(answer_schema), required=True)},
        name=f"{answer_schema.__name__.removesuffix('Schema')}sSchema",
    )

    documents = partial(answer_documents, analyse=analyse, to_json=to_json)

    def answer(texts: str | list[str], arguments: Arguments) -> list[dict[str, Any]]:
        return documents(answering_model(), texts, arguments)

    @blp.get("", endpoint=f"get_{name}")
    @blp.arguments(text_schema(), location="query")
    @blp.response(200, answer_schema, headers=HEADER_DOCUMENT)
    @documents_errors(blp, ERRORS)
    @blp.doc(
        summary=summary.format(tweets="a tweet"),
        description="The arguments may also be sent as a JSON body instead of the query, as in POST.",
    )
    def get_tweet(arguments: Arguments) -> dict[str, Any]:
        return answer(arguments["text"], arguments)[0]

    @blp.post("", endpoint=f"post_{name}")
    @blp.arguments(text_schema())
    @blp.response(200, answer_schema, headers=HEADER_DOCUMENT)
    @documents_errors(blp, ERRORS_WITH_BODY)
    @blp.doc(summary=summary.format(tweets="a tweet"))
    def post_tweet(arguments: Arguments) -> dict[str, Any]:
        return answer(arguments["text"], arguments)[0]

    @blp.post("/batch", endpoint=f"post_{name}_batch")
    @blp.arguments(texts_schema())
    @blp.response(200, answers_schema, headers=HEADER_DOCUMENT)
    @documents_errors(blp, ERRORS_WITH_BODY)
    @blp.doc(summary=f"{summary.format(tweets='several tweets')}, in the order of the request")
    def post_tweets(arguments: Arguments) -> dict[str, Any]:
        if arguments[ON_ERROR] == SKIP:
            classifier = answering_model()
            return {"answers": answer_valid(partial(documents, classifier), arguments, classifier)}
        return {"answers": answer(arguments["texts"], arguments)}

    return blp


def answer_documents(
    classifier: Classifier, texts: str | list[str], arguments: Arguments, *, analyse: Analyse, to_json: ToJson
) -> list[dict[str, Any]]:
    """Return the JSON document that answers each text, and count the answers in the metrics."""
    answers = analyse(classifier, texts, arguments)
    Metrics.of(current_app).answered(answers)
    languages = _languages(texts) if arguments["language"] else [{}] * len(answers)
    return [
        {
            **to_json(answers_by_task, arguments),
            "truncated": any(answer.truncated for answer in answers_by_task.values()),
            "model": classifier.bundle.version,
            **language,
        }
        for answers_by_task, language in zip(answers, languages, strict=True)
    ]


def _languages(texts: str | list[str]) -> list[dict[str, Any]]:
    """Return the fields about the language of each text, and count the texts that the model cannot read."""
    languages = [identify_language(text) for text in ([texts] if isinstance(texts, str) else texts)]
    Metrics.of(current_app).languages_identified(languages)
    return [{"language": language, "supported": is_supported(language)} for language in languages]


def documents_errors(blp: Blueprint, errors: Mapping[int, str]) -> Callable[[View], View]:
    """Return a decorator that documents the error responses of a view; `errors` has response components by status."""

    def decorator(view: View) -> View:
        for status, component in errors.items():
            view = blp.alt_response(status, component)(view)
        return view

    return decorator
