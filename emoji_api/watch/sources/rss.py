"""Entries of RSS and Atom feeds.

Credentials: none. Options: `url`, the addresses of the feeds, separated by spaces; `base_url`, to which they may be
relative. `{query}` in an address is replaced by the query; a feed without it is filtered by the query's words.
"""

import io
import json
from calendar import timegm
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urljoin

import feedparser
import requests

from emoji_api.errors import SourceError
from emoji_api.watch.sources.base import Page, Post
from emoji_api.watch.sources.options import http_url
from emoji_api.watch.sources.pages import Period, build_page
from emoji_api.watch.sources.retries import TIMEOUT, Requests, read_requests_failure
from emoji_api.watch.sources.text import html_to_text, language_code

LONGEST_ID = 255
"""Longer ids are replaced by their SHA-256."""
VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class RssSource:
    """RSS and Atom feeds. The cursor has the ETag and Last-Modified of each feed, as JSON.

    Each feed is a page. Its part of the cursor advances with that page. The other feeds are read even if one fails;
    the first error is raised at the end.
    """

    def __init__(self, *, url: str, base_url: str = ""):
        if not url.split():
            raise SourceError("the option url is empty; it takes the addresses of feeds, separated by spaces")
        self._urls = [http_url("url", urljoin(base_url, part)) for part in url.split()]
        self._session = requests.Session()
        self._session.headers["User-Agent"] = feedparser.USER_AGENT

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the entries that contain every word of `query`, one page a feed."""
        period, errors = Period(since=since, until=until), []
        validators: dict[str, dict[str, str]] = json.loads(cursor) if cursor else {}
        for template in self._urls:
            url = template.replace("{query}", quote(query))
            words = [] if url != template else query.casefold().split()
            known = {} if until else validators.get(url, {})
            try:
                response = Requests(source=url, read_failure=read_requests_failure).send(self._fetch, url, known)
                page = _read_feed(response, words, period) if response.status_code != 304 else Page()
            except SourceError as error:
                errors.append(error)
                continue
            if until:  # later entries are not stored; the next collection must read them again
                yield page
                continue
            validators[url] = known | {
                condition: response.headers[name] for name, condition in VALIDATORS.items() if name in response.headers
            }
            yield replace(page, cursor=json.dumps(validators))
        if errors:
            raise errors[0]

    def _fetch(self, url: str, validators: dict[str, str]) -> requests.Response:
        response = self._session.get(url, headers=validators, timeout=TIMEOUT)
        response.raise_for_status()
        return response


def _read_feed(response: requests.Response, words: list[str], period: Period) -> Page:
    # without Content-Location, by which the parser would turn ids into addresses
    headers = {"content-type": response.headers.get("content-type", "")}
    # a file object, because the parser opens a string as an address or as the name of a file
    document = io.BytesIO(response.content)
    as_it_is = {"sanitize_html": False, "resolve_relative_uris": False}  # the content becomes plain text
    try:
        feed = feedparser.parse(document, response_headers=headers, **as_it_is)
    except Exception as error:  # the parser raises many kinds for malformed documents
        raise SourceError(f"{response.url} cannot be parsed: {error}") from error
    if not feed.get("version"):
        raise SourceError(f"{response.url} is neither RSS nor Atom")
    language = language_code(feed.feed.get("language"))

    def read(entry: Any) -> Post | None:
        title = _text(entry.get("title_detail"))
        body = _text((entry.get("content") or [entry.get("summary_detail")])[0])
        text = body if body.startswith(title) else "\n".join(filter(None, [title, body]))
        if not all(word in text.casefold() for word in words):
            return None
        id = entry.get("id") or entry.get("link")
        parsed = entry.get("published_parsed") or entry.get("updated_parsed")
        if not id or not parsed:
            raise KeyError("guid and no link" if not id else "date")
        return Post(
            id=id if len(id) <= LONGEST_ID else sha256(id.encode()).hexdigest(),
            time=datetime.fromtimestamp(timegm(parsed), UTC),
            text=text,
            language=language,
            link=urljoin(response.url, entry["link"]) if entry.get("link") else None,
            author=entry.get("author"),
        )

    return build_page(feed.entries, read, period, name=f"{response.url}, entry")


def _text(detail: Any) -> str:
    if not detail:
        return ""
    return detail["value"].strip() if detail.get("type") == "text/plain" else html_to_text(detail["value"])
