"""Each notebook, executed on a small sample with a tiny encoder, and the outputs saved with it."""

import ast
import shutil
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
    """Execute a notebook with the parameters and return it; its charts are written to `folder / "screens"`."""
    return papermill.execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb",
        folder / f"{name}.ipynb",
        parameters={"SCREENS": str(folder / "screens"), **parameters},
        cwd=ROOT,
        progress_bar=False,
    )


@pytest.fixture(scope="module")
def training(tiny_checkpoint, tiny_data) -> dict:
    """Parameters of a training that takes seconds."""
    return {
        "DATA": str(tiny_data / "emotion"),
        "ENCODER": str(tiny_checkpoint),
        "ROWS": 480,
        "EPOCHS": 12,
        "LEARNING_RATE": 3e-3,
        "MAX_LENGTH": 32,
    }


def outputs(notebook: NotebookNode, cell: str) -> list[NotebookNode]:
    """Return the outputs of the cell with that id."""
    return next(other.outputs for other in notebook.cells if other.id == cell)


def shown(notebook: NotebookNode, cell: str) -> str:
    """Return the value of the cell with that id, as plain text."""
    return next(
        output.data["text/plain"] for output in outputs(notebook, cell) if output.output_type == "execute_result"
    )


def charts(folder: Path) -> set[str]:
    """Return the names of the PNG files that an execution wrote."""
    return {path.stem for path in (folder / "screens").iterdir() if path.read_bytes().startswith(PNG)}


def texts_of(notebook: NotebookNode) -> Iterator[str]:
    """Yield the source and the text outputs of every cell."""
    for cell in notebook.cells:
        yield cell.source
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def test_explore_shows_conflicting_labels_and_the_cleaned_split(tmp_path, tiny_data):
    data = shutil.copytree(tiny_data / "emotion", tmp_path / "emotion")
    with (data / "train.txt").open("a", encoding="utf-8") as file:
        file.write("i feel this twice;joy\ni feel this twice;love\n")
    notebook = run("explore", tmp_path, DATA=str(data))
    assert "i feel this twice" in shown(notebook, "conflicting")
    assert "602 texts, 600 of them" in outputs(notebook, "clean")[0].text
    assert "happy" in shown(notebook, "frequent")
    assert charts(tmp_path) == {"class_balance", "lengths", "telling_words"}


@pytest.fixture(scope="module")
def fine_tuned(training, tmp_path_factory) -> tuple[NotebookNode, Path]:
    """The executed notebook, and the folder of its files."""
    folder = tmp_path_factory.mktemp("fine_tune")
    return run("fine_tune", folder, OUT=str(folder / "bundle"), **training), folder


def test_fine_tune_ends_with_an_answer_of_the_service(fine_tuned):
    notebook, _ = fine_tuned
    answer = ast.literal_eval(shown(notebook, notebook.cells[-1].id))
    assert answer["emoji"] == EMOTION_EMOJI[answer["emotion"]]
    assert 0 < answer["confidence"] <= 1


def test_fine_tune_saves_a_bundle_for_both_engines(fine_tuned):
    _, folder = fine_tuned
    for engine in ("onnx", "tensorflow"):
        assert load_classifier(folder / "bundle", engine=engine).classify("i am so happy")[0].label in EMOTION.labels


def test_fine_tune_records_the_size_of_the_sample_in_the_bundle(fine_tuned, training):
    _, folder = fine_tuned
    manifest = load_classifier(folder / "bundle").bundle.manifest
    assert manifest["training"]["params"]["fit"]["rows"] == training["ROWS"]


def test_fine_tune_compares_the_fitted_network_with_the_served_model(fine_tuned):
    notebook, _ = fine_tuned
    table = shown(notebook, "measures")
    assert all(word in table for word in ("fitted network", "served int8 model", "macro_f1"))


def test_fine_tune_reports_every_label(fine_tuned):
    notebook, folder = fine_tuned
    assert all(label in shown(notebook, "report") for label in (*EMOTION.labels, "macro average"))
    assert charts(folder) == {"fine_tune_curves", "fine_tune_confusion"}


def test_transfer_learning_compares_both_configurations(training, tmp_path):
    notebook = run("transfer_learning", tmp_path, **training | {"EPOCHS": 2})
    table = shown(notebook, "compare")
    assert all(word in table for word in ("fine-tuned", "frozen encoder", "trained weights", "macro_f1"))
    assert charts(tmp_path) == {"transfer_learning_curves", "transfer_learning_f1"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_outputs_are_complete_and_from_one_execution(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_outputs_have_no_paths_of_the_machine(path):
    text = "\n".join(texts_of(nbformat.read(path, as_version=4)))
    assert not [path for path in (str(ROOT), f"{Path.home()}/", "/tmp/", "site-packages") if path in text]
