"""The sections `gate` and `sweep`, and parameters with other values."""

from pathlib import Path

import pytest
import yaml

from emoji_api.errors import DataError
from emoji_api.training.params import GateParams, Params, SweepRange, read_params


@pytest.fixture
def read(tmp_path: Path):
    def read(**sections: object) -> Params:
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({"encoder": "tiny", "data": {"emotion": "here"}, **sections}))
        return read_params(path)

    return read


def test_both_are_read(read) -> None:
    params = read(gate={"max_drop": 0.01}, sweep={"fit.epochs": {"low": 1, "high": 4}})
    assert params.gate == GateParams(max_drop=0.01)
    assert params.sweep == {"fit.epochs": SweepRange(low=1, high=4)}


def test_neither_is_part_of_a_training(read) -> None:
    assert not {"gate", "sweep"} & read(gate={"max_drop": 0.01}).as_dict().keys()


def test_the_projects_own_file_can_be_swept() -> None:
    from emoji_api.training.tracking.sweep import check_ranges

    check_ranges(read_params(Path(__file__).parents[3] / "params.yaml"))


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("gate", {"confidence": 1}),
        ("gate", {"max_calibration_error_by_task": {"weather": 0.1}}),
        ("gate", {"max_latency_ratio": 0}),
        ("sweep", {"fit.epochs": {"low": 4, "high": 1}}),
        ("sweep", {"fit.epochs": {"low": 4}}),
        ("sweep", {"fit.epochs": {"low": 0, "high": 1, "log": True}}),
        ("sweep", {"fit.epochs": {"low": 1, "high": 2, "choices": [1, 2]}}),
        ("sweep", {"fit.epochs": {}}),
    ],
)
def test_what_cannot_be_is_named(read, section: str, values: dict) -> None:
    with pytest.raises(DataError, match=section):
        read(**{section: values})


def test_other_values_by_name(read) -> None:
    params = read(tweets={"rows": {"tweeteval/hate": 5}}).with_values({"seed": 8, "tweets.rows.tweeteval/hate": 6})
    assert (params.seed, params.tweets.rows) == (8, {"tweeteval/hate": 6})


@pytest.mark.parametrize("values", [{"fit.speed": 1}, {"seed.more": 1}, {"speed": 1}, {"fit.epochs": 0}])
def test_values_that_cannot_be(read, values: dict) -> None:
    with pytest.raises(DataError):
        read().with_values(values)
