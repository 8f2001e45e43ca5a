"""What a service has counted since its start, as a profile."""

from collections import defaultdict
from urllib.request import urlopen

import numpy as np
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from emoji_api.drift.bins import CONFIDENCE, TOKENS, UNKNOWN
from emoji_api.drift.profile import Feature, Profile, bin_names
from emoji_api.errors import DataError
from emoji_api.tasks import Task

SECONDS = 10
NUMBERS = {
    "emoji_api_text_tokens": ("tokens", TOKENS),
    "emoji_api_unknown_tokens_share": ("unknown_tokens", UNKNOWN),
    "emoji_api_confidence": ("{task}/confidence", CONFIDENCE),
}
LABELS = "emoji_api_predictions"
MODEL = "emoji_api_model_info"


def fetch(url: str) -> str:
    """What `/metrics` at `url` says. Raises `DataError`."""
    if not url.startswith(("http://", "https://")):
        raise DataError(f"{url}: is no address of a service")
    try:
        with urlopen(url, timeout=SECONDS) as response:
            text: str = response.read().decode("utf-8")
            return text
    except (OSError, ValueError) as error:
        raise DataError(f"{url}: {error}") from error


def versions(metrics: str) -> set[str]:
    """The versions of the model that the workers of the service serve now. Raises `DataError` as `counted` does."""
    return {sample.labels["version"] for sample in _samples(metrics) if sample.name == MODEL and sample.value}


def counted(metrics: str, tasks: dict[str, Task]) -> Profile:
    """The profile in `metrics`, in Prometheus's text format, of `tasks`. Raises `DataError` for another format."""
    labels: dict[str, dict[str, int]] = defaultdict(dict)
    below: dict[str, dict[str, float]] = defaultdict(dict)
    totals: dict[str, float] = {}
    for sample in _samples(metrics):
        name, _, part = sample.name.rpartition("_")
        if name == LABELS and part == "total":
            labels[sample.labels["task"]][sample.labels["label"]] = int(sample.value)
        elif name in NUMBERS:
            feature = NUMBERS[name][0].format(**sample.labels)
            if part == "bucket":
                below[feature][sample.labels["le"]] = sample.value
            elif part == "sum":
                totals[feature] = sample.value
    profile = {
        f"{name}/label": Feature(bins=task.labels, counts=np.array([labels[name].get(one, 0) for one in task.labels]))
        for name, task in tasks.items()
        if name in labels and task.kind == "classification"
    }
    for name, bounds in NUMBERS.values():
        for feature in [name] if "{" not in name else [name.format(task=task) for task in tasks]:
            if feature in below:
                cumulative = [below[feature].get(one, 0) for one in bin_names(bounds)]
                counts = np.diff(cumulative, prepend=0).astype(int)
                profile[feature] = Feature(bins=bin_names(bounds), counts=counts, total=totals.get(feature, 0.0))
    return profile


def _samples(metrics: str) -> list[Sample]:
    try:
        return [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    except ValueError as error:
        raise DataError(f"the metrics cannot be read: {error}") from error
