"""The model card for people."""

import json
import re
import shutil

import pytest

from emoji_api import shipped_model
from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.inference.bundle import file_entry, read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.jobs import queue
from emoji_api.tasks import TASKS
from tests.pages.conftest import BROWSER
from tests.pages.test_untrusted import parse

HOSTILE = "<i>rude</i>"


@pytest.fixture(scope="module")
def shipped():
    return read_bundle(packaged_bundle(), verify=False)


@pytest.fixture(scope="module")
def page(app):
    return app.test_client().get("/model", headers=BROWSER).text


def text_of(page):
    """Return the text of a page, with one space between words and between elements."""
    return " ".join(parse(page.replace("<", " <")).text.split())


def test_page_shows_version_size_time_and_origin(page, shipped):
    text = text_of(page)
    assert shipped.version in text and "26 Nov 2026" in text and "25.5 MB" in text
    assert shipped.manifest["source_commit"] in text and shipped.manifest["exported_from"] in text
    assert "version 2026.11.26-075633, share 0.75" in text


def test_page_tells_what_the_model_is_for_and_what_it_does_badly(page):
    text = text_of(page)
    for purpose in (*shipped_model.PURPOSES, *shipped_model.MISUSES):
        assert purpose in text
    for weakness in shipped_model.WEAKNESSES:
        assert f"{weakness.title} {weakness.text}" in text


def test_metrics_have_counts_intervals_and_published_results(page, shipped):
    text = text_of(page)
    assert "Sentiment 12,284 texts, test 0.701 (0.693–0.709) macro recall RoBERTa-base 0.713 Barbieri et al." in text
    assert "Emotion 846 texts, annotated tweets 0.611" in text
    for result in shipped_model.PUBLISHED:
        assert result.url in page and result.remark in text
        assert f"{shipped.metrics[result.task]['test'][result.metric]:.3f}" in text


def test_every_task_has_a_reliability_diagram(page, shipped):
    assert page.count('<svg class="reliability"') == len(shipped.tasks) == len(TASKS)


def test_bins_of_the_diagrams_give_the_calibration_error_of_the_manifest(shipped):
    document = json.loads((packaged_bundle().parent / shipped_model.RELIABILITY).read_text())
    assert document["version"] == shipped.version
    for task in shipped.tasks:
        bins = document["metrics"][task]["validation"]["reliability"]
        rows = sum(entry["rows"] for entry in bins)
        error = sum(abs(entry["confidence"] - entry["accuracy"]) * entry["rows"] for entry in bins) / rows
        assert error == pytest.approx(shipped.metrics[task]["validation"]["expected_calibration_error"], abs=2e-4)


def test_page_names_the_terms_of_all_data(page, shipped):
    text = text_of(page)
    for data in shipped_model.DATA_SETS:
        assert data.name in text and data.terms in text and data.url in page
    folders = [f"{data.folder}/" for data in shipped_model.DATA_SETS if data.folder]
    assert [name for name in shipped.manifest["data"] if not name.startswith(tuple(folders))] == []
    assert "emotion (CARER) 20,000 texts" in text and "emotion/train.txt 16,000" in text


def test_texts_are_about_the_model_that_ships(shipped):
    # new figures are needed where the version changes
    assert shipped.version == shipped_model.VERSION
    for declared in (*shipped_model.WEAKNESSES, *shipped_model.DATA_SETS):
        assert set(declared.tasks) <= shipped.tasks.keys()


def test_json_stays_at_models(client):
    assert client.get("/models").get_json()["version"] in text_of(client.get("/model").text)
    assert client.get("/models", headers=BROWSER).mimetype == "application/json"


