"""The model that a process serves, and how another takes its place."""

import threading
import time
import weakref

import pytest

from emoji_api.app import create_app
from emoji_api.errors import BundleError
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.rest.serving import EXTENSION, RETRY_LOOKS, served_model
from tests.versions import cut_short, write_version


def model_of(app):
    return app.test_client().get("/tweets?text=happy").get_json()["model"]


def test_model_is_loaded_with_the_application(app, tiny_bundle):
    with app.app_context():
        assert served_model().classifier.bundle.path == tiny_bundle
        assert served_model().error is None


def test_broken_model_raises_when_it_is_asked(broken_bundle):
    with create_app({"MODEL_PATH": str(broken_bundle)}).app_context(), pytest.raises(BundleError, match="onnx"):
        _ = served_model().classifier


def test_an_error_that_is_raised_again_does_not_grow(broken_bundle):
    app = create_app({"MODEL_PATH": str(broken_bundle)})
    for _ in range(3):
        app.test_client().get("/tweets?text=happy")
    assert trace_length(app.extensions[EXTENSION].error) < 20


def trace_length(error):
    length, trace = 0, error.__traceback__
    while trace:
        length, trace = length + 1, trace.tb_next
    return length


def test_engine_is_the_one_of_the_settings(tiny_bundle):
    pytest.importorskip("tensorflow", reason="needs TensorFlow, which serving can do without")
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ENGINE": "tensorflow"})
    client = app.test_client()
    assert client.get("/models").get_json()["engine"] == "tensorflow"
    assert client.get("/tweets?text=happy").get_json()["emotion"] == "joy"


def test_the_store_is_served_where_it_points_to_a_version(following):
    assert model_of(following) == "first"


def test_without_a_pointer_the_packaged_bundle_is_served(tmp_path):
    app = create_app({"MODEL_STORE": str(tmp_path / "none"), "RELOAD_SECONDS": 0})
    assert app.extensions[EXTENSION].classifier.bundle.path == packaged_bundle()
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_named_wins_over_the_store(store, tiny_bundle):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0.01})
    store.serve("second")
    app.extensions[EXTENSION].look()
    assert app.extensions[EXTENSION].classifier.bundle.path == tiny_bundle
    assert app.extensions[EXTENSION].watcher is None


def test_a_switched_pointer_is_followed_and_back(following, store, look):
    for version in ("second", store.served()):
        store.serve(version)
        look()
        assert model_of(following) == version


def test_an_unchanged_pointer_loads_nothing(following, look):
    before = following.extensions[EXTENSION].classifier
    look()
    assert following.extensions[EXTENSION].classifier is before


def test_the_store_is_watched(store):
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0.05})
    store.serve("second")
    deadline = time.monotonic() + 20
    while model_of(app) != "second" and time.monotonic() < deadline:
        time.sleep(0.05)
    app.extensions[EXTENSION].watcher.stop()
    assert model_of(app) == "second"


def test_a_pointer_that_comes_later_takes_the_packaged_bundles_place(store):
    pointer = (store.folder / "served.json").read_bytes()
    (store.folder / "served.json").unlink()
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0})
    (store.folder / "served.json").write_bytes(pointer)
    app.extensions[EXTENSION].look()
    assert model_of(app) == "first"


def test_the_old_model_is_freed_when_its_last_request_is_done(following, store, look):
    served = following.extensions[EXTENSION]
    begun = served.classifier
    session = weakref.ref(begun.engine._session)
    store.serve("second")
    look()
    assert begun.analyse("happy") and session() is not None  # a request that began before goes on
    del begun
    assert session() is None


def test_a_broken_model_leaves_the_old_one_serving(following, store, look):
    cut_short(store.path("second"))
    point_to(store, "second")
    look()
    assert model_of(following) == "first"
    assert "1000 bytes" in str(following.extensions[EXTENSION].error)


