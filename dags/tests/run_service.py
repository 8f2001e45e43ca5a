"""Runs the service with a tiny network to train until its standard input is closed. `.venv/bin/python` runs this file.

Argument: an empty folder. The first line of output is a JSON object with the service's `url` and its `environment`.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.mlflow_store import write_empty_store  # noqa: E402
from tests.server import serve  # noqa: E402
from tests.tiny import write_checkpoint, write_public_data  # noqa: E402
from tests.trainings import write_installation  # noqa: E402


def main(folder: Path) -> None:
    """Write an installation that serves the shipped bundle into `folder`, and run its service."""
    checkpoint, data = write_checkpoint(folder / "checkpoint"), write_public_data(folder / "data")
    (folder / "installation").mkdir()
    installation = write_installation(folder / "installation", checkpoint, data, write_empty_store(folder))
    with serve(folder / "service.log", **installation.environment, EMOJI_API_WORKERS="1") as server:
        print(json.dumps({"url": server.url, "environment": installation.environment}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
