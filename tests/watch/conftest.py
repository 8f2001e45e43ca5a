"""Fixtures: the bundle that ships, a database with the tables, and posts with answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import emoji_api
from emoji_api.database.base import Base
from emoji_api.database.engine import open_engine
from emoji_api.database.tables import Company, WatchedPost
from emoji_api.inference.bundle import Bundle, read_bundle
from emoji_api.tasks import EMOTION, HATE, OFFENSIVE, SENTIMENT, Task

NAME = "acme"
TASKS = (SENTIMENT, EMOTION, OFFENSIVE, HATE)


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The bundle that ships, without its network."""
    return read_bundle(Path(emoji_api.__file__).parent / "models" / "tweets", verify=False)


@pytest.fixture
def engine(database_url) -> Iterator[Engine]:
    """An engine for a database with all tables."""
    engine = open_engine(database_url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def company(session) -> Company:
    company = Company(name=NAME, query="acme", source="file")
    session.add(company)
    session.flush()
    return company


def answers_of(
    text: str = "fine", *, sentiment="neutral", emotion="joy", confidence=0.8, offensive=False, phrase=None
) -> dict[str, Any]:
    """Return the answers to a text as they are stored. All tasks have the same `confidence`."""
    labels = {
        SENTIMENT: sentiment,
        EMOTION: emotion,
        OFFENSIVE: "offensive" if offensive else "not-offensive",
        HATE: "not-hate",
    }
    selected = text if phrase is None else phrase
    start = text.index(selected)
    return {task.name: _answer(task, label, confidence) for task, label in labels.items()} | {
        "phrase": {
            "sentiment": sentiment,
            "selected_text": selected,
            "start": start,
            "end": start + len(selected),
            "confidence": 0.5,
        }
    }


def _answer(task: Task, label: str, confidence: float) -> dict[str, Any]:
    rest = (1 - confidence) / (len(task.labels) - 1)
    scores = {name: confidence if name == label else rest for name in task.labels}
    return {"label": label, "confidence": confidence, "scores": scores}


AddPost = Callable[..., WatchedPost]


@pytest.fixture
def add_post(session, company, bundle) -> AddPost:
    """Return a function that stores a post of a day with answers; `language` other than English: without answers."""
    numbers = iter(range(1_000_000))

    def add(
        day: date, text: str = "fine", *, hour: int = 12, language: str = "en", link=None, **answers
    ) -> WatchedPost:
        classified = language == "en"
        post = WatchedPost(
            company_id=company.id,
            source="file",
            post_id=str(next(numbers)),
            time=datetime.combine(day, time(hour), UTC),
            text=text,
            language=language,
            link=link,
            model_version=bundle.version if classified else None,
            answers=answers_of(text, **answers) if classified else None,
        )
        session.add(post)
        session.flush()
        return post

    return add
