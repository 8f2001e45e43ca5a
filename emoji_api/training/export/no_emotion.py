"""The rule for tweets without an emotion, added to a bundle that was calibrated before the rule existed."""

import json
from pathlib import Path

import numpy as np

from emoji_api.errors import DataError
from emoji_api.inference.bundle import MANIFEST, write_manifest
from emoji_api.inference.classifier import load_classifier
from emoji_api.inference.no_emotion import NoEmotionRule
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import EMOTION
from emoji_api.training.calibration.no_emotion import as_entry, fit_no_emotion
from emoji_api.training.data.readers import single_emotion_split
from emoji_api.training.data.readers.annotated import no_emotion_texts
from emoji_api.training.data.sources import read_split_annotations
from emoji_api.training.params import DataParams


def read_no_emotion_data(data: DataParams) -> tuple[list[str], np.ndarray]:
    """Return the LLM-annotated validation tweets with one emotion or none, and for each whether it has none (rows,).

    Raise DataError if `data` has no such tweets.
    """
    annotations, _ = read_split_annotations("validation", data)
    with_emotion, without = single_emotion_split(annotations).texts, no_emotion_texts(annotations)
    if not with_emotion or not without:
        raise DataError("the data have no annotated validation tweets: tweeteval/ and tweet_sentiment_extraction/ do")
    return [*with_emotion, *without], np.arange(len(with_emotion) + len(without)) >= len(with_emotion)


def add_no_emotion(folder: Path, data: DataParams, max_false_positive_rate: float | None) -> NoEmotionRule:
    """Fit the rule on the answers of the bundle in `folder`, write it into its `bundle.json`, and return it.

    Nothing else changes, so that the bundle keeps its version and its answers. Raises BundleError and DataError.
    """
    classifier = load_classifier(folder)
    texts, without_emotion = read_no_emotion_data(data)
    with stage("answering", len(texts), TEXTS):
        probabilities = classifier.probabilities(texts, [EMOTION.name])[EMOTION.name]
    rule = fit_no_emotion(probabilities, without_emotion, max_false_positive_rate)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["tasks"][EMOTION.name]["no_emotion"] = as_entry(rule)
    write_manifest(folder, manifest)
    return rule
