"""Keys of those who administer the service, as bearer tokens (RFC 6750)."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, request
from webargs.flaskparser import abort

from emoji_api.rest.arguments import Blueprint

SCHEME = "adminKey"
SCHEME_DOCUMENT = {"type": "http", "scheme": "bearer", "description": "a key of EMOJI_API_ADMIN_KEYS"}
REALM = 'Bearer realm="emoji API"'

View = Callable[..., Any]

_blp = Blueprint("admin", __name__)


def admin(view: View) -> View:
    """Lets a view be called only with `Authorization: Bearer KEY`, and documents that. Stands right under its route.

    Without such a key the answer is 401, and 403 where the service has no keys at all.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        _check_key()
        return view(*args, **kwargs)

    guarded = _blp.doc(security=[{SCHEME: []}])(guarded)
    guarded = _blp.alt_response(401, "UNAUTHORIZED")(guarded)
    return _blp.alt_response(403, "FORBIDDEN")(guarded)


def _check_key() -> None:
    keys: tuple[str, ...] = current_app.config["ADMIN_KEYS"]
    if not keys:
        abort(403, message="This service has no admin keys: set EMOJI_API_ADMIN_KEYS, then start it again.")
    given = request.authorization
    token = given.token if given and given.type == "bearer" else None
    if token is None:
        abort(401, message="Needs an admin key: Authorization: Bearer KEY.", headers={"WWW-Authenticate": REALM})
    # every key, each in constant time: how long it takes must not tell how near a guess is
    if True not in [hmac.compare_digest(token.encode(), key.encode()) for key in keys]:
        headers = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
        abort(401, message="The admin key is not one of this service.", headers=headers)
