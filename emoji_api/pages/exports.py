"""CSV files of a company's days and posts."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from emoji_api.database.extension import Database, served_database
from emoji_api.pages.downloads import attachment, csv_lines
from emoji_api.pages.filters import Filters, read_filters
from emoji_api.rest.access import check_reader
from emoji_api.watch.posts import Post, PostCursor, read_posts
from emoji_api.watch.queries import CompanySummary, read_company
from emoji_api.watch.report import read_report, to_csv
from emoji_api.watch.store import get_company

POSTS_PER_QUERY = 1_000
COLUMNS = ("id", "time", "language", "sentiment", "emotion", "offensive", "hate", "phrase", "text", "link")

blp = Blueprint("exports", __name__)


@blp.get("/companies/<name>/days.csv")
def get_days(name: str) -> Response:
    """Send the statistics of each day of a period, as `emoji-api watch report --format csv` prints them."""
    check_reader()
    with served_database().session() as session:
        company = read_company(session, name)
        filters = _filters(company)
        report = read_report(session, name, *((filters.first, filters.last) if filters else ()))
    return attachment(f"{name} days.csv", [to_csv(report)])


@blp.get("/companies/<name>/posts.csv")
def get_posts(name: str) -> Response:
    """Send the posts of a period, newest first. The filters are those of the dashboard."""
    check_reader()
    with served_database().session() as session:
        filters = _filters(read_company(session, name))
    return attachment(f"{name} posts.csv", _post_rows(served_database(), name, filters))


def _filters(company: CompanySummary) -> Filters | None:
    """Return the filters of the request, `None` for a company without posts."""
    if company.first_day is None or company.last_day is None:
        return None
    return read_filters(request.args, company.first_day, company.last_day)


def _post_rows(database: Database, name: str, filters: Filters | None) -> Iterator[str]:
    """Yield the lines of the file, some hundred at a time. Each query has a transaction of its own."""
    yield csv_lines([COLUMNS])
    before: PostCursor | None = None
    while filters:
        with database.session() as session:
            page = read_posts(session, get_company(session, name), filters.posts, limit=POSTS_PER_QUERY, before=before)
        yield csv_lines(map(_row, page.posts))
        if page.next is None:
            break
        before = PostCursor.parse(page.next)


def _row(post: Post) -> list[str]:
    answers = (post.sentiment, post.emotion, post.offensive, post.hate)
    return [
        post.post_id,
        post.time.isoformat(),
        post.language or "",
        *(answer["label"] if answer else "" for answer in answers),
        post.phrase["selected_text"] if post.phrase else "",
        post.text,
        post.link or "",
    ]
