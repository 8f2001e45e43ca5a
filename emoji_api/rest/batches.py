"""Batches of texts in which some cannot be answered: these get an error in their place, the others are answered."""

from collections.abc import Callable, Container
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields

from emoji_api.errors import InvalidText
from emoji_api.inference.classifier import Classifier
from emoji_api.inference.valid_texts import find_invalid
from emoji_api.rest.fields import RefusedText

PER_TEXT = ("texts", "sentiments")
"""Arguments that are lists with one item per text."""

Arguments = dict[str, Any]
Documents = list[dict[str, Any]]


class TextErrorSchema(Schema):
    """Why a text of a batch is not answered."""

    code = fields.Integer(required=True, metadata={"description": "error code", "example": 422})
    status = fields.String(
        required=True, metadata={"description": "error name", "example": HTTPStatus.UNPROCESSABLE_ENTITY.phrase}
    )
    message = fields.String(required=True, metadata={"description": "reason", "example": "Is blank."})


class UnansweredSchema(Schema):
    """A text of a batch that is not answered, if `on_error` is `skip`."""

    error = fields.Nested(TextErrorSchema, required=True)


class AnswerOrError(fields.Field[dict[str, Any]]):
    """The answer to a text, of the schema `answer`, or the error because of which it is not answered."""

    def __init__(self, answer: type[Schema], **kwargs: Any):
        self.schemas = answer(), UnansweredSchema()
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        answer, unanswered = self.schemas
        return (unanswered if "error" in value else answer).dump(value)


def answer_valid(
    answer: Callable[[list[str], Arguments], Documents], arguments: Arguments, classifier: Classifier
) -> Documents:
    """Return the answers to the texts of a batch, in their order, with an error in place of each that has none.

    `answer` returns the answers to a list of texts; it is called with the arguments of these alone.
    """
    texts: list[str | RefusedText] = arguments["texts"]
    errors = {index: text.message for index, text in enumerate(texts) if isinstance(text, RefusedText)}
    try:
        answers = iter(answer(*_without(errors, arguments)))
    except InvalidText:  # only now: to tokenise every text twice costs 5 % of the time
        valid = [index for index in range(len(texts)) if index not in errors]
        reasons = find_invalid(classifier, [str(texts[index]) for index in valid])
        errors |= {valid[position]: str(InvalidText(reason)) for position, reason in reasons.items()}
        answers = iter(answer(*_without(errors, arguments)))
    return [_error(errors[index]) if index in errors else next(answers) for index in range(len(texts))]


def _without(refused: Container[int], arguments: Arguments) -> tuple[list[str], Arguments]:
    """Return the texts whose index is not in `refused`, and the arguments of these alone."""
    valid = {
        name: [value for index, value in enumerate(arguments[name]) if index not in refused]
        for name in PER_TEXT
        if name in arguments
    }
    return valid["texts"], arguments | valid


def _error(message: str) -> dict[str, Any]:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return {"error": {"code": status.value, "status": status.phrase, "message": message}}
