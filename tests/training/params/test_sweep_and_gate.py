"""The sections `sweep` and `gate`."""

from collections.abc import Callable

import pytest

from emoji_api.training.params import GateParams, Params, SweepRange

Read = Callable[..., Params]


def test_both_sections_are_read(read: Read) -> None:
    params = read(gate={"max_drop": 0.01}, sweep={"fit.epochs": {"low": 1, "high": 4}})
    assert params.gate == GateParams(max_drop=0.01)
    assert params.sweep == {"fit.epochs": SweepRange(low=1, high=4)}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"low": 4, "high": 1}, "needs low and high, with low below high"),
        ({"low": 4}, "needs low and high"),
        ({"low": 0, "high": 1, "log": True}, "needs low above 0"),
        ({"low": 1, "high": 2, "choices": [1, 2]}, "has both choices and a range"),
        ({}, "needs low and high"),
        ({"choices": [1]}, "is shorter than 2"),
    ],
)
def test_wrong_sweep_range_is_reported(error: Callable[..., str], values: dict, reason: str) -> None:
    message = error(sweep={"fit.epochs": values})
    assert message.startswith("sweep.fit.epochs.value") and reason in message


def test_sweep_range_is_checked_in_python_too() -> None:
    with pytest.raises(ValueError, match="low below high"):
        SweepRange(low=2, high=1)
