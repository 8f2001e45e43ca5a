"""gunicorn with two real workers and a real client."""

import json
import re
import signal
import socket
import subprocess
import time

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from emoji_api.app import create_app
from emoji_api.gunicorn_conf import start_message
from tests.server import COMMAND, ROOT, START_SECONDS, open_client, serve
from tests.waiting import wait_until

INVALID_REQUESTS = [
    ("POST", "/tweets", {"content": b'{"text": "\\ud800"}'}, 422),
    ("POST", "/tweets", {"content": b'{"text": "' + b"x" * 2**20 + b'"}'}, 413),
    ("POST", "/tweets", {"content": [b'{"text": "' + b"x" * 2**20] * 2}, 413),
    ("POST", "/tweets", {"content": b"[" * 100_000}, 400),
    ("POST", "/tweets/batch", {"json": {"texts": ["happy"] * 10_000}}, 422),
    ("GET", "/tweets?text=%ff", {}, 400),
    ("GET", "/tweets?text=" + "x" * 20_000, {}, 414),
    ("DELETE", "/tweets", {}, 405),
    ("GET", "/nope", {}, 404),
]
ACCESS_FIELDS = "time request_id remote method path status bytes milliseconds user_agent".split()


@pytest.fixture(scope="module")
def server(tiny_bundle, tmp_path_factory):
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with serve(log, EMOJI_API_MODEL_PATH=str(tiny_bundle), EMOJI_API_WORKERS="2") as server:
        yield server


@pytest.fixture
def get(server):
    """Return a function that sends a request on a new connection: the requests are spread over all workers."""

    def get(path, **params):
        return httpx.get(server.url + path, params=params or None, timeout=START_SECONDS)

    return get


def has_connection(server):
    """Return whether a worker has accepted a connection of a client."""
    workers = psutil.Process(server.process.pid).children()
    connections = [connection for worker in workers for connection in worker.net_connections("tcp")]
    return any(connection.status == psutil.CONN_ESTABLISHED for connection in connections)


def started_workers(server):
    """Return the process ids of all workers that gunicorn has started."""
    return set(re.findall(r"Booting worker with pid: (\d+)", server.log.read_text()))


def test_texts_are_answered(get):
    assert get("/tweets", text="i feel so happy 😂").json()["emoji"] == "😂"
    assert get("/health/ready").json()["ready"] is True


