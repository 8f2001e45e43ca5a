"""The section `sweep` of the parameters: the search space of a hyperparameter sweep."""

from dataclasses import dataclass
from typing import Any

from emoji_api.declarations import declare


@dataclass(frozen=True, kw_only=True)
class SweepRange:
    """The values that a sweep tries for one parameter: a range of numbers, or a list of choices."""

    low: float | None = declare("lower end of the range", default=None)
    high: float | None = declare("upper end of the range", default=None)
    log: bool = declare("sample the logarithm of the value uniformly", default=False)
    choices: list[Any] | None = declare("the values to try, in place of a range", default=None, min_length=2)

    def __post_init__(self) -> None:
        """Raise ValueError unless there is either a range with low below high or a list of choices."""
        if self.choices:
            if not (self.low is self.high is None):
                raise ValueError("has both choices and a range; remove one of them.")
        elif self.low is None or self.high is None or not self.low < self.high:
            raise ValueError("needs low and high, with low below high, or choices.")
        elif self.log and self.low <= 0:
            raise ValueError("needs low above 0 because log is true.")
