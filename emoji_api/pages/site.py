"""Addresses at which browsers and crawlers look for a site's icon and rules."""

import flask_smorest
from flask import Blueprint, Response, current_app

from emoji_api.pages.assets import read_asset, send_asset

DAY_SECONDS = 24 * 60 * 60
ICON = "favicon.ico"
"""Static file, drawn from `icon.svg` by `python -m tests.browser.favicon`."""

blp = Blueprint("site", __name__)


@blp.get("/favicon.ico")
def get_icon() -> Response:
    """Send the icon for browsers that do not read `icon.svg`, and for those that ask without having read a page."""
    return _kept_for_a_day(send_asset(read_asset(ICON), cached=False))


@blp.get("/robots.txt")
def get_robots() -> Response:
    """Send the rules for crawlers (RFC 9309): no API, no companies, and no answers for texts in an address."""
    rules = [f"Disallow: {path}" for path in sorted({*_api_paths(), "/metrics", "/*?text="})]
    return _kept_for_a_day(Response("\n".join(["User-agent: *", *rules, "Allow: /", ""]), mimetype="text/plain"))


def _api_paths() -> set[str]:
    """Return the first part of each path of the API, such as `/tweets`."""
    blueprints = [part for part in current_app.blueprints.values() if isinstance(part, flask_smorest.Blueprint)]
    return {f"/{blueprint.url_prefix.split('/')[1]}" for blueprint in blueprints}


def _kept_for_a_day(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return response