def test_metrics_are_the_sum_of_the_workers(get):
    def predictions():
        families = text_string_to_metric_families(get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        return sum(sample.value for sample in samples if sample.name == "emoji_api_predictions_total")

    before = predictions()
    for _ in range(40):
        get("/tweets", text="happy")
    assert [predictions() for _ in range(10)] == [before + 40] * 10


def test_model_info_is_one_series_for_all_workers(get):
    assert get("/metrics").text.count("emoji_api_model_info{") == 1


@pytest.mark.parametrize(("method", "path", "body", "code"), INVALID_REQUESTS)
def test_invalid_request_leaves_the_workers_alive(server, get, method, path, body, code):
    headers = {"Content-Type": "application/json"}
    response = httpx.request(method, server.url + path, headers=headers, timeout=START_SECONDS, **body)
    assert (response.status_code, response.json()["code"]) == (code, code)
    assert get("/tweets", text="happy").json()["emotion"] == "joy"
    assert len(started_workers(server)) == 2


def test_access_line_has_the_request_id_and_not_the_text(server):
    params, headers = {"text": "a secret"}, {"X-Request-ID": "find-me"}
    httpx.get(f"{server.url}/tweets", params=params, headers=headers, timeout=START_SECONDS)
    httpx.get(f"{server.url}/health/live", timeout=START_SECONDS)  # an access line is written after its response
    (entry,) = (entry for entry in server.log_entries() if entry.get("request_id") == "find-me")
    assert list(entry) == ACCESS_FIELDS
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/tweets", 200)
    assert entry["milliseconds"] > 0 and entry["bytes"] > 0
    assert "secret" not in server.log.read_text()


def test_log_lines_from_start_to_stop_are_json(tiny_bundle, tmp_path):
    app = "tests.failing_app:create_app()"
    with serve(tmp_path / "log", app, EMOJI_API_MODEL_PATH=str(tiny_bundle), EMOJI_API_WORKERS="1") as server:
        response = httpx.get(f"{server.url}/fail", headers={"X-Request-ID": "find-me"}, timeout=START_SECONDS)
        assert response.status_code == 500
        httpx.get(f"{server.url}/tweets", params={"text": "x" * 20_000}, timeout=START_SECONDS)
        with socket.create_connection(("127.0.0.1", server.port), timeout=START_SECONDS) as connection:
            connection.sendall(b"not HTTP\r\n\r\n")
            connection.makefile("rb").read()
        assert server.stop() == 0
    entries = server.log_entries()
    messages = [entry.get("message", "") for entry in entries]
    starts = "Starting gunicorn", "Booting worker", "serving ", "Invalid request", "Worker exiting", "Shutting down"
    for start in starts:
        assert any(message.startswith(start) for message in messages), start
    assert [entry["status"] for entry in entries if entry.get("path") == "/fail"] == [500]
    assert any("this view will fail" in message for message in messages)
    error = next(entry for entry in entries if "exc_info" in entry)
    assert (error["level"], error["message"], error["request_id"]) == ("ERROR", "Exception on /fail [GET]", "find-me")
    assert error["exc_info"].startswith("Traceback") and "failed on purpose 😱" in error["exc_info"]


def test_access_log_may_go_to_a_file(tiny_bundle, tmp_path):
    access = tmp_path / "access"
    arguments = ("--access-logfile", str(access), "--log-level", "warning")
    with serve(tmp_path / "log", *arguments, EMOJI_API_MODEL_PATH=str(tiny_bundle)) as server:
        server.stop()
    assert {json.loads(line)["path"] for line in access.read_text().splitlines()} == {"/health/live"}
    assert "Starting gunicorn" not in server.log.read_text()


def test_request_that_is_running_at_a_stop_is_answered(tiny_bundle, tmp_path):
    body = json.dumps({"text": "i feel happy"}).encode()
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(tiny_bundle)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=START_SECONDS) as connection:
            head = f"POST /tweets HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode() + body[:5])
            wait_until(lambda: has_connection(server))
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[5:])
            answer = connection.makefile("rb").read().decode("utf-8")
        assert answer.startswith("HTTP/1.1 200") and "😂" in answer
        assert server.process.wait(START_SECONDS) == 0


def test_metrics_folder_is_removed_at_a_stop(tiny_bundle, tmp_path):
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(tiny_bundle), TMPDIR=str(tmp_path)) as server:
        assert len(list(tmp_path.glob("emoji-api-*/*.db"))) >= 2
        assert server.stop() == 0
    assert list(tmp_path.glob("emoji-api-*")) == []


def test_broken_bundle_is_live_but_not_ready(tmp_path):
    with (
        serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(tmp_path / "none")) as server,
        open_client(server.url) as client,
    ):
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").json()["reason"] == "there is no such folder"


def test_invalid_setting_stops_the_start(monkeypatch):
    monkeypatch.setenv("EMOJI_API_ENGINE", "torch")
    result = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert result.returncode != 0
    (entry,) = map(json.loads, result.stderr.splitlines())
    assert entry["level"] == "CRITICAL"
    assert entry["message"] == "cannot start: EMOJI_API_ENGINE: 'torch' is none of: onnx, tensorflow"


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_service_on_all_addresses_is_shown_by_one_that_can_be_opened(tmp_path, host):
    app = create_app({"MODEL_STORE": str(tmp_path)})
    message = start_message(app, [f"http://{host}:8000"])
    assert message == (
        "emoji API answers at http://127.0.0.1:8000 (playground), http://127.0.0.1:8000/swagger-ui (HTTP API)."
    )


def test_start_without_a_model_gives_the_reason(tmp_path):
    app, address = create_app({"MODEL_PATH": str(tmp_path / "none")}), "http://127.0.0.1:8000"
    reason = f"{tmp_path}/none: there is no such folder"
    assert start_message(app, [address]) == f"emoji API listens at {address}, but has no model to serve: {reason}"
