"""From texts to answers, in the caller's order."""

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


def test_one_text(classifier: Classifier) -> None:
    (answer,) = classifier.classify("I am so happy today")
    assert answer.label == max(answer.scores, key=lambda label: answer.scores[label])
    assert answer.confidence == answer.scores[answer.label]
    assert answer.emoji == EMOTION_EMOJI[answer.label]
    assert answer.model_version == classifier.bundle.version
    assert not answer.truncated


def test_scores_are_probabilities_of_every_label(classifier: Classifier) -> None:
    for answer in classifier.classify(MANY):
        assert tuple(answer.scores) == EMOTION.labels
        assert sum(answer.scores.values()) == pytest.approx(1, abs=1e-5)


def test_order_is_the_callers(bundle: Bundle, classifier: Classifier) -> None:
    one_by_one = Classifier(bundle, classifier.engine, classifier.tokenizer, batch_size=1)
    assert one_by_one.classify(MANY) == [classifier.classify(text)[0] for text in MANY]


def test_any_iterable(classifier: Classifier) -> None:
    assert classifier.classify(text for text in MANY[:3]) == classifier.classify(MANY[:3])


def test_no_texts(classifier: Classifier) -> None:
    assert classifier.classify([]) == []
    assert classifier.probabilities([], ["emotion"])["emotion"].shape == (0, 6)


def test_a_long_text_is_answered_and_marked(classifier: Classifier) -> None:
    answers = classifier.classify(["so happy", "so happy " * 500])
    assert [answer.truncated for answer in answers] == [False, True]


def test_a_bad_text_is_named_by_its_place(classifier: Classifier) -> None:
    with pytest.raises(InvalidText, match="^text 2 is blank"):
        classifier.classify(["so", "happy", " "])


def test_a_lone_bad_text_has_no_place(classifier: Classifier) -> None:
    with pytest.raises(InvalidText, match="^the text is blank") as caught:
        classifier.classify(" ")
    assert caught.value.index is None


@pytest.mark.parametrize("name", ["weather", "phrase", ""])
def test_no_probabilities_of_what_is_no_classification(classifier: Classifier, name: str) -> None:
    with pytest.raises(UnknownTask, match=f"no task '{name}'; it has .*emotion") as caught:
        classifier.probabilities("so happy", [name])
    assert "phrase" not in caught.value.available


def test_all_tasks_in_the_order_of_the_bundle(classifier: Classifier, bundle: Bundle) -> None:
    for answers in classifier.analyse(MANY):
        assert list(answers) == list(bundle.tasks) == [answer.task for answer in answers.values()]


def test_tasks_in_the_order_they_are_asked(classifier: Classifier) -> None:
    (answers,) = classifier.analyse("so happy", ["hate", "phrase", "emotion", "hate"])
    assert list(answers) == ["hate", "phrase", "emotion"]


def test_one_task_by_its_name(classifier: Classifier) -> None:
    assert classifier.analyse(MANY, "emotion") == [{"emotion": answer} for answer in classifier.classify(MANY)]


def test_asked_for_nothing(classifier: Classifier) -> None:
    assert classifier.analyse(MANY[:2], []) == [{}, {}]
    assert classifier.analyse([]) == []


def test_together_as_alone(bundle: Bundle, classifier: Classifier) -> None:
    one_by_one = Classifier(bundle, classifier.engine, classifier.tokenizer, batch_size=1)
    for task in bundle.tasks:
        alone = one_by_one.analyse(MANY, task)
        together = one_by_one.analyse(MANY)
        assert [answers[task] for answers in alone] == [answers[task] for answers in together]


def test_label_by_the_threshold_of_the_bundle(edit: Edit) -> None:
    for threshold, label in ((0, "hate"), (1, "not-hate")):
        classifier = load_classifier(edit(lambda manifest: manifest["tasks"]["hate"].update(threshold=threshold)))  # noqa: B023
        answer = classifier.analyse("so happy", "hate")[0]["hate"]
        assert isinstance(answer, Classification)
        assert (answer.label, answer.threshold) == (label, threshold)


def test_phrase_of_the_sentiment_that_is_found(classifier: Classifier) -> None:
    for answers in classifier.analyse(MANY, ["phrase", "sentiment"]):
        sentiment, phrase = answers["sentiment"], answers["phrase"]
        assert isinstance(sentiment, Classification) and isinstance(phrase, Phrase)
        assert phrase.sentiment == sentiment.label


def test_sentiment_is_found_without_being_asked(classifier: Classifier) -> None:
    assert [list(answers) for answers in classifier.analyse(MANY[:2], "phrase")] == [["phrase"], ["phrase"]]


def test_phrase_of_the_sentiment_that_is_given(classifier: Classifier) -> None:
    given = ["negative", "neutral", None, "positive"]
    found = [answers["phrase"] for answers in classifier.analyse(["so happy"] * 4, "phrase", given)]
    assert [phrase.sentiment for phrase in found] == ["negative", "neutral", found[2].sentiment, "positive"]
    assert found[3] == classifier.analyse("so happy", "phrase", "positive")[0]["phrase"]


