"""A question to the service as code to copy: curl, Python, and the command line."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal may run when they are pasted, or that show a line in another order than it has."""


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """Code in a language, with the title of its tab."""

    title: str
    code: str


def snippets(
    text: str, *, url: str, tasks: Sequence[str] | None, neutral: bool, explain: bool, all_tasks: Sequence[str]
) -> list[Snippet]:
    """Return the question about `text` in each language.

    Args:
        text: any text: it stays one argument or literal, whatever its characters.
        url: address of the resource `/tweets/analysis`.
        tasks: the tasks that are asked; `None` for all of the model.
        neutral: whether a tweet without an emotion is answered as such.
        explain: whether the words that decided are asked for.
        all_tasks: the names of all tasks, because the command line has to name them.
    """
    code = {
        "curl": _curl(text, url, tasks, neutral, explain),
        "Python": _python(text, tasks, neutral, explain),
    }
    if "\0" not in text:  # no argument of a command can have it
        code["Command line"] = _command(text, tasks or all_tasks, neutral, explain)
    return [Snippet(title=title, code=lines) for title, lines in code.items()]


def _curl(text: str, url: str, tasks: Sequence[str] | None, neutral: bool, explain: bool) -> str:
    arguments = {
        "text": text,
        **({"tasks": list(tasks)} if tasks else {}),
        **({"neutral": True} if neutral else {}),
        **({"explain": True} if explain else {}),
        "language": True,
        "scores": True,
    }
    body = UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(arguments, ensure_ascii=False))
    return f"curl {shlex.quote(url)} --json {shlex.quote(body)}"


def _python(text: str, tasks: Sequence[str] | None, neutral: bool, explain: bool) -> str:
    options = [
        *([f"tasks={list(tasks)!r}"] if tasks else []),
        *(["neutral=True"] if neutral else []),
        *(["explain=True"] if explain else []),
    ]
    return "\n".join(
        [
            "from emoji_api import load_classifier",
            "",
            f"text = {text!r}",
            f"answers = load_classifier().analyse({', '.join(['text', *options])})[0]",
            "for task, answer in answers.items():",
            "    print(task, answer)",
        ]
    )


def _command(text: str, tasks: Sequence[str], neutral: bool, explain: bool) -> str:
    options = [
        *(f"--task {shell_quote(task)}" for task in tasks),
        *(["--neutral"] if neutral else []),
        *(["--explain"] if explain else []),
    ]
    return " ".join(["emoji-api classify", *options, *(["--"] if text.startswith("-") else []), shell_quote(text)])


def shell_quote(text: str) -> str:
    """Return `text` as one word of a shell, without control characters.

    Text with control characters is quoted as $'...', which Bash, Zsh and POSIX shells since 2024 know. Pasted as they
    are, a terminal would run some of them: Ctrl-C ends the command, and the rest of the text would be the next one.
    """
    if not UNSAFE.search(text):
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + UNSAFE.sub(_ansi_c, escaped) + "'"


def _ansi_c(match: re.Match[str]) -> str:
    named = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
    return named.get(match[0]) or f"\\u{ord(match[0]):04x}"
