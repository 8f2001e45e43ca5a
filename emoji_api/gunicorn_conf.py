"""gunicorn's configuration for production.

gunicorn --config python:emoji_api.gunicorn_conf
"""

import logging
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from emoji_api.errors import SettingsError
from emoji_api.logs import configure_logging
from emoji_api.rest.gunicorn_json import JsonLogger, JsonWorker
from emoji_api.settings import read_settings

try:
    settings = read_settings()
except SettingsError as error:
    configure_logging("info")
    logging.getLogger(__name__).critical("cannot start: %s", error)
    raise SystemExit(1) from None

wsgi_app = "emoji_api.app:create_app()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = JsonWorker
threads = settings.worker_threads
preload_app = False  # inference hangs if the network was loaded before the fork
timeout = 60
graceful_timeout = settings.graceful_timeout
keepalive = 75  # longer than the idle timeout of common load balancers, which otherwise send to closed connections
limit_request_line = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # in memory: heartbeats must not wait for a disk
control_socket_disable = True
accesslog = "-"
logger_class = JsonLogger
loglevel = settings.log_level

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_created_folders: list[str] = []


def on_starting(server: Arbiter) -> None:
    """Create or empty the folder in which prometheus-client adds up the workers' metrics."""
    if _METRICS_FOLDER not in os.environ:
        os.environ[_METRICS_FOLDER] = tempfile.mkdtemp(prefix="emoji-api-")
        _created_folders.append(os.environ[_METRICS_FOLDER])
    for file in Path(os.environ[_METRICS_FOLDER]).glob("*.db"):
        file.unlink()
    if os.geteuid() == 0 and server.log:
        server.log.warning("running as root; run the service as an unprivileged user")


def post_worker_init(worker: Worker) -> None:
    """Tell where to open the service once the first worker has loaded its model; its sockets are listening already.

    The line is for people if standard error is a terminal, a log line otherwise.
    """
    if worker.age > 1 or not isinstance(worker.wsgi, Flask):  # another worker, or the replacement of one that exited
        return
    message = start_message(worker.wsgi, [str(listener) for listener in worker.sockets])
    if sys.stderr.isatty():
        print(message, "Ctrl-C stops it.", sep="\n", file=sys.stderr, flush=True)
    else:
        worker.log.info(message)


def start_message(app: Flask, addresses: list[str]) -> str:
    """Return a sentence with the addresses of the service, or with the reason if it has no model to serve."""
    # imported here because prometheus-client reads the environment variable when it is imported
    from emoji_api.rest.serving import served_model

    # a server on all addresses of the machine is shown by one that can be opened
    address = re.sub(r"//(0\.0\.0\.0|\[::\])(?=:)", "//127.0.0.1", addresses[0])
    with app.app_context():
        error = served_model().error
    if error:
        return f"emoji API listens at {address}, but has no model to serve: {error}"
    return f"emoji API answers at {address} (playground), {address}/swagger-ui (HTTP API)."


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Remove the gauges of a worker that has exited."""
    # imported here for the same reason
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:
    """Remove the folder that `on_starting` created."""
    for folder in _created_folders:
        shutil.rmtree(folder, ignore_errors=True)
