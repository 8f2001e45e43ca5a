"""Guard over the served model: validation metrics of trainings, accuracy on labelled posts, and drift."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import quote

from emoji_airflow.alerts import Alert
from emoji_airflow.service import request
from emoji_api.drift.compare import compare
from emoji_api.drift.profile import from_json
from emoji_api.drift.served import profile_from_metrics
from emoji_api.errors import DataError
from emoji_api.tasks import TASKS

PAGE = 100
TASK = "sentiment"
"""The task that posts are labelled for by default."""
REFERENCE_SPLIT = "test"


def check_trainings(count: int, threshold: float) -> list[str]:
    """Compare the newest training with the ones before it, at most `count` in all. Return a line per metric.

    Raise Alert if a metric has worsened by more than `threshold`.
    """
    trainings = request("GET", "/training", params={"limit": count}).json()["trainings"]
    lines, worse = compare_trainings(trainings, threshold)
    if worse:
        raise Alert(
            f"Accuracy of the newest training dropped: training {trainings[0]['id']}",
            worse,
            f"Its state is {trainings[0]['state']}. Compare its data and its MLflow run {trainings[0]['mlflow_run']} "
            "with those of the trainings before. If it was promoted, `emoji-api models rollback` serves the previous "
            "model.",
        )
    return lines


def compare_trainings(trainings: Sequence[Mapping[str, Any]], threshold: float) -> tuple[list[str], list[str]]:
    """Return a line per accuracy of the newest training with metrics, and those of them that have worsened.

    `trainings` are newest first. The reference is the median of the earlier trainings with the same parameters: the
    data sets are the same for all, so the values need no interval.
    """
    measured = [training for training in trainings if training["metrics"]]
    if not measured:
        return [], []
    newest, *earlier = measured
    earlier = [training for training in earlier if training["parameters"] == newest["parameters"]]
    lines, worse = [], []
    for name, value in newest["metrics"].items():
        values = [training["metrics"][name] for training in earlier if training["metrics"].get(name) is not None]
        if not name.endswith("accuracy") or value is None or not values:
            continue
        reference = median(values)
        lines.append(f"{name} {value:.4f}, median of {len(values)} trainings before {reference:.4f}")
        if value < reference - threshold:
            worse.append(lines[-1])
    return lines, worse


def list_companies() -> list[str]:
    """Return the names of the watched companies."""
    names: list[str] = []
    while True:
        page = request("GET", "/companies", params={"limit": PAGE, "offset": len(names)}).json()
        names += [company["name"] for company in page["companies"]]
        if not page["companies"] or len(names) >= page["total"]:
            return names


def check_posts(company: str, days: int, threshold: float) -> str:
    """Compare the champion's accuracy on the posts labelled in the last `days` days with its accuracy on its test set.

    Return a line with the result. Raise Alert if it has worsened, as `worsened` says.
    """
    card = request("GET", "/models").json()
    fresh = datetime.now(UTC) - timedelta(days=days)
    # older labels may be in the model's training data
    since = max(fresh, datetime.fromisoformat(card["created_at"])).isoformat()
    path = f"/companies/{quote(company, safe='')}/accuracy"
    document = request("GET", path, params={"task": TASK, "since": since}).json()
    measured = document["by_model_version"].get(card["version"])
    if measured is None or not measured["labels"]:
        return f"{company}: no labels since {since}"
    reference = card["metrics"][TASK][REFERENCE_SPLIT]["accuracy"]
    lower, upper = measured["interval"]
    line = (
        f"{company}: {TASK} accuracy {measured['accuracy']:.3f} (95 % interval {lower:.3f} to {upper:.3f}) on "
        f"{measured['labels']} posts labelled since {since[:10]}; on the test set {reference:.3f}"
    )
    if worsened(upper, reference, threshold):
        raise Alert(
            f"Accuracy on live posts dropped: {company}",
            [line, f"the upper bound is more than {threshold} below the accuracy on the test set"],
            f"The served model is {card['version']}. Read the posts that it answers wrongly, and label more of them: "
            "labels go to the next training. To retrain now, trigger weekly_retraining.",
        )
    return line


def worsened(upper: float, reference: float, threshold: float) -> bool:
    """Return whether the accuracy has worsened by more than `threshold`.

    The upper bound of the interval is compared, not the point value: with few labels the point value falls below the
    threshold by chance, and an alert each day would be ignored.
    """
    return upper < reference - threshold


def check_drift(threshold: float) -> list[str]:
    """Compare the texts that the service has answered since its start with the validation data of the served model.

    Return a line per feature. Raise Alert if one has drifted.
    """
    card, metrics = request("GET", "/models").json(), request("GET", "/metrics").text
    drifts = list(drift_of(card, metrics, threshold))
    if drifted := [line for line, verdict in drifts if verdict == "drifted"]:
        raise Alert(
            f"Drift: the texts differ from the validation data of model {card['version']}",
            drifted,
            "Compare with `emoji-api drift --metrics URL` and look at recent texts. If they are what users write now, "
            "add such texts to the training data and retrain; until then the metrics in the model card do not hold.",
        )
    return [line for line, _ in drifts]


def drift_of(card: Mapping[str, Any], metrics: str, threshold: float) -> Iterator[tuple[str, str]]:
    """Yield a line and the verdict of each feature; nothing if the service has answered no text."""
    tasks = {name: TASKS[name] for name in card["tasks"] if name in TASKS}
    current = profile_from_metrics(metrics, tasks)
    if not any(feature.rows for feature in current.values()):
        return
    if "reference" not in card:
        raise DataError(f"the model {card['version']} has no reference; write its bundle again with emoji-api export")
    for drift in compare(from_json(card["reference"]), current, threshold):
        values = f"population stability index {drift.psi:.3f}, threshold {threshold}, {drift.rows} values"
        yield f"{drift.feature}: {drift.verdict}, {values}", drift.verdict
