"""Security headers of HTML pages and their static files, and protection of their forms against other sites."""

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
    """Abort with 403 if a browser sends the request because of a page of another site.

    Browsers tell by `Sec-Fetch-Site`, and where the service has no HTTPS by `Origin`. Other clients send neither. See
    https://web.dev/articles/fetch-metadata.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        refused = site not in ("same-origin", "none")
    else:
        refused = origin is not None and urlsplit(origin).netloc != request.host
    if refused:
        abort(403, message="This form is sent from the pages of this service only.")
