"""Accepted feedback as training examples."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from emoji_api import load_classifier
from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.examples.examples import concatenate
from emoji_api.training.examples.feedback import feedback_examples
from emoji_api.training.examples.training_data import read_data
from emoji_api.training.export.bundle import bundle_metrics
from emoji_api.watch.labelling import record_label
from emoji_api.watch.store import get_company
from tests.watched import add_company


@pytest.fixture(scope="module")
def held_out(tiny_data):
    """A text of the emotion test split, and one of another task's validation split."""
    emotion = (tiny_data / "emotion" / "test.txt").read_text().split(";")[0]
    hate = (tiny_data / "tweeteval" / "hate" / "val_text.txt").read_text().split("\n")[0].strip()
    return emotion, hate


@pytest.fixture(scope="module")
def file(held_out, tmp_path_factory):
    rows = [
        ("new happy words", "emotion", "joy"),
        ("new happy words", "hate", "not-hate"),
        ("two minds", "emotion", "joy"),
        ("two minds", "emotion", "sadness"),
        (held_out[0].upper(), "emotion", "joy"),
        (held_out[1], "emotion", "anger"),
    ]
    path = tmp_path_factory.mktemp("feedback") / "accepted.jsonl"
    lines = [
        json.dumps({"id": number, "text": text, "task": task, "label": label})
        for number, (text, task, label) in enumerate(rows, 1)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(tiny_params, file):
    return read_data(replace(tiny_params, data=replace(tiny_params.data, feedback=str(file))))


def test_labelled_post_arrives_in_the_training_data(tiny_params, tmp_path, monkeypatch):
    database = Database(f"sqlite:///{tmp_path}/file.db")
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", database.url)
    add_company(database, "acme", ["the new cup leaks", "the cup is fine"])
    with database.session() as session:
        company = get_company(session, "acme")
        record_label(session, company, post=1, task=SENTIMENT, label="negative")
        record_label(session, company, post=2, task=SENTIMENT, label=None)
    database.close()
    out = tmp_path / "accepted.jsonl"
    assert CliRunner().invoke(main, ["feedback", "export", "--out", str(out)]).exit_code == 0
    data = read_data(replace(tiny_params, data=replace(tiny_params.data, feedback=str(out))))
    split = data.feedback["sentiment"]
    assert (split.texts, split.labels) == (["the new cup leaks"], [SENTIMENT.labels.index("negative")])
    (examples,) = feedback_examples(data.feedback, 1.0)
    assert examples.targets["sentiment"].tolist() == [[1, 0, 0]]


def test_held_out_texts_and_conflicting_texts_are_left_out(data):
    assert {name: split.texts for name, split in data.feedback.items()} == {
        "emotion": ["new happy words"],
        "hate": ["new happy words"],
    }


def test_manifest_has_the_file_and_the_trained_rows(data, file):
    assert data.manifest["feedback/accepted.jsonl"] == {
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows": 6,
        "learned": {"emotion": 1, "hate": 1},
    }


def test_feedback_of_other_tasks_is_left_out(tiny_params, file):
    params = replace(tiny_params, tasks=["hate"], data=replace(tiny_params.data, feedback=str(file)))
    assert read_data(params).feedback.keys() == {"hate"}


def test_feedback_is_empty_without_a_path(tiny_params):
    assert read_data(tiny_params).feedback == {}


def test_examples_have_the_weight_for_their_own_task_only(data):
    examples = concatenate(feedback_examples(data.feedback, 0.5), data.tasks)
    assert examples.texts == ["new happy words"] * 2
    assert examples.weights["emotion"].tolist() == [0.5, 0]
    assert examples.weights["hate"].tolist() == [0, 0.5]
    assert examples.weights["sentiment"].tolist() == [0, 0]
    assert np.argmax(examples.targets["emotion"][0]) == EMOTION.labels.index("joy")


def test_metrics_have_feedback_as_a_split_of_its_own(tiny_bundle, data):
    measured = bundle_metrics(load_classifier(tiny_bundle), replace(data, tasks=[EMOTION]))["emotion"]
    assert list(measured)[-2:] == ["test", "feedback"]
    assert measured["feedback"]["rows"] == 1
