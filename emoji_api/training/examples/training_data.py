"""What a training reads: the data sets that its parameters name, and the tasks that they teach."""

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
    """What a training reads. `train` is the emotion set's train split, without what must not be learned from.

    `datasets` are all that were read, as they were read.
    `eval_splits` has, by task, the splits that choose the epoch and calibrate, among them always `validation`;
    `test_splits` has those that are read once, to report a network that ships. `feedback` has, by task, what was accepted of it.
    `annotations` are the tweets to learn from whose emotion was read; `no_emotion_texts` texts of validation tweets in
    which none was.
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
        """The validation split of each task: what networks are compared on."""
        return {task: splits["validation"] for task, splits in self.eval_splits.items()}


def read_data(params: Params) -> TrainingData:
    """Read every data set that `params.data` names; raises DataError where one is not as described.

    Trained is what they teach, or of it what `params.tasks` names.
    """
    emotion, others = read_emotion(params.data.emotion), read_tweet_datasets(params.data)
    datasets = [emotion, *others]
    measured_by = datasets_by_task(datasets)
    tasks = tasks_to_train(measured_by, params.tasks)
    eval_splits = {task.name: {"validation": measured_by[task.name].splits["validation"]} for task in tasks}
    manifest = {name: entry for dataset in datasets for name, entry in dataset.manifest.items()}
    held_out = [dataset.splits[name] for dataset in datasets for name in ("validation", "test")]
    annotations: list[Annotation] = []
    without_emotion: list[str] = []
    if EMOTION in tasks and (params.data.tweeteval or params.data.tweet_sentiment_extraction):
        read, described = read_split_annotations("validation", params.data)
        manifest |= described
        if len(certain := single_emotion_split(read)):
            eval_splits[EMOTION.name]["annotated"] = certain
            held_out.append(certain)
        without_emotion = no_emotion_texts(read)
        read, described = read_split_annotations("train", params.data)
        manifest |= described
        annotations = trainable_annotations(read, held_out)
    feedback: dict[str, Split] = {}
    if params.data.feedback:
        feedback, described = read_trainable_feedback(params.data.feedback, tasks, held_out)
        manifest |= described
    return TrainingData(
        datasets=datasets,
        emotion=emotion,
        train=clean_train(emotion.splits["train"], [emotion.splits["validation"], emotion.splits["test"]]),
        tweets=collect_tweets(others, tasks) if others else None,
        tasks=tasks,
        eval_splits=eval_splits,
        test_splits={task.name: measured_by[task.name].splits["test"] for task in tasks},
        feedback=feedback,
        annotations=annotations,
        no_emotion_texts=without_emotion,
        manifest=manifest,
    )
