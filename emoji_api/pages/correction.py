"""The form "This is wrong" of the playground: the right label of a text, stored as feedback with consent."""

import json
from dataclasses import dataclass

from marshmallow import ValidationError
from webargs.flaskparser import abort
from werkzeug.datastructures import MultiDict

from emoji_api.errors import EmojiApiError
from emoji_api.rest.errors import error_document
from emoji_api.rest.feedback import FeedbackSchema, store_feedback

FIELD = "right"
"""Name of the field that has the task and its right label, a JSON list of two strings."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The state of the form: what was chosen, and what became of it.

    Attributes:
        status: status of the response: 200 if the correction is stored or was not sent.
        message: a sentence for the reader; `None` if the form was not sent.
        chosen: task and label that the reader chose.
        consent: whether the reader agreed that the text is stored.
    """

    status: int = 200
    message: str | None = None
    chosen: tuple[str, str] | None = None
    consent: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether the correction is stored."""
        return self.message is not None and self.status == 200


def is_correction(form: MultiDict[str, str]) -> bool:
    """Return whether the form `form` has a correction."""
    return FIELD in form


def receive_correction(form: MultiDict[str, str], text: str) -> Correction:
    """Store the correction of `text` in the form, and return the state of the form after that.

    Errors are part of the state, so that the reader keeps the answers and the form. Aborts with 400 for a choice that
    the form does not offer.
    """
    consent = form.get("consent") == "true"
    if not form[FIELD]:
        return Correction(status=422, message="Choose what would be right.", consent=consent)
    chosen = _chosen(form[FIELD])
    if not consent:
        return Correction(status=422, message="Nothing is stored without your consent: tick the box.", chosen=chosen)
    task, label = chosen
    optional = {"request_id": form["request_id"]} if form.get("request_id") else {}
    try:
        store_feedback(FeedbackSchema().load({"text": text, "task": task, "label": label, "consent": True, **optional}))
    except ValidationError as error:
        field, reasons = next(iter(error.normalized_messages().items()))
        message = f"This cannot be stored: {field.replace('_', ' ')}: {reasons[0]}"
        return Correction(status=422, message=message, chosen=chosen, consent=True)
    except EmojiApiError as error:
        document = error_document(error, error.public_message)
        message = f"Your correction is not stored: {document['message']}."
        return Correction(status=document["code"], message=message, chosen=chosen, consent=True)
    return Correction(message=f"Thank you. A person will review “{label}”.", chosen=chosen, consent=True)


def _chosen(value: str) -> tuple[str, str]:
    """Return the task and the label in the value of the form's choice."""
    try:
        match json.loads(value):
            case [str(task), str(label)]:
                return task, label
    except (ValueError, RecursionError):
        pass
    abort(400, message="The form has a choice that it does not offer. Load the page again.")
