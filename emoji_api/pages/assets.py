"""Static files of the pages: content hash in the URL, cached for a year, compressed."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, abort, request, url_for

from emoji_api.pages.security import add_security_headers

YEAR_SECONDS = 365 * 24 * 60 * 60
DIGEST_LENGTH = 12
"""Hexadecimal digits of the SHA-256 in the URL."""

STATIC = files("emoji_api.pages") / "static"

blp = Blueprint("assets", __name__, template_folder="templates")


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A static file: its media type, content, gzip-compressed content, and the start of its SHA-256."""

    media_type: str
    content: bytes
    compressed: bytes
    digest: str


@cache
def asset_names() -> frozenset[str]:
    """Return the names of the files in the folder `static`."""
    return frozenset(file.name for file in STATIC.iterdir())


@cache
def read_asset(name: str) -> Asset:
    """Return the file `name` of the folder `static`. Raise KeyError if there is none."""
    if name not in asset_names():
        raise KeyError(name)
    return make_asset(name, (STATIC / name).read_bytes())


def make_asset(name: str, content: bytes) -> Asset:
    """Return `content` as an asset. The media type follows from the extension of `name`."""
    return Asset(
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        content=content,
        compressed=gzip.compress(content, mtime=0),
        digest=hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH],
    )


def asset_url(name: str) -> str:
    """Return the URL of the static file `name`, for templates."""
    return url_for("assets.get_asset", digest=read_asset(name).digest, name=name)


@blp.get("/assets/<digest>/<name>")
def get_asset(digest: str, name: str) -> Response:
    """Send a static file. With the digest of another version it is sent too, but not cached."""
    try:
        asset = read_asset(name)
    except KeyError:
        abort(404)
    return send_asset(asset, cached=digest == asset.digest)


def send_asset(asset: Asset, *, cached: bool) -> Response:
    """Return the response with an asset, gzip-compressed if the client accepts that."""
    compressed = request.accept_encodings["gzip"] > 0 and len(asset.compressed) < len(asset.content)
    response = Response(asset.compressed if compressed else asset.content, mimetype=asset.media_type)
    if compressed:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable" if cached else "no-cache"
    response.set_etag(f"{asset.digest}{'-gzip' if compressed else ''}")
    add_security_headers(response)
    response.make_conditional(request)
    return response
