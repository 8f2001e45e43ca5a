"""What is written appears whole or not at all, whatever happens meanwhile; a lock ends with who holds it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.files import atomic_file, atomic_folder, locked, remove_leftovers

# writes half a bundle, says so, and waits to be killed
HALF = """
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
    """A bundle that is there already."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("old")
    return tmp_path / "bundle"


def test_a_folder_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "models" / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("new")
        assert not (tmp_path / "models" / "bundle").exists()
    assert (tmp_path / "models" / "bundle" / "bundle.json").read_text() == "new"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["bundle"]


def test_an_old_one_is_replaced(old: Path) -> None:
    with atomic_folder(old, replace=True) as folder:
        (folder / "bundle.json").write_text("new")
    assert (old / "bundle.json").read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, OSError])
def test_an_interrupted_one_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), atomic_folder(tmp_path / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_one_leaves_the_old_one(old: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_folder(old, replace=True) as folder:
        (folder / "bundle.json").write_text("half")
        raise KeyboardInterrupt
    assert (old / "bundle.json").read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_one_that_cannot_take_its_place_leaves_the_old_one(old: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_folder(old, replace=True) as folder:
        folder.rmdir()
    assert (old / "bundle.json").read_text() == "old"


def killed(out: Path) -> str:
    """The name of the folder that a killed process left beside `out`."""
    with subprocess.Popen([sys.executable, "-c", HALF, str(out)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return f".{out.name}.{process.pid}.partial"


def test_a_killed_one_leaves_the_old_one(old: Path) -> None:
    assert {path.name for path in old.parent.iterdir()} - {killed(old)} == {"bundle"}
    assert (old / "bundle.json").read_text() == "old"


def test_the_next_clears_away_what_a_killed_one_left(old: Path) -> None:
    left = old.with_name(killed(old))
    assert left.exists()
    with atomic_folder(old, replace=True):
        assert not left.exists()


def test_what_a_killed_one_had_put_aside_is_put_back(old: Path) -> None:
    process = killed(old).split(".")[2]
    old.rename(old.with_name(f".bundle.{process}.old"))
    remove_leftovers(old)
    assert (old / "bundle.json").read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_what_lives_is_left_alone(old: Path) -> None:
    others = [".bundle.1.partial", ".bundle.notes.partial", ".bundle.1.txt"]  # process 1 is always there
    for name in others:
        (old.parent / name).mkdir()
    remove_leftovers(old)
    assert {path.name for path in old.parent.iterdir()} == {"bundle", *others}


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("old")
    with atomic_file(tmp_path / "rows.csv", newline="") as file:
        file.write("😂\r\n")
        assert (tmp_path / "rows.csv").read_text() == "old"
    assert (tmp_path / "rows.csv").read_bytes() == "😂\r\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, OSError])
def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "rows.csv").write_text("old")
    with pytest.raises(error), atomic_file(tmp_path / "rows.csv") as file:
        file.write("half")
        raise error
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"rows.csv": "old"}


def test_the_next_clears_away_the_file_that_a_killed_one_left(tmp_path: Path) -> None:
    number = killed(tmp_path / "gone").split(".")[2]
    (tmp_path / f".rows.csv.{number}.partial").write_text("half")
    with atomic_file(tmp_path / "rows.csv") as file:
        file.write("new")
    assert [path.name for path in tmp_path.iterdir() if "rows" in path.name] == ["rows.csv"]


# has a lock, says so, and waits to be killed
HOLD = """
import sys, time
from pathlib import Path
from emoji_api.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_is_one_process_s_until_it_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError), locked(lock, wait=False):
            pass
        process.kill()
        with locked(lock):  # waits for its end, which comes
            pass
