"""The data of a training: the data sets that its parameters name, and their splits by use."""

from dataclasses import dataclass
from typing import Any

from emoji_api.tasks import EMOTION, Task
from emoji_api.training.data.readers import (
    Annotation,
    Dataset,
    Split,
    clean_train,
    read_emotion,
    single_emotion_split,
)
from emoji_api.training.data.readers.annotated import no_emotion_texts
from emoji_api.training.data.sources import (
    datasets_by_task,
    read_split_annotations,
    read_tweet_datasets,
    tasks_to_train,
)
from emoji_api.training.examples.annotated import trainable_annotations
from emoji_api.training.examples.feedback import read_trainable_feedback
from emoji_api.training.examples.tweets import Tweets, collect_tweets
from emoji_api.training.params import Params


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The data that a training reads.

    - `datasets`: all data sets as read; `emotion` is the emotion data set.
    - `train`: the train split of the emotion data set after `clean_train`.
    - `tweets`: the train splits of the data sets of real tweets, None without such data sets.
    - `tasks`: the tasks to train.
    - `eval_splits`: task -> name -> split, for the choice of the epoch and calibration. Each task has `validation`;
      emotion may have `annotated`, the LLM-annotated validation tweets with one emotion.
    - `test_splits`: task -> test split, for the metrics of the finished bundle only.
    - `feedback`: task -> accepted feedback.
    - `annotations`: LLM-annotated tweets to train on.
    - `no_emotion_texts`: LLM-annotated validation tweets without an emotion.
    - `manifest`: file -> sha256 and number of rows.
    """

    datasets: list[Dataset]
    emotion: Dataset
    train: Split
    tweets: Tweets | None
    tasks: list[Task]
    eval_splits: dict[str, dict[str, Split]]
    test_splits: dict[str, Split]
    feedback: dict[str, Split]
    annotations: list[Annotation]
    no_emotion_texts: list[str]
    manifest: dict[str, Any]

    @property
    def validation(self) -> dict[str, Split]:
        """The validation split of each task."""
        return {task: splits["validation"] for task, splits in self.eval_splits.items()}


def read_data(params: Params) -> TrainingData:
    """Read the data sets in `params.data`, for the tasks `params.tasks`, or for all tasks that the data have labels of.

    Raise DataError if a data set is invalid or a task has no data set.
    """
    emotion, tweet_datasets = read_emotion(params.data.emotion), read_tweet_datasets(params.data)
    datasets = [emotion, *tweet_datasets]
    by_task = datasets_by_task(datasets)
    tasks = tasks_to_train(by_task, params.tasks)
    eval_splits = {task.name: {"validation": by_task[task.name].splits["validation"]} for task in tasks}
    manifest = {name: entry for dataset in datasets for name, entry in dataset.manifest.items()}
    held_out = [dataset.splits[name] for dataset in datasets for name in ("validation", "test")]
    annotations: list[Annotation] = []
    without_emotion: list[str] = []
    if EMOTION in tasks and (params.data.tweeteval or params.data.tweet_sentiment_extraction):
        annotated, files = read_split_annotations("validation", params.data)
        manifest |= files
        if len(single_emotion := single_emotion_split(annotated)):
            eval_splits[EMOTION.name]["annotated"] = single_emotion
            held_out.append(single_emotion)
        without_emotion = no_emotion_texts(annotated)
        annotated, files = read_split_annotations("train", params.data)
        manifest |= files
        annotations = trainable_annotations(annotated, held_out)
    feedback: dict[str, Split] = {}
    if params.data.feedback:
        feedback, files = read_trainable_feedback(params.data.feedback, tasks, held_out)
        manifest |= files
    return TrainingData(
        datasets=datasets,
        emotion=emotion,
        train=clean_train(emotion.splits["train"], [emotion.splits["validation"], emotion.splits["test"]]),
        tweets=collect_tweets(tweet_datasets, tasks) if tweet_datasets else None,
        tasks=tasks,
        eval_splits=eval_splits,
        test_splits={task.name: by_task[task.name].splits["test"] for task in tasks},
        feedback=feedback,
        annotations=annotations,
        no_emotion_texts=without_emotion,
        manifest=manifest,
    )
