"""A service with a company whose posts were collected by the command line, for browser tests and screenshots."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import ROOT, Server, serve

SAMPLE = ROOT / "emoji_api" / "watch" / "sample.jsonl"
HOSTILE_POSTS = [
    '<script>document.title = "run"</' + "script> hostile, what a great day",
    '"><img src=x onerror="document.title=\'run\'"> hostile, so happy',
    "<svg onload=\"document.title='run'\"></svg> hostile, so sad",
    "' onmouseover='document.title=`run`' x=' hostile, so angry",
    "مرحبا بالجميع، القهوة رائعة اليوم hostile",
]


def emoji_api(*arguments: str, **environment: str) -> None:
    """Run a command of the command line. Raise CalledProcessError if it fails."""
    # posts are not logged to an MLflow of the working directory
    variables = os.environ | {"MLFLOW_TRACKING_URI": "none://"} | environment
    command = [sys.executable, "-m", "emoji_api", *arguments]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)


@contextmanager
def watched_service(folder: Path) -> Iterator[Server]:
    """Run a service with its database in `folder`, with the shipped model and three companies.

    "Nimbus" has the posts of the sample file, "Hostile" posts with HTML, "Aurora" was never collected.
    """
    hostile = folder / "hostile.jsonl"
    rows = [
        {
            "id": str(number),
            "time": f"2026-10-{number % 3 + 1:02}T12:00:00Z",
            "text": text,
            "link": "javascript:alert(1)",
        }
        for number, text in enumerate(HOSTILE_POSTS)
    ]
    hostile.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = {"EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/emoji_api.db"}
    for name, path in {"Nimbus": SAMPLE, "Hostile": hostile}.items():
        emoji_api("watch", "add", name, "--query", name, "--source", "file", "--option", f"path={path}", **settings)
    emoji_api("watch", "collect", **settings)
    emoji_api(
        "watch", "add", "Aurora", "--query", "aurora", "--source", "file", "--option", f"path={SAMPLE}", **settings
    )
    with serve(folder / "log", EMOJI_API_WORKERS="1", EMOJI_API_GRACEFUL_TIMEOUT="1", **settings) as server:
        yield server
