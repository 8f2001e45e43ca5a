"""An opened database of each kind."""

import pytest

from emoji_api.database.extension import Database


@pytest.fixture
def database(database_url) -> Database:
    return Database(database_url)
