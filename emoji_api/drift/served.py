"""The profile of a running service, read from its Prometheus metrics."""

from collections import defaultdict
from urllib.request import urlopen

import numpy as np
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from emoji_api.drift.profile import CONFIDENCE_BINS, TOKEN_BINS, UNKNOWN_BINS, Feature, Profile, bin_names
from emoji_api.errors import DataError
from emoji_api.tasks import Task

TIMEOUT_SECONDS = 10
HISTOGRAMS = {
    "emoji_api_text_tokens": ("tokens", TOKEN_BINS),
    "emoji_api_unknown_tokens_share": ("unknown_tokens", UNKNOWN_BINS),
    "emoji_api_confidence": ("{task}/confidence", CONFIDENCE_BINS),
}
"""Feature and bins by the name of a histogram."""
PREDICTIONS = "emoji_api_predictions"
MODEL_INFO = "emoji_api_model_info"


def fetch_metrics(url: str) -> str:
    """Return the text at `url`, the address of a service's `/metrics`. Raise DataError if it cannot be read."""
    if not url.startswith(("http://", "https://")):
        raise DataError(f"{url}: the address of a service begins with http:// or https://")
    try:
        with urlopen(url, timeout=TIMEOUT_SECONDS) as response:
            text: str = response.read().decode("utf-8")
            return text
    except (OSError, ValueError) as error:
        raise DataError(f"{url}: {error}") from error


def served_versions(metrics: str) -> set[str]:
    """Return the model versions that the service's workers serve now. Raise DataError if `metrics` cannot be parsed."""
    return {sample.labels["version"] for sample in _parse(metrics) if sample.name == MODEL_INFO and sample.value}


def profile_from_metrics(metrics: str, tasks: dict[str, Task]) -> Profile:
    """Return the profile of what a service has answered for `tasks` since its start.

    `metrics` is in Prometheus's text format. Raise DataError if it cannot be parsed.
    """
    label_counts: dict[str, dict[str, int]] = defaultdict(dict)
    cumulative_counts: dict[str, dict[str, float]] = defaultdict(dict)
    totals: dict[str, float] = {}
    for sample in _parse(metrics):
        name, _, suffix = sample.name.rpartition("_")
        if name == PREDICTIONS and suffix == "total":
            label_counts[sample.labels["task"]][sample.labels["label"]] = int(sample.value)
        elif name in HISTOGRAMS:
            feature = HISTOGRAMS[name][0].format(**sample.labels)
            if suffix == "bucket":
                cumulative_counts[feature][sample.labels["le"]] = sample.value
            elif suffix == "sum":
                totals[feature] = sample.value
    profile = {
        f"{name}/label": Feature(
            bins=task.labels, counts=np.array([label_counts[name].get(label, 0) for label in task.labels])
        )
        for name, task in tasks.items()
        if name in label_counts and task.kind == "classification"
    }
    for name, bounds in HISTOGRAMS.values():
        bins = bin_names(bounds)
        for feature in [name] if "{" not in name else [name.format(task=task) for task in tasks]:
            if feature in cumulative_counts:
                cumulative = [cumulative_counts[feature].get(bin_name, 0) for bin_name in bins]
                counts = np.diff(cumulative, prepend=0).astype(int)
                profile[feature] = Feature(bins=bins, counts=counts, total=totals.get(feature, 0.0))
    return profile


def _parse(metrics: str) -> list[Sample]:
    try:
        return [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    except ValueError as error:
        raise DataError(f"the metrics cannot be parsed: {error}") from error
