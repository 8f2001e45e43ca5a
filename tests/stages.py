"""A listener that records the stages of work instead of showing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class RecordedStage:
    """A stage, what it expected and what was reported as done."""

    name: str
    total: float | None
    unit: str
    done: float = 0
    ended: bool = False

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def expect(self, total: float) -> None:
        self.total = total


@dataclass
class Recorder:
    """A listener with all stages in the order of their start."""

    stages: list[RecordedStage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, total: float | None, unit: str) -> Iterator[RecordedStage]:
        stage = RecordedStage(name, total, unit)
        self.stages.append(stage)
        yield stage
        stage.ended = True

    def __getitem__(self, name: str) -> RecordedStage:
        return next(stage for stage in self.stages if stage.name == name)
