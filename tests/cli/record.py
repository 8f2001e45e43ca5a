"""Record the commands in a terminal of 80 columns as text: `python -m tests.cli.record`, which writes docs/terminal.md.

Commands that train use the tiny network and the synthetic data of the tests. `--data` is the folder of the public data
sets, for the commands that measure the shipped model; without it these are left out. A progress bar is recorded as it
was half-way.
"""

import json
import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import yaml

from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from tests.cli.terminal import Written, run_in_terminal
from tests.server import ROOT
from tests.tiny import training_params, write_checkpoint, write_public_data

PAGE = ROOT / "docs" / "terminal.md"
HEADER = """# The command line in a terminal

On a terminal, commands print tables, colours, and progress with the time left (on standard error). In a pipe, or with
`NO_COLOR=1`, they print plain text without colours, borders and line breaks inside a row. `--json` prints JSON.

Recorded by `python -m tests.cli.record --data DATA` in a terminal of 80 columns, without its colours. Commands that
train used a tiny network and synthetic data. A progress bar is shown as it was half-way; it disappears at the end.
"""
SAMPLE = "emoji_api/watch/sample.jsonl"
FILES = {"tweets": "tweets.txt", "params": "params.yaml", "tiny": "tiny", "sample": SAMPLE}
"""Names of the files in the commands -> what the page shows."""
MAX_LINES = 40
"""Lines of output that are recorded; of a longer one, the first and the last."""
ASK = """
classify "finally home after the longest week ever, so happy!!" "i can't believe they cancelled it again"
classify --task emotion --task sentiment --task phrase "the food was lovely but the waiter was rude"
classify --scores --explain "I love my new phone"
classify --json "so happy today"
classify --file {tweets}
classify --engine torch "so happy today"
models show
models verify
drift --file {tweets}
"""
WATCH = """
watch add Nimbus --query nimbus --source file --option path={sample}
watch list
watch collect Nimbus
watch reclassify Nimbus
watch report Nimbus --from 2026-10-09 --to 2026-10-14
feedback list
feedback accept 1
feedback export
database current
"""
MEASURE = """
evaluate --data {data} --task hate --task sentiment
behave --data {data}
data check --data {data} --out {work}/checks
"""
TRAIN = """
data check --data {tiny} --write-reference {work}/reference.yaml
data check --data {tiny} --out {work}/checks
data fetch --out {work}/data --from {tiny} --reference {work}/reference.yaml
train --params {params} --out {work}/tweets
export {work}/tweets --params {params} --out {work}/exported
sweep --params {params} --trials 2
models list
models register {work}/exported
models promote challenger --params {params} --force --reason "a better calibration"
models rollback
"""


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False), help="Folder of the public data sets.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=PAGE, show_default=True)
def record(data: str | None, out: Path) -> None:
    """Record the commands and write the page."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        environment, names = prepare(work)
        sections = {"Ask": ASK, "Watch": WATCH, "Train": TRAIN} | ({"Measure": MEASURE} if data else {})
        page = [HEADER]
        for title, lines in sections.items():
            page.append(f"## {title}\n")
            for line in lines.strip().splitlines():
                click.echo(line, err=True)
                arguments = shlex.split(line.format(**names, data=data))
                written = run_in_terminal(*arguments, **environment)
                page.append(entry(line, written, work, data))
        out.write_text("\n".join(page), encoding="utf-8")


def prepare(work: Path) -> tuple[dict[str, str], dict[str, Path]]:
    """Write the files of the commands into `work`; return the environment and the files by their name in a command."""
    names = {"work": work, **{name: work / file for name, file in FILES.items()}, "sample": ROOT / SAMPLE}
    texts = [json.loads(line)["text"] for line in names["sample"].read_text(encoding="utf-8").splitlines()]
    names["tweets"].write_text("".join(f"{' '.join(text.split())}\n" for text in texts[:8]), encoding="utf-8")
    params = training_params(write_checkpoint(work / "encoder"), write_public_data(names["tiny"])).as_dict()
    params["sweep"] = {"fit.learning_rate": {"low": 1e-3, "high": 1e-2}}
    names["params"].write_text(yaml.safe_dump(params), encoding="utf-8")
    environment = {
        "EMOJI_API_DATABASE_URL": f"sqlite:///{work}/emoji_api.db",
        "EMOJI_API_MODEL_STORE": str(work / "store"),
        "MLFLOW_TRACKING_URI": f"sqlite:///{work}/mlflow.db",
    }
    with Database(environment["EMOJI_API_DATABASE_URL"]).session() as session:
        receive(session, text="finally friday", task="emotion", label="joy", consent=True)
        receive(session, text="not again…", task="emotion", label="anger", consent=True)
    return environment, names


def entry(line: str, written: Written, work: Path, data: str | None) -> str:
    """Return the section of a command on the page: the command, its progress, its output and its exit code."""
    command = line.replace("{work}/", "").replace("{data}", "DATA")
    command = re.sub(r"\{(\w+)\}", lambda match: FILES[match[1]], command)
    output = written.screen.rstrip("\n").splitlines()
    if len(output) > MAX_LINES:
        output[MAX_LINES // 2 : -MAX_LINES // 2] = [f"... ({len(output) - MAX_LINES} lines)"]
    text = "\n".join([f"$ emoji-api {command}", *progress(written.raw), *output])
    text = text.replace(f"{work}/", "").replace(data or "\0", "DATA").replace(f"{ROOT}/", "")
    return f"```text\n{text}\n```\n" + (f"\nExit code {written.code}.\n" if written.code else "")


def progress(raw: str) -> list[str]:
    """Return one line of each progress bar in `raw`, as it was closest to its half."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", raw.replace("\r", "\n"))
    joined = re.sub(r"\n+", "", re.sub(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "\0", plain))
    bars: dict[str, tuple[int, str]] = {}
    for frame in joined.split("\0"):
        if match := re.match(r" (\S.*?) [━╸╺ ]+(\d+)% .*?\d:\d\d left", frame):
            distance = abs(int(match[2]) - 50)
            if match[1] not in bars or distance < bars[match[1]][0]:
                bars[match[1]] = distance, f"⠋{match[0]}"
    return [line for _, line in bars.values()]


if __name__ == "__main__":
    record()
