"""Reports of progress: stages, units, and the classifier's own reports."""

import threading
from pathlib import Path

import pytest

from emoji_api import load_classifier
from emoji_api.progress import TEXTS, advance, is_shown, listening, stage, track
from tests.stages import Recorder


@pytest.fixture
def recorder():
    recorder = Recorder()
    with listening(recorder):
        yield recorder


def test_without_a_listener_a_report_does_nothing() -> None:
    assert not is_shown()
    with stage("work", 3) as work:
        work.advance()
        advance(1, TEXTS)
    assert list(track([1, 2], "items")) == [1, 2]


def test_track_counts_each_item_when_it_is_done(recorder: Recorder) -> None:
    done = [recorder["items"].done for _ in track(["a", "b", "c"], "items")]
    assert done == [0, 1, 2]
    assert (recorder["items"].total, recorder["items"].done, recorder["items"].ended) == (3, 3, True)


def test_advance_counts_only_the_unit_of_the_innermost_stage(recorder: Recorder) -> None:
    with stage("outer", 5, TEXTS):
        with stage("inner", 1, "epochs"):
            advance(1, TEXTS)
        advance(2, TEXTS)
    assert (recorder["outer"].done, recorder["inner"].done) == (2, 0)


def test_other_threads_have_no_listener(recorder: Recorder) -> None:
    shown = []
    thread = threading.Thread(target=lambda: shown.append(is_shown()))
    thread.start()
    thread.join()
    assert is_shown() and shown == [False]


@pytest.mark.parametrize("explain", [False, True])
def test_classifier_counts_its_texts(recorder: Recorder, tiny_bundle: Path, explain: bool) -> None:
    classifier = load_classifier(tiny_bundle, batch_size=2)
    texts = ["so happy", "sad", "i feel so very angry today", "a bit scared", "amazed"]
    with stage("answering", len(texts), TEXTS):
        classifier.analyse(texts, explain=explain)
    with stage("probabilities", len(texts), TEXTS):
        classifier.probabilities(texts, ["emotion"])
    assert recorder["answering"].done == pytest.approx(len(texts))
    assert recorder["probabilities"].done == pytest.approx(len(texts))
