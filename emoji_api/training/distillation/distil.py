"""From data to a bundle by way of teachers: the whole distillation as one function."""

import dataclasses
import os
import time
from pathlib import Path

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer
from transformers import DistilBertConfig

from emoji_api.errors import DataError
from emoji_api.files import folder_written_whole
from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.tasks import EMOTION
from emoji_api.training.checks.gate import require_sound
from emoji_api.training.data import TrainingData, read_data
from emoji_api.training.distillation.lessons import Lessons
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.ngrams import answers_of_ngrams
from emoji_api.training.distillation.preparation import lessons_of
from emoji_api.training.distillation.stages import adapted, fit_students, taught
from emoji_api.training.distillation.teaching import with_ngrams
from emoji_api.training.distillation.weights import Arrays, as_arrays, averaged, encoder_of, with_heads, with_heads_of
from emoji_api.training.export.export import arrays_of
from emoji_api.training.fit import History
from emoji_api.training.params import Params
from emoji_api.training.train import (
    assign,
    read_trained,
    require_free,
    source_commit,
    start_network,
    training_facts,
    write_bundle,
)


def distil(params: Params, out: Path, *, guesses: Path | None = None, replace: bool = False) -> Path:
    """Fit teachers and what they teach on the data that `params` name, and write the bundle `out`, whole or not at all.

    The emotions of tweets that were not read are guessed by the bundle `guesses`, or by cues alone. The students start
    from the bundle `params.start`, where that is given, else, as the teachers, from the encoder. Raises DataError where
    `out` is there already and `replace` is false, or the data are not as described, and BundleError.
    """
    require_free(out, replace)
    started, commit = time.monotonic(), source_commit()
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_sound(data.datasets, params.data, None)
    network, tokenizer = start_network(dataclasses.replace(params, start=None), data)
    arrays = arrays_of(network.weights, data.tasks)
    fitted = None
    if params.start:
        bundle, fitted = read_trained(Path(params.start))
        require_words_of(tokenizer, bundle)
    lessons = lessons_of(data, tokenizer, params, guessed(data, params, guesses))
    student = averaged(students_of(arrays, network.get_layer("distilbert").config, lessons, params, fitted))
    assign(network, as_arrays(student, lessons.tasks, (fitted or arrays)["embeddings.position_embeddings.weight"]))
    facts = training_facts(params, History(), started, commit)
    facts["training"] |= {
        "distillation": dataclasses.asdict(params.distillation),
        "guesses": read_bundle(guesses, verify=False).version if guesses else None,
    }
    with folder_written_whole(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, facts)
    return out


def require_words_of(tokenizer: Tokenizer, bundle: Bundle) -> None:
    """Raise DataError where the tokens of a bundle are not those of the encoder that the teachers start from."""
    if Tokenizer.from_file(str(bundle.file(TOKENIZER))).get_vocab() != tokenizer.get_vocab():
        raise DataError(
            f"{bundle.path} has other tokens than the encoder has for these data: students cannot start there"
        )


def students_of(
    arrays: Arrays, config: DistilBertConfig, lessons: Lessons, params: Params, fitted: Arrays | None = None
) -> Weights:
    """The students, an axis of them in front, from the `arrays` of an encoder, or of a network that is `fitted`."""
    settings, heads, seed = params.distillation, config.n_heads, params.seed
    encoder = encoder_of(arrays, config.n_layers)
    after_masked_words = adapted(encoder, lessons, settings, heads, seed)
    targets = taught(encoder, after_masked_words, lessons, settings, heads, seed)
    targets = with_ngrams(targets, lessons, answers_of_ngrams(lessons, settings.ngrams), settings.ngrams)
    if fitted is None:
        start = with_heads(encoder, lessons.tasks, seed + 1)
    else:
        start = with_heads_of(fitted, encoder_of(fitted, config.n_layers), lessons.tasks)
    return fit_students(start, lessons, targets, settings, heads, seed + 1, alike=fitted is None)


def guessed(data: TrainingData, params: Params, guesses: Path | None) -> np.ndarray:
    """How likely each emotion is (tweets, emotions), by the bundle `guesses`; even where a tweet teaches no emotion."""
    tweets = data.tweets
    even = np.ones((len(tweets) if tweets else 0, len(EMOTION.labels)))
    if not tweets or not guesses:
        return even
    rows = [row for row, kind in enumerate(tweets.kinds) if params.tweets.expects(kind)]
    classifier = load_classifier(guesses, threads=os.cpu_count() or 1)
    texts = [tweets.examples.texts[row] for row in rows]
    even[rows] = classifier.probabilities(texts, [EMOTION.name])[EMOTION.name]
    return even
