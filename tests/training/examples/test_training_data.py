"""What a training reads follows from the data that it is given, and the tasks that it is to train."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, TASKS
from emoji_api.training.data.readers import count_annotations, text_key
from emoji_api.training.data.sources import read_tweet_datasets
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.params import DataParams, Params, read_params

SHIPPED = Path(__file__).parents[3] / "params.yaml"
# which data set measures a task
MEASURED_BY = {
    "sentiment": "tweeteval/sentiment",
    "phrase": "tweet_sentiment_extraction",
    "hate": "tweeteval/hate",
    "offensive": "tweeteval/offensive",
    "finance_topic": "finance_topic",
    "finance_stance": "finance_sentiment",
    "emojis": "tweeteval/emoji",
}


def test_all_that_the_data_teach_is_trained(training_data: TrainingData) -> None:
    assert training_data.tasks == list(TASKS.values())


def test_without_tweets_emotion_is_all(emotion_params: Params) -> None:
    data = read_data(emotion_params)
    assert data.tasks == [EMOTION]
    assert data.tweets is None
    assert data.eval_splits.keys() == data.test_splits.keys() == {"emotion"}
    assert len(data.manifest) == 3


def test_tasks_are_chosen_by_the_params(tiny_params: Params) -> None:
    data = read_data(replace(tiny_params, tasks=["phrase", "hate"]))
    assert [task.name for task in data.tasks] == ["phrase", "hate"]
    assert data.eval_splits.keys() == data.test_splits.keys() == {"phrase", "hate"}
    assert data.tweets is not None
    assert data.tweets.examples.targets.keys() == {"phrase", "hate"}


@pytest.mark.parametrize("tasks", [["hate"], ["emotion", "hate"]])
def test_a_task_that_no_data_teach_is_refused(emotion_params: Params, tasks: list[str]) -> None:
    with pytest.raises(DataError, match="no data set that is given teaches hate"):
        read_data(replace(emotion_params, tasks=tasks))


@pytest.mark.parametrize(("task", "dataset"), MEASURED_BY.items())
def test_each_task_is_measured_by_a_set_of_its_own(training_data: TrainingData, task: str, dataset: str) -> None:
    for split in (training_data.eval_splits[task]["validation"], training_data.test_splits[task]):
        assert {identity.rsplit("/", 1)[0] for identity in split.ids} == {dataset}


def test_emotion_is_measured_by_its_own_splits(training_data: TrainingData) -> None:
    splits = training_data.emotion.splits
    assert training_data.eval_splits["emotion"] == {"validation": splits["validation"]}
    assert training_data.test_splits["emotion"] is splits["test"]


def test_sentiment_is_measured_by_what_there_is(tiny_params: Params) -> None:
    places = tiny_params.data
    data = DataParams(emotion=places.emotion, tweet_sentiment_extraction=places.tweet_sentiment_extraction)
    read = read_data(replace(tiny_params, data=data))
    assert [task.name for task in read.tasks] == ["emotion", "sentiment", "phrase"]
    assert read.eval_splits["sentiment"]["validation"] == read.eval_splits["phrase"]["validation"]


def test_no_measured_text_is_learned_from(training_data: TrainingData) -> None:
    assert training_data.tweets is not None
    learned = set(map(text_key, training_data.train.texts + training_data.tweets.examples.texts))
    for task in training_data.tasks:
        for split in [*training_data.eval_splits[task.name].values(), training_data.test_splits[task.name]]:
            assert not learned & set(map(text_key, split.texts))


def test_every_file_is_in_the_manifest(training_data: TrainingData) -> None:
    sets = {name.rsplit("/", 1)[0] for name in training_data.manifest}
    assert sets == {"emotion", *(dataset for task, dataset in MEASURED_BY.items())}


def test_only_named_sets_are_read(tiny_params: Params) -> None:
    data = DataParams(emotion="nowhere", finance_topic=tiny_params.data.finance_topic)
    assert [dataset.name for dataset in read_tweet_datasets(data)] == ["finance_topic"]
    assert read_tweet_datasets(DataParams(emotion="nowhere")) == []


@pytest.fixture(scope="module")
def public(public_data: Path) -> TrainingData:
    names = ("emotion", "tweeteval", "tweet_sentiment_extraction", "finance_topic", "finance_sentiment")
    return read_data(read_params(SHIPPED).with_sources(**{name: str(public_data / name) for name in names}))


def test_the_public_data_together(public: TrainingData) -> None:
    assert public.tasks == list(TASKS.values())
    assert public.eval_splits["emotion"].keys() == {"validation", "annotated"}
    assert public.tweets is not None
    assert len(public.tweets) > 100_000


def test_no_public_tweet_that_measures_by_what_was_read_is_learned_from(public: TrainingData) -> None:
    assert public.tweets is not None
    learned = set(map(text_key, public.train.texts + public.tweets.examples.texts))
    assert not set(map(text_key, public.eval_splits["emotion"]["annotated"].texts)) & learned
    assert len(public.no_emotion_texts) > 200
    assert not set(map(text_key, public.no_emotion_texts)) & learned


def test_no_held_out_public_text_is_learned_from_because_its_emotion_was_read(public: TrainingData) -> None:
    splits = [split for by_name in public.eval_splits.values() for split in by_name.values()] + list(
        public.test_splits.values()
    )
    held_out = {text_key(text) for split in splits for text in split.texts}
    assert len(public.annotations) > 20_000
    assert not {text_key(row.text) for row in public.annotations} & held_out


def test_what_was_read_is_in_the_manifest(public: TrainingData) -> None:
    files = {"annotations/train.tsv", "annotations/validation.tsv"} | {
        f"tweeteval/irony/{stem}_text.txt" for stem in ("train", "val")
    }
    assert files < public.manifest.keys()
    assert public.manifest["annotations/train.tsv"]["rows"] >= len(public.annotations)
    assert public.manifest["tweeteval/irony/train_text.txt"]["rows"] == 2862


def test_without_kaggles_file_the_other_tweets_that_were_read_stay(
    public: TrainingData, public_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {name: str(public_data / name) for name in ("emotion", "tweeteval")}
    data = read_data(read_params(SHIPPED).with_sources(**places))
    before = {row for row in public.annotations if row.tweet.startswith("tweeteval/")}
    assert len(before) > 15_000
    assert before <= set(data.annotations)  # more where the text is one that the missing set holds out
    assert {tweet.split("/")[0] for tweet in data.eval_splits["emotion"]["annotated"].ids} == {"tweeteval"}
    assert {"annotations/train.tsv", "tweeteval/irony/train_text.txt"} < data.manifest.keys()
    assert re.fullmatch(
        r"\d+ annotated validation tweets are left out: .*\n\d+ annotated train tweets are left out: .*\n",
        capsys.readouterr().out,
    )


def test_data_that_nobody_read_give_no_annotated_tweets_and_that_is_told(
    tiny_params: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    data = read_data(tiny_params)
    assert data.annotations == []
    assert data.eval_splits["emotion"].keys() == {"validation"}
    assert not any(name.startswith("annotations/") for name in data.manifest)
    assert capsys.readouterr().out.splitlines() == [
        f"{count_annotations('validation')} annotated validation tweets are left out: the data lack their texts",
        f"{count_annotations('train')} annotated train tweets are left out: the data lack their texts",
    ]


@pytest.mark.parametrize("task", MEASURED_BY)
def test_no_public_text_that_measures_a_task_teaches_it(public: TrainingData, task: str) -> None:
    assert public.tweets is not None
    examples = public.tweets.examples
    taught = {text_key(text) for text, weight in zip(examples.texts, examples.weights[task], strict=True) if weight}
    held_out = [*public.eval_splits[task]["validation"].texts, *public.test_splits[task].texts]
    assert not taught & set(map(text_key, held_out))
