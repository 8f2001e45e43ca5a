"""Profiles: histograms of texts and answers, the reference, and their JSON form."""

import json

import numpy as np
import pytest

from emoji_api.drift.profile import Feature, as_json, from_json, measure, merge, numeric_feature, reference
from emoji_api.errors import DataError, InvalidText, UnknownTask
from emoji_api.tasks import EMOTION, TASKS

TEXTS = ["i feel happy", "so scared", "🦜🦜"]


@pytest.mark.parametrize(("value", "bin_index"), [(0, 0), (1, 0), (1.5, 1), (2, 1), (2.1, 2), (99, 2)])
def test_upper_bound_is_part_of_its_bin(value, bin_index):
    feature = numeric_feature([value], [1, 2])
    assert feature.bins == ("1.0", "2.0", "+Inf")
    assert feature.counts.tolist() == [int(bin_index == number) for number in range(3)]
    assert (feature.rows, feature.mean) == (1, value)


def test_labels_of_the_answers_are_counted(classifier):
    profile = measure(classifier, TEXTS[:2], ["emotion"])
    answers = [answer.label for answer in classifier.classify(TEXTS[:2])]
    assert profile["emotion/label"].bins == EMOTION.labels
    assert profile["emotion/label"].counts.tolist() == [answers.count(label) for label in EMOTION.labels]


def test_mean_confidence_is_that_of_the_answers(classifier):
    profile = measure(classifier, TEXTS, ["emotion"])
    answers = classifier.classify(TEXTS)
    assert profile["emotion/confidence"].mean == pytest.approx(np.mean([answer.confidence for answer in answers]))


def test_text_length_is_counted_in_tokens(classifier):
    profile = measure(classifier, TEXTS, [])
    assert profile["tokens"].mean == pytest.approx(classifier.tokenizer.encode(TEXTS).lengths.mean())
    assert profile.keys() == {"tokens", "unknown_tokens"}


def test_unknown_share_ignores_special_tokens(classifier):
    tokens = classifier.tokenizer.encode(["i feel 漢", "i feel so", "漢"])
    assert classifier.tokenizer.unknown_shares(tokens).tolist() == pytest.approx([1 / 3, 0, 1])


def test_default_tasks_are_all_classification_tasks(classifier):
    tasks = {name.split("/")[0] for name in measure(classifier, TEXTS) if "/" in name}
    assert tasks == {name for name, task in TASKS.items() if task.kind == "classification"}


def test_phrase_task_is_an_error(classifier):
    with pytest.raises(UnknownTask):
        measure(classifier, TEXTS, ["phrase"])


def test_unanswerable_text_is_an_error_with_its_index(classifier):
    with pytest.raises(InvalidText) as raised:
        measure(classifier, ["happy", " "])
    assert raised.value.index == 1


def test_merged_profiles_are_the_profile_of_all_texts(classifier):
    merged = merge(measure(classifier, TEXTS[:1]), measure(classifier, TEXTS[1:]))
    whole = measure(classifier, TEXTS)
    assert merged.keys() == whole.keys()
    for name, feature in whole.items():
        assert merged[name].counts.tolist() == feature.counts.tolist()
        assert merged[name].mean == (None if feature.mean is None else pytest.approx(feature.mean))


def test_reference_answers_each_task_for_its_own_texts(classifier):
    profile = reference(classifier, {"emotion": TEXTS[:1], "hate": TEXTS[1:], "phrase": TEXTS})
    assert {name: feature.rows for name, feature in profile.items()} == {
        "tokens": 3,
        "unknown_tokens": 3,
        "emotion/label": 1,
        "emotion/confidence": 1,
        "hate/label": 2,
        "hate/confidence": 2,
    }


def test_reference_has_at_most_the_sample_size(classifier, monkeypatch):
    monkeypatch.setattr("emoji_api.drift.profile.SAMPLE_SIZE", 2)
    assert reference(classifier, {"emotion": TEXTS})["emotion/label"].rows == 2


def test_profile_is_restored_from_json(classifier):
    profile = measure(classifier, TEXTS)
    parsed = from_json(json.loads(json.dumps(as_json(profile))))
    assert as_json(parsed) == as_json(profile)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"tokens": 1},
        {"tokens": {"bins": ["1.0"]}},
        {"tokens": {"bins": ["1.0"], "counts": [-1]}},
        {"tokens": {"bins": ["1.0"], "counts": [1, 2]}},
    ],
)
def test_invalid_json_is_an_error(document):
    with pytest.raises(DataError, match="reference"):
        from_json(document)


def test_feature_without_values_has_no_mean():
    assert Feature(bins=("1.0", "+Inf"), counts=np.zeros(2, int), total=0.0).mean is None


def test_trained_bundle_has_a_reference(tiny_bundle):
    manifest = json.loads((tiny_bundle / "bundle.json").read_text())
    profile = from_json(manifest["reference"])
    assert profile["emotion/label"].rows == manifest["metrics"]["emotion"]["validation"]["rows"]
    assert profile["emotion/label"].bins == EMOTION.labels
