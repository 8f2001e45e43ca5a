"""Parameter files are read and merged; those of the repository are complete and consistent."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.sources import read_tweet_datasets
from emoji_api.training.params import DataParams, Params, StudentParams, read_params
from emoji_api.training.params.files import merge
from emoji_api.training.tracking.sweep import check_ranges
from tests.server import ROOT

SHIPPED = ROOT / "params.yaml"
RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))
each_recipe = pytest.mark.parametrize(
    "paths", [[SHIPPED], *([SHIPPED, recipe] for recipe in RECIPES)], ids=lambda paths: paths[-1].stem
)
# what a recipe chooses for its data sets and tasks; everything else in params.yaml is the declared default
RECIPE_CONTENT = {
    "encoder",
    "data.emotion",
    *("tweets.rows", "tweets.class_priors"),
    *("calibration.class_balance", "calibration.logit_adjustment", "calibration.max_false_positive_rate"),
    *("calibration.macro_f1_tasks", "calibration.entropy_scaled_tasks"),
    *("distillation.ngram_share", "distillation.class_weight_power", "distillation.students"),
    "sweep",
    "pipeline",
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file into a folder of the test."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content)
        return path

    return write


@pytest.fixture
def base(write: Callable[[str, str], Path]) -> Path:
    return write("params.yaml", "encoder: tiny\ndata: {emotion: here}\nfit: {epochs: 5, rows: 9, lengths: [8, 16]}\n")


def differing(left: Any, right: Any, path: str = "") -> set[str]:
    """Return the dotted paths of the parameters that differ. Sections are descended, other mappings are not."""
    if isinstance(left, dict) and isinstance(right, dict) and path.count(".") == 0 and left.keys() == right.keys():
        return {name for key in left for name in differing(left[key], right[key], f"{path}.{key}".lstrip("."))}
    return set() if left == right else {path}


def test_shipped_values_are_the_declared_defaults() -> None:
    defaults = Params(encoder="any", data=DataParams(emotion="any"))
    assert differing(asdict(read_params(SHIPPED)), asdict(defaults)) == RECIPE_CONTENT


def test_shipped_ranges_can_be_swept() -> None:
    check_ranges(read_params(SHIPPED))


@each_recipe
def test_recipe_has_existing_data_sets_and_labels(tiny_params: Params, paths: list[Path]) -> None:
    tweets = read_params(*paths).tweets
    labels = {dataset.name: set(dataset.task.labels) for dataset in read_tweet_datasets(tiny_params.data)}
    assert tweets.rows.keys() == {"emotion", *labels}
    assert all(priors.keys() <= labels[name] for name, priors in tweets.class_priors.items())


@each_recipe
def test_class_priors_of_a_recipe_sum_to_one(paths: list[Path]) -> None:
    labels = [label for labels in read_params(*paths).tweets.class_priors.values() for label in labels.values()]
    priors = [list(shares.values()) for shares in labels if shares]
    assert priors
    assert [sum(shares) for shares in priors] == pytest.approx([1] * len(priors))


def test_self_distillation_fits_one_more_epoch_at_a_lower_learning_rate() -> None:
    first, second = read_params(SHIPPED), read_params(SHIPPED, ROOT / "recipes" / "self_distillation.yaml")
    assert second.fit.epochs == 1
    assert second.fit.learning_rate < first.fit.learning_rate
    assert list(second.tweets.rows) == list(first.tweets.rows)  # the order of random draws
    assert second.calibration == first.calibration


def test_student_averaging_has_students_of_different_learning_rates() -> None:
    students = read_params(SHIPPED, ROOT / "recipes" / "student_averaging.yaml").distillation.students
    assert len(students) == 8
    assert len({student.learning_rate for student in students}) > 1


def test_overlay_overrides_single_values(base: Path, write: Callable[[str, str], Path]) -> None:
    fit = read_params(base, write("overlay.yaml", "fit: {epochs: 2, lengths: [24]}\n")).fit
    assert (fit.epochs, fit.rows, fit.lengths) == (2, 9, [24])


def test_later_overlays_override_earlier_ones(base: Path, write: Callable[[str, str], Path]) -> None:
    overlays = [write(f"{epochs}.yaml", f"fit: {{epochs: {epochs}}}\n") for epochs in (2, 4)]
    assert read_params(base, *overlays).fit.epochs == 4
    assert read_params(base, *reversed(overlays)).fit.epochs == 2


def test_null_in_an_overlay_restores_the_default(base: Path, write: Callable[[str, str], Path]) -> None:
    assert read_params(base, write("key.yaml", "fit: {epochs: null}\n")).fit.epochs == 3
    params = read_params(base, write("section.yaml", "fit: null\n"))
    assert params == Params(encoder="tiny", data=DataParams(emotion="here"))


def test_merge_combines_mappings_and_replaces_everything_else() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1, "e": {"f": 1}}
    overlay = {"a": {"c": [3], "g": {"h": None, "i": 2}}, "d": {"j": 1}, "e": None}
    assert merge(base, overlay) == {"a": {"b": 1, "c": [3], "g": {"i": 2}}, "d": {"j": 1}}
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": 1, "e": {"f": 1}}


def test_empty_overlay_changes_nothing(base: Path, write: Callable[[str, str], Path]) -> None:
    assert read_params(base, write("overlay.yaml", "# nothing\n")) == read_params(base)


def test_wrong_value_is_reported_with_all_files(base: Path, write: Callable[[str, str], Path]) -> None:
    overlay = write("overlay.yaml", "fit: {epochs: 0}\n")
    with pytest.raises(DataError) as caught:
        read_params(base, overlay)
    assert str(caught.value) == f"{base} + {overlay}: fit.epochs: 0 is not between 1 and 20"


def test_number_in_scientific_notation(write: Callable[[str, str], Path]) -> None:
    # YAML 1.1 reads 1e-4, without a point, as a string
    path = write("params.yaml", "encoder: tiny\ndata: {emotion: here}\nfit: {learning_rate: 1e-4}\n")
    assert read_params(path).fit.learning_rate == 1e-4


def test_students_are_read(write: Callable[[str, str], Path]) -> None:
    students = "distillation: {students: [{learning_rate: 0.1}, {}]}\n"
    params = read_params(write("params.yaml", f"encoder: tiny\ndata: {{emotion: here}}\n{students}"))
    assert params.distillation.students == [StudentParams(learning_rate=0.1), StudentParams()]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "encoder: Missing data"),
        ("[]", "is not a mapping"),
        ("text", "is not a mapping"),
        ("encoder: tiny\n", "data: Missing data"),
        ("data: {emotion: here}\n", "encoder: Missing data"),
        ("a: [", "while parsing"),
    ],
)
def test_document_that_is_not_parameters_is_reported(
    write: Callable[[str, str], Path], content: str, reason: str
) -> None:
    path = write("params.yaml", content)
    with pytest.raises(DataError, match=reason) as caught:
        read_params(path)
    assert str(caught.value).startswith(str(path))


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere.yaml"):
        read_params(tmp_path / "nowhere.yaml")
