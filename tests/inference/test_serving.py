"""Loading the served model, and replacing it while requests are running."""

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from emoji_api.errors import BundleError, EmojiApiError, ReloadRefused, ReloadRunning
from emoji_api.inference.classifier import Classifier, load_classifier, packaged_bundle
from emoji_api.inference.serving import MAX_RETRY_POLLS, ModelServer
from emoji_api.inference.store import POINTER, ModelStore
from tests.versions import add_two_versions, point_to, truncate_network, write_version
from tests.waiting import WAIT_SECONDS, wait_until

Start = Callable[..., ModelServer]


@pytest.fixture
def store(tiny_bundle: Path, tmp_path: Path) -> ModelStore:
    """A store with the versions `first`, which is served, and `second`."""
    return add_two_versions(ModelStore(tmp_path / "store"), tiny_bundle, tmp_path, served="first")


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a model server; all servers are stopped after the test."""
    servers = []

    def start(**options: Any) -> ModelServer:
        server = ModelServer(**options)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(start: Start, store: ModelStore) -> ModelServer:
    """A server that follows the store, without polling."""
    return start(store=store)


@pytest.fixture
def broken_bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle whose network is truncated."""
    bundle = write_version(tiny_bundle, tmp_path, "broken")
    truncate_network(bundle)
    return bundle


def version_of(server: ModelServer) -> str:
    return server.classifier.bundle.version


def break_second(store: ModelStore) -> None:
    """Point the store to a version that is damaged."""
    truncate_network(store.path("second"))
    point_to(store, "second")


def test_bundle_at_model_path_is_served(start: Start, tiny_bundle: Path) -> None:
    server = start(model_path=tiny_bundle)
    assert server.classifier.bundle.path == tiny_bundle
    assert server.error is None


def test_model_path_overrides_the_store(start: Start, store: ModelStore, tiny_bundle: Path) -> None:
    server = start(model_path=tiny_bundle, store=store, reload_seconds=0.01)
    store.serve("second")
    server.poll()
    assert server.classifier.bundle.path == tiny_bundle


def test_version_that_the_store_points_to_is_served(server: ModelServer) -> None:
    assert version_of(server) == server.wanted == "first"


def test_packaged_bundle_is_served_without_a_pointer(start: Start, tmp_path: Path) -> None:
    server = start(store=ModelStore(tmp_path / "none"))
    assert server.classifier.bundle.path == packaged_bundle()
    assert not (tmp_path / "none").exists()


def test_packaged_bundle_is_replaced_once_there_is_a_pointer(start: Start, store: ModelStore) -> None:
    pointer = (store.folder / POINTER).read_bytes()
    (store.folder / POINTER).unlink()
    server = start(store=store)
    (store.folder / POINTER).write_bytes(pointer)
    server.poll()
    assert version_of(server) == "first"


def test_broken_bundle_raises_its_error(start: Start, broken_bundle: Path) -> None:
    server = start(model_path=broken_bundle)
    with pytest.raises(BundleError, match=r"model.int8.onnx: has 1000 bytes") as raised:
        _ = server.classifier
    assert (server.error, server.wanted) == (raised.value, None)


def test_error_raised_repeatedly_keeps_the_length_of_its_traceback(start: Start, broken_bundle: Path) -> None:
    server = start(model_path=broken_bundle)
    lengths = set()
    for _ in range(3):
        with pytest.raises(BundleError) as caught:
            _ = server.classifier
        lengths.add(traceback_length(caught.value.__traceback__))
    assert len(lengths) == 1


def traceback_length(traceback: TracebackType | None) -> int:
    length = 0
    while traceback:
        length, traceback = length + 1, traceback.tb_next
    return length


def test_changed_pointer_is_followed(server: ModelServer, store: ModelStore) -> None:
    for version in ("second", "first"):
        store.serve(version)
        server.poll()
        assert version_of(server) == version


def test_unchanged_pointer_loads_nothing(server: ModelServer) -> None:
    before = server.classifier
    server.poll()
    assert server.classifier is before


def test_store_is_polled_in_the_background(start: Start, store: ModelStore) -> None:
    server = start(store=store, reload_seconds=0.05)
    store.serve("second")
    wait_until(lambda: version_of(server) == "second")


