"""Access to companies and their posts: open to everybody, or with a watch key."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, request
from webargs.flaskparser import abort

from emoji_api.rest.admin import INVALID_TOKEN, REALM, is_key
from emoji_api.rest.arguments import Blueprint

SCHEMES = {
    "watchKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "one of the keys in EMOJI_API_WATCH_KEYS or EMOJI_API_ADMIN_KEYS, if the former is set",
    },
    "watchPassword": {
        "type": "http",
        "scheme": "basic",
        "description": "the same key as the password of any user, for browsers",
    },
}
BASIC_REALM = 'Basic realm="emoji API", charset="UTF-8"'
READ_KEY_MISSING = (
    "This operation needs a watch key in the header Authorization: Bearer KEY, or as the password of any user."
)
READ_KEY_INVALID = "This watch key is not valid."

View = Callable[..., Any]

_blp = Blueprint("access", __name__)


def reader(view: View) -> View:
    """Require the right to read companies and posts for `view`, and document that. Place it directly under the route.

    If the service has watch keys, the view answers 401 without one of them and without an admin key.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        check_reader()
        return view(*args, **kwargs)

    # an empty requirement: a service without watch keys answers everybody
    guarded = _blp.doc(security=[{}, *({name: []} for name in SCHEMES)])(guarded)
    return _blp.alt_response(401, "READ_UNAUTHORIZED")(guarded)


def check_reader() -> None:
    """Abort with 401 if the service has watch keys and the request has none of them and no admin key.

    The key is the bearer token, or the password of HTTP Basic authentication, for which browsers ask. Browsers send
    that password with requests of other sites too: it must not allow changes.
    """
    keys: tuple[str, ...] = current_app.config["WATCH_KEYS"]
    if not keys:
        return
    authorization = request.authorization
    kind = authorization.type if authorization else None
    key = None
    if authorization is not None and kind in ("bearer", "basic"):
        key = authorization.token if kind == "bearer" else authorization.password
    if key is None:
        abort(401, message=READ_KEY_MISSING, headers={"WWW-Authenticate": [REALM, BASIC_REALM]})
    if not is_key(key, (*keys, *current_app.config["ADMIN_KEYS"])):
        challenges = [f"{REALM}, {INVALID_TOKEN}" if kind == "bearer" else REALM, BASIC_REALM]
        abort(401, message=READ_KEY_INVALID, headers={"WWW-Authenticate": challenges})
