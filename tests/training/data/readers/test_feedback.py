"""The reader of the file that `emoji-api feedback export` writes."""

import json

import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers.feedback import read_feedback

ROW = {"id": 1, "text": "so happy", "task": "emotion", "label": "joy", "created_at": "2025-01-31T12:00:00+00:00"}


def write(path, *lines):
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def test_exported_feedback_is_read(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/file.db"
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", url)
    texts = ["café 😂", "two\nlines \u2028 \x85 and \r"]
    with Database(url).session() as session:
        for text in texts:
            receive(session, text=text, task="emotion", label="joy", consent=True)
        receive(session, text="hm", task="hate", label="not-hate", consent=True)
    out = tmp_path / "feedback.jsonl"
    for arguments in (["accept", "1", "2", "3"], ["export", "--out", str(out)]):
        assert CliRunner().invoke(main, ["feedback", *arguments]).exit_code == 0
    feedback = read_feedback(out)
    assert feedback.keys() == {"emotion", "hate"}
    assert (feedback["emotion"].texts, feedback["hate"].labels) == (texts, [0])
    assert feedback["emotion"].labels == [EMOTION.labels.index("joy")] * 2
    assert feedback["emotion"].ids == ["feedback:1", "feedback:2"]


def test_ids_have_the_source_of_their_row(tmp_path):
    rows = [ROW, ROW | {"source": "post", "text": "so glad"}]
    assert read_feedback(write(tmp_path / "rows.jsonl", *rows))["emotion"].ids == ["feedback:1", "post:1"]


def test_empty_file_has_no_feedback(tmp_path):
    assert read_feedback(write(tmp_path / "empty.jsonl")) == {}


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "1",
        ROW | {"label": "glee"},
        ROW | {"task": "phrase", "label": "positive"},
        ROW | {"task": "weather"},
        ROW | {"text": " "},
        ROW | {"text": None},
        ROW | {"label": 1},
        {"text": "so happy"},
    ],
)
def test_error_names_the_invalid_line(tmp_path, line):
    with pytest.raises(DataError, match="line 2"):
        read_feedback(write(tmp_path / "wrong.jsonl", ROW, line))


def test_file_that_is_not_utf8_is_an_error(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(
        json.dumps(ROW, ensure_ascii=False).replace("happy", "café").encode("latin-1")
    )
    with pytest.raises(DataError):
        read_feedback(tmp_path / "latin.jsonl")


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_feedback(tmp_path / "nowhere.jsonl")
