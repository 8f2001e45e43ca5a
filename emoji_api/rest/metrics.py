"""What Prometheus reads: requests by route and status, predictions by label, the model that answers."""

import os
import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from emoji_api.drift.profile import CONFIDENCE_BINS, TOKEN_BINS, UNKNOWN_BINS
from emoji_api.inference.answers import Answer, Phrase
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer

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
        self.confidence = Histogram(
            "emoji_api_confidence",
            "calibrated probability of the answers given",
            ["task"],
            buckets=CONFIDENCE_BINS,
            registry=self.registry,
        )
        self.tokens = Histogram(
            "emoji_api_text_tokens",
            "length of the texts answered, as far as the network reads, in tokens",
            buckets=TOKEN_BINS,
            registry=self.registry,
        )
        self.unknown_tokens = Histogram(
            "emoji_api_unknown_tokens_share",
            "share of a text's tokens that the vocabulary lacks",
            buckets=UNKNOWN_BINS,
            registry=self.registry,
        )
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
        self.feedback = Counter(
            "emoji_api_feedback",
            "right answers that were sent, each text once",
            ["task", "label"],
            registry=self.registry,
        )
        self.served: tuple[str, str] | None = None
        self.reload_failures = Counter(
            "emoji_api_model_reload_failures", "models that could not be served", registry=self.registry
        )

    @staticmethod
    def of(app: Flask) -> "Metrics":
        """The metrics of `app`."""
        metrics: Metrics = app.extensions[EXTENSION]
        return metrics

    def model_loaded(self, version: str, engine: str) -> None:
        """Names the model that answers, in place of the one before."""
        if self.served:
            self.model.labels(*self.served).set(0)  # a series cannot be removed under several workers
        self.served = version, engine
        self.model.labels(version, engine).set(1)

    def model_refused(self) -> None:
        """Counts a model that could not be served."""
        self.reload_failures.inc()

    def answered(self, texts: Iterable[Mapping[str, Answer]]) -> None:
        """Counts what was said of each text, by task."""
        for answers in texts:
            for task, answer in answers.items():
                label = answer.sentiment if isinstance(answer, Phrase) else answer.label
                self.predictions.labels(task, label).inc()
                self.confidence.labels(task).observe(answer.confidence)
            if any(answer.truncated for answer in answers.values()):
                self.truncated.inc()

    def tokenised(self, tokenizer: TweetTokenizer, tokens: TokenBatch) -> None:
        """Counts how long texts are, and how strange."""
        for length, unknown in zip(tokens.lengths.tolist(), tokenizer.unknown_shares(tokens).tolist(), strict=True):
            self.tokens.observe(length)
            self.unknown_tokens.observe(unknown)

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
