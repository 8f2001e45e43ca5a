"""The playground: a text, the answers of every task, and the words that decided them."""

from typing import Any

from flask import Blueprint, Response, current_app, g, request, url_for
from marshmallow import EXCLUDE, Schema, ValidationError
from werkzeug.datastructures import MultiDict

from emoji_api.errors import EmojiApiError
from emoji_api.inference.bundle import Bundle
from emoji_api.pages.answers import answer_text, asked_tasks
from emoji_api.pages.correction import Correction, is_correction, receive_correction
from emoji_api.pages.rendering import render_page
from emoji_api.pages.security import refuse_other_sites
from emoji_api.pages.snippets import Snippet, snippets
from emoji_api.rest.arguments import is_utf8
from emoji_api.rest.errors import RETRY_AFTER_SECONDS, error_document
from emoji_api.rest.fields import Flag, text_field
from emoji_api.rest.serving import answering_model

EXAMPLES = (
    "finally home after the longest week ever, best feeling in the world!!",
    "oh great, my train is cancelled AGAIN",
    "The meeting is at 3pm.",
    "$TSLA beats estimates, shares jump 8% in premarket trading",
    "you are such an idiot, get out of my mentions",
    "I heard a noise downstairs and I live alone",
    "ich bin so wütend",
)
"""Tweets to try. The last one is in a language that the model cannot read."""

blp = Blueprint("playground", __name__)


class QuestionSchema(Schema):
    """A text, and whether the words that decided are marked."""

    class Meta:
        unknown = EXCLUDE

    text = text_field(required=True)
    explain = Flag(load_default=False, error_messages={"invalid": "is neither true nor false"})


@blp.route("/", methods=["GET", "POST"])
def show_playground() -> Response:
    """Return the page with the answers to the text in the query, or in a form.

    A form may have a correction of an answer, which is stored as feedback. Texts that are too long for an address are
    sent in a form too.
    """
    is_form = request.method == "POST"
    if is_form:
        refuse_other_sites()
    # before the parameters are read, which empties the body
    valid = is_utf8(request.get_data(cache=True) if _is_urlencoded() else request.query_string)
    values = request.form if is_form else request.args
    context: dict[str, Any] = {
        "text": _line_feeds(values.get("text", "")),
        "explain": values.get("explain") == "true",
        "examples": EXAMPLES,
        "problem": None,
        "answers": None,
    }
    status = 200
    try:
        classifier = answering_model()
        if not valid:
            status, context["text"] = 400, ""
            context["problem"] = "The text is not valid Unicode in UTF-8, such as half of an emoji."
        elif is_form or "text" in values:
            question = _read_question(values)
            context["answers"] = answer_text(
                classifier,
                question["text"],
                explain=question["explain"],
                max_rows=current_app.config["MAX_EXPLAINED_WORDS"],
            )
            correction = receive_correction(values, question["text"]) if is_correction(values) else Correction()
            status = correction.status
            context |= {"correction": correction, "request_id": g.request_id}
            context["snippets"] = _snippets(classifier.bundle, **question)
    except ValidationError as error:
        status, context["problem"] = 422, _sentence(error)
    except EmojiApiError as error:
        document = error_document(error, error.public_message)
        status, context["problem"] = document["code"], f"{document['message'][:1].upper()}{document['message'][1:]}."
    response = render_page("playground.html", status, code=status, **context)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _is_urlencoded() -> bool:
    return request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded"


def _read_question(values: MultiDict[str, str]) -> dict[str, Any]:
    """Return the text and whether to explain. Raise `ValidationError` if they are not valid."""
    question: dict[str, Any] = {"text": _line_feeds(values.get("text", ""))}
    if "explain" in values:
        question["explain"] = Flag().parse_query_value(values["explain"])
    loaded: dict[str, Any] = QuestionSchema().load(question)
    return loaded


def _line_feeds(text: str) -> str:
    """Return `text` with line feeds between its lines, which browsers send as carriage return and line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sentence(error: ValidationError) -> str:
    """Return a sentence about the first invalid parameter."""
    name, reasons = next(iter(error.normalized_messages().items()))
    reason = str(reasons[0]).rstrip(".")
    return f"{'The text' if name == 'text' else f'“{name}”'} {reason[0].lower()}{reason[1:]}."


def _snippets(bundle: Bundle, text: str, explain: bool) -> list[Snippet]:
    asked = asked_tasks(bundle.tasks)
    return snippets(
        text,
        url=url_for("analysis.get_analysis", _external=True),
        tasks=None if len(asked) == len(bundle.tasks) else asked,
        all_tasks=asked,
        neutral=bundle.no_emotion is not None,
        explain=explain,
    )
