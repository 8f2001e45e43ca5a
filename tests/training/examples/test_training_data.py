"""The data of a training: which data sets are read, and which splits they give."""

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
# task -> the data set that it is evaluated on
EVALUATED_ON = {
    "sentiment": "tweeteval/sentiment",
    "phrase": "tweet_sentiment_extraction",
    "hate": "tweeteval/hate",
    "offensive": "tweeteval/offensive",
    "finance_topic": "finance_topic",
    "finance_stance": "finance_sentiment",
    "emojis": "tweeteval/emoji",
}


def test_all_tasks_with_data_are_trained(training_data: TrainingData) -> None:
    assert training_data.tasks == list(TASKS.values())


def test_emotion_data_set_alone_trains_emotion_only(emotion_params: Params) -> None:
    data = read_data(emotion_params)
    assert data.tasks == [EMOTION]
    assert data.tweets is None
    assert data.eval_splits.keys() == data.test_splits.keys() == {"emotion"}
    assert len(data.manifest) == 3


def test_tasks_are_those_of_the_parameters(tiny_params: Params) -> None:
    data = read_data(replace(tiny_params, tasks=["phrase", "hate"]))
    assert [task.name for task in data.tasks] == ["phrase", "hate"]
    assert data.eval_splits.keys() == data.test_splits.keys() == {"phrase", "hate"}
    assert data.tweets is not None
    assert data.tweets.examples.targets.keys() == {"phrase", "hate"}


@pytest.mark.parametrize("tasks", [["hate"], ["emotion", "hate"]])
def test_task_without_data_is_an_error(emotion_params: Params, tasks: list[str]) -> None:
    with pytest.raises(DataError, match="no data set has labels of hate"):
        read_data(replace(emotion_params, tasks=tasks))


@pytest.mark.parametrize(("task", "dataset"), EVALUATED_ON.items())
def test_tasks_are_evaluated_on_their_own_data_sets(training_data: TrainingData, task: str, dataset: str) -> None:
    for split in (training_data.eval_splits[task]["validation"], training_data.test_splits[task]):
        assert {identity.rsplit("/", 1)[0] for identity in split.ids} == {dataset}


def test_emotion_is_evaluated_on_the_emotion_data_set(training_data: TrainingData) -> None:
    splits = training_data.emotion.splits
    assert training_data.eval_splits["emotion"] == {"validation": splits["validation"]}
    assert training_data.test_splits["emotion"] is splits["test"]


def test_sentiment_is_evaluated_on_phrases_without_tweeteval(tiny_params: Params) -> None:
    paths = tiny_params.data
    data = DataParams(emotion=paths.emotion, tweet_sentiment_extraction=paths.tweet_sentiment_extraction)
    training_data = read_data(replace(tiny_params, data=data))
    assert [task.name for task in training_data.tasks] == ["emotion", "sentiment", "phrase"]
    assert training_data.eval_splits["sentiment"]["validation"] == training_data.eval_splits["phrase"]["validation"]


def test_evaluation_texts_are_not_in_the_train_data(training_data: TrainingData) -> None:
    assert training_data.tweets is not None
    train_texts = set(map(text_key, training_data.train.texts + training_data.tweets.examples.texts))
    for task in training_data.tasks:
        for split in [*training_data.eval_splits[task.name].values(), training_data.test_splits[task.name]]:
            assert not train_texts & set(map(text_key, split.texts))


def test_manifest_has_files_of_every_data_set(training_data: TrainingData) -> None:
    datasets = {name.rsplit("/", 1)[0] for name in training_data.manifest}
    assert datasets == {"emotion", *EVALUATED_ON.values()}


def test_only_data_sets_with_a_path_are_read(tiny_params: Params) -> None:
    data = DataParams(emotion="nowhere", finance_topic=tiny_params.data.finance_topic)
    assert [dataset.name for dataset in read_tweet_datasets(data)] == ["finance_topic"]
    assert read_tweet_datasets(DataParams(emotion="nowhere")) == []


