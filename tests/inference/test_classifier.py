"""From texts to answers, in the caller's order."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from emoji_api import Classifier, load_classifier
from emoji_api.errors import BundleError, InvalidText, UnknownTask
from emoji_api.inference.bundle import TOKENIZER, Bundle, file_entry
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.tasks import EMOTION, EMOTION_EMOJI

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


def test_unknown_task(classifier: Classifier) -> None:
    with pytest.raises(UnknownTask, match="no task 'weather'; it has .*emotion"):
        classifier.probabilities("so happy", ["weather"])


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
