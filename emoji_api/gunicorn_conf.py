"""Production: what gunicorn runs, with how many workers, and how it starts and stops.

gunicorn --config python:emoji_api.gunicorn_conf
"""

import os
import shutil
import tempfile
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from emoji_api.errors import SettingsError
from emoji_api.rest.gunicorn_json import JsonLogger, JsonWorker
from emoji_api.settings import read_settings

try:
    settings = read_settings()
except SettingsError as error:
    raise SystemExit(f"emoji-api cannot start: {error}") from None

wsgi_app = "emoji_api.app:create_app()"
bind = f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = JsonWorker
threads = settings.worker_threads
preload_app = False  # a network loaded before the fork hangs after it
timeout = 60
graceful_timeout = settings.graceful_timeout
keepalive = 75  # longer than the idle time of common load balancers, or they meet closed connections
limit_request_line = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a heartbeat must not wait for a disk
control_socket_disable = True
accesslog = "-"
logger_class = JsonLogger
loglevel = settings.log_level

_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_made: list[str] = []


def on_starting(server: Arbiter) -> None:
    """Makes the folder in which the workers sum up their metrics, or empties the one that is given."""
    if _METRICS not in os.environ:
        os.environ[_METRICS] = tempfile.mkdtemp(prefix="emoji-api-")
        _made.append(os.environ[_METRICS])
    for file in Path(os.environ[_METRICS]).glob("*.db"):
        file.unlink()
    if os.geteuid() == 0 and server.log:
        server.log.warning("running as root; a user of its own is safer")


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Forgets the gauges of a worker that is gone."""
    # not above: it reads the folder's name once, when it is imported
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:
    """Removes the folder that `on_starting` made."""
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
