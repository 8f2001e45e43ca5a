"""Profiles: histograms of texts (length, unknown tokens) and of their answers (label, confidence)."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from emoji_api.errors import DataError
from emoji_api.inference.answers import Classification
from emoji_api.inference.classifier import Classifier
from emoji_api.progress import TEXTS, stage

# inclusive upper bounds of the bins; the service's Prometheus histograms have the same
TOKEN_BINS = (3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
UNKNOWN_BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
CONFIDENCE_BINS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
SAMPLE_SIZE = 2000
"""Largest number of validation texts per task in a reference."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """The histogram of one feature: `counts`, int (bins,), by bin.

    A bin is named by its label, or by the upper bound of its numbers. A numeric feature also has `total`, the sum of
    its values.
    """

    bins: tuple[str, ...]
    counts: np.ndarray
    total: float | None = None

    @property
    def rows(self) -> int:
        """The number of values counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """The mean of a numeric feature; `None` for labels, and without values."""
        return None if self.total is None or not self.rows else self.total / self.rows

    def __add__(self, other: "Feature") -> "Feature":
        total = None if self.total is None else self.total + (other.total or 0)
        return Feature(bins=self.bins, counts=self.counts + other.counts, total=total)


Profile = dict[str, Feature]
"""Histograms by feature: `tokens` and `unknown_tokens` of the texts, `TASK/label` and `TASK/confidence` of answers."""


def measure(classifier: Classifier, texts: Sequence[str], tasks: Iterable[str] | None = None) -> Profile:
    """Return the profile of `texts` and of their answers for `tasks`, by default all classification tasks.

    Raise InvalidText for a text that cannot be answered, and UnknownTask.
    """
    if tasks is None:
        names = [name for name, task in classifier.bundle.tasks.items() if task.kind == "classification"]
    else:
        names = [classifier.task(name, kind="classification").name for name in tasks]
    profile = text_features(classifier, texts)
    answers_by_text = classifier.analyse(texts, names)
    for name in names:
        answers = [answer for by_task in answers_by_text if isinstance(answer := by_task[name], Classification)]
        label_counts = Counter(answer.label for answer in answers)
        labels = classifier.bundle.tasks[name].labels
        counts = np.array([label_counts[label] for label in labels], dtype=int)
        profile[f"{name}/label"] = Feature(bins=labels, counts=counts)
        profile[f"{name}/confidence"] = numeric_feature([answer.confidence for answer in answers], CONFIDENCE_BINS)
    return profile


def text_features(classifier: Classifier, texts: Sequence[str]) -> Profile:
    """Return the profile of the texts alone: length in tokens, special tokens included, and share of unknown tokens."""
    tokens = classifier.tokenizer.encode(texts)
    return {
        "tokens": numeric_feature(tokens.lengths, TOKEN_BINS),
        "unknown_tokens": numeric_feature(classifier.tokenizer.unknown_shares(tokens), UNKNOWN_BINS),
    }


def numeric_feature(values: Sequence[float] | np.ndarray, bounds: Sequence[float]) -> Feature:
    """Return the histogram of `values` in bins with these inclusive upper bounds, plus one bin above the last."""
    bin_indices = np.searchsorted(bounds, np.asarray(values), side="left")
    counts = np.bincount(bin_indices, minlength=len(bounds) + 1)
    return Feature(bins=bin_names(bounds), counts=counts, total=float(np.sum(values)))


def bin_names(bounds: Sequence[float]) -> tuple[str, ...]:
    """Return the names of the bins below each of `bounds` and above the last, as in Prometheus's label `le`."""
    return (*(str(float(bound)) for bound in bounds), "+Inf")


def merge(first: Profile, second: Profile) -> Profile:
    """Return the profile of the texts of both profiles."""
    return {
        name: first[name] + second[name] if name in first and name in second else (first | second)[name]
        for name in first | second
    }


def reference(classifier: Classifier, texts: Mapping[str, Sequence[str]]) -> Profile:
    """Return the profile of the validation texts of each task, at most `SAMPLE_SIZE`, with answers for that task."""
    profile: Profile = {}
    for task, task_texts in texts.items():
        if classifier.bundle.tasks[task].kind == "classification":
            sample = random.Random(0).sample(list(task_texts), min(SAMPLE_SIZE, len(task_texts)))
            with stage(f"reference of {task}", len(sample), TEXTS):
                profile = merge(profile, measure(classifier, sample, [task]))
    return profile


def as_json(profile: Profile) -> dict[str, Any]:
    """Return `profile` as a JSON document, the field `reference` of `bundle.json`."""
    return {
        name: {"bins": list(feature.bins), "counts": feature.counts.tolist()}
        | ({} if feature.total is None else {"total": round(feature.total, 4)})
        for name, feature in profile.items()
    }


class _FeatureSchema(Schema):
    class Meta:
        unknown = INCLUDE

    bins = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    counts = fields.List(fields.Integer(strict=True, validate=validate.Range(min=0)), required=True)
    total = fields.Float()


def from_json(document: Any) -> Profile:
    """Return the profile in a document that `as_json` wrote. Raise DataError if it is not one."""
    try:
        features = fields.Dict(fields.String(), fields.Nested(_FeatureSchema)).deserialize(document)
    except ValidationError as error:
        raise DataError(f"the reference in bundle.json is not valid: {error.messages}") from error
    if uneven := [name for name, feature in features.items() if len(feature["bins"]) != len(feature["counts"])]:
        raise DataError(f"the reference in bundle.json does not have one count per bin: {', '.join(uneven)}")
    return {
        name: Feature(
            bins=tuple(feature["bins"]), counts=np.array(feature["counts"], dtype=int), total=feature.get("total")
        )
        for name, feature in features.items()
    }
