"""The classifier: texts to answers, with the network of one bundle."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from emoji_api.errors import BundleError, ExplanationTooLarge, InvalidText, NoEmotionUnknown, UnknownTask
from emoji_api.inference.answers import Answer, Classification, Phrase, Word, classification
from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.engines import Engine, EngineName, open_engine
from emoji_api.inference.explanation import LeftOutWords, leave_out_words
from emoji_api.inference.phrase import choose_phrase, whole_text
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer
from emoji_api.progress import TEXTS, advance
from emoji_api.tasks import EMOTION, NO_EMOTION, PHRASE, SENTIMENT, Task


class Classifier:
    """A bundle with its loaded network and tokenizer. Thread-safe; load one in each process.

    `batch_size` is the number of texts in one forward pass. `on_tokens`, if set, is called with the tokens of each
    call.
    """

    def __init__(self, bundle: Bundle, engine: Engine, tokenizer: TweetTokenizer, *, batch_size: int = 32):
        self.bundle = bundle
        self.engine = engine
        self.tokenizer = tokenizer
        self.batch_size = batch_size
        self.on_tokens: Callable[[TokenBatch], None] | None = None
        self._tasks = {
            name: task for name, task in bundle.tasks.items() if task.kind == "classification" or name == PHRASE.name
        }

    def classify(self, texts: str | Iterable[str], *, neutral: bool = False) -> list[Classification]:
        """Return the emotion of one or many texts, in the order of `texts`.

        With `neutral`, the answer to a text without an emotion has the label `none`. Raises `InvalidText` for a text
        that cannot be classified, `UnknownTask` if the bundle has no emotion task, and `NoEmotionUnknown` if it cannot
        tell texts without an emotion.
        """
        answers = (answer[EMOTION.name] for answer in self.analyse(texts, [EMOTION.name], neutral=neutral))
        return [answer for answer in answers if isinstance(answer, Classification)]

    def analyse(
        self,
        texts: str | Iterable[str],
        tasks: str | Iterable[str] | None = None,
        sentiment: str | Sequence[str | None] | None = None,
        *,
        neutral: bool = False,
        explain: bool = False,
        max_rows: int | None = None,
    ) -> list[dict[str, Answer]]:
        """Return the answers of several tasks for one or many texts, computed in one forward pass.

        Args:
            texts: one or many texts.
            tasks: one or many task names; all tasks of the bundle by default.
            sentiment: the sentiment whose phrase is extracted: one for all texts, or one per text. `None` stands for
                the predicted sentiment.
            neutral: whether the emotion of a text without one is `none`.
            explain: whether the answers of classification tasks have the contribution of each word to their label, or,
                for a sentiment that the caller gives, to that sentiment. This takes a row of the network for each word.
            max_rows: the highest number of these rows for all texts; by default there is no limit. A text has fewer
                than the network's maximum length.

        Returns:
            For each text, the answers by task name, in the order of `tasks`.

        Raises:
            InvalidText: a text cannot be classified; the error has its position in `texts`.
            UnknownTask: the bundle does not have a task, or has no sentiment task although a sentiment must be
                predicted.
            NoEmotionUnknown: `neutral` is true and the bundle cannot tell texts without an emotion.
            ExplanationTooLarge: the explanation would take more than `max_rows` rows.
            ValueError: a sentiment is unknown, or the number of sentiments differs from that of the texts.
        """
        names = [tasks] if isinstance(tasks, str) else self._tasks if tasks is None else tasks
        requested = [self.task(name) for name in dict.fromkeys(names)]
        text_list = [texts] if isinstance(texts, str) else list(texts)
        sentiments = _sentiments(sentiment, len(text_list))
        if neutral and EMOTION in requested and not self.bundle.no_emotion:
            raise NoEmotionUnknown
        tokens = self._encode(text_list, single=isinstance(texts, str))
        left_out = self._leave_out_words(text_list, tokens, max_rows) if explain else []

        computed = {task.name: task for task in requested}
        if PHRASE.name in computed and None in sentiments:
            computed[SENTIMENT.name] = self.task(SENTIMENT.name)
        answers: list[dict[str, Answer]] = [{} for _ in text_list]
        for rows, outputs in self._forward(tokens, [name for task in computed.values() for name in task.outputs]):
            for position, row in enumerate(rows.tolist()):
                values = {name: batch[position] for name, batch in outputs.items()}
                for task in requested:
                    if task.kind == "classification":
                        answers[row][task.name] = self._classification(
                            task, values[task.name], tokens.truncated[row], neutral
                        )
                    else:
                        row_sentiment = sentiments[row] or self._label(SENTIMENT, values[SENTIMENT.name])
                        answers[row][task.name] = self._phrase(text_list[row], tokens, row, values, row_sentiment)
            if not explain:
                advance(_texts_done(tokens, rows), TEXTS)
        for row, words in enumerate(left_out):
            answers[row] |= self._explain(text_list[row], words, answers[row], sentiments[row])
            advance(1, TEXTS)
        return answers

    def probabilities(self, texts: str | Iterable[str], tasks: Iterable[str]) -> dict[str, np.ndarray]:
        """Return the calibrated probabilities of each classification task, float32 of shape (texts, labels).

        All tasks are computed in one forward pass. Raises `InvalidText` for a text that cannot be classified, and
        `UnknownTask` if the bundle does not have a task or it is not a classification task.
        """
        requested = [self.task(name, kind="classification") for name in tasks]
        text_list = [texts] if isinstance(texts, str) else list(texts)
        tokens = self._encode(text_list, single=isinstance(texts, str))
        scores = {task.name: np.empty((len(text_list), len(task.labels)), np.float32) for task in requested}
        for rows, outputs in self._forward(tokens, list(scores)):
            for name, values in outputs.items():
                scores[name][rows] = values
            advance(_texts_done(tokens, rows), TEXTS)
        return scores

    def task(self, name: str, kind: str | None = None) -> Task:
        """Return the bundle's task `name`. Raise `UnknownTask` if there is none, or if it is not of this `kind`."""
        task = self._tasks.get(name)
        if task is None or kind not in (None, task.kind):
            raise UnknownTask(name, [other.name for other in self._tasks.values() if kind in (None, other.kind)])
        return task

    def warm_up(self) -> None:
        """Run the network once, with the maximum length and the highest token id, and check its outputs.

        Raises `BundleError` if the network and the tokenizer do not match, or if an output is not a finite number or
        not a probability distribution over the labels.
        """
        shape = 2, self.bundle.max_length
        input_ids = np.full(shape, self.tokenizer.vocabulary_size - 1, dtype=np.int32)
        outputs = [name for task in self.bundle.tasks.values() for name in task.outputs]
        try:
            values = self.engine.run(outputs, input_ids, np.ones(shape, dtype=np.int32))
        except Exception as error:  # each engine has exceptions of its own
            raise BundleError(self.bundle.path, f"the network cannot read the tokenizer's output: {error}") from error
        for task in self.bundle.tasks.values():
            for name in task.outputs:
                self._check_output(task, name, values[name])

    def _check_output(self, task: Task, name: str, values: np.ndarray) -> None:
        length = () if task.kind == "classification" else (self.bundle.max_length,)
        if values.shape != (2, *length, len(task.labels)):
            raise BundleError(self.bundle.path, f"output {name!r} has the shape {values.shape}")
        if not np.isfinite(values).all():
            raise BundleError(self.bundle.path, f"output {name!r} has values that are not finite")
        if task.kind == "classification" and not np.allclose(values.sum(axis=-1), 1, atol=1e-3):
            raise BundleError(self.bundle.path, f"output {name!r} is not a probability distribution: its sum is not 1")

    def _encode(self, texts: Sequence[str], *, single: bool) -> TokenBatch:
        """Tokenise `texts`; with `single`, an `InvalidText` has no position, because the caller passed no list."""
        try:
            tokens = self.tokenizer.encode(texts)
        except InvalidText as error:
            if single:
                raise InvalidText(error.reason) from error
            raise
        if self.on_tokens:
            self.on_tokens(tokens)
        return tokens

    def _forward(
        self, tokens: TokenBatch, outputs: Sequence[str]
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Yield the network's `outputs` batch by batch, each with the indices of its texts.

        Texts of similar length share a batch, which keeps padding and memory small.
        """
        if not outputs:  # an engine interprets an empty list as all outputs
            return
        order = np.argsort(tokens.lengths, kind="stable")
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            batch = tokens.take(rows)
            yield rows, self.engine.run(outputs, batch.input_ids, batch.attention_mask)

    def _leave_out_words(self, texts: Sequence[str], tokens: TokenBatch, max_rows: int | None) -> list[LeftOutWords]:
        """Return the words of each text. Raise `ExplanationTooLarge` if there are more than `max_rows`."""
        left_out = [leave_out_words(text, tokens, row) for row, text in enumerate(texts)]
        rows = sum(len(words.seen) for words in left_out)
        if max_rows is not None and rows > max_rows:
            raise ExplanationTooLarge(rows, max_rows)
        return left_out

    def _explain(
        self, text: str, words: LeftOutWords, answers: dict[str, Answer], sentiment: str | None
    ) -> dict[str, Answer]:
        """Return the classifications of one text with the contribution of each word to their label."""
        explained = {name: answer for name, answer in answers.items() if isinstance(answer, Classification)}
        without = {name: np.empty((len(words.seen), len(self.task(name).labels)), np.float32) for name in explained}
        for rows, outputs in self._forward(words.tokens, list(explained)):
            for name, values in outputs.items():
                without[name][rows] = values
        result: dict[str, Answer] = {}
        for name, answer in explained.items():
            label = sentiment if name == SENTIMENT.name and sentiment else answer.label
            score = answer.scores.get(label, answer.confidence)
            contributions = np.zeros(len(words.spans))
            contributions[words.seen] = score - self._scores_of(self.task(name), label, without[name])
            found = [
                Word(text=text[start:end], start=start, end=end, contribution=contribution)
                for (start, end), contribution in zip(words.spans, contributions.tolist(), strict=True)
            ]
            result[name] = dataclasses.replace(answer, words=tuple(found))
        return result

    def _scores_of(self, task: Task, label: str, probabilities: np.ndarray) -> np.ndarray:
        """Return the score of `label`, shape (...), in `probabilities` of shape (..., labels)."""
        if task == EMOTION and label == NO_EMOTION and self.bundle.no_emotion:
            return self.bundle.no_emotion.probability(probabilities)
        scores: np.ndarray = probabilities[..., task.labels.index(label)]
        return scores

    def _classification(self, task: Task, probabilities: np.ndarray, truncated: bool, neutral: bool) -> Classification:
        return classification(
            task,
            probabilities,
            decision_rule=self.bundle.decision_rules[task.name],
            no_emotion=self.bundle.no_emotion if neutral and task == EMOTION else None,
            truncated=truncated,
            model_version=self.bundle.version,
        )

    def _label(self, task: Task, probabilities: np.ndarray) -> str:
        return task.labels[int(self.bundle.decision_rules[task.name](probabilities))]

    def _phrase(self, text: str, tokens: TokenBatch, row: int, values: dict[str, np.ndarray], sentiment: str) -> Phrase:
        if sentiment in self.bundle.whole_text_sentiments:
            (start, end), confidence = whole_text(text), 1.0
        else:
            length, label = int(tokens.lengths[row]), PHRASE.labels.index(sentiment)
            start_logits, end_logits = (values[name][:length, label] for name in PHRASE.outputs)
            offsets = tokens.offsets[row, :length]
            start, end, confidence = choose_phrase(text, offsets, start_logits, end_logits, self.bundle.span_prior)
        return Phrase(
            sentiment=sentiment,
            text=text[start:end],
            start=start,
            end=end,
            confidence=confidence,
            truncated=tokens.truncated[row],
            model_version=self.bundle.version,
        )


def _sentiments(sentiment: str | Sequence[str | None] | None, count: int) -> list[str | None]:
    """Return the sentiment of each of `count` texts, `None` where it must be predicted."""
    sentiments = [sentiment] * count if sentiment is None or isinstance(sentiment, str) else list(sentiment)
    if len(sentiments) != count:
        raise ValueError(f"got {len(sentiments)} sentiments for {count} texts")
    for name in sentiments:
        if name is not None and name not in PHRASE.labels:
            raise ValueError(f"unknown sentiment {name!r}; choose from {', '.join(PHRASE.labels)}")
    return sentiments


def _texts_done(tokens: TokenBatch, rows: np.ndarray) -> float:
    """Return how many of the texts the `rows` count for in a report of progress: short texts, which are fast, less."""
    return float(tokens.lengths[rows].sum() / tokens.lengths.sum() * len(tokens.lengths))


def packaged_bundle() -> Path:
    """Return the folder of the bundle that ships with the package."""
    return Path(str(files("emoji_api").joinpath("models", "tweets")))


def load_classifier(
    path: str | Path | None = None, *, engine: EngineName = "onnx", threads: int = 1, batch_size: int = 32
) -> Classifier:
    """Load, verify and warm up the bundle in the folder `path`; by default, the bundle that ships with the package.

    `engine` is `onnx` or `tensorflow`; `threads` is the number of CPU threads for one forward pass, and
    `batch_size` its number of texts. Raises `BundleError` if the bundle is missing, damaged or inconsistent, and
    `DependencyMissing` if the engine's library is not installed.
    """
    bundle = read_bundle(path or packaged_bundle(), saved_model=engine == "tensorflow")
    tokenizer = TweetTokenizer(bundle.file(TOKENIZER), bundle.max_length)
    classifier = Classifier(bundle, open_engine(bundle, engine, threads=threads), tokenizer, batch_size=batch_size)
    classifier.warm_up()
    return classifier
