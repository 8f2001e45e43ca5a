"""What Prometheus reads: requests by route and status, predictions by label, the model that answers."""

import os
import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from emoji_api.inference.answers import Answer, Phrase

EXTENSION = "emoji-api-metrics"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SECONDS = (0.001, 0.002, 0.003, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

blp = Blueprint("metrics", __name__)


class Metrics:
    """The figures of one application. Under several workers each counts its own, and any of them shows the sum."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "emoji_api_request_duration_seconds",
            "time from the first look at a request to its response",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.predictions = Counter("emoji_api_predictions", "answers given", ["task", "label"], registry=self.registry)
        self.truncated = Counter(
            "emoji_api_truncated_texts",
            "texts answered that were longer than the network reads",
            registry=self.registry,
        )
        self.model = Gauge(
            "emoji_api_model_info",
            "the model that is served",
            ["version", "engine"],
            multiprocess_mode="livemax",
            registry=self.registry,
        )

    @staticmethod
    def of(app: Flask) -> "Metrics":
        """The metrics of `app`."""
        metrics: Metrics = app.extensions[EXTENSION]
        return metrics

    def model_loaded(self, version: str, engine: str) -> None:
        """Names the model that answers."""
        self.model.labels(version, engine).set(1)

    def answered(self, texts: Iterable[Mapping[str, Answer]]) -> None:
        """Counts what was said of each text, by task."""
        for answers in texts:
            for task, answer in answers.items():
                label = answer.sentiment if isinstance(answer, Phrase) else answer.label
                self.predictions.labels(task, label).inc()
            if any(answer.truncated for answer in answers.values()):
                self.truncated.inc()

    def responded(self, response: Response) -> Response:
        """Counts and times a request."""
        # routes and known methods only: what callers make up must not become a series
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        seconds = time.perf_counter() - g.started
        self.requests.labels(method, route, response.status_code).observe(seconds)
        return response


def init_app(app: Flask) -> None:
    """Counts every request to `app`."""
    metrics = app.extensions[EXTENSION] = Metrics()
    app.after_request(metrics.responded)


@blp.get("/metrics")
def show() -> Response:
    """The figures of every worker, in Prometheus's text format."""
    registry = Metrics.of(current_app).registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