def test_a_model_that_cannot_answer_leaves_the_old_one_serving(following, store, look, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("emoji_api.inference.classifier.Classifier.analyse", fail)
    store.serve("second")
    look()
    monkeypatch.undo()
    assert model_of(following) == "first"
    assert "RuntimeError: out of memory" in str(following.extensions[EXTENSION].error)


@pytest.mark.parametrize("content", ["{", '{"version": "third"}', '{"version": "../first"}'])
def test_a_broken_pointer_leaves_the_old_one_serving(following, store, look, content):
    (store.folder / "served.json").write_text(content)
    look()
    assert model_of(following) == "first"
    assert following.extensions[EXTENSION].error


@pytest.mark.parametrize("content", ["{", '{"version": "third"}'])
def test_a_start_with_a_broken_pointer_is_not_ready_until_it_is_mended(store, content):
    (store.folder / "served.json").write_text(content)
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0})
    response = app.test_client().get("/health/ready")
    assert response.status_code == 503 and str(store.folder) in response.get_json()["file"]
    assert response.get_json()["reason"]
    store.serve("second")
    app.extensions[EXTENSION].look()
    assert app.test_client().get("/health/ready").get_json() == {"ready": True, "model": "second"}


def test_a_model_that_is_repaired_in_place_is_taken_at_a_later_look(following, store, look):
    network = store.path("second") / "model.int8.onnx"
    whole = network.read_bytes()
    cut_short(store.path("second"))
    point_to(store, "second")
    look()
    assert model_of(following) == "first"
    network.write_bytes(whole)
    look()
    assert model_of(following) == "second" and following.extensions[EXTENSION].error is None


def test_a_start_that_failed_is_tried_again_without_another_pointer(store):
    network = store.path("first") / "model.int8.onnx"
    whole = network.read_bytes()
    cut_short(store.path("first"))
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0})
    assert app.test_client().get("/health/ready").status_code == 503
    network.write_bytes(whole)
    app.extensions[EXTENSION].look()
    assert app.test_client().get("/health/ready").get_json() == {"ready": True, "model": "first"}


def test_a_model_that_stays_broken_is_tried_ever_more_seldom_and_told_once(following, store, look, monkeypatch, caplog):
    tries, looks = [], 0

    def counted(*arguments, **options):
        tries.append(looks)
        return load_classifier(*arguments, **options)

    monkeypatch.setattr("emoji_api.rest.serving.load_classifier", counted)
    cut_short(store.path("second"))
    point_to(store, "second")
    for number in range(3 * RETRY_LOOKS):
        looks = number
        look()
    assert tries == [0, 1, 2, 4, 8, 16, 32, 64, 128]
    assert [record.message.partition(":")[0] for record in caplog.records] == ["first goes on serving"]
    assert "emoji_api_model_reload_failures_total 1.0" in following.test_client().get("/metrics").text.splitlines()
    store.serve("first")
    look()
    assert tries[9:] == [191] and following.extensions[EXTENSION].error is None


def test_a_batch_is_answered_by_one_model(following, store, look):
    client, texts, mixed = following.test_client(), ["i feel happy"] * 40, []

    def ask():
        for _ in range(20):
            answers = client.post("/tweets/batch", json={"texts": texts}).get_json()["answers"]
            mixed.extend({answer["model"] for answer in answers} for _ in range(1) if len(answers) == 40)

    thread = threading.Thread(target=ask)
    thread.start()
    for number in range(6):
        store.serve("first" if number % 2 else "second")
        look()
    thread.join()
    assert len(mixed) == 20 and {len(versions) for versions in mixed} == {1}


@pytest.mark.parametrize("path", ["/tweets?text=happy", "/tweets/analysis?text=happy", "/models"])
def test_answers_name_their_model_in_a_header(following, path):
    assert following.test_client().get(path).headers["X-Model-Version"] == "first"


@pytest.mark.parametrize("path", ["/tweets?text=", "/health/live", "/openapi.json", "/nope"])
def test_what_no_model_answered_names_none(following, path):
    assert "X-Model-Version" not in following.test_client().get(path).headers


def test_a_version_that_no_header_can_carry_is_escaped(version_client):
    response = version_client("next 😂").get("/tweets?text=happy")
    assert response.headers["X-Model-Version"] == "next %F0%9F%98%82"
    assert response.get_json()["model"] == "next 😂"


@pytest.fixture
def version_client(tiny_bundle, tmp_path):
    """A client of the same model under another version."""
    return lambda version: create_app({"MODEL_PATH": str(write_version(tiny_bundle, tmp_path, version))}).test_client()


def point_to(store, version):
    """Writes a pointer without the look at the bundle that the store takes."""
    (store.folder / "served.json").write_text(f'{{"version": "{version}", "previous": null}}')
