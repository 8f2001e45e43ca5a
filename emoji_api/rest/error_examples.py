"""Error responses of the OpenAPI document, with examples of real answers."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge

from emoji_api.errors import (
    BundleError,
    CompanyExists,
    DatabaseUnavailable,
    EmojiApiError,
    ExplanationTooLarge,
    InvalidText,
    NoEmotionUnknown,
    NotLabelable,
    PostLabelled,
    ReloadRefused,
    ReloadRunning,
    SourceMissing,
    TaskNotOffered,
    TrainerMissing,
    TrainingEnded,
    TrainingRunning,
    UnknownCompany,
    UnknownPost,
    UnknownPostLabel,
    UnknownTask,
    UnknownTraining,
)
from emoji_api.rest.access import READ_KEY_INVALID, READ_KEY_MISSING
from emoji_api.rest.admin import KEY_INVALID, KEY_MISSING, NO_KEYS
from emoji_api.rest.arguments import INVALID_REQUEST
from emoji_api.rest.errors import RETRY_AFTER_SECONDS, error_document

TRAINING_ID = "3f0f4c0e-8f0b-4b8e-9b0d-0d3c6d1f4a52"
NETWORK_BYTES = 24_115_742
STORE = "/srv/emoji-api/models"


@dataclass(frozen=True, kw_only=True)
class ErrorResponse:
    """An error response: its status, the error documents by name, and the headers that it has."""

    status: HTTPStatus
    examples: dict[str, dict[str, Any]]
    headers: dict[str, Any] = field(default_factory=dict)

    def to_openapi(self, schema: type) -> dict[str, Any]:
        """Return the OpenAPI Response Object; `schema` is that of the error document."""
        examples = {name: {"value": document} for name, document in self.examples.items()}
        content = {"application/json": {"schema": schema, "examples": examples}}
        return {"description": self.status.phrase, "headers": self.headers, "content": content}


def _invalid(status: HTTPStatus, errors: dict[str, Any]) -> dict[str, Any]:
    return _document(status, INVALID_REQUEST) | {"errors": errors}


def _document(status: HTTPStatus, message: str) -> dict[str, Any]:
    return {"code": status.value, "status": status.phrase, "message": message}


def _raised(error: EmojiApiError) -> dict[str, Any]:
    return error_document(error, error.public_message)


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", "example": example}}


BAD_REQUEST = ErrorResponse(
    status=HTTPStatus.BAD_REQUEST,
    examples={
        "body": _invalid(HTTPStatus.BAD_REQUEST, {"json": {"_schema": ["Not JSON in UTF-8."]}}),
        "query": _invalid(HTTPStatus.BAD_REQUEST, {"query": {"_schema": ["Not UTF-8."]}}),
    },
)
UNAUTHORIZED = ErrorResponse(
    status=HTTPStatus.UNAUTHORIZED,
    examples={
        "missing": _document(HTTPStatus.UNAUTHORIZED, KEY_MISSING),
        "invalid": _document(HTTPStatus.UNAUTHORIZED, KEY_INVALID),
    },
    headers={"WWW-Authenticate": _header("how to authenticate", 'Bearer realm="emoji API"')},
)
READ_UNAUTHORIZED = ErrorResponse(
    status=HTTPStatus.UNAUTHORIZED,
    examples={
        "missing": _document(HTTPStatus.UNAUTHORIZED, READ_KEY_MISSING),
        "invalid": _document(HTTPStatus.UNAUTHORIZED, READ_KEY_INVALID),
    },
    headers={"WWW-Authenticate": _header("how to authenticate", 'Basic realm="emoji API", charset="UTF-8"')},
)
FORBIDDEN = ErrorResponse(status=HTTPStatus.FORBIDDEN, examples={"no_keys": _document(HTTPStatus.FORBIDDEN, NO_KEYS)})
NOT_FOUND = ErrorResponse(
    status=HTTPStatus.NOT_FOUND,
    examples={
        "unknown_task": _raised(UnknownTask("hate", ["emotion", "sentiment"])),
        "no_emotion": _raised(NoEmotionUnknown()),
    },
)
UNKNOWN_TRAINING = ErrorResponse(
    status=HTTPStatus.NOT_FOUND, examples={"unknown_training": _raised(UnknownTraining(TRAINING_ID))}
)
UNKNOWN_COMPANY = ErrorResponse(
    status=HTTPStatus.NOT_FOUND, examples={"unknown_company": _raised(UnknownCompany("Nimbus"))}
)
UNKNOWN_POST = ErrorResponse(
    status=HTTPStatus.NOT_FOUND,
    examples={
        "unknown_company": _raised(UnknownCompany("Nimbus")),
        "unknown_post": _raised(UnknownPost("Nimbus", "nimbus-001")),
    },
)
SOURCE_MISSING = ErrorResponse(
    status=HTTPStatus.NOT_IMPLEMENTED, examples={"source_missing": _raised(SourceMissing("feedparser"))}
)
COMPANY_EXISTS = ErrorResponse(
    status=HTTPStatus.CONFLICT, examples={"company_exists": _raised(CompanyExists("Nimbus"))}
)
LABEL_NOT_FOUND = ErrorResponse(
    status=HTTPStatus.NOT_FOUND,
    examples={
        "unknown_company": _raised(UnknownCompany("Nimbus")),
        "unknown_task": _raised(TaskNotOffered("phrase", ["emotion", "hate", "offensive", "sentiment"])),
        "unknown_post": _raised(NotLabelable("Nimbus", 17)),
        "unknown_label": _raised(UnknownPostLabel("Nimbus", 3)),
    },
)
POST_LABELLED = ErrorResponse(status=HTTPStatus.CONFLICT, examples={"labelled": _raised(PostLabelled(17, "sentiment"))})
RELOAD_REFUSED = ErrorResponse(
    status=HTTPStatus.CONFLICT,
    examples={
        "damaged_file": error_document(
            ReloadRefused(),
            f"{STORE}/second/model.int8.onnx: has 1000 bytes instead of {NETWORK_BYTES}; first goes on serving",
        )
    },
)
TRAINING_CONFLICT = ErrorResponse(
    status=HTTPStatus.CONFLICT,
    examples={
        "running": _raised(TrainingRunning(TRAINING_ID))
        | {"errors": {"training": {"running": [f"/training/{TRAINING_ID}"]}}},
        "ended": _raised(TrainingEnded(TRAINING_ID, "promoted")),
    },
    headers={"Location": _header("path of the running training, for POST", f"/training/{TRAINING_ID}")},
)
TOO_LARGE = ErrorResponse(
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    examples={"too_large": _document(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(RequestEntityTooLarge.description))},
)
UNSUPPORTED_MEDIA_TYPE = ErrorResponse(
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    examples={
        "content_type": _invalid(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"headers": {"Content-Type": ["Not application/json."]}}
        )
    },
)
UNPROCESSABLE = ErrorResponse(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    examples={
        "body": _invalid(HTTPStatus.UNPROCESSABLE_ENTITY, {"json": {"lang": ["Unknown field."]}}),
        "query": _invalid(HTTPStatus.UNPROCESSABLE_ENTITY, {"query": {"lang": ["Unknown field."]}}),
        "text": _raised(InvalidText("has no readable character", 1)),
        "explanation": _raised(ExplanationTooLarge(2304, 2048)),
    },
)
NOT_IMPLEMENTED = ErrorResponse(
    status=HTTPStatus.NOT_IMPLEMENTED,
    examples={"cannot_train": _raised(TrainerMissing(["tensorflow", "tf_keras"], "train"))},
)
SERVICE_UNAVAILABLE = ErrorResponse(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    examples={
        "no_model": _raised(BundleError("bundle.json", "cannot be read: No such file or directory")),
        "no_database": _raised(DatabaseUnavailable("connection refused")),
        "reload_running": _raised(ReloadRunning()),
    },
    headers={"Retry-After": _header("seconds after which to try again", str(RETRY_AFTER_SECONDS))},
)

ERROR_RESPONSES = {
    **{
        response.status.name: response
        for response in (
            BAD_REQUEST,
            UNAUTHORIZED,
            FORBIDDEN,
            NOT_FOUND,
            TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            UNPROCESSABLE,
            NOT_IMPLEMENTED,
            SERVICE_UNAVAILABLE,
        )
    },
    "UNKNOWN_TRAINING": UNKNOWN_TRAINING,
    "READ_UNAUTHORIZED": READ_UNAUTHORIZED,
    "UNKNOWN_COMPANY": UNKNOWN_COMPANY,
    "UNKNOWN_POST": UNKNOWN_POST,
    "COMPANY_EXISTS": COMPANY_EXISTS,
    "LABEL_NOT_FOUND": LABEL_NOT_FOUND,
    "POST_LABELLED": POST_LABELLED,
    "SOURCE_MISSING": SOURCE_MISSING,
    "RELOAD_REFUSED": RELOAD_REFUSED,
    "TRAINING_CONFLICT": TRAINING_CONFLICT,
}
"""Response components by name; the general ones have the name of their status."""
