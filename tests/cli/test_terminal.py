"""Output in a pseudo-terminal and in a pipe: tables, colours, progress, errors, and untrusted text."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from tests.cli.conftest import Run
from tests.cli.terminal import run_in_terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "so happy [red]x[/red] :smile: \x1b[31m\x1b]0;title\x07 \x9b2J \u202e today"
"""A text with markup of rich, an emoji code, and sequences that would colour, rename and clear a terminal."""
HOSTILE_SHOWN = r"so happy [red]x[/red] :smile: \x1b[31m\x1b]0;title\x07 \x9b2J \u202e today"


def controls(raw: str) -> set[str]:
    """Return the control sequences in `raw` that are not colours, line ends or those of a progress bar."""
    known = r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[1A|\x1b\[2K|[\r\n]"
    return set(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", re.sub(known, "", raw)))


def test_card_of_a_model_fits_one_screen() -> None:
    written = run_in_terminal("models", "show")
    lines = written.screen.splitlines()
    assert written.code == 0 and COLOUR.search(written.raw)
    assert len(lines) <= 23 and max(map(len, lines)) <= 80  # one line is left for the prompt
    assert re.search(r"^emotion +6  macro F1 +0\.\d{3}  0\.\d{3}-0\.\d{3} +0\.\d{3} +2,000$", written.screen, re.M)
    for fact in ("version", "created", "size", "commit", "data", "terms"):
        assert re.search(rf"^{fact} +\S", written.screen, re.M), fact


def test_card_in_a_pipe_is_plain(run_process: Run) -> None:
    shown = run_process("models", "show").stdout
    assert shown.isascii() and not controls(shown)
    assert re.search(r"^finance_topic +20  accuracy", shown, re.M)


def test_answers_have_bars_and_colours(tiny_bundle: Path) -> None:
    written = run_in_terminal("classify", "--model", str(tiny_bundle), "so happy", "sad")
    assert written.code == 0 and "\x1b[33m" in written.raw  # joy is yellow
    assert re.search(r"^😂 joy +━+╌* 0\.\d{4} so happy$", written.screen, re.M)


def test_phrase_is_highlighted_in_the_tweet() -> None:
    written = run_in_terminal("classify", "--task", "sentiment", "--task", "phrase", "what a truly awful day")
    assert re.search(r"what a truly \x1b\[1;4;31m[^\x1b]*awful[^\x1b]*\x1b\[0m|\x1b\[1;4;31mwhat a", written.raw)
    assert re.search(r'^  phrase +negative +[━╌]+ 0\.\d{4} ".*awful', written.screen, re.M)


@pytest.mark.parametrize("arguments", [[], ["--scores", "--explain", "--task", "emotion", "--task", "phrase"]])
def test_untrusted_text_is_neither_markup_nor_control_sequence(tiny_bundle: Path, arguments: list[str]) -> None:
    written = run_in_terminal("classify", "--model", str(tiny_bundle), *arguments, HOSTILE, columns=200)
    assert written.code == 0
    assert HOSTILE_SHOWN in written.screen
    assert not controls(written.raw)


def test_untrusted_text_is_escaped_in_a_pipe_and_in_json(tiny_bundle: Path, run_process: Run) -> None:
    plain = run_process("classify", "--model", str(tiny_bundle), HOSTILE).stdout
    assert f"  {HOSTILE_SHOWN}" in plain and not controls(plain)
    written = run_in_terminal("classify", "--model", str(tiny_bundle), "--json", HOSTILE)
    assert not controls(written.raw) and not COLOUR.search(written.raw)
    assert json.loads(written.raw)["text"] == HOSTILE


@pytest.mark.parametrize("arguments", [["list"], ["export", "--state", "new"], ["export", "--format", "csv"]])
def test_feedback_on_a_terminal_is_escaped(tmp_path: Path, arguments: list[str]) -> None:
    url = f"sqlite:///{tmp_path}/file.db"
    with Database(url).session() as session:
        receive(session, text=HOSTILE, task="emotion", label="joy", consent=True)
    written = run_in_terminal("feedback", *arguments, "--state", "new", columns=200, EMOJI_API_DATABASE_URL=url)
    assert written.code == 0 and "[red]x[/red]" in written.screen
    assert not controls(written.raw)


def test_no_color_gives_plain_text(tiny_bundle: Path, run_process: Run) -> None:
    arguments = ("classify", "--model", str(tiny_bundle), "so happy")
    written = run_in_terminal(*arguments, NO_COLOR="1")
    assert "\x1b" not in written.raw
    assert written.screen == run_process(*arguments).stdout


def test_error_is_red_on_a_terminal_only(run_process: Run) -> None:
    arguments = ("classify", "--model", "no\x1b[0mwhere", "so happy")
    written = run_in_terminal(*arguments)
    assert re.search(r"\x1b\[31mError: .*no\\x1b\[0mwhere: there is no such folder.*\x1b\[0m", written.raw)
    assert written.code == 1
    piped = run_process(*arguments)
    assert piped.returncode == 1 and re.fullmatch(r"Error: .*no\\x1b\[0mwhere: there is no such folder\n", piped.stderr)


@pytest.fixture
def many_tweets(tmp_path: Path) -> Path:
    """A file of tweets that take seconds to classify."""
    path = tmp_path / "tweets.txt"
    text = "i am so very happy and proud about this day with you and the people that i love"
    path.write_text("".join(f"{text} {number}\n" for number in range(600)), encoding="utf-8")
    return path


def test_progress_with_time_left_is_on_standard_error(many_tweets: Path, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        written = run_in_terminal("classify", "--json", "--file", str(many_tweets), stdout=out)
    assert written.code == 0
    assert re.search(r"classifying [━╸╺]+ +\d+% \d+/600 texts \d:\d\d left", COLOUR.sub("", written.raw))
    assert written.screen.strip() == ""  # the bar has disappeared
    assert len([json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]) == 600


def test_results_scroll_above_the_progress(many_tweets: Path) -> None:
    written = run_in_terminal("classify", "--file", str(many_tweets), columns=120)
    assert re.search(r"\d:\d\d left", written.raw)
    lines = written.screen.splitlines()
    assert len(lines) == 600 and all("people that i love" in line for line in lines)


def test_piped_standard_error_has_no_progress(many_tweets: Path) -> None:
    written = run_in_terminal("classify", "--json", "--file", str(many_tweets), stderr=subprocess.DEVNULL)
    assert "left" not in written.raw and written.raw.count("\n") == 600
