"""The Compose files of deploy/, resolved as a compose implementation does."""

from pathlib import Path
from typing import Any

import podman_compose
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
VARIABLES = {"ALERT_RECIPIENTS": "analyst@example.org"}
"""Variables without which compose.yaml is refused."""


def resolve(name: str, **variables: str) -> dict[str, Any]:
    """Return the Compose file `name` with its variables replaced; those that are not given have their default."""
    document = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    return podman_compose.rec_subs(document, VARIABLES | variables)
