"""What a training reads: the data sets that its parameters name, and the tasks that they teach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, PHRASE, TASKS, Task
from emoji_api.training.datasets import (
    TWEETEVAL,
    Annotation,
    Dataset,
    Split,
    SplitName,
    annotation_files,
    clean_train,
    count_annotations,
    of_no_emotion,
    of_one_emotion,
    read_annotations,
    read_emotion,
    read_finance,
    read_phrases,
    read_tweeteval,
)
from emoji_api.training.examples.annotated import learnable_annotations
from emoji_api.training.examples.feedback import learnable
from emoji_api.training.examples.tweets import Tweets, collect
from emoji_api.training.params import DataParams, Params


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """What a training reads. `train` is the emotion set's train split, without what must not be learned from.

    `datasets` are all that were read, as they were read.
    `measured` has, by task, the splits that choose the epoch and calibrate, among them always `validation`; `tests`
    has those that are read once, to report a network that ships. `feedback` has, by task, what was accepted of it.
    `annotated` are the tweets to learn from whose emotion was read; `nothing_to_feel` texts of validation tweets in
    which none was.
    """

    datasets: list[Dataset]
    emotion: Dataset
    train: Split
    tweets: Tweets | None
    tasks: list[Task]
    measured: dict[str, dict[str, Split]]
    tests: dict[str, Split]
    feedback: dict[str, Split]
    annotated: list[Annotation]
    nothing_to_feel: list[str]
    manifest: dict[str, Any]

    @property
    def validation(self) -> dict[str, Split]:
        """The validation split of each task: what networks are compared on."""
        return {task: splits["validation"] for task, splits in self.measured.items()}


def read_data(params: Params) -> TrainingData:
    """Read every data set that `params.data` names; raises DataError where one is not as described.

    Trained is what they teach, or of it what `params.tasks` names.
    """
    emotion, others = read_emotion(params.data.emotion), read_others(params.data)
    datasets = [emotion, *others]
    measured_by = by_task(datasets)
    tasks = taught(measured_by, params.tasks)
    measured = {task.name: {"validation": measured_by[task.name].splits["validation"]} for task in tasks}
    manifest = {name: entry for dataset in datasets for name, entry in dataset.manifest.items()}
    held_out = [dataset.splits[name] for dataset in datasets for name in ("validation", "test")]
    annotated: list[Annotation] = []
    nothing_to_feel: list[str] = []
    if EMOTION in tasks and (params.data.tweeteval or params.data.tweet_sentiment_extraction):
        read, described = annotations("validation", params.data)
        manifest |= described
        if len(certain := of_one_emotion(read)):
            measured[EMOTION.name]["annotated"] = certain
            held_out.append(certain)
        nothing_to_feel = of_no_emotion(read)
        read, described = annotations("train", params.data)
        manifest |= described
        annotated = learnable_annotations(read, held_out)
    feedback: dict[str, Split] = {}
    if params.data.feedback:
        feedback, described = learnable(params.data.feedback, tasks, held_out)
        manifest |= described
    return TrainingData(
        datasets=datasets,
        emotion=emotion,
        train=clean_train(emotion.splits["train"], [emotion.splits["validation"], emotion.splits["test"]]),
        tweets=collect(others, tasks) if others else None,
        tasks=tasks,
        measured=measured,
        tests={task.name: measured_by[task.name].splits["test"] for task in tasks},
        feedback=feedback,
        annotated=annotated,
        nothing_to_feel=nothing_to_feel,
        manifest=manifest,
    )


def annotations(split: SplitName, data: DataParams) -> tuple[list[Annotation], dict[str, Any]]:
    """The annotated tweets of a split whose texts `data` have, and what a manifest says of their files.

    Says how many are left out.
    """
    tweeteval, phrases = [Path(place) if place else None for place in (data.tweeteval, data.tweet_sentiment_extraction)]
    read = read_annotations(split, tweeteval, phrases)
    if left_out := count_annotations(split) - len(read):
        print(f"{left_out} annotated {split} tweets are left out: the data lack their texts", flush=True)
    return read, annotation_files(split, tweeteval, read) if read else {}


def by_task(datasets: Sequence[Dataset]) -> dict[str, Dataset]:
    """The data set that measures each task: the first that teaches it."""
    found: dict[str, Dataset] = {}
    for dataset in datasets:
        found.setdefault(dataset.task.name, dataset)
        if dataset.splits["train"].spans:
            found.setdefault(PHRASE.name, dataset)
    return found


def taught(measured_by: Mapping[str, Dataset], wanted: Sequence[str] | None) -> list[Task]:
    """The tasks `wanted`, or all that there are data of. Raises DataError for one that there are none of."""
    if unknown := [name for name in wanted or () if name not in measured_by]:
        raise DataError(f"no data set that is given teaches {', '.join(unknown)}")
    return [task for task in TASKS.values() if task.name in (wanted or measured_by)]


def read_others(data: DataParams) -> list[Dataset]:
    """The data sets of real tweets."""
    return [read() for name, read in readers(data).items() if name != EMOTION.name]


def readers(data: DataParams) -> dict[str, Callable[[], Dataset]]:
    """What reads each data set that `data` has a place of, by the data set's name."""
    found: dict[str, Callable[[], Dataset]] = {}
    if data.emotion:
        found["emotion"] = partial(read_emotion, data.emotion)
    if data.tweeteval:
        found |= {f"tweeteval/{name}": partial(read_tweeteval, Path(data.tweeteval), name) for name in TWEETEVAL}
    if data.tweet_sentiment_extraction:
        found["tweet_sentiment_extraction"] = partial(read_phrases, Path(data.tweet_sentiment_extraction))
    places = {"finance_topic": data.finance_topic, "finance_sentiment": data.finance_sentiment}
    return found | {name: partial(read_finance, Path(place), name) for name, place in places.items() if place}


def sets_in(folder: str | Path) -> dict[str, str]:
    """The same as `found_in`; raises DataError where there is none, as in a folder whose name was mistyped."""
    if found := found_in(folder):
        return found
    raise DataError(f"{folder}: no emotion/, tweeteval/ or other data set in it")


def found_in(folder: str | Path) -> dict[str, str]:
    """Where each data set is that `folder` has under its own name."""
    names = [field.name for field in fields(DataParams)]
    return {name: str(Path(folder) / name) for name in names if (Path(folder) / name).is_dir()}
