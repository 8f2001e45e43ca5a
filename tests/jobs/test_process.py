"""A trainer is recognised by its id, never by its number alone."""

import os
import signal
import socket
import subprocess
import sys
from uuid import uuid4

from emoji_api import processes
from emoji_api.jobs import process


def test_its_process_lives_until_it_is_killed(look_alike, ordered):
    assert process.lives(look_alike.pid, ordered) is True
    look_alike.kill()
    os.waitid(os.P_PID, look_alike.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert process.lives(look_alike.pid, ordered) is False
    look_alike.wait()
    assert process.lives(look_alike.pid, ordered) is False


def test_another_process_of_that_number_is_not_its(look_alike):
    process.terminate(look_alike.pid, uuid4())
    assert process.lives(look_alike.pid, uuid4()) is False
    assert look_alike.poll() is None


def test_it_is_asked_to_end(look_alike, ordered):
    process.terminate(look_alike.pid, ordered)
    assert look_alike.wait(30) == -signal.SIGTERM


def test_what_is_gone_is_asked_in_vain():
    process.terminate(2**22 + 1, uuid4())


def test_a_mark_is_of_one_process_until_that_is_gone():
    code = "from emoji_api import processes; print(processes.process_mark(), flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    mark = other.stdout.readline().strip()
    assert (
        mark != processes.process_mark()
        and not processes.is_gone(mark)
        and not processes.is_gone(processes.process_mark())
    )
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
    assert processes.is_gone(mark)
    other.communicate()
    assert processes.is_gone(mark)
    assert processes.is_gone(f"{processes.process_mark()}1")  # another one has its number
    assert not processes.is_gone(f"elsewhere {mark}") and not processes.is_gone("")


def test_a_system_that_does_not_tell(look_alike, ordered, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "PROC", tmp_path / "nothing")
    assert process.lives(look_alike.pid, ordered) is None
    assert processes.host_name() == socket.gethostname()
    assert processes.process_mark() is None


def test_here_is_the_same_for_every_process_here():
    code = "from emoji_api import processes; print(processes.host_name())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == processes.host_name() and len(processes.host_name()) <= 255
