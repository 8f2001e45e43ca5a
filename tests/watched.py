"""A watched company with classified posts in a database, for tests of the service and the pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost
from emoji_api.watch import store
from tests.watch.conftest import answers_of


def add_company(database: Database, name: str, texts: Sequence[str], version: str = "first") -> list[int]:
    """Store a company and a post about it for each text, answered by the model `version`; return the posts' ids.

    The answers are neutral, and less confident from post to post.
    """
    with database.session() as session:
        company = store.add_company(session, name, name, "file", {})
        posts = [
            WatchedPost(
                company_id=company.id,
                source="file",
                post_id=str(number),
                time=datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=number),
                text=text,
                language="en",
                link=f"https://posts.example/{number}",
                model_version=version,
                answers=answers_of(text, confidence=0.9 - 0.4 * number / len(texts)),
            )
            for number, text in enumerate(texts)
        ]
        session.add_all(posts)
        session.flush()
        return [post.id for post in posts]
