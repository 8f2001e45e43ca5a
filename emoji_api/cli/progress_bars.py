"""Progress bars with the time left, on standard error if it is a terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from emoji_api.cli.output import console
from emoji_api.progress import Stage, is_shown, listening
from emoji_api.untrusted import escaped

if TYPE_CHECKING:  # takes 50 ms to import
    from rich.progress import Progress, TaskID

DELAY = 0.5
"""Seconds after which a stage is shown: short ones would only flicker."""


def progress_shown() -> AbstractContextManager[None]:
    """Show the stages that start inside the block as progress bars; nothing if standard error is not a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    return listening(ProgressBars())


@contextmanager
def start_up_log_hidden() -> Iterator[None]:
    """Drop what a library's C++ code logs inside the block, such as TensorFlow's CPU features, below a progress bar.

    If the block raises an exception, the log is printed after all.
    """
    if not is_shown() or not sys.stdout.isatty():  # elsewhere the bar itself is on standard error
        yield
        return
    with TemporaryFile() as log:
        terminal = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(terminal, log.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


class ProgressBars:
    """A listener that shows each stage as a bar, which disappears when the stage ends.

    While no stage is under way the terminal is left alone, so that other libraries can show their own progress.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None

    @contextmanager
    def stage(self, name: str, total: float | None, unit: str) -> Iterator[Stage]:
        """Show a bar while the block runs."""
        if self.progress is None:
            self.progress = _build_progress()
        progress = self.progress
        task = progress.add_task(escaped(name), total=total, unit=unit)
        if len(progress.task_ids) == 1:
            progress.start()
        try:
            yield _Bar(progress, task, unit)
        finally:
            if len(progress.task_ids) == 1:
                progress.stop()
            progress.remove_task(task)


class _Bar:
    def __init__(self, progress: "Progress", task: "TaskID", unit: str):
        self.progress = progress
        self.task = task
        self.unit = unit

    def advance(self, amount: float = 1) -> None:
        self.progress.advance(self.task, amount)

    def expect(self, total: float) -> None:
        self.progress.update(self.task, total=total)


def _build_progress() -> "Progress":
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskProgressColumn, TextColumn
    from rich.table import Table
    from rich.text import Text

    class CountColumn(ProgressColumn):
        """Column with the number of units that are done and their total, such as `1,024/2,000 texts`."""

        def render(self, task: Task) -> Text:
            if task.total is None and not task.completed:
                return Text()
            total = "" if task.total is None else f"/{task.total:,.0f}"
            return Text(f"{int(task.completed):,}{total} {task.fields['unit']}".rstrip(), "progress.download")

    class TimeColumn(ProgressColumn):
        """The time left, or the time passed of a stage whose end is not known."""

        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            elapsed = task.elapsed or 0.0
            if not task.total:
                return Text(_duration(elapsed), "progress.elapsed")
            if not task.completed:
                return Text("estimating", "progress.remaining")
            left = task.time_remaining  # from the recent speed
            if left is None:
                left = elapsed * task.remaining / task.completed if task.remaining else 0.0
            return Text(f"{_duration(left)} left", "progress.remaining")

    class LateProgress(Progress):
        """Progress without the stages that have just started."""

        def make_tasks_table(self, tasks: Iterator[Task]) -> Table:  # type: ignore[override]
            return super().make_tasks_table(task for task in tasks if (task.elapsed or 0) >= DELAY)

    return LateProgress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TaskProgressColumn(show_speed=False),
        CountColumn(),
        TimeColumn(),
        console=console(),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        speed_estimate_period=3600,  # steps such as the trials of a sweep take minutes
    )


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
