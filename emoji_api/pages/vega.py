"""Vega, Vega-Lite and Vega-Embed: the charts' JavaScript, from the package vl-convert-python.

vl-convert bundles them in a JavaScript engine, which takes a second and 150 MB of memory. It runs in a process of its
own, once per worker, when the first browser asks for the file. An image has the bundle as the static file `vega.js`
instead, because the package takes 84 MB.
"""

import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from threading import Lock

from flask import Blueprint, Response, current_app, url_for

from emoji_api.errors import DependencyMissing
from emoji_api.pages.assets import Asset, asset_names, asset_url, make_asset, send_asset

PREPARED = "vega.js"
"""Static file with the bundle, in images only."""
PACKAGE = "vl-convert-python"
EXTRA = "pages"
SCRIPT = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"
TIMEOUT_SECONDS = 60

blp = Blueprint("vega", __name__)
_lock = Lock()


@cache
def vega_version() -> str | None:
    """Return the version of vl-convert, `None` if it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None


def vega_url() -> str | None:
    """Return the URL of the script, `None` if there is neither a prepared bundle nor vl-convert."""
    if PREPARED in asset_names():
        return asset_url(PREPARED)
    return url_for("vega.get_vega", version=vega_version()) if vega_version() else None


@blp.get("/assets/vega-<version>.js")
def get_vega(version: str) -> Response:
    """Send the script, a JavaScript module that sets `vegaEmbed` of the window."""
    if vega_version() is None:
        raise DependencyMissing(PACKAGE, EXTRA)
    with _lock:  # one process at a time
        asset = _bundle()
    return send_asset(asset, cached=version == vega_version())


@cache
def _bundle() -> Asset:
    current_app.logger.info("bundling the JavaScript of the charts")
    completed = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, timeout=TIMEOUT_SECONDS, check=True
    )  # fmt: skip
    return make_asset(PREPARED, completed.stdout)
