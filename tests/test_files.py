"""Atomic files and folders, also after errors and kills; locks that end with their process."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emoji_api import files
from emoji_api.errors import DataError
from emoji_api.files import atomic_file, atomic_folder, fsync_path, locked, remove_leftovers, write_atomically
from tests.server import ROOT

# writes half a bundle, prints a line, and waits to be killed
WRITE_HALF = """
import sys, time
from pathlib import Path
from emoji_api.files import atomic_folder
with atomic_folder(Path(sys.argv[1]), replace=True) as folder:
    (folder / "bundle.json").write_text("half")
    print("half", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An existing bundle."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("old")
    return tmp_path / "bundle"


def test_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "models" / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("new")
        assert not (tmp_path / "models" / "bundle").exists()
    assert (tmp_path / "models" / "bundle" / "bundle.json").read_text() == "new"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["bundle"]


def test_existing_folder_is_replaced(old: Path) -> None:
    with atomic_folder(old, replace=True) as folder:
        (folder / "bundle.json").write_text("new")
    assert (old / "bundle.json").read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, OSError])
def test_exception_leaves_no_folder(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), atomic_folder(tmp_path / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_exception_keeps_the_existing_folder(old: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_folder(old, replace=True) as folder:
        (folder / "bundle.json").write_text("half")
        raise KeyboardInterrupt
    assert (old / "bundle.json").read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_failed_rename_keeps_the_existing_folder(old: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_folder(old, replace=True) as folder:
        folder.rmdir()
    assert (old / "bundle.json").read_text() == "old"


def kill_writer(out: Path) -> str:
    """Kill a process while it writes `out`. Return the name of the folder that it leaves next to it."""
    with subprocess.Popen([sys.executable, "-c", WRITE_HALF, str(out)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return f".{out.name}.{process.pid}.partial"


def test_killed_process_keeps_the_existing_folder(old: Path) -> None:
    assert {path.name for path in old.parent.iterdir()} - {kill_writer(old)} == {"bundle"}
    assert (old / "bundle.json").read_text() == "old"


def test_next_write_deletes_the_leftovers_of_a_killed_process(old: Path) -> None:
    leftover = old.with_name(kill_writer(old))
    assert leftover.exists()
    with atomic_folder(old, replace=True):
        assert not leftover.exists()


def test_folder_that_a_killed_process_moved_aside_is_moved_back(old: Path) -> None:
    pid = kill_writer(old).split(".")[2]
    old.rename(old.with_name(f".bundle.{pid}.old"))
    remove_leftovers(old)
    assert (old / "bundle.json").read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_folders_of_running_processes_and_other_files_are_kept(old: Path) -> None:
    others = [".bundle.1.partial", ".bundle.notes.partial", ".bundle.1.txt"]  # process 1 always runs
    for name in others:
        (old.parent / name).mkdir()
    remove_leftovers(old)
    assert {path.name for path in old.parent.iterdir()} == {"bundle", *others}


def test_file_is_replaced_when_it_is_complete(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("old")
    with atomic_file(tmp_path / "rows.csv", newline="") as file:
        file.write("😂\r\n")
        assert (tmp_path / "rows.csv").read_text() == "old"
    assert (tmp_path / "rows.csv").read_bytes() == "😂\r\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, OSError])
def test_exception_keeps_the_existing_file(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "rows.csv").write_text("old")
    with pytest.raises(error), atomic_file(tmp_path / "rows.csv") as file:
        file.write("half")
        raise error
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"rows.csv": "old"}


def test_next_write_deletes_the_file_of_a_killed_process(tmp_path: Path) -> None:
    pid = kill_writer(tmp_path / "gone").split(".")[2]
    (tmp_path / f".rows.csv.{pid}.partial").write_text("half")
    with atomic_file(tmp_path / "rows.csv") as file:
        file.write("new")
    assert [path.name for path in tmp_path.iterdir() if "rows" in path.name] == ["rows.csv"]


# holds a lock, prints a line, and waits to be killed
HOLD = """
import sys, time
from pathlib import Path
from emoji_api.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_lock_is_held_until_its_process_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError), locked(lock, wait=False):
            pass
        process.kill()
        with locked(lock):  # waits until the process has ended
            pass


def test_lock_excludes_other_threads(tmp_path: Path) -> None:
    def try_lock() -> bool:
        try:
            with locked(tmp_path / ".lock", wait=False):
                return True
        except BlockingIOError:
            return False

    with ThreadPoolExecutor(1) as pool:
        with locked(tmp_path / ".lock"):
            assert not pool.submit(try_lock).result()
        assert pool.submit(try_lock).result()


def test_missing_folder_is_created(tmp_path: Path) -> None:
    write_atomically(tmp_path / "some" / "folder" / "file.txt", "text\n")
    assert (tmp_path / "some" / "folder" / "file.txt").read_bytes() == b"text\n"


def test_folders_are_not_synchronised_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WINDOWS", True)
    opened = []
    monkeypatch.setattr(os, "open", lambda path, flags: opened.append(path))
    fsync_path(tmp_path)
    assert opened == []


def test_modules_are_imported_without_the_posix_modules_of_python() -> None:
    posix = ["fcntl", "pwd", "grp", "resource", "termios"]  # psutil and filelock themselves choose theirs by system
    code = f"import sys, psutil, filelock; sys.modules |= dict.fromkeys({posix});"
    done = subprocess.run([sys.executable, "-c", f"{code} import emoji_api.files, emoji_api.processes"], cwd=ROOT)
    assert done.returncode == 0
