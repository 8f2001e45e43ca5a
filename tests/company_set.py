"""The services of deploy/compose.yaml as processes of this machine: their commands, environment and health checks.

Paths and addresses of the containers are replaced by those of this machine, and nothing else.
"""

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.compose import DEPLOY, resolve
from tests.server import free_port
from tests.test_image import stage

ROOT = Path(__file__).parents[1]
AIRFLOW = ROOT / ".venv-airflow" / "bin"
PROGRAMS = {"airflow": AIRFLOW}
"""Folder of the programs of an image, by its target in the Dockerfile; the others are in this environment."""
PORTS = {"api": 5000, "trainer": 5000, "mlflow": 5000, "airflow-api-server": 8080, "airflow-scheduler": 8974}
"""Port on which a container listens."""
STOP_SECONDS = 10
"""Time for all services to stop; nothing that they store is read afterwards."""
CHECK_SECONDS = 1


class CompanySet:
    """Processes that stand in for the containers, in `folder`, with the data sets in `data`.

    `folder` has `secrets` and `app`, the working directory. `settings` are added to the environment of every process.
    """

    def __init__(self, folder: Path, data: Path, settings: Mapping[str, str]):
        self.folder = folder
        self.settings = settings
        self.services = resolve("compose.yaml")["services"]
        self.ports = {name: free_port() for name in PORTS}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._healthy: set[str] = {"database"}
        self._data = data
        for name in ("app/instance", "app/logs", "tmp"):
            (folder / name).mkdir(parents=True)

    def __enter__(self) -> "CompanySet":
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the processes as an engine does: SIGTERM to each, then SIGKILL to what is left, trainers included."""
        running = [process for process in reversed(self.processes.values()) if process.poll() is None]
        started = [child for process in running for child in psutil.Process(process.pid).children(recursive=True)]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(process.poll() is None for process in running):
            time.sleep(0.1)
        for process in running:
            process.kill()
            process.wait()
        for child in started:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, name: str) -> None:
        """Start a service, unless it has been started, after those that it depends on are healthy."""
        if name in self.processes:
            return
        for needed in self.services[name].get("depends_on", {}):
            self.wait(needed)
        service = self.services[name]
        command = [*service.get("entrypoint", ()), *service.get("command", ())] or self._image_command(name)
        self.processes[name] = self._popen(name, self._here_all(name, command))

    def wait(self, name: str) -> None:
        """Start a service, and wait until it is healthy, or has ended if it has no health check."""
        if name in self._healthy:
            return
        self.start(name)
        process = self.processes[name]
        check = self._here_all(name, self.services[name].get("healthcheck", {}).get("test", [])[1:])
        if not check:
            assert process.wait() == 0, self.log(name)
        else:
            while self._popen(name, check, "health").wait() != 0:
                assert process.poll() is None, self.log(name)
                time.sleep(CHECK_SECONDS)
        self._healthy.add(name)

    def run(self, name: str, *command: str) -> str:
        """Run a command in the environment of a service, as `docker compose exec` does, and return its output."""
        process = self._popen(name, command, "exec", stdout=subprocess.PIPE)
        output, _ = process.communicate()
        assert process.returncode == 0, self.log(f"{name}-exec")
        return output.decode()

    def log(self, name: str) -> str:
        """Return the end of the log of a service."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-5_000:]

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment variables of a service's process."""
        image = self._image(name)
        programs = PROGRAMS.get(image, Path(sys.executable).parent)
        own = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self.folder)}
        given = self._image_environment(image) | self.services[name].get("environment", {})
        given = {key: self._here(name, value) for key, value in given.items()}
        given["PYTHONPATH"] = ":".join([str(ROOT), *filter(None, [given.get("PYTHONPATH")])])  # the package, installed
        if name in self.ports:
            given["PORT"] = str(self.ports[name])
        return own | given | self.settings | self._airflow_addresses()

    def _here_all(self, name: str, command: Sequence[str]) -> list[str]:
        return [self._here(name, part) for part in command]

    def _popen(self, name: str, command: Sequence[str], purpose: str = "", **options: Any) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}{'-' if purpose else ''}{purpose}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=self.environment(name),
                cwd=self.folder / "app",
                **{"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL} | options,
            )

    def _image(self, name: str) -> str:
        return self.services[name]["build"]["target"]

    def _image_command(self, name: str) -> list[str]:
        return ast.literal_eval(next(text for keyword, text in stage(self._image(name)) if keyword == "CMD"))

    def _image_environment(self, image: str) -> dict[str, str]:
        lines = [arguments for keyword, arguments in stage(image) if keyword == "ENV"]
        pairs = [part.split("=", 1) for line in lines for part in shlex.split(line)]
        return {name: value for name, value in pairs if name != "PATH"}

    def _here(self, name: str, text: str) -> str:
        """Return text of the Compose file with the paths, addresses and ports of this machine."""
        replaced = {
            "/run/secrets/": f"{self.folder}/secrets/",
            "/app/dags": str(DEPLOY.parent / "dags"),
            "/app/": f"{self.folder}/app/",
            "/tmp/": f"{self.folder}/tmp/",
            "0.0.0.0": "127.0.0.1",
            "http://mlflow:5000": self.url("mlflow"),
            "http://airflow-api-server:8080": self.url("airflow-api-server"),
        }
        if name in PORTS:
            replaced |= {
                f"{before}{PORTS[name]}": f"{before}{self.ports[name]}" for before in ("127.0.0.1:", "--port ")
            }
        if text == "/data":
            return str(self._data)
        return re.sub("|".join(map(re.escape, replaced)), lambda match: replaced[match.group()], text)

    def _airflow_addresses(self) -> dict[str, str]:
        """Return Airflow's settings of addresses that containers have for themselves."""
        if not hasattr(self, "_log_ports"):
            self._log_ports = str(free_port()), str(free_port())
        worker, trigger = self._log_ports
        return {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.ports["airflow-api-server"]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["airflow-scheduler"]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": worker,
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": trigger,
        }
