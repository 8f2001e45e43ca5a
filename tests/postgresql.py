"""PostgreSQL server for the tests, from Debian's package `postgresql`."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.server import free_port

START_SECONDS = 60


def binaries() -> Path | None:
    """Return the folder of the newest installed PostgreSQL's programs, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@dataclass
class PostgreSQL:
    """Running PostgreSQL server; `databases` counts those that were created."""

    process: subprocess.Popen[bytes]
    port: int
    databases: int = 0

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        self.databases += 1
        name = f"test_{self.databases}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def address(self, name: str) -> str:
        """Return the URL of the database `name`."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def run_postgresql(programs: Path) -> Iterator[PostgreSQL]:
    """Run a new server on a free port during the block."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = {}
    if os.geteuid() == 0:  # the server refuses to run as root; the package creates a user for it
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    data, log = folder / "data", (folder / "log").open("wb")
    initdb = [
        programs / "initdb",
        "--pgdata",
        data,
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-sync",
    ]
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    serve = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
    try:
        subprocess.run(initdb, check=True, cwd=folder, stdout=log, stderr=log, **user)
        process = subprocess.Popen(serve, cwd=folder, stdout=log, stderr=log, **user)
        server = PostgreSQL(process, port)
        try:
            _wait(server, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # immediate shutdown: its data are deleted anyway
            process.wait(START_SECONDS)
    finally:
        log.close()
        shutil.rmtree(folder)


def _wait(server: PostgreSQL, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            psycopg.connect(server.address("postgres")).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL does not answer:\n{log.read_text()}")
