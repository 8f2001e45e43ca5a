"""Data and encoder from a hub: the same as from a folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emoji_api.training.data.readers import read_emotion
from emoji_api.training.network.checkpoints import load_checkpoint
from tests.hub import run_hub

# run in a subprocess: the client reads the hub's address when it is imported
READ = """
import json, sys
import numpy as np
from emoji_api.errors import DataError
from emoji_api.training.network.checkpoints import load_checkpoint
from emoji_api.training.data.readers import read_emotion
try:
    checkpoint, emotion = load_checkpoint(sys.argv[1]), read_emotion(sys.argv[2])
except DataError as error:
    print(json.dumps({"error": str(error)}))
else:
    texts = {name: split.texts for name, split in emotion.splits.items()}
    sums = {name: float(np.abs(values).sum()) for name, values in checkpoint.weights.items()}
    labels = {name: split.labels for name, split in emotion.splits.items()}
    print(json.dumps({"texts": texts, "labels": labels, "sums": sums, "manifest": list(emotion.manifest)}))
"""


@pytest.fixture(scope="module")
def hub(tiny_checkpoint: Path, tiny_data: Path, tmp_path_factory) -> Iterator[str]:
    """A hub with the tiny encoder and the tiny emotion data set, in the layout of the public ones."""
    folder = tmp_path_factory.mktemp("hub")
    shutil.copytree(tiny_checkpoint, folder / "models" / "someone" / "tiny")
    emotion = read_emotion(tiny_data / "emotion")
    (folder / "datasets" / "someone" / "emotion" / "split").mkdir(parents=True)
    for name, split in emotion.splits.items():
        table = pd.DataFrame({"text": split.texts, "label": split.labels})
        table.to_parquet(folder / f"datasets/someone/emotion/split/{name}-00000-of-00001.parquet")
    files = [{"split": name, "path": f"split/{name}-*"} for name in emotion.splits]
    card = json.dumps({"configs": [{"config_name": "split", "data_files": files}]})
    (folder / "datasets/someone/emotion/README.md").write_text(f"---\n{card}\n---\n# emotion\n")
    with run_hub(folder) as url:
        yield url


def read(hub: str, cache: Path, encoder: str, data: str) -> dict:
    """Return the output of a subprocess that reads from `hub` with an empty cache."""
    environment = os.environ | {"HF_ENDPOINT": hub, "HF_HOME": str(cache)}
    command = [sys.executable, "-c", READ, encoder, data]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_hub_gives_the_same_data_and_weights_as_a_folder(
    hub: str, tiny_checkpoint: Path, tiny_data: Path, tmp_path: Path
) -> None:
    output = read(hub, tmp_path, "someone/tiny", "someone/emotion")
    emotion, checkpoint = read_emotion(tiny_data / "emotion"), load_checkpoint(str(tiny_checkpoint))
    assert output["texts"] == {name: split.texts for name, split in emotion.splits.items()}
    assert output["labels"] == {name: list(split.labels) for name, split in emotion.splits.items()}
    assert output["manifest"] == [f"someone/emotion/{name}" for name in emotion.splits]
    assert output["sums"] == {name: float(np.abs(values).sum()) for name, values in checkpoint.weights.items()}


@pytest.mark.parametrize(
    ("encoder", "data", "reason"),
    [
        ("someone/else", "someone/emotion", "checkpoint 'someone/else' has no readable config.json"),
        ("someone/tiny", "someone/else", "'someone/else' is neither a folder nor readable from the hub"),
    ],
)
def test_unknown_name_is_an_error(hub: str, tmp_path: Path, encoder: str, data: str, reason: str) -> None:
    assert reason in read(hub, tmp_path, encoder, data)["error"]
