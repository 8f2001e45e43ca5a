"""Parameters have defaults and bounds, and a wrong value is reported with its path."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from emoji_api.errors import DataError
from emoji_api.training.params import DataParams, FitParams, Params
from tests.server import ROOT

Read = Callable[..., Params]
Error = Callable[..., str]
PARAMS = Params(encoder="tiny", data=DataParams(emotion="here"))
# modules that a serving installation need not have
NOT_SERVED = ("yaml", "tensorflow", "tf_keras", "transformers", "mlflow")


def test_missing_parameters_have_their_defaults(read: Read) -> None:
    assert read() == PARAMS


def test_length_buckets_end_at_the_maximum_length() -> None:
    params = replace(PARAMS, fit=FitParams(lengths=[96, 16, 48]))
    assert params.lengths == [16, 48, 96]
    assert replace(params, max_length=40).lengths == [16, 40]


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("fit", "epochs", 0),
        ("fit", "epochs", "many"),
        ("fit", "epochs", 21),
        ("fit", "epochs", None),
        ("fit", "batch_size", 0),
        ("fit", "learning_rate", 0),
        ("fit", "learning_rate", 0.2),
        ("fit", "learning_rate", float("nan")),
        ("fit", "warm_up", 1.5),
        ("fit", "patience", 0),
        ("fit", "lengths", []),
        ("fit", "lengths", [1000]),
        ("fit", "augmented", -0.1),
        ("fit", "rows", 0),
        ("tweets", "out_of_domain_weight", 1.1),
        ("tweets", "out_of_domain_weight", -0.1),
        ("tweets", "rows", 60),
        ("tweets", "rows", {"a": 0}),
        ("tweets", "rows", {"a": "many"}),
        ("tweets", "class_priors", {"a": {"b": {"happiness": 1}}}),
        ("tweets", "class_priors", {"a": {"b": {"joy": "much"}}}),
        ("tweets", "class_priors", {"a": {"b": {"joy": -1}}}),
        ("tweets", "class_priors", {"a": {"b": {"joy": 0}}}),
        ("calibration", "class_balance", {"sarcasm": 0.5}),
        ("calibration", "class_balance", {"emotion": 2}),
        ("calibration", "macro_f1_tasks", ["sarcasm"]),
        ("calibration", "macro_f1_tasks", ["hate"]),
        ("calibration", "macro_f1_tasks", "emojis"),
        ("calibration", "logit_adjustment", {"sarcasm": 0.5}),
        ("calibration", "logit_adjustment", {"emojis": 2}),
        ("calibration", "max_false_positive_rate", {"emotion": 0.1}),
        ("calibration", "max_false_positive_rate", {"hate": 0}),
        ("calibration", "max_false_positive_rate", {"hate": 1.1}),
        ("calibration", "max_false_positive_rate", {"hate": "few"}),
        ("distillation", "folds", 1),
        ("distillation", "masked_lm_epochs", -1),
        ("distillation", "masked_lm_learning_rate", 0),
        ("distillation", "teachers", 0),
        ("distillation", "students", []),
        ("distillation", "students", [{"soft_target_share": 2}]),
        ("distillation", "ngram_share", {"sarcasm": 0.5}),
        ("distillation", "class_weight_power", {"emojis": 2}),
        ("distillation", "augmented_versions", 0),
        ("gate", "confidence", 1),
        ("gate", "max_calibration_error_by_task", {"weather": 0.1}),
        ("gate", "max_latency_ratio", 0),
        ("data", "emotion", None),
    ],
)
def test_wrong_value_is_reported_with_its_path(error: Error, section: str, name: str, value: object) -> None:
    assert error(**{section: {name: value}}).startswith(f"{section}.{name}")


@pytest.mark.parametrize("tasks", [["sarcasm"], "emotion", ["emotion", "sarcasm"], [], ["emotion", "emotion"]])
def test_wrong_tasks_are_reported(error: Error, tasks: object) -> None:
    assert error(tasks=tasks).startswith("tasks")


@pytest.mark.parametrize("section", ["fit", "tweets", "teachers", "calibration", "distillation", "gate"])
def test_unknown_parameter_is_reported(error: Error, section: str) -> None:
    assert error(**{section: {"epoch": 3}}) == f"{section}.epoch: Unknown field"


def test_unknown_section_is_reported(error: Error) -> None:
    assert error(epoch=3) == "epoch: Unknown field"


def test_all_wrong_values_are_reported(error: Error) -> None:
    message = error(seed=-1, fit={"epochs": 0})
    assert message == "seed: -1 is not between 0 and 2147483647; fit.epochs: 0 is not between 1 and 20"


def test_nullable_parameters(read: Read) -> None:
    params = read(tasks=None, start=None, fit={"rows": None})
    assert (params.tasks, params.start, params.fit.rows) == (None, None, None)


def test_with_sources_replaces_those_that_are_not_none() -> None:
    params = replace(PARAMS, fit=FitParams(epochs=9))
    other = params.with_sources(emotion="there", tweeteval=None)
    assert (other.encoder, other.data, other.fit.epochs) == ("tiny", DataParams(emotion="there"), 9)
    assert params.with_sources("big").encoder == "big"
    assert params.data.emotion == "here"


def test_with_values_replaces_by_dotted_name(read: Read) -> None:
    params = read(tweets={"rows": {"tweeteval/hate": 5}}).with_values({"seed": 8, "tweets.rows.tweeteval/hate": 6})
    assert (params.seed, params.tweets.rows) == (8, {"tweeteval/hate": 6})


@pytest.mark.parametrize("name", ["fit.speed", "seed.more", "speed"])
def test_with_values_refuses_an_unknown_name(name: str) -> None:
    with pytest.raises(DataError, match=f"there is no parameter {name}"):
        PARAMS.with_values({name: 1})


def test_with_values_refuses_a_wrong_value() -> None:
    with pytest.raises(DataError, match="the parameters: fit.epochs: 0 is not between"):
        PARAMS.with_values({"fit.epochs": 0})


def test_as_dict_is_json_without_sections_that_do_not_affect_a_training(tiny_params: Params) -> None:
    plain = tiny_params.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert asdict(tiny_params).keys() - plain.keys() == {"distillation", "gate", "sweep", "pipeline"}


def test_declarations_are_imported_without_training_packages() -> None:
    block = f"import sys; sys.modules.update(dict.fromkeys({NOT_SERVED!r}))"
    code = f"{block}; from emoji_api.rest import training; print(*training.TrainingRequestSchema().fields)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "epochs" in done.stdout.split()