@pytest.fixture(scope="module")
def custom_page(tmp_path_factory):
    """The page of a model with the tasks emotion and one of its own, whose manifest is hostile and incomplete."""
    onnx = pytest.importorskip("onnx", reason="needs onnx, which serving can do without")
    bundle = tmp_path_factory.mktemp("models") / "custom"
    shutil.copytree(packaged_bundle(), bundle)
    network = onnx.load(bundle / "model.int8.onnx")
    network.graph.node.append(onnx.helper.make_node("Identity", ["offensive"], [HOSTILE]))
    next(output for output in network.graph.output if output.name == "offensive").name = HOSTILE
    onnx.save(network, bundle / "model.int8.onnx")
    manifest = json.loads((bundle / "bundle.json").read_text())
    task = manifest["tasks"]["offensive"] | {"labels": ["<script>alert(1)</" + "script>", "{{ 7777*7777 }}"]}
    manifest |= {
        "version": '"><img src=x>',
        "tasks": {"emotion": manifest["tasks"]["emotion"], HOSTILE: task},
        "metrics": {
            "emotion": {"validation": {"rows": 10, "accuracy": 0.5, "macro_f1": "high", "confusion": [[1, 2], [3]]}},
            HOSTILE: {"test": {"rows": -1, "accuracy": 7, "reliability": [{"confidence": 0.5}]}, "validation": None},
        },
        "data": {"<b>file</b>": {"rows": 3}, "other": None, "third": {"rows": "many"}},
        "training": {"encoder": "<svg onload=alert(1)>", "seed": {"a": [1]}},
        "libraries": ["none"],
        "source_commit": {"<u>": "x" * 1_000},
        "files": {name: entry for name, entry in manifest["files"].items() if not name.startswith("saved_model/")},
    }
    manifest["files"]["model.int8.onnx"] = file_entry(bundle / "model.int8.onnx")
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    url = f"sqlite:///{bundle.parent}/emoji_api.db"
    return create_app({"MODEL_PATH": str(bundle), "DATABASE_URL": url}).test_client().get("/model").text


def test_a_model_of_the_operator_has_only_what_its_manifest_tells(custom_page):
    text = text_of(custom_page)
    assert "a model of its own" in text and "Emotion 10 texts, validation 0.500 (0.237–0.763) accuracy" in text
    for claim in ("What it is for", "What it does badly", "RoBERTa", "MIT licence", "CARER", "Published"):
        assert claim not in text
    assert "has no reliability diagrams" in text and '<svg class="reliability"' not in custom_page


def test_texts_of_a_manifest_are_shown_as_text(custom_page):
    elements = parse(custom_page)
    assert elements.dangerous == [] and elements.tags.count("img") == 1, "the icon of the site"
    assert not {"b", "i", "u"} & set(elements.tags[elements.tags.index("main") :])
    for text in ('"><img src=x>', "<script>alert(1)", "{{ 7777*7777 }}", "<b>file</b>", "<svg onload=alert(1)>"):
        assert text in elements.text
    assert "x" * 201 not in elements.text, "long texts are cut"


def test_without_trainings_the_history_is_told_to_be_empty(page):
    assert "has not trained a model yet" in text_of(page)


def test_history_has_the_decisions_of_the_gate(tmp_path, shipped):
    url = f"sqlite:///{tmp_path}/emoji_api.db"
    reasons = [{"check": "<b>emotion</b> is no worse", "detail": "0.9 -> 0.8"}]
    jobs = [
        ("rejected", {"version": "2026.11.01-000000", "reasons": reasons}),
        ("promoted", {"version": shipped.version}),
        ("failed", {"version": "2026.11.03-000000"}),
    ]
    for state, values in jobs:
        with Database(url).session() as session:
            job, _ = queue.order(session, {})
            queue.end(session, job.id, state, values)
    page = create_app({"DATABASE_URL": url}).test_client().get("/model").text
    text = text_of(page[page.index('id="history"') :])
    promoted, rejected = (
        f"{shipped.version} answers now promoted",
        "2026.11.01-000000 rejected: <b>emotion</b> is no worse",
    )
    assert text.index(promoted) < text.index(rejected) and "2026.11.03" not in text
    assert re.search(rf"\d+ \w+ 2\d\d\d, \d\d:\d\d {promoted}", text)
    assert "0.9 -> 0.8" not in text, "details are for admins"


def test_page_is_there_without_a_database(tmp_path):
    (tmp_path / "file").write_text("")
    client = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/file/emoji_api.db"}).test_client()
    response = client.get("/model")
    assert response.status_code == 200 and "database of this service cannot be used" in text_of(response.text)


def test_without_a_model_it_is_an_error(tmp_path):
    client = create_app({"MODEL_PATH": str(tmp_path / "none")}).test_client()
    response = client.get("/model", headers=BROWSER)
    assert (response.status_code, response.mimetype) == (503, "text/html")


def test_page_is_linked_from_the_others(get_page):
    assert re.search(r'<a href="/model"\s*>Model</a>', get_page("/companies"))
    assert re.search(r'<a href="/model" aria-current="page">Model</a>', get_page("/model"))
