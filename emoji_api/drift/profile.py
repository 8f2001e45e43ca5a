"""How texts and their answers are spread: for each feature, how many fall into each bin."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from emoji_api.drift.bins import CONFIDENCE, TOKENS, UNKNOWN
from emoji_api.errors import DataError
from emoji_api.inference.answers import Classification
from emoji_api.inference.classifier import Classifier

SAMPLE = 2000
"""Texts of each task that a reference is made of."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """`counts`, int (bins,), by name of the bin: a label, or a number's upper bound; of a number also the `total`."""

    bins: tuple[str, ...]
    counts: np.ndarray
    total: float | None = None

    @property
    def rows(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Of a number."""
        return None if self.total is None or not self.rows else self.total / self.rows

    def __add__(self, other: "Feature") -> "Feature":
        total = None if self.total is None else self.total + (other.total or 0)
        return Feature(bins=self.bins, counts=self.counts + other.counts, total=total)


Profile = dict[str, Feature]
"""By feature: `tokens` and `unknown_tokens` of the texts, `TASK/label` and `TASK/confidence` of the answers."""


def measure(classifier: Classifier, texts: Sequence[str], tasks: Iterable[str] | None = None) -> Profile:
    """The profile of `texts` and of what is said of them: of `tasks`, or of all that have labels.

    Raises `InvalidText` and `UnknownTask`.
    """
    chosen = [name for name, task in classifier.bundle.tasks.items() if task.kind == "classification"]
    chosen = [classifier.task(name, kind="classification").name for name in tasks] if tasks is not None else chosen
    profile = text_features(classifier, texts)
    answers = classifier.analyse(texts, chosen)
    for name in chosen:
        of_task = [answer for by_task in answers if isinstance(answer := by_task[name], Classification)]
        found = Counter(answer.label for answer in of_task)
        labels = classifier.bundle.tasks[name].labels
        counts = np.array([found[label] for label in labels], dtype=int)
        profile[f"{name}/label"] = Feature(bins=labels, counts=counts)
        profile[f"{name}/confidence"] = numeric([answer.confidence for answer in of_task], CONFIDENCE)
    return profile


def text_features(classifier: Classifier, texts: Sequence[str]) -> Profile:
    """How long `texts` are in tokens, the special ones included, and which share of their own tokens is unknown."""
    tokens = classifier.tokenizer.encode(texts)
    return {
        "tokens": numeric(tokens.lengths, TOKENS),
        "unknown_tokens": numeric(classifier.tokenizer.unknown_shares(tokens), UNKNOWN),
    }


def numeric(values: Sequence[float] | np.ndarray, bounds: Sequence[float]) -> Feature:
    """The feature that has `values`, counted between `bounds`; above the last is a bin of its own."""
    places = np.searchsorted(bounds, np.asarray(values), side="left")
    counts = np.bincount(places, minlength=len(bounds) + 1)
    return Feature(bins=bin_names(bounds), counts=counts, total=float(np.sum(values)))


def bin_names(bounds: Sequence[float]) -> tuple[str, ...]:
    """The names of the bins below each of `bounds`, and of the one above, as Prometheus has them in `le`."""
    return (*(str(float(bound)) for bound in bounds), "+Inf")


def add(one: Profile, other: Profile) -> Profile:
    """The profile of both."""
    return {
        name: one[name] + other[name] if name in one and name in other else (one | other)[name] for name in one | other
    }


def reference(classifier: Classifier, texts: Mapping[str, Sequence[str]]) -> Profile:
    """The profile of the texts that each task was validated on, a sample of many: each task asked about its own."""
    profile: Profile = {}
    for task, of_task in texts.items():
        if classifier.bundle.tasks[task].kind == "classification":
            sample = random.Random(0).sample(list(of_task), min(SAMPLE, len(of_task)))
            profile = add(profile, measure(classifier, sample, [task]))
    return profile


def as_json(profile: Profile) -> dict[str, Any]:
    """`profile` as `bundle.json` has it."""
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
    """The profile that `as_json` gave as `document`. Raises `DataError` for anything else."""
    try:
        found = fields.Dict(fields.String(), fields.Nested(_FeatureSchema)).deserialize(document)
    except ValidationError as error:
        raise DataError(f"the reference is not as described: {error.messages}") from error
    if uneven := [name for name, feature in found.items() if len(feature["bins"]) != len(feature["counts"])]:
        raise DataError(f"the reference has not one count a bin: {', '.join(uneven)}")
    return {
        name: Feature(bins=tuple(one["bins"]), counts=np.array(one["counts"], dtype=int), total=one.get("total"))
        for name, one in found.items()
    }
