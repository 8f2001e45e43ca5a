"""Another model takes over under load, in every worker, without a failed answer."""

import re
import threading
import time
from collections import Counter

import httpx
import pytest

from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.versions import cut_short, write_version

KEY = "an-admin-key-of-the-tests"
TEXTS = ["i feel happy", "so sad today", "i am scared of this"]
SECONDS = 60
CLIENTS = 3
ASKED = 12
"""Questions after which both workers have answered."""


@pytest.fixture(scope="module")
def store(tiny_bundle, tmp_path_factory):
    """A store of three versions, the last of which is broken; the first is served."""
    folder = tmp_path_factory.mktemp("versions")
    store = ModelStore(folder / "store")
    for version in ("first", "second", "broken"):
        store.add(write_version(tiny_bundle, folder, version))
    cut_short(store.path("broken"))
    store.serve("first")
    return store


@pytest.fixture(scope="module")
def server(store, tmp_path_factory):
    settings = {"STORE": str(store.folder), "RELOAD_SECONDS": "0.2", "ADMIN_KEYS": KEY, "WORKERS": "2"}
    names = {name: f"EMOJI_API_MODEL_{name}" if name == "STORE" else f"EMOJI_API_{name}" for name in settings}
    environment = {names[name]: value for name, value in settings.items()}
    with serve(tmp_path_factory.mktemp("gunicorn") / "log", **environment) as server:
        yield server


@pytest.fixture
def client(server):
    with open_client(server.url) as client:
        yield client


@pytest.fixture(autouse=True)
def first_is_served(store, client):
    if store.served() != "first":
        store.serve("first")
    wait_until(lambda: served(client) == {"first"})


def open_client(url):
    """A connection a request, so that every worker gets some."""
    return httpx.Client(base_url=url, headers={"Connection": "close"}, timeout=SECONDS, verify=False)


class Clients:
    """Clients that ask all the time while the block runs."""

    def __init__(self, url):
        self.url = url
        self.failed = []
        self.versions = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        with open_client(self.url) as client:
            while not self._stop.is_set():
                try:
                    response = client.post("/tweets/batch", json={"texts": TEXTS * 5})
                    versions = {answer["model"] for answer in response.json()["answers"]}
                    assert response.status_code == 200 and versions == {response.headers["X-Model-Version"]}
                    self.versions.update(versions)
                except Exception as error:
                    self.failed.append(repr(error))


def served(client):
    """The versions that any of the workers serves."""
    return set(re.findall(r'emoji_api_model_info\{.*version="(\w+)"\} 1\.0', client.get("/metrics").text))


def failures(client):
    """How often any of the workers has refused a model."""
    return float(re.search(r"emoji_api_model_reload_failures_total ([\d.]+)", client.get("/metrics").text).group(1))


def ready(client):
    """What readiness tells, by any of the workers."""
    return [client.get("/health/ready").json() for _ in range(ASKED)]


def reload(client):
    return client.post("/models/reload", headers={"Authorization": f"Bearer {KEY}"})


def wait_until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def test_another_version_takes_over_without_a_failed_answer(store, server, client):
    with Clients(server.url) as clients:
        wait_until(lambda: clients.versions["first"] > 20)
        store.serve("second")
        wait_until(lambda: served(client) == {"second"})
        store.serve(store.previous())
        wait_until(lambda: served(client) == {"first"})
        store.serve("second")
        wait_until(lambda: served(client) == {"second"})
        answered = clients.versions["second"]
        wait_until(lambda: clients.versions["second"] > answered + 20)
    assert clients.failed == [] and set(clients.versions) == {"first", "second"}
    assert {document["model"] for document in ready(client)} == {"second"}


def test_a_broken_version_is_refused_and_told_and_rolled_back(store, server, client):
    before = failures(client)
    with Clients(server.url) as clients:
        (store.folder / "served.json").write_text('{"version": "broken", "previous": "first"}')
        wait_until(lambda: failures(client) == before + 2)
        for document in ready(client):
            assert (document["ready"], document["model"], document["wanted"]) == (True, "first", "broken")
            assert "1000 bytes" in document["reload_error"]
        card = client.get("/models").json()
        assert (card["version"], card["wanted"]) == ("first", "broken") and "1000 bytes" in card["reload_error"]
        assert served(client) == {"first"}
        assert reload(client).status_code == 409
        store.serve(store.previous())
        wait_until(lambda: ready(client) == [{"ready": True, "model": "first"}] * ASKED)
    assert clients.failed == [] and set(clients.versions) == {"first"}


def test_an_order_to_reload_reaches_every_worker(server, client):
    before = server.log.read_text().count("serving first")
    assert reload(client).json() == {"model": "first"}
    wait_until(lambda: server.log.read_text().count("serving first") >= before + 2)


def test_a_reload_needs_a_key(client):
    assert client.post("/models/reload").status_code == 401
