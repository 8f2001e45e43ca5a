"""Process marks that identify a process across reused ids, and the name of the host."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from emoji_api import processes
from tests.server import ROOT

MARK = "from emoji_api import processes; print(processes.process_mark(), flush=True); input()"


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    """Another process, which prints its mark and waits."""
    command = [sys.executable, "-c", MARK]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_mark_is_gone_as_soon_as_its_process_has_ended(other: subprocess.Popen[str]) -> None:
    assert other.stdout
    mark = other.stdout.readline().strip()
    assert mark != processes.process_mark() and not processes.is_gone(mark)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # a zombie
    assert processes.is_gone(mark)
    other.wait()
    assert processes.is_gone(mark)


def test_mark_of_this_process_is_not_gone() -> None:
    assert not processes.is_gone(processes.process_mark())


def test_reused_process_id_is_recognised_by_the_creation_time() -> None:
    rest, _, created = processes.process_mark().rpartition(" ")
    assert processes.is_gone(f"{rest} {float(created) - 60}")


@pytest.mark.parametrize("mark", ["elsewhere {mark}", "", "no mark", "{host} 17 never", "{host} x 1.0", "{host}"])
def test_other_hosts_and_invalid_marks_are_not_gone(mark: str) -> None:
    assert not processes.is_gone(mark.format(mark=processes.process_mark(), host=processes.host_name()))


def test_host_name_is_the_same_in_every_process_of_this_host() -> None:
    code = "from emoji_api import processes; print(processes.host_name())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == processes.host_name() and len(processes.host_name()) <= 255


def test_host_name_without_proc_is_that_of_the_socket_module(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path / "nothing")
    assert processes.host_name() == socket.gethostname()
    assert not processes.is_gone(processes.process_mark())
