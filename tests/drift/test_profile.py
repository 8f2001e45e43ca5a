"""How texts and answers are counted."""

import json

import numpy as np
import pytest

from emoji_api.drift.profile import Feature, add, as_json, from_json, measure, numeric, reference
from emoji_api.errors import DataError, InvalidText, UnknownTask
from emoji_api.tasks import EMOTION, TASKS

TEXTS = ["i feel happy", "so scared", "🦜🦜"]


@pytest.mark.parametrize(("value", "place"), [(0, 0), (1, 0), (1.5, 1), (2, 1), (2.1, 2), (99, 2)])
def test_a_bound_is_part_of_its_bin(value, place):
    feature = numeric([value], [1, 2])
    assert feature.bins == ("1.0", "2.0", "+Inf")
    assert feature.counts.tolist() == [int(place == number) for number in range(3)]
    assert (feature.rows, feature.mean) == (1, value)


def test_labels_are_counted_as_they_are_answered(classifier):
    profile = measure(classifier, TEXTS[:2], ["emotion"])
    answers = [answer.label for answer in classifier.classify(TEXTS[:2])]
    assert profile["emotion/label"].bins == EMOTION.labels
    assert profile["emotion/label"].counts.tolist() == [answers.count(label) for label in EMOTION.labels]


def test_confidence_is_that_of_the_answers(classifier):
    profile = measure(classifier, TEXTS, ["emotion"])
    answers = classifier.classify(TEXTS)
    assert profile["emotion/confidence"].mean == pytest.approx(np.mean([answer.confidence for answer in answers]))


def test_texts_are_measured_in_tokens(classifier):
    profile = measure(classifier, TEXTS, [])
    assert profile["tokens"].mean == pytest.approx(classifier.tokenizer.encode(TEXTS).lengths.mean())
    assert profile.keys() == {"tokens", "unknown_tokens"}


def test_unknown_tokens_are_a_share_of_a_texts_own(classifier):
    tokens = classifier.tokenizer.encode(["i feel 漢", "i feel so", "漢"])
    assert classifier.tokenizer.unknown_shares(tokens).tolist() == pytest.approx([1 / 3, 0, 1])


def test_every_task_with_labels_is_asked_unless_some_are_named(classifier):
    tasks = {name.split("/")[0] for name in measure(classifier, TEXTS) if "/" in name}
    assert tasks == {name for name, task in TASKS.items() if task.kind == "classification"}


def test_a_phrase_has_no_labels_to_count(classifier):
    with pytest.raises(UnknownTask):
        measure(classifier, TEXTS, ["phrase"])


def test_a_text_that_cannot_be_asked_is_named(classifier):
    with pytest.raises(InvalidText) as raised:
        measure(classifier, ["happy", " "])
    assert raised.value.index == 1


def test_two_profiles_are_that_of_all_texts(classifier):
    both = add(measure(classifier, TEXTS[:1]), measure(classifier, TEXTS[1:]))
    together = measure(classifier, TEXTS)
    for name, feature in together.items():
        assert both[name].counts.tolist() == feature.counts.tolist()
        assert both[name].mean == pytest.approx(feature.mean) if feature.total else True


def test_a_reference_asks_each_task_about_its_own_texts(classifier):
    profile = reference(classifier, {"emotion": TEXTS[:1], "hate": TEXTS[1:], "phrase": TEXTS})
    assert {name: feature.rows for name, feature in profile.items()} == {
        "tokens": 3,
        "unknown_tokens": 3,
        "emotion/label": 1,
        "emotion/confidence": 1,
        "hate/label": 2,
        "hate/confidence": 2,
    }


def test_a_reference_is_a_sample_of_many_texts(classifier, monkeypatch):
    monkeypatch.setattr("emoji_api.drift.profile.SAMPLE", 2)
    assert reference(classifier, {"emotion": TEXTS})["emotion/label"].rows == 2


def test_there_and_back_as_json(classifier):
    profile = measure(classifier, TEXTS)
    back = from_json(json.loads(json.dumps(as_json(profile))))
    assert as_json(back) == as_json(profile)


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
def test_what_is_no_profile(document):
    with pytest.raises(DataError, match="reference"):
        from_json(document)


def test_nothing_has_no_mean():
    assert Feature(bins=("1.0", "+Inf"), counts=np.zeros(2, int), total=0.0).mean is None


def test_a_trained_bundle_has_a_reference(tiny_bundle, tiny_params):
    manifest = json.loads((tiny_bundle / "bundle.json").read_text())
    profile = from_json(manifest["reference"])
    assert profile["emotion/label"].rows == manifest["metrics"]["emotion"]["validation"]["rows"]
    assert profile["emotion/label"].bins == EMOTION.labels
