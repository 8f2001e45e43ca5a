"""The data sets that a training reads: where each is, who reads it, and which tasks it trains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
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
    """The annotated tweets of a split whose texts `data` have, and what a manifest says of their files.

    Says how many are left out.
    """
    tweeteval, phrases = [Path(place) if place else None for place in (data.tweeteval, data.tweet_sentiment_extraction)]
    read = read_annotations(split, tweeteval, phrases)
    if left_out := count_annotations(split) - len(read):
        print(f"{left_out} annotated {split} tweets are left out: the data lack their texts", flush=True)
    return read, annotation_files(split, tweeteval, read) if read else {}


def datasets_by_task(datasets: Sequence[Dataset]) -> dict[str, Dataset]:
    """The data set that measures each task: the first that teaches it."""
    found: dict[str, Dataset] = {}
    for dataset in datasets:
        found.setdefault(dataset.task.name, dataset)
        if dataset.splits["train"].spans:
            found.setdefault(PHRASE.name, dataset)
    return found


def tasks_to_train(measured_by: Mapping[str, Dataset], wanted: Sequence[str] | None) -> list[Task]:
    """The tasks `wanted`, or all that there are data of. Raises DataError for one that there are none of."""
    if unknown := [name for name in wanted or () if name not in measured_by]:
        raise DataError(f"no data set that is given teaches {', '.join(unknown)}")
    return [task for task in TASKS.values() if task.name in (wanted or measured_by)]


def read_tweet_datasets(data: DataParams) -> list[Dataset]:
    """The data sets of real tweets."""
    return [read() for name, read in dataset_readers(data).items() if name != EMOTION.name]


def dataset_readers(data: DataParams) -> dict[str, Callable[[], Dataset]]:
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


def require_data_paths(folder: str | Path) -> dict[str, str]:
    """The same as `find_data_paths`; raises DataError where there is none, as in a folder whose name was mistyped."""
    if found := find_data_paths(folder):
        return found
    raise DataError(f"{folder}: no emotion/, tweeteval/ or other data set in it")


def find_data_paths(folder: str | Path) -> dict[str, str]:
    """Where each data set is that `folder` has under its own name."""
    names = [field.name for field in fields(DataParams)]
    return {name: str(Path(folder) / name) for name in names if (Path(folder) / name).is_dir()}
