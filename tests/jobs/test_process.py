"""The trainer's process is recognised by its command line, not by its process id alone."""

import os
import signal
from uuid import uuid4

import psutil

from emoji_api.jobs import process
from tests.waiting import WAIT_SECONDS, wait_until

SLEEPER = """
import os, sys, time
names = "EMOJI_API_ADMIN_KEYS EMOJI_API_ADMIN_KEYS_FILE INHERITED GIVEN GIVEN_FILE".split()
print(sys.argv[1], *map(os.environ.get, names), flush=True)
time.sleep(600)
"""


def test_killed_trainer_is_not_running(fake_trainer, job_id):
    assert process.is_trainer_running(fake_trainer.pid, job_id) is True
    fake_trainer.kill()
    os.waitid(os.P_PID, fake_trainer.pid, os.WEXITED | os.WNOWAIT)  # a zombie
    assert process.is_trainer_running(fake_trainer.pid, job_id) is False
    fake_trainer.wait()
    assert process.is_trainer_running(fake_trainer.pid, job_id) is False


def test_other_process_with_the_trainers_pid_gets_no_signal(fake_trainer):
    process.terminate(fake_trainer.pid, uuid4())
    assert process.is_trainer_running(fake_trainer.pid, uuid4()) is False
    assert fake_trainer.poll() is None


def test_hidden_command_line_is_unknown(fake_trainer, job_id, monkeypatch):
    def deny(self):
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "cmdline", deny)
    assert process.is_trainer_running(fake_trainer.pid, job_id) is None


def test_terminate_sends_sigterm_to_the_trainer(fake_trainer, job_id):
    process.terminate(fake_trainer.pid, job_id)
    assert fake_trainer.wait(WAIT_SECONDS) == -signal.SIGTERM


def test_terminating_a_process_that_has_ended_does_nothing():
    process.terminate(2**22 + 1, uuid4())


def test_started_process_has_its_own_session_and_environment_and_is_reaped(tmp_path, monkeypatch):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    monkeypatch.setattr(process, "MODULE", "sleeper")
    monkeypatch.setenv("EMOJI_API_ADMIN_KEYS", "a-key-of-the-service")
    monkeypatch.setenv("EMOJI_API_ADMIN_KEYS_FILE", "a-file-of-the-service")
    monkeypatch.setenv("GIVEN_FILE", "replaced")
    monkeypatch.setenv("INHERITED", "inherited")
    log = tmp_path / "new" / "log"
    pid = process.start(job_id := uuid4(), log, {"PYTHONPATH": str(tmp_path), "GIVEN": "given"})
    wait_until(lambda: log.read_text().endswith("\n"))
    assert log.read_text() == f"{job_id} None None inherited given None\n"
    assert os.getsid(pid) == pid
    process.terminate(pid, job_id)
    wait_until(lambda: not psutil.pid_exists(pid))
