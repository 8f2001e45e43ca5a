"""The one thing that the rest of the package asks: what does this tweet feel?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from emoji_api.errors import BundleError, InvalidText, UnknownTask
from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.engines import Engine, EngineName, open_engine
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, Task


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The answer for one tweet: its likeliest `label`, with the calibrated probability of every label in `scores`.

    `truncated` says that the tweet was longer than the network reads, and that its end had no say.
    """

    label: str
    emoji: str
    confidence: float
    scores: dict[str, float]
    truncated: bool
    model_version: str


class Classifier:
    """A bundle's network, ready to answer. Safe to share between threads; load one in each process.

    `batch_size` texts are run together. An int8 network scales its activations by the largest of the batch, so a
    text's scores depend a little on its neighbours; with 1 they never do, at some cost in throughput.
    """

    def __init__(self, bundle: Bundle, engine: Engine, tokenizer: TweetTokenizer, *, batch_size: int = 32):
        self.bundle = bundle
        self.engine = engine
        self.tokenizer = tokenizer
        self.batch_size = batch_size

    def classify(self, texts: str | Iterable[str]) -> list[Classification]:
        """The emotion of one or many tweets, in the order of `texts`.

        Raises `InvalidText` for a text that cannot be answered, with its place in `texts`, and `UnknownTask` when
        the bundle has no emotion.
        """
        tokens = self._encode(texts)
        scores = self._scores(tokens, [self.task(EMOTION.name)])[EMOTION.name]
        return [self._classification(row, truncated) for row, truncated in zip(scores, tokens.truncated, strict=True)]

    def probabilities(self, texts: str | Iterable[str], tasks: Iterable[str]) -> dict[str, np.ndarray]:
        """Calibrated probabilities by classification task, float32 (texts, labels), from one pass for all tasks.

        Raises `InvalidText` and `UnknownTask`.
        """
        wanted = [self.task(name) for name in tasks]
        return self._scores(self._encode(texts), wanted)

    def task(self, name: str) -> Task:
        """The bundle's classification task of that name. Raises `UnknownTask`."""
        offered = {task.name: task for task in self.bundle.tasks.values() if task.kind == "classification"}
        if name not in offered:
            raise UnknownTask(name, offered)
        return offered[name]

    def warm_up(self) -> None:
        """Runs the network once, on the longest input and the highest token id that it can meet.

        Raises `BundleError` when the network and the tokenizer do not fit each other, or when what comes out is
        not a probability for each label.
        """
        shape = 2, self.bundle.max_length
        input_ids = np.full(shape, self.tokenizer.vocabulary_size - 1, dtype=np.int32)
        outputs = [name for task in self.bundle.tasks.values() for name in task.outputs]
        try:
            values = self.engine.run(outputs, input_ids, np.ones(shape, dtype=np.int32))
        except Exception as error:  # each engine has its own
            raise BundleError(self.bundle.path, f"the network cannot read the tokenizer's output: {error}") from error
        for task in self.bundle.tasks.values():
            for name in task.outputs:
                self._check_output(task, name, values[name])

    def _check_output(self, task: Task, name: str, values: np.ndarray) -> None:
        length = () if task.kind == "classification" else (self.bundle.max_length,)
        if values.shape != (2, *length, len(task.labels)):
            raise BundleError(self.bundle.path, f"output {name!r} has the shape {values.shape}")
        if not np.isfinite(values).all():
            raise BundleError(self.bundle.path, f"output {name!r} is not a number")
        if task.kind == "classification" and not np.allclose(values.sum(axis=-1), 1, atol=1e-3):
            raise BundleError(self.bundle.path, f"output {name!r} is not a probability: its labels do not sum to 1")

    def _encode(self, texts: str | Iterable[str]) -> TokenBatch:
        if not isinstance(texts, str):
            return self.tokenizer.encode(list(texts))
        try:
            return self.tokenizer.encode([texts])
        except InvalidText as error:
            raise InvalidText(error.reason) from error  # a lone text has no place in a list

    def _scores(self, tokens: TokenBatch, tasks: Sequence[Task]) -> dict[str, np.ndarray]:
        scores = {task.name: np.empty((len(tokens.truncated), len(task.labels)), np.float32) for task in tasks}
        for rows, outputs in self._forward(tokens, list(scores)):
            for name, values in outputs.items():
                scores[name][rows] = values
        return scores

    def _forward(
        self, tokens: TokenBatch, outputs: Sequence[str]
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """The network's `outputs`, a few texts at a time, with the rows that they belong to.

        Texts of a like length go together: little is computed for padding, and memory does not grow with the list.
        """
        order = np.argsort(tokens.lengths, kind="stable")
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            batch = tokens.take(rows)
            yield rows, self.engine.run(outputs, batch.input_ids, batch.attention_mask)

    def _classification(self, scores: np.ndarray, truncated: bool) -> Classification:
        best = int(scores.argmax())
        label = EMOTION.labels[best]
        return Classification(
            label=label,
            emoji=EMOTION_EMOJI[label],
            confidence=float(scores[best]),
            scores=dict(zip(EMOTION.labels, scores.tolist(), strict=True)),
            truncated=truncated,
            model_version=self.bundle.version,
        )


def packaged_bundle() -> Path:
    """Where the bundle that ships with the package is."""
    return Path(str(files("emoji_api").joinpath("models", "tweets")))


def load_classifier(path: str | Path | None = None, *, engine: EngineName = "onnx", threads: int = 1) -> Classifier:
    """The bundle in the folder `path`, or the one that ships with the package: verified, loaded and warmed up.

    `engine` is `onnx` or `tensorflow`, `threads` the cores that one request may use. Raises `BundleError` for a
    bundle that cannot be trusted, `DependencyMissing` when the engine is not installed.
    """
    bundle = read_bundle(path or packaged_bundle(), saved_model=engine == "tensorflow")
    tokenizer = TweetTokenizer(bundle.file(TOKENIZER), bundle.max_length)
    classifier = Classifier(bundle, open_engine(bundle, engine, threads=threads), tokenizer)
    classifier.warm_up()
    return classifier