@pytest.fixture(scope="module")
def public(public_data: Path) -> TrainingData:
    names = ("emotion", "tweeteval", "tweet_sentiment_extraction", "finance_topic", "finance_sentiment")
    return read_data(read_params(SHIPPED).with_sources(**{name: str(public_data / name) for name in names}))


def test_public_data_have_all_tasks_and_annotations(public: TrainingData) -> None:
    assert public.tasks == list(TASKS.values())
    assert public.eval_splits["emotion"].keys() == {"validation", "annotated"}
    assert public.tweets is not None
    assert len(public.tweets) > 100_000


def test_annotated_validation_tweets_are_not_in_the_public_train_data(public: TrainingData) -> None:
    assert public.tweets is not None
    train_texts = set(map(text_key, public.train.texts + public.tweets.examples.texts))
    assert not set(map(text_key, public.eval_splits["emotion"]["annotated"].texts)) & train_texts
    assert len(public.no_emotion_texts) > 200
    assert not set(map(text_key, public.no_emotion_texts)) & train_texts


def test_trained_annotations_have_no_held_out_texts(public: TrainingData) -> None:
    splits = [split for by_name in public.eval_splits.values() for split in by_name.values()] + list(
        public.test_splits.values()
    )
    held_out = {text_key(text) for split in splits for text in split.texts}
    assert len(public.annotations) > 20_000
    assert not {text_key(row.text) for row in public.annotations} & held_out


def test_manifest_has_the_annotation_files(public: TrainingData) -> None:
    files = {"annotations/train.tsv", "annotations/validation.tsv"} | {
        f"tweeteval/irony/{stem}_text.txt" for stem in ("train", "val")
    }
    assert files < public.manifest.keys()
    assert public.manifest["annotations/train.tsv"]["rows"] >= len(public.annotations)
    assert public.manifest["tweeteval/irony/train_text.txt"]["rows"] == 2862


def test_annotations_of_tweeteval_are_kept_without_kaggles_file(
    public: TrainingData, public_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {name: str(public_data / name) for name in ("emotion", "tweeteval")}
    data = read_data(read_params(SHIPPED).with_sources(**paths))
    tweeteval = {row for row in public.annotations if row.tweet.startswith("tweeteval/")}
    assert len(tweeteval) > 15_000
    assert tweeteval <= set(data.annotations)  # more if the missing data set holds out the text
    assert {tweet.split("/")[0] for tweet in data.eval_splits["emotion"]["annotated"].ids} == {"tweeteval"}
    assert {"annotations/train.tsv", "tweeteval/irony/train_text.txt"} < data.manifest.keys()
    assert re.fullmatch(
        r"\d+ annotated validation tweets are left out: .*\n\d+ annotated train tweets are left out: .*\n",
        capsys.readouterr().out,
    )


def test_number_of_annotations_without_a_text_is_printed(
    tiny_params: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    data = read_data(tiny_params)
    assert data.annotations == []
    assert data.eval_splits["emotion"].keys() == {"validation"}
    assert not any(name.startswith("annotations/") for name in data.manifest)
    assert capsys.readouterr().out.splitlines() == [
        f"{count_annotations('validation')} annotated validation tweets are left out: their texts are not in the data",
        f"{count_annotations('train')} annotated train tweets are left out: their texts are not in the data",
    ]


@pytest.mark.parametrize("task", EVALUATED_ON)
def test_public_evaluation_texts_have_no_weight_for_their_task(public: TrainingData, task: str) -> None:
    assert public.tweets is not None
    examples = public.tweets.examples
    trained = {text_key(text) for text, weight in zip(examples.texts, examples.weights[task], strict=True) if weight}
    held_out = [*public.eval_splits[task]["validation"].texts, *public.test_splits[task].texts]
    assert not trained & set(map(text_key, held_out))