def test_phrase_is_a_part_of_the_text_as_it_was_sent(classifier: Classifier) -> None:
    for text in ["😂 e\u0301 &amp; @someone I`m SO happy\u00a0😂 http://x.co/a", "  so sad " * 30]:
        for sentiment in PHRASE.labels:
            phrase = classifier.analyse(text, "phrase", sentiment)[0]["phrase"]
            assert isinstance(phrase, Phrase)
            assert phrase.text == text[phrase.start : phrase.end] == phrase.text.strip() != ""
            assert 0 < phrase.confidence <= 1


def test_whole_text_of_the_sentiments_that_the_bundle_names(edit: Edit) -> None:
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


def test_no_whole_text_unless_the_bundle_says_so(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: manifest["tasks"]["phrase"].update(whole=[])))
    phrase = classifier.analyse("so happy about you and sad " * 9, "phrase", "neutral")[0]["phrase"]
    assert isinstance(phrase, Phrase)
    assert phrase.confidence < 1
    assert len(phrase.text) < 150  # of what was read


@pytest.mark.parametrize("sentiment", ["happy", ["neutral", "joy"], ["neutral"], ""])
def test_sentiments_that_cannot_be(classifier: Classifier, sentiment: str | list[str | None]) -> None:
    with pytest.raises(ValueError, match="sentiment"):
        classifier.analyse(["so happy", "so sad"], "phrase", sentiment)


def test_a_bundle_with_one_task(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: keep(manifest, "emotion")))
    assert list(classifier.analyse("so happy")[0]) == ["emotion"]
    with pytest.raises(UnknownTask, match="no task 'phrase'; it has emotion$"):
        classifier.analyse("so happy", "phrase")


def test_a_sentiment_must_be_given_to_a_bundle_that_finds_none(edit: Edit) -> None:
    classifier = load_classifier(edit(lambda manifest: keep(manifest, "phrase")))
    with pytest.raises(UnknownTask, match="no task 'sentiment'; it has phrase$"):
        classifier.analyse(["so happy", "so sad"], sentiment=["positive", None])
    assert list(classifier.analyse(["so happy"], sentiment="positive")[0]) == ["phrase"]


def keep(manifest: dict[str, Any], name: str) -> None:
    manifest["tasks"] = {name: manifest["tasks"][name]}


def test_every_task_of_the_bundle(classifier: Classifier, bundle: Bundle) -> None:
    names = [task.name for task in bundle.tasks.values() if task.kind == "classification"]
    scores = classifier.probabilities(MANY[:5], names)
    assert {name: values.shape for name, values in scores.items()} == {
        name: (5, len(bundle.tasks[name].labels)) for name in names
    }


def test_shared_between_threads(classifier: Classifier) -> None:
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(classifier.classify, MANY))
    assert together == [classifier.classify(text) for text in MANY]


def test_unknown_engine(tiny_bundle: Path) -> None:
    with pytest.raises(ValueError, match="unknown engine 'abacus'; there are onnx, tensorflow"):
        load_classifier(tiny_bundle, engine="abacus")  # type: ignore[arg-type]


def test_a_tokenizer_with_more_words_than_the_network(edit: Edit, bundle_copy: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundle_copy / TOKENIZER))
    tokenizer.add_tokens([f"word{number}" for number in range(2000)])
    tokenizer.save(str(bundle_copy / TOKENIZER))
    edit(lambda manifest: manifest["files"].update({TOKENIZER: file_entry(bundle_copy / TOKENIZER)}))
    with pytest.raises(BundleError, match="cannot read the tokenizer's output"):
        load_classifier(bundle_copy)


def test_more_tokens_than_the_network_has_positions_for(edit: Edit) -> None:
    path = edit(lambda manifest: manifest.update(max_length=4000))
    with pytest.raises(BundleError, match="cannot read the tokenizer's output"):
        load_classifier(path)


def test_an_altered_bundle_is_not_loaded(edit: Edit, bundle_copy: Path) -> None:
    (bundle_copy / TOKENIZER).write_text("{}")
    with pytest.raises(BundleError, match="tokenizer.json: has 2 bytes instead of"):
        load_classifier(bundle_copy)


def test_serving_needs_nothing_of_training(tiny_bundle: Path) -> None:
    code = f"""if True:
        import sys
        from emoji_api import load_classifier
        assert load_classifier({str(tiny_bundle)!r}).classify("so happy")
        print({{"tensorflow", "transformers", "torch", "pandas", "sklearn", "flask"}} & set(sys.modules))"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_packaged_bundle_is_within_the_package() -> None:
    assert packaged_bundle().parts[-3:] == ("emoji_api", "models", "tweets")