def test_polling_continues_after_an_exception(
    start: Start, store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    loaded: list[Classifier] = []

    def fail_once(classifier: Classifier) -> None:
        loaded.append(classifier)
        if len(loaded) == 2:
            raise RuntimeError("the callback failed")

    server = start(store=store, reload_seconds=0.05, on_loaded=fail_once)
    store.serve("second")
    wait_until(lambda: "polling failed" in caplog.messages)
    store.serve("first")
    wait_until(lambda: version_of(server) == "first")


def test_old_model_is_freed_when_its_last_request_ends(server: ModelServer, store: ModelStore) -> None:
    request = server.classifier
    session = weakref.ref(request.engine._session)  # type: ignore[attr-defined]
    store.serve("second")
    server.poll()
    assert request.analyse("happy") and session() is not None
    del request
    assert session() is None


def test_partly_loaded_model_is_freed(server: ModelServer, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    partly_loaded = []

    def fail(self: Classifier, *arguments: object, **options: object) -> None:
        partly_loaded.append(weakref.ref(self))
        raise BundleError("model.int8.onnx", "cannot be run")

    monkeypatch.setattr(Classifier, "analyse", fail)
    store.serve("second")
    server.poll()
    assert server.error and [reference() for reference in partly_loaded] == [None]


def test_broken_model_leaves_the_old_one_serving(server: ModelServer, store: ModelStore) -> None:
    break_second(store)
    server.poll()
    assert version_of(server) == "first"
    assert server.wanted == "second"
    assert "1000 bytes" in str(server.error)


def test_model_that_cannot_answer_leaves_the_old_one_serving(
    server: ModelServer, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Classifier, "analyse", fail)
    store.serve("second")
    server.poll()
    assert version_of(server) == "first"
    assert "RuntimeError: out of memory" in str(server.error)


@pytest.mark.parametrize("content", ["{", '{"version": "third"}', '{"version": "../first"}'])
def test_broken_pointer_leaves_the_old_model_serving(server: ModelServer, store: ModelStore, content: str) -> None:
    (store.folder / POINTER).write_text(content)
    server.poll()
    assert version_of(server) == "first"
    assert server.error


@pytest.mark.parametrize("content", ["{", '{"version": "third"}'])
def test_start_with_a_broken_pointer_recovers_once_it_is_repaired(
    start: Start, store: ModelStore, content: str
) -> None:
    (store.folder / POINTER).write_text(content)
    server = start(store=store)
    with pytest.raises(BundleError) as caught:
        _ = server.classifier
    assert str(store.folder) in caught.value.path
    store.serve("second")
    server.poll()
    assert version_of(server) == "second" and server.error is None


def test_model_that_is_repaired_in_place_is_loaded_at_a_later_poll(server: ModelServer, store: ModelStore) -> None:
    network = store.path("second") / "model.int8.onnx"
    content = network.read_bytes()
    break_second(store)
    server.poll()
    assert version_of(server) == "first"
    network.write_bytes(content)
    server.poll()
    assert version_of(server) == "second" and server.error is None


def test_failed_start_is_tried_again_with_an_unchanged_pointer(start: Start, store: ModelStore) -> None:
    network = store.path("first") / "model.int8.onnx"
    content = network.read_bytes()
    truncate_network(store.path("first"))
    server = start(store=store)
    assert server.error
    network.write_bytes(content)
    server.poll()
    assert version_of(server) == "first" and server.error is None


def test_broken_model_is_retried_at_growing_intervals_and_reported_once(
    start: Start, store: ModelStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused: list[EmojiApiError] = []
    server = start(store=store, on_refused=refused.append)
    attempts: list[int] = []
    polls = 0

    def counted(*arguments: Any, **options: Any) -> Classifier:
        attempts.append(polls)
        return load_classifier(*arguments, **options)

    monkeypatch.setattr("emoji_api.inference.serving.load_classifier", counted)
    break_second(store)
    for _ in range(3 * MAX_RETRY_POLLS):
        server.poll()
        polls += 1
    assert attempts == [0, 1, 2, 4, 8, 16, 32, 64, 128]
    assert [message.partition(":")[0] for message in caplog.messages] == ["first goes on serving"]
    assert [str(error) for error in refused] == [str(server.error)]
    store.serve("first")
    server.poll()
    assert attempts[9:] == [192] and server.error is None


def test_callbacks_get_the_loaded_model_and_its_tokens(start: Start, store: ModelStore) -> None:
    loaded: list[str] = []
    lengths: list[int] = []
    server = start(
        store=store,
        on_loaded=lambda classifier: loaded.append(classifier.bundle.version),
        on_tokens=lambda tokenizer, tokens: lengths.extend(tokens.lengths.tolist()),
    )
    store.serve("second")
    server.poll()
    server.classifier.classify("i feel happy")
    assert loaded == ["first", "second"]
    assert lengths == [5]  # with the two special tokens, and without the warm-up text


def test_reload_loads_an_unchanged_version_again(server: ModelServer, store: ModelStore) -> None:
    before, stamp = server.classifier, store.stamp()
    assert server.reload() == "first"
    assert server.classifier is not before
    assert store.stamp() != stamp  # other processes notice it


def test_refused_reload_names_the_reason_and_the_old_version(server: ModelServer, store: ModelStore) -> None:
    break_second(store)
    with pytest.raises(ReloadRefused, match="1000 bytes.*; first goes on serving$"):
        server.reload()
    assert version_of(server) == "first"


def test_reload_without_any_model_raises_the_reason(start: Start, store: ModelStore) -> None:
    point_to(store, "third")
    server = start(store=store)
    with pytest.raises(BundleError, match="no such version"):
        server.reload()


def test_model_path_cannot_be_reloaded(start: Start, tiny_bundle: Path) -> None:
    with pytest.raises(ReloadRefused, match="EMOJI_API_MODEL_PATH"):
        start(model_path=tiny_bundle).reload()


def test_only_one_load_runs_at_a_time(start: Start, store: ModelStore) -> None:
    loading, release = threading.Event(), threading.Event()

    def block(classifier: Classifier) -> None:
        if classifier.bundle.version == "second":
            loading.set()
            release.wait(WAIT_SECONDS)

    server = start(store=store, on_loaded=block)
    store.serve("second")
    thread = threading.Thread(target=server.poll)
    thread.start()
    assert loading.wait(WAIT_SECONDS)
    with pytest.raises(ReloadRunning):
        server.reload()
    release.set()
    thread.join()
    assert server.reload() == "second"


def test_tensorflow_engine_is_used(start: Start, tiny_bundle: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    server = start(model_path=tiny_bundle, engine="tensorflow")
    assert type(server.classifier.engine).__name__ == "SavedModelEngine"
    assert server.classifier.classify("happy")[0].label == "joy"
