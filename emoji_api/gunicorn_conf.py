"""gunicorn's configuration for production.

gunicorn --config python:emoji_api.gunicorn_conf
"""

import logging
import os
import shutil
import tempfile
from pathlib import Path

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
bind = f"{settings.host}:{settings.port}"
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


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Remove the gauges of a worker that has exited."""
    # imported here because prometheus-client reads the environment variable when it is imported
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:
    """Remove the folder that `on_starting` created."""
    for folder in _created_folders:
        shutil.rmtree(folder, ignore_errors=True)
