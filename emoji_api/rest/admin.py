"""Admin keys, sent as bearer tokens (RFC 6750)."""

import hmac
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from flask import current_app, g, request
from webargs.flaskparser import abort

from emoji_api.rest.arguments import Blueprint

SCHEME = "adminKey"
SCHEME_DOCUMENT = {"type": "http", "scheme": "bearer", "description": "one of the keys in EMOJI_API_ADMIN_KEYS"}
REALM = 'Bearer realm="emoji API"'
INVALID_TOKEN = 'error="invalid_token"'
NO_KEYS = "This service has no admin keys. Set EMOJI_API_ADMIN_KEYS and restart it."
KEY_MISSING = "This operation needs an admin key in the header Authorization: Bearer KEY."
KEY_INVALID = "This admin key is not valid."

View = Callable[..., Any]

_blp = Blueprint("admin", __name__)


def admin(view: View) -> View:
    """Require an admin key for `view`, and document that. Place this decorator directly under the route.

    The view answers 401 without a valid `Authorization: Bearer KEY`, and 403 if the service has no keys.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        _check_key()
        g.is_admin = True
        return view(*args, **kwargs)

    guarded = _blp.doc(security=[{SCHEME: []}])(guarded)
    guarded = _blp.alt_response(401, "UNAUTHORIZED")(guarded)
    return _blp.alt_response(403, "FORBIDDEN")(guarded)


def is_key(token: str, keys: Iterable[str]) -> bool:
    """Return whether `token` is one of `keys`. The duration does not reveal how close a guess is."""
    # compare with every key, in constant time each
    return True in [hmac.compare_digest(token.encode(), key.encode()) for key in keys]


def _check_key() -> None:
    keys: tuple[str, ...] = current_app.config["ADMIN_KEYS"]
    if not keys:
        abort(403, message=NO_KEYS)
    authorization = request.authorization
    token = authorization.token if authorization and authorization.type == "bearer" else None
    if token is None:
        abort(401, message=KEY_MISSING, headers={"WWW-Authenticate": REALM})
    if not is_key(token, keys):
        abort(401, message=KEY_INVALID, headers={"WWW-Authenticate": f"{REALM}, {INVALID_TOKEN}"})
