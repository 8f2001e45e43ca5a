"""Each notebook, run from its first cell to its last on a small sample with a tiny encoder."""

import ast
from collections.abc import Iterator
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

from emoji_api.inference.classifier import load_classifier
from emoji_api.tasks import EMOTION, EMOTION_EMOJI

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PNG = b"\x89PNG\r\n\x1a\n"


def run(name: str, folder: Path, **parameters) -> NotebookNode:
    """The notebook as it is after its run; its charts are in `folder / "screens"`."""
    return papermill.execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb",
        folder / f"{name}.ipynb",
        parameters={"SCREENS": str(folder / "screens"), **parameters},
        cwd=ROOT,
        progress_bar=False,
    )


@pytest.fixture(scope="module")
def training(tiny_checkpoint, tiny_data) -> dict:
    """Parameters of a training of seconds."""
    return {
        "DATA": str(tiny_data / "emotion"),
        "ENCODER": str(tiny_checkpoint),
        "ROWS": 480,
        "EPOCHS": 12,
        "LEARNING_RATE": 3e-3,
        "MAX_LENGTH": 32,
    }


def outputs(notebook: NotebookNode, cell: str) -> list[NotebookNode]:
    """The outputs of the cell of that id."""
    return next(each.outputs for each in notebook.cells if each.id == cell)


def shown(notebook: NotebookNode, cell: str) -> str:
    """What the cell of that id shows as its value, as plain text."""
    return next(
        output.data["text/plain"] for output in outputs(notebook, cell) if output.output_type == "execute_result"
    )


def charts(folder: Path) -> set[str]:
    """The names of the PNG files that a run wrote."""
    return {path.stem for path in (folder / "screens").iterdir() if path.read_bytes().startswith(PNG)}


def everything(notebook: NotebookNode) -> Iterator[str]:
    """All text that a notebook shows."""
    for cell in notebook.cells:
        yield cell.source
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def test_explore(tmp_path, tiny_data):
    (tiny_data_copy := tmp_path / "emotion").mkdir()
    for path in (tiny_data / "emotion").iterdir():
        (tiny_data_copy / path.name).write_bytes(path.read_bytes())
    with (tiny_data_copy / "train.txt").open("a", encoding="utf-8") as file:
        file.write("i feel this twice;joy\ni feel this twice;love\n")
    notebook = run("explore", tmp_path, DATA=str(tiny_data_copy))
    assert "i feel this twice" in shown(notebook, "conflicting")
    assert "602 texts, 600 of them" in outputs(notebook, "clean")[0].text
    assert "happy" in shown(notebook, "frequent")
    assert charts(tmp_path) == {"class_balance", "lengths", "telling_words"}


@pytest.fixture(scope="module")
def fine_tuned(training, tmp_path_factory) -> tuple[NotebookNode, Path]:
    """The executed notebook, and the folder that it wrote into."""
    folder = tmp_path_factory.mktemp("fine_tune")
    return run("fine_tune", folder, OUT=str(folder / "bundle"), **training), folder


def test_fine_tune_ends_with_the_service_giving_an_emoji(fine_tuned):
    notebook, _ = fine_tuned
    answer = ast.literal_eval(shown(notebook, notebook.cells[-1].id))
    assert answer["emoji"] == EMOTION_EMOJI[answer["emotion"]]
    assert 0 < answer["confidence"] <= 1


def test_fine_tune_saves_a_bundle_that_either_engine_serves(fine_tuned):
    _, folder = fine_tuned
    for engine in ("onnx", "tensorflow"):
        assert load_classifier(folder / "bundle", engine=engine).classify("i am so happy")[0].label in EMOTION.labels


def test_fine_tune_says_how_many_rows_the_bundle_learned_from(fine_tuned, training):
    _, folder = fine_tuned
    manifest = load_classifier(folder / "bundle").bundle.manifest
    assert manifest["training"]["params"]["fit"]["rows"] == training["ROWS"]


def test_fine_tune_reports_every_label(fine_tuned):
    notebook, folder = fine_tuned
    assert all(label in shown(notebook, "report") for label in (*EMOTION.labels, "macro average"))
    assert charts(folder) == {"fine_tune_curves", "fine_tune_confusion"}


def test_transfer_learning_compares_both_ways(training, tmp_path):
    notebook = run("transfer_learning", tmp_path, **training | {"EPOCHS": 2})
    table = shown(notebook, "compare")
    assert all(word in table for word in ("fine-tuned", "frozen encoder", "trained weights", "macro_f1"))
    assert charts(tmp_path) == {"transfer_learning_curves", "transfer_learning_f1"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_outputs_are_whole_and_of_one_run(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_outputs_name_no_place_on_the_machine_that_made_them(path):
    text = "\n".join(everything(nbformat.read(path, as_version=4)))
    assert not [place for place in (str(ROOT), str(Path.home()) + "/", "/tmp/", "site-packages") if place in text]
