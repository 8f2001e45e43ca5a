"""Data set sources: the location of each data set in the parameters, its reader, and the tasks it has labels of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.progress import track
from emoji_api.tasks import EMOTION, PHRASE, TASKS, Task
from emoji_api.training.data.readers import (
    TWEETEVAL,
    Annotation,
    Dataset,
    SplitName,
    annotation_files,
    count_annotations,
    read_annotations,
    read_emotion,
    read_finance,
    read_phrases,
    read_tweeteval,
)
from emoji_api.training.params import DataParams, Params, read_params


def resolve_params(
    paths: str | Path | Sequence[str | Path],
    data: str | Path | None,
    encoder: str | None,
    start: str | Path | None = None,
    teachers: Sequence[str | Path] = (),
) -> Params:
    """Return the parameters in one file or several, of which later ones override earlier ones.

    `data` is a folder whose data sets replace the locations in the files, `encoder` another pretrained encoder,
    `start` the folder of a bundle to start from, and `teachers` are folders of bundles whose predictions are soft
    targets. None and an empty sequence leave the values of the files.

    Raises DataError for a wrong parameter, and if the folder `data` has no data set.
    """
    files = [paths] if isinstance(paths, str | Path) else paths
    params = read_params(*files).with_sources(encoder, **(require_data_paths(data) if data else {}))
    if teachers:
        params = replace(params, teachers=replace(params.teachers, bundles=[str(teacher) for teacher in teachers]))
    return replace(params, start=str(start)) if start else params


def read_split_annotations(split: SplitName, data: DataParams) -> tuple[list[Annotation], dict[str, Any]]:
    """Return the LLM-annotated tweets of a split whose texts are in `data`, and the manifest entries of their files.

    Print the number of annotated tweets that are left out because their texts are missing.
    """
    tweeteval, phrases = [Path(path) if path else None for path in (data.tweeteval, data.tweet_sentiment_extraction)]
    annotations = read_annotations(split, tweeteval, phrases)
    if left_out := count_annotations(split) - len(annotations):
        print(f"{left_out} annotated {split} tweets are left out: their texts are not in the data", flush=True)
    return annotations, annotation_files(split, tweeteval, annotations) if annotations else {}


def datasets_by_task(datasets: Sequence[Dataset]) -> dict[str, Dataset]:
    """Return, by task name, the data set that evaluates the task: the first that has labels of it."""
    by_task: dict[str, Dataset] = {}
    for dataset in datasets:
        by_task.setdefault(dataset.task.name, dataset)
        if dataset.splits["train"].spans:
            by_task.setdefault(PHRASE.name, dataset)
    return by_task


def tasks_to_train(by_task: Mapping[str, Dataset], names: Sequence[str] | None) -> list[Task]:
    """Return the tasks `names`, or all tasks of `by_task` if None, in the order of `TASKS`.

    Raise DataError if a task has no data set.
    """
    if unknown := [name for name in names or () if name not in by_task]:
        raise DataError(f"no data set has labels of {', '.join(unknown)}: add one to the data, or leave the task out")
    return [task for task in TASKS.values() if task.name in (names or by_task)]


def read_tweet_datasets(data: DataParams) -> list[Dataset]:
    """Read the data sets of real tweets: all but the emotion data set. Raise DataError if one is invalid."""
    readers = {name: read for name, read in dataset_readers(data).items() if name != EMOTION.name}
    return [readers[name]() for name in track(readers, "reading the data")]


def dataset_readers(data: DataParams) -> dict[str, Callable[[], Dataset]]:
    """Return, by data set name, a function that reads the data set; only data sets with a location in `data`."""
    readers: dict[str, Callable[[], Dataset]] = {}
    if data.emotion:
        readers["emotion"] = partial(read_emotion, data.emotion)
    if data.tweeteval:
        readers |= {f"tweeteval/{name}": partial(read_tweeteval, Path(data.tweeteval), name) for name in TWEETEVAL}
    if data.tweet_sentiment_extraction:
        readers["tweet_sentiment_extraction"] = partial(read_phrases, Path(data.tweet_sentiment_extraction))
    finance = {"finance_topic": data.finance_topic, "finance_sentiment": data.finance_sentiment}
    return readers | {name: partial(read_finance, Path(path), name) for name, path in finance.items() if path}


def require_data_paths(folder: str | Path) -> dict[str, str]:
    """Return the paths of `find_data_paths`. Raise DataError if `folder` has no data set or does not exist."""
    if paths := find_data_paths(folder):
        return paths
    raise DataError(f"{folder}: no emotion/, tweeteval/ or other data set in it")


def find_data_paths(folder: str | Path) -> dict[str, str]:
    """Return the path of each data set that has a folder of its own name in `folder`."""
    names = [field.name for field in fields(DataParams)]
    return {name: str(Path(folder) / name) for name in names if (Path(folder) / name).is_dir()}
