"""Prometheus metrics: requests by route and status, predictions by label, the served model."""

import os
import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from emoji_api.drift.profile import CONFIDENCE_BINS, TOKEN_BINS, UNKNOWN_BINS
from emoji_api.inference.answers import Answer, Classification, Phrase
from emoji_api.inference.language import is_supported
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer

EXTENSION = "emoji-api-metrics"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SECONDS = (0.001, 0.002, 0.003, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

blp = Blueprint("metrics", __name__)


class Metrics:
    """The metrics of one application. Each worker process counts its own; `/metrics` of any of them returns the sum."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "emoji_api_request_duration_seconds",
            "duration of a request",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.predictions = Counter(
            "emoji_api_predictions", "predictions by task and label", ["task", "label"], registry=self.registry
        )
        self.confidence = Histogram(
            "emoji_api_confidence",
            "calibrated probability of the predicted labels and phrases",
            ["task"],
            buckets=CONFIDENCE_BINS,
            registry=self.registry,
        )
        self.tokens = Histogram(
            "emoji_api_text_tokens",
            "length of the texts in tokens, after truncation",
            buckets=TOKEN_BINS,
            registry=self.registry,
        )
        self.unknown_tokens = Histogram(
            "emoji_api_unknown_tokens_share",
            "share of unknown tokens in a text",
            buckets=UNKNOWN_BINS,
            registry=self.registry,
        )
        self.truncated = Counter(
            "emoji_api_truncated_texts",
            "texts that were truncated",
            registry=self.registry,
        )
        self.no_emotion = Counter(
            "emoji_api_no_emotion_texts",
            "texts that were answered as having no emotion",
            registry=self.registry,
        )
        self.unsupported_languages = Counter(
            "emoji_api_unsupported_language_texts",
            "texts in another language than English, of the requests that ask for the language",
            ["language"],
            registry=self.registry,
        )
        self.model = Gauge(
            "emoji_api_model_info",
            "1 for each version that a worker serves",
            ["version", "engine"],
            multiprocess_mode="livemax",
            registry=self.registry,
        )
        self.feedback = Counter(
            "emoji_api_feedback",
            "corrections received, without repeated ones",
            ["task", "label"],
            registry=self.registry,
        )
        self.reload_failures = Counter(
            "emoji_api_model_reload_failures", "models that could not be served", registry=self.registry
        )
        self._served: tuple[str, str] | None = None  # version and engine

    @staticmethod
    def of(app: Flask) -> "Metrics":
        """Return the metrics of `app`."""
        metrics: Metrics = app.extensions[EXTENSION]
        return metrics

    def model_loaded(self, version: str, engine: str) -> None:
        """Set the version that this worker serves, and the engine that runs its network."""
        if self._served:
            self.model.labels(*self._served).set(0)  # in multiprocess mode a series cannot be removed
        self._served = version, engine
        self.model.labels(version, engine).set(1)

    def model_refused(self) -> None:
        """Count a model that could not be served."""
        self.reload_failures.inc()

    def answered(self, texts: Iterable[Mapping[str, Answer]]) -> None:
        """Count the answers of each text by task and label."""
        for answers in texts:
            for task, answer in answers.items():
                label = answer.sentiment if isinstance(answer, Phrase) else answer.label
                confidence = answer.confidence
                if isinstance(answer, Classification) and answer.is_no_emotion:
                    self.no_emotion.inc()
                    # the emotion that the network predicts, so that drift does not depend on what callers ask for
                    label, confidence = max(answer.scores.items(), key=lambda item: item[1])
                self.predictions.labels(task, label).inc()
                self.confidence.labels(task).observe(confidence)
            if any(answer.truncated for answer in answers.values()):
                self.truncated.inc()

    def languages_identified(self, languages: Iterable[str | None]) -> None:
        """Count the texts in languages that the model cannot read."""
        for language in languages:
            if language and not is_supported(language):
                self.unsupported_languages.labels(language).inc()

    def tokenised(self, tokenizer: TweetTokenizer, tokens: TokenBatch) -> None:
        """Observe the length of each text and its share of unknown tokens."""
        for length, unknown in zip(tokens.lengths.tolist(), tokenizer.unknown_shares(tokens).tolist(), strict=True):
            self.tokens.observe(length)
            self.unknown_tokens.observe(unknown)

    def responded(self, response: Response) -> Response:
        """Observe the duration of the current request, and return its response."""
        # routes and known methods only: a caller must not be able to create series
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        seconds = time.perf_counter() - g.started
        self.requests.labels(method, route, response.status_code).observe(seconds)
        return response


def init_app(app: Flask) -> None:
    """Create the metrics of `app` and observe its requests."""
    metrics = app.extensions[EXTENSION] = Metrics()
    app.after_request(metrics.responded)


@blp.get("/metrics")
def show() -> Response:
    """Return the metrics of all workers in Prometheus's text format."""
    registry = Metrics.of(current_app).registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
