"""The trainer's process is recognised by its command line, not by its process id alone."""

import os
import signal
from uuid import uuid4

import psutil

from emoji_api.jobs import process
from tests.trainings import wait_until

SLEEPER = """
import os, sys, time
print(sys.argv[1], *(os.environ.get(name) for name in ("EMOJI_API_ADMIN_KEYS", "INHERITED", "GIVEN")), flush=True)
time.sleep(600)
"""


def test_trainer_runs_until_it_is_killed(look_alike, ordered):
    assert process.is_trainer_running(look_alike.pid, ordered) is True
    look_alike.kill()
    os.waitid(os.P_PID, look_alike.pid, os.WEXITED | os.WNOWAIT)  # a zombie
    assert process.is_trainer_running(look_alike.pid, ordered) is False
    look_alike.wait()
    assert process.is_trainer_running(look_alike.pid, ordered) is False


def test_other_process_with_the_trainers_id_is_left_alone(look_alike):
    process.terminate(look_alike.pid, uuid4())
    assert process.is_trainer_running(look_alike.pid, uuid4()) is False
    assert look_alike.poll() is None


def test_hidden_command_line_is_unknown(look_alike, ordered, monkeypatch):
    def deny(self):
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "cmdline", deny)
    assert process.is_trainer_running(look_alike.pid, ordered) is None


def test_trainer_gets_sigterm(look_alike, ordered):
    process.terminate(look_alike.pid, ordered)
    assert look_alike.wait(30) == -signal.SIGTERM


def test_terminating_a_process_that_has_ended_does_nothing():
    process.terminate(2**22 + 1, uuid4())


def test_started_process_has_its_own_session_and_environment_and_is_reaped(tmp_path, monkeypatch):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    monkeypatch.setattr(process, "MODULE", "sleeper")
    monkeypatch.setenv("EMOJI_API_ADMIN_KEYS", "a-key-of-the-service")
    monkeypatch.setenv("INHERITED", "inherited")
    log = tmp_path / "new" / "log"
    pid = process.start(job_id := uuid4(), log, {"PYTHONPATH": str(tmp_path), "GIVEN": "given"})
    wait_until(lambda: log.read_text().endswith("\n"))
    assert log.read_text() == f"{job_id} None inherited given\n"
    assert os.getsid(pid) == pid
    process.terminate(pid, job_id)
    wait_until(lambda: not psutil.pid_exists(pid))
