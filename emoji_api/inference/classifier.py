"""The one thing that the rest of the package asks: what does this tweet say?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from emoji_api.errors import BundleError, InvalidText, UnknownTask
from emoji_api.inference.answers import Answer, Classification, Phrase, classification
from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.engines import Engine, EngineName, open_engine
from emoji_api.inference.phrase import choose_phrase, whole_text
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer
from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT, Task


class Classifier:
    """A bundle's network, ready to answer. Safe to share between threads; load one in each process.

    `batch_size` texts are run together.
    """

    def __init__(self, bundle: Bundle, engine: Engine, tokenizer: TweetTokenizer, *, batch_size: int = 32):
        self.bundle = bundle
        self.engine = engine
        self.tokenizer = tokenizer
        self.batch_size = batch_size
        self.on_tokens: Callable[[TokenBatch], None] | None = None  # is shown the tokens of all that is asked
        self._tasks = {
            name: task for name, task in bundle.tasks.items() if task.kind == "classification" or name == PHRASE.name
        }

    def classify(self, texts: str | Iterable[str]) -> list[Classification]:
        """The emotion of one or many tweets, in the order of `texts`.

        Raises `InvalidText` for a text that cannot be answered, with its place in `texts`, and `UnknownTask` when
        the bundle has no emotion.
        """
        answers = (answer[EMOTION.name] for answer in self.analyse(texts, [EMOTION.name]))
        return [answer for answer in answers if isinstance(answer, Classification)]

    def analyse(
        self,
        texts: str | Iterable[str],
        tasks: str | Iterable[str] | None = None,
        sentiment: str | Sequence[str | None] | None = None,
    ) -> list[dict[str, Answer]]:
        """What one or many tweets say: for each, the answers by task in the order of `tasks`, from one pass for all.

        `tasks` are all that the bundle has unless they are named. A phrase is that of the `sentiment`: one for all
        texts or one for each, and where it is not given (`None`), the sentiment that the network finds.

        Raises `InvalidText` for a text that cannot be answered, with its place in `texts`; `UnknownTask` for a task
        that the bundle lacks, also when a sentiment must be found by a bundle without; `ValueError` for a sentiment
        that there is not.
        """
        names = [tasks] if isinstance(tasks, str) else self._tasks if tasks is None else tasks
        wanted = [self.task(name) for name in dict.fromkeys(names)]
        alone = isinstance(texts, str)
        listed = [texts] if isinstance(texts, str) else list(texts)
        sentiments = _sentiments(sentiment, len(listed))
        tokens = self._encode(listed, alone)

        heads = {task.name: task for task in wanted}
        if PHRASE.name in heads and None in sentiments:
            heads[SENTIMENT.name] = self.task(SENTIMENT.name)
        answers: list[dict[str, Answer]] = [{} for _ in listed]
        for rows, outputs in self._forward(tokens, [name for task in heads.values() for name in task.outputs]):
            for place, row in enumerate(rows.tolist()):
                values = {name: batch[place] for name, batch in outputs.items()}
                for task in wanted:
                    if task.kind == "classification":
                        answers[row][task.name] = self._classification(task, values[task.name], tokens.truncated[row])
                    else:
                        chosen = sentiments[row] or self._label(SENTIMENT, values[SENTIMENT.name])
                        answers[row][task.name] = self._phrase(listed[row], tokens, row, values, chosen)
        return answers

    def probabilities(self, texts: str | Iterable[str], tasks: Iterable[str]) -> dict[str, np.ndarray]:
        """Calibrated probabilities by classification task, float32 (texts, labels), from one pass for all tasks.

        Raises `InvalidText` and `UnknownTask`.
        """
        wanted = [self.task(name, kind="classification") for name in tasks]
        alone = isinstance(texts, str)
        tokens = self._encode([texts] if isinstance(texts, str) else list(texts), alone)
        scores = {task.name: np.empty((len(tokens.truncated), len(task.labels)), np.float32) for task in wanted}
        for rows, outputs in self._forward(tokens, list(scores)):
            for name, values in outputs.items():
                scores[name][rows] = values
        return scores

    def task(self, name: str, kind: str | None = None) -> Task:
        """The bundle's task of that name, which is of that kind where one is asked for. Raises `UnknownTask`."""
        task = self._tasks.get(name)
        if task is None or kind not in (None, task.kind):
            raise UnknownTask(name, [other.name for other in self._tasks.values() if kind in (None, other.kind)])
        return task

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

    def _encode(self, texts: Sequence[str], alone: bool) -> TokenBatch:
        try:
            tokens = self.tokenizer.encode(texts)
        except InvalidText as error:
            if alone:
                raise InvalidText(error.reason) from error  # a lone text has no place in a list
            raise
        if self.on_tokens:
            self.on_tokens(tokens)
        return tokens

    def _forward(
        self, tokens: TokenBatch, outputs: Sequence[str]
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """The network's `outputs`, a few texts at a time, with the rows that they belong to.

        Texts of a like length go together: little is computed for padding, and memory does not grow with the list.
        """
        if not outputs:  # an engine would take that for all
            return
        order = np.argsort(tokens.lengths, kind="stable")
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            batch = tokens.take(rows)
            yield rows, self.engine.run(outputs, batch.input_ids, batch.attention_mask)

    def _classification(self, task: Task, scores: np.ndarray, truncated: bool) -> Classification:
        return classification(
            task,
            scores,
            decision=self.bundle.decision_rules[task.name],
            truncated=truncated,
            model_version=self.bundle.version,
        )

    def _label(self, task: Task, scores: np.ndarray) -> str:
        return task.labels[int(self.bundle.decision_rules[task.name](scores))]

    def _phrase(self, text: str, tokens: TokenBatch, row: int, values: dict[str, np.ndarray], sentiment: str) -> Phrase:
        if sentiment in self.bundle.whole_text_sentiments:
            (start, end), confidence = whole_text(text), 1.0
        else:
            length, label = int(tokens.lengths[row]), PHRASE.labels.index(sentiment)
            first, last = (values[name][:length, label] for name in PHRASE.outputs)
            offsets = tokens.offsets[row, :length]
            start, end, confidence = choose_phrase(text, offsets, first, last, self.bundle.span_prior)
        return Phrase(
            sentiment=sentiment,
            text=text[start:end],
            start=start,
            end=end,
            confidence=confidence,
            truncated=tokens.truncated[row],
            model_version=self.bundle.version,
        )


def _sentiments(given: str | Sequence[str | None] | None, count: int) -> list[str | None]:
    """The sentiment of each of `count` texts, `None` for one that is to be found."""
    sentiments = [given] * count if given is None or isinstance(given, str) else list(given)
    if len(sentiments) != count:
        raise ValueError(f"{len(sentiments)} sentiments are given for {count} texts")
    for sentiment in sentiments:
        if sentiment is not None and sentiment not in PHRASE.labels:
            raise ValueError(f"unknown sentiment {sentiment!r}; there are {', '.join(PHRASE.labels)}")
    return sentiments


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
