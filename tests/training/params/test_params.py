"""The parameters of a training are read whole, or what is wrong is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.sources import read_tweet_datasets
from emoji_api.training.params import DataParams, FitParams, Params, read_params

SHIPPED = Path(__file__).parents[3] / "params.yaml"
each_file = pytest.mark.parametrize("file", [SHIPPED, SHIPPED.with_stem("params.student")], ids=lambda file: file.name)
LEAST = "encoder: tiny\ndata: {emotion: here}\n"


@pytest.fixture
def refused(tmp_path: Path):
    """Why a file of this content is refused."""

    def read(content: str) -> str:
        (tmp_path / "params.yaml").write_text(content)
        with pytest.raises(DataError) as caught:
            read_params(tmp_path / "params.yaml")
        assert str(tmp_path / "params.yaml") in str(caught.value)
        return str(caught.value)

    return read


def test_the_file_that_ships_is_right() -> None:
    params = read_params(SHIPPED)
    assert params.encoder == "sentence-transformers/all-MiniLM-L6-v2"
    assert params.data.emotion == "dair-ai/emotion"
    assert max(params.fit.lengths) <= params.max_length


@each_file
def test_a_file_that_ships_names_data_sets_that_there_are(tiny_params: Params, file: Path) -> None:
    params = read_params(file)
    names = {"emotion", *(dataset.name for dataset in read_tweet_datasets(tiny_params.data))}
    assert params.tweets.rows.keys() == names
    assert params.tweets.class_priors.keys() <= names


@each_file
def test_a_file_that_ships_expects_emotions_of_labels_that_there_are(tiny_params: Params, file: Path) -> None:
    labels = {dataset.name: set(dataset.task.labels) for dataset in read_tweet_datasets(tiny_params.data)}
    assert all(of.keys() <= labels[name] for name, of in read_params(file).tweets.class_priors.items())


@each_file
def test_expected_shares_sum_to_one(file: Path) -> None:
    expected = read_params(file).tweets.class_priors
    shares = [shares for labels in expected.values() for shares in labels.values() if shares]
    assert shares
    assert all(sum(share.values()) == pytest.approx(1) for share in shares)


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(LEAST)
    assert read_params(tmp_path / "params.yaml") == Params(encoder="tiny", data=DataParams(emotion="here"))


def test_no_batch_is_longer_than_what_is_read() -> None:
    fit = FitParams(lengths=[96, 16, 48])
    params = Params(encoder="tiny", data=DataParams(emotion="here"), fit=fit)
    assert params.lengths == [16, 48, 96]
    assert replace(params, max_length=40).lengths == [16, 40]


def test_a_power_of_ten_is_a_number(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(LEAST + "fit: {learning_rate: 1e-4}\n")
    assert read_params(tmp_path / "params.yaml").fit.learning_rate == 1e-4


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", "0"),
        ("epochs", "many"),
        ("batch_size", "0"),
        ("learning_rate", "0"),
        ("learning_rate", ".nan"),
        ("warm_up", "1.5"),
        ("patience", "0"),
        ("lengths", "[]"),
        ("lengths", "[1000]"),
        ("augmented", "-0.1"),
        ("rows", "0"),
    ],
)
def test_a_bad_value_is_named(refused, key: str, value: str) -> None:
    assert key in refused(f"{LEAST}fit: {{{key}: {value}}}\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("out_of_domain_weight", "1.1"),
        ("out_of_domain_weight", "-0.1"),
        ("rows", "60"),
        ("rows", "{a: 0}"),
        ("rows", "{a: many}"),
    ],
)
def test_a_bad_value_for_tweets_is_named(refused, key: str, value: str) -> None:
    assert key in refused(f"{LEAST}tweets: {{{key}: {value}}}\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("class_balance", "{sarcasm: 0.5}"),
        ("class_balance", "{emotion: 2}"),
        ("max_false_positive_rate", "{emotion: 0.1}"),
    ]
    + [("macro_f1_tasks", "[sarcasm]"), ("macro_f1_tasks", "[hate]"), ("macro_f1_tasks", "emojis")]
    + [("logit_adjustment", "{sarcasm: 0.5}"), ("logit_adjustment", "{emojis: 2}")]
    + [("max_false_positive_rate", f"{{hate: {share}}}") for share in ("0", "1.1", "few")],
)
def test_a_bad_value_for_calibration_is_named(refused, key: str, value: str) -> None:
    assert key in refused(f"{LEAST}calibration: {{{key}: {value}}}\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[
            ("folds", "1"),
            ("masked_lm_epochs", "-1"),
            ("masked_lm_learning_rate", "0"),
            ("teachers", "0"),
            ("students", "[]"),
        ],
        *[
            ("ngram_share", "{sarcasm: 0.5}"),
            ("class_weight_power", "{emojis: 2}"),
            ("soft_target_share", "2"),
            ("augmented_versions", "0"),
        ],
    ],
)
def test_a_bad_value_for_a_distillation_is_named(refused, key: str, value: str) -> None:
    given = f"students: [{{{key}: {value}}}]" if key == "soft_target_share" else f"{key}: {value}"
    assert key in refused(f"{LEAST}distillation: {{{given}}}\n")


def test_a_training_does_not_depend_on_a_distillation_s_parameters() -> None:
    params = read_params(SHIPPED)
    assert params.distillation.students and "distillation" not in params.as_dict()


@pytest.mark.parametrize("tasks", ["[sarcasm]", "emotion", "[emotion, sarcasm]"])
def test_an_unknown_task_is_refused(refused, tasks: str) -> None:
    assert "tasks" in refused(f"{LEAST}tasks: {tasks}\n")


def test_tasks_start_and_rows(tmp_path: Path) -> None:
    tweets = "tweets: {out_of_domain_weight: 0.1, rows: {emotion: 9, finance_topic: 8}}"
    (tmp_path / "params.yaml").write_text(f"{LEAST}tasks: [hate, phrase]\nstart: models/tweets\n{tweets}\n")
    params = read_params(tmp_path / "params.yaml")
    assert (params.tasks, params.start) == (["hate", "phrase"], "models/tweets")
    assert (params.tweets.out_of_domain_weight, params.tweets.rows) == (0.1, {"emotion": 9, "finance_topic": 8})


def test_nothing_is_said_by_null(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(LEAST + "tasks: null\nstart: null\nfit: {rows: null}\n")
    params = read_params(tmp_path / "params.yaml")
    assert (params.tasks, params.start, params.fit.rows) == (None, None, None)


@pytest.mark.parametrize("place", ["", "fit: ", "tweets: ", "data: ", "calibration: "])
def test_an_unknown_key_is_refused(refused, place: str) -> None:
    base = "encoder: tiny\n" if place == "data: " else LEAST
    content = f"{place}{{emotion: here, epoch: 3}}" if place == "data: " else f"{place}{{epoch: 3}}"
    reason = refused(base + (content if place else "epoch: 3") + "\n")
    assert "epoch" in reason
    assert "Unknown field" in reason


@pytest.mark.parametrize("shares", ["{happiness: 1}", "{joy: much}", "{joy: -1}", "{joy: 0}"])
def test_bad_expected_shares(refused, shares: str) -> None:
    assert "class_priors" in refused(f"{LEAST}tweets: {{class_priors: {{a: {{b: {shares}}}}}}}\n")


@pytest.mark.parametrize("content", ["", "[]", "encoder: tiny\n", "data: {emotion: here}\n", "a: [", "text"])
def test_not_parameters(refused, content: str) -> None:
    assert refused(content)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere.yaml"):
        read_params(tmp_path / "nowhere.yaml")


def test_other_sources() -> None:
    params = Params(encoder="tiny", data=DataParams(emotion="here"), fit=FitParams(epochs=9))
    other = params.with_sources(emotion="there", tweeteval=None)
    assert (other.encoder, other.data, other.fit.epochs) == ("tiny", DataParams(emotion="there"), 9)
    assert params.with_sources("big").encoder == "big"
    assert params.data.emotion == "here"


def test_plain_values(tiny_params: Params) -> None:
    assert json.loads(json.dumps(tiny_params.as_dict()))["fit"]["lengths"] == tiny_params.fit.lengths
