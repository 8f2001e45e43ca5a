"""Classifier: texts to answers, in the caller's order."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from emoji_api import Classification, Classifier, Phrase, load_classifier
from emoji_api.errors import BundleError, InvalidText, UnknownTask
from emoji_api.inference.bundle import TOKENIZER, Bundle, file_entry
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, PHRASE

WORDS = ("happy", "sad", "angry", "love", "wow", "scared", "so", "you")
MANY = [" ".join(WORDS[: 1 + index % len(WORDS)] * (1 + index % 3)) for index in range(77)]

Edit = Callable[[Callable[[dict[str, Any]], Any]], Path]


def test_single_text_is_classified(classifier: Classifier) -> None:
    (answer,) = classifier.classify("I am so happy today")
    assert answer.label == max(answer.scores, key=lambda label: answer.scores[label])
    assert answer.confidence == answer.scores[answer.label]
    assert answer.emoji == EMOTION_EMOJI[answer.label]
    assert answer.model_version == classifier.bundle.version
    assert not answer.truncated


def test_scores_are_a_distribution_over_all_labels(classifier: Classifier) -> None:
    for answer in classifier.classify(MANY):
        assert tuple(answer.scores) == EMOTION.labels
        assert sum(answer.scores.values()) == pytest.approx(1, abs=1e-5)


def test_answers_are_in_the_order_of_the_texts(bundle: Bundle, classifier: Classifier) -> None:
    one_by_one = Classifier(bundle, classifier.engine, classifier.tokenizer, batch_size=1)
    assert one_by_one.classify(MANY) == [classifier.classify(text)[0] for text in MANY]


def test_texts_may_be_any_iterable(classifier: Classifier) -> None:
    assert classifier.classify(text for text in MANY[:3]) == classifier.classify(MANY[:3])


def test_empty_list_gives_no_answers(classifier: Classifier) -> None:
    assert classifier.classify([]) == []
    assert classifier.probabilities([], ["emotion"])["emotion"].shape == (0, 6)


def test_long_text_is_answered_and_marked(classifier: Classifier) -> None:
    answers = classifier.classify(["so happy", "so happy " * 500])
    assert [answer.truncated for answer in answers] == [False, True]


def test_invalid_text_is_named_by_its_position(classifier: Classifier) -> None:
    with pytest.raises(InvalidText, match="^text 3 is blank"):
        classifier.classify(["so", "happy", " "])


def test_single_invalid_text_has_no_position(classifier: Classifier) -> None:
    with pytest.raises(InvalidText, match="^the text is blank") as caught:
        classifier.classify(" ")
    assert caught.value.index is None


@pytest.mark.parametrize("name", ["weather", "phrase", ""])
def test_probabilities_need_a_classification_task(classifier: Classifier, name: str) -> None:
    with pytest.raises(UnknownTask, match=f"no task '{name}'; it has .*emotion") as caught:
        classifier.probabilities("so happy", [name])
    assert "phrase" not in caught.value.available


def test_default_tasks_are_in_the_order_of_the_bundle(classifier: Classifier, bundle: Bundle) -> None:
    for answers in classifier.analyse(MANY):
        assert list(answers) == list(bundle.tasks) == [answer.task for answer in answers.values()]


def test_requested_tasks_are_in_the_order_of_the_call(classifier: Classifier) -> None:
    (answers,) = classifier.analyse("so happy", ["hate", "phrase", "emotion", "hate"])
    assert list(answers) == ["hate", "phrase", "emotion"]


def test_task_may_be_a_single_name(classifier: Classifier) -> None:
    assert classifier.analyse(MANY, "emotion") == [{"emotion": answer} for answer in classifier.classify(MANY)]


def test_empty_tasks_give_empty_answers(classifier: Classifier) -> None:
    assert classifier.analyse(MANY[:2], []) == [{}, {}]
    assert classifier.analyse([]) == []


def test_other_tasks_do_not_change_an_answer(bundle: Bundle, classifier: Classifier) -> None:
    one_by_one = Classifier(bundle, classifier.engine, classifier.tokenizer, batch_size=1)
    for task in bundle.tasks:
        single_task = one_by_one.analyse(MANY, task)
        all_tasks = one_by_one.analyse(MANY)
        assert [answers[task] for answers in single_task] == [answers[task] for answers in all_tasks]


def test_label_depends_on_the_threshold_of_the_bundle(edit: Edit) -> None:
    for threshold, label in ((0, "hate"), (1, "not-hate")):
        classifier = load_classifier(edit(lambda manifest: manifest["tasks"]["hate"].update(threshold=threshold)))  # noqa: B023
        answer = classifier.analyse("so happy", "hate")[0]["hate"]
        assert isinstance(answer, Classification)
        assert (answer.label, answer.threshold) == (label, threshold)


def test_default_phrase_is_that_of_the_predicted_sentiment(classifier: Classifier) -> None:
    for answers in classifier.analyse(MANY, ["phrase", "sentiment"]):
        sentiment, phrase = answers["sentiment"], answers["phrase"]
        assert isinstance(sentiment, Classification) and isinstance(phrase, Phrase)
        assert phrase.sentiment == sentiment.label


def test_sentiment_is_predicted_for_a_phrase_alone(classifier: Classifier) -> None:
    assert [list(answers) for answers in classifier.analyse(MANY[:2], "phrase")] == [["phrase"], ["phrase"]]


def test_phrase_is_extracted_for_a_given_sentiment(classifier: Classifier) -> None:
    sentiments = ["negative", "neutral", None, "positive"]
    phrases = [answers["phrase"] for answers in classifier.analyse(["so happy"] * 4, "phrase", sentiments)]
    assert [phrase.sentiment for phrase in phrases] == ["negative", "neutral", phrases[2].sentiment, "positive"]
    assert phrases[3] == classifier.analyse("so happy", "phrase", "positive")[0]["phrase"]


def test_phrase_is_part_of_the_original_text(classifier: Classifier) -> None:
    for text in ["😂 e\u0301 &amp; @someone I`m SO happy\u00a0😂 http://x.co/a", "  so sad " * 30]:
        for sentiment in PHRASE.labels:
            phrase = classifier.analyse(text, "phrase", sentiment)[0]["phrase"]
            assert isinstance(phrase, Phrase)
            assert phrase.text == text[phrase.start : phrase.end] == phrase.text.strip() != ""
            assert 0 < phrase.confidence <= 1


def test_phrase_is_the_whole_text_for_the_bundles_whole_text_sentiments(edit: Edit) -> None:
    text = " so happy about you and sad " * 9
    classifier = load_classifier(edit(lambda manifest: manifest["tasks"]["phrase"].update(whole=["neutral"])))
    phrase = classifier.analyse(text, "phrase", "neutral")[0]["phrase"]
    assert phrase == Phrase(
        sentiment="neutral",
        text=text.strip(),
        start=1,
        end=len(text) - 1,
        confidence=1,
        truncated=True,
        model_version=classifier.bundle.version,
    )


def test_phrase_is_chosen_for_other_sentiments(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: manifest["tasks"]["phrase"].update(whole=[])))
    phrase = classifier.analyse("so happy about you and sad " * 9, "phrase", "neutral")[0]["phrase"]
    assert isinstance(phrase, Phrase)
    assert phrase.confidence < 1
    assert len(phrase.text) < 150  # within the maximum length


@pytest.mark.parametrize("sentiment", ["happy", ["neutral", "joy"], ["neutral"], ""])
def test_invalid_sentiments_are_refused(classifier: Classifier, sentiment: str | list[str | None]) -> None:
    with pytest.raises(ValueError, match="sentiment"):
        classifier.analyse(["so happy", "so sad"], "phrase", sentiment)


def test_bundle_with_one_task_answers_only_that(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: keep(manifest, "emotion")))
    assert list(classifier.analyse("so happy")[0]) == ["emotion"]
    with pytest.raises(UnknownTask, match="no task 'phrase'; it has emotion$"):
        classifier.analyse("so happy", "phrase")


def test_bundle_without_sentiment_needs_a_given_one(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: keep(manifest, "phrase")))
    with pytest.raises(UnknownTask, match="no task 'sentiment'; it has phrase$"):
        classifier.analyse(["so happy", "so sad"], sentiment=["positive", None])
    assert list(classifier.analyse(["so happy"], sentiment="positive")[0]) == ["phrase"]


def keep(manifest: dict[str, Any], name: str) -> None:
    manifest["tasks"] = {name: manifest["tasks"][name]}


def test_probabilities_have_a_column_per_label(classifier: Classifier, bundle: Bundle) -> None:
    names = [task.name for task in bundle.tasks.values() if task.kind == "classification"]
    scores = classifier.probabilities(MANY[:5], names)
    assert {name: values.shape for name, values in scores.items()} == {
        name: (5, len(bundle.tasks[name].labels)) for name in names
    }


def test_threads_may_share_a_classifier(classifier: Classifier) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(classifier.classify, MANY))
    assert answers == [classifier.classify(text) for text in MANY]


def test_unknown_engine_is_refused(tiny_bundle: Path) -> None:
    with pytest.raises(ValueError, match="unknown engine 'abacus'; choose from onnx, tensorflow"):
        load_classifier(tiny_bundle, engine="abacus")  # type: ignore[arg-type]


def test_tokenizer_must_not_have_more_tokens_than_the_network(edit: Edit, bundle_copy: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundle_copy / TOKENIZER))
    tokenizer.add_tokens([f"word{number}" for number in range(2000)])
    tokenizer.save(str(bundle_copy / TOKENIZER))
    edit(lambda manifest: manifest["files"].update({TOKENIZER: file_entry(bundle_copy / TOKENIZER)}))
    with pytest.raises(BundleError, match="cannot read the tokenizer's output"):
        load_classifier(bundle_copy)


def test_maximum_length_must_not_exceed_the_networks_positions(edit: Edit) -> None:
    path = edit(lambda manifest: manifest.update(max_length=4000))
    with pytest.raises(BundleError, match="cannot read the tokenizer's output"):
        load_classifier(path)


def test_altered_bundle_is_not_loaded(edit: Edit, bundle_copy: Path) -> None:
    (bundle_copy / TOKENIZER).write_text("{}")
    with pytest.raises(BundleError, match="tokenizer.json: has 2 bytes instead of"):
        load_classifier(bundle_copy)


def test_serving_does_not_import_training_libraries(tiny_bundle: Path) -> None:
    code = f"""if True:
        import sys
        from emoji_api import load_classifier
        assert load_classifier({str(tiny_bundle)!r}).classify("so happy")
        print({{"tensorflow", "transformers", "torch", "pandas", "sklearn", "flask"}} & set(sys.modules))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_packaged_bundle_is_within_the_package() -> None:
    assert packaged_bundle().parts[-3:] == ("emoji_api", "models", "tweets")
