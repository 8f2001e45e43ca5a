"""Security headers of HTML pages and their static files."""

from urllib.parse import urlsplit

from flask import Response, request
from webargs.flaskparser import abort

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


def add_security_headers(response: Response) -> None:
    """Add the content security policy, and forbid guessing of media types and referrers to other sites."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"


def refuse_other_sites() -> None:
    """Abort with 403 if a browser sends the current request on behalf of another site (cross-site request forgery).

    Browsers name the relation of both sites in Sec-Fetch-Site, over HTTP without TLS only the page's own in Origin. See
    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html.
    """
    relation, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if relation is not None:
        is_own = relation in ("same-origin", "none")
    else:
        is_own = origin is None or urlsplit(origin).netloc == request.host
    if not is_own:
        abort(403, message="A page of another site has sent this form. Send it from the page of this service.")
