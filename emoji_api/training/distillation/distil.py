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
from emoji_api.files import atomic_folder
from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.ngrams import ngram_predictions_by_task
from emoji_api.training.distillation.preparation import build_distillation_data
from emoji_api.training.distillation.stages import fit_students, pretrain_masked_lm, teacher_targets
from emoji_api.training.distillation.teacher_predictions import mix_ngram_predictions
from emoji_api.training.distillation.weights import Arrays, as_arrays, averaged, encoder_of, with_heads, with_heads_of
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.bundle import assign_weights, read_weights, require_writable, source_commit, write_bundle
from emoji_api.training.export.export import arrays_of
from emoji_api.training.fit import History
from emoji_api.training.params import Params
from emoji_api.training.train import start_network, training_record


def distil(params: Params, out: Path, *, guesses: Path | None = None, replace: bool = False) -> Path:
    """Fit teachers and what they teach on the data that `params` name, and write the bundle `out`, whole or not at all.

    The emotions of tweets that were not read are pseudo_label_probabilities by the bundle `guesses`, or by cues alone. The students start
    from the bundle `params.start`, where that is given, else, as the teachers, from the encoder. Raises DataError where
    `out` is there already and `replace` is false, or the data are not as described, and BundleError.
    """
    require_writable(out, replace)
    started, commit = time.monotonic(), source_commit()
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_valid_data(data.datasets, params.data, None)
    network, tokenizer = start_network(dataclasses.replace(params, start=None), data)
    arrays = arrays_of(network.weights, data.tasks)
    fitted = None
    if params.start:
        bundle, fitted = read_weights(Path(params.start))
        require_same_vocabulary(tokenizer, bundle)
    lessons = build_distillation_data(data, tokenizer, params, pseudo_label_probabilities(data, params, guesses))
    student = averaged(fit_all_students(arrays, network.get_layer("distilbert").config, lessons, params, fitted))
    assign_weights(
        network, as_arrays(student, lessons.tasks, (fitted or arrays)["embeddings.position_embeddings.weight"])
    )
    facts = training_record(params, History(), started, commit)
    facts["training"] |= {
        "distillation": dataclasses.asdict(params.distillation),
        "guesses": read_bundle(guesses, verify=False).version if guesses else None,
    }
    with atomic_folder(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, facts)
    return out


def require_same_vocabulary(tokenizer: Tokenizer, bundle: Bundle) -> None:
    """Raise DataError where the tokens of a bundle are not those of the encoder that the teachers start from."""
    if Tokenizer.from_file(str(bundle.file(TOKENIZER))).get_vocab() != tokenizer.get_vocab():
        raise DataError(
            f"{bundle.path} has other tokens than the encoder has for these data: students cannot start there"
        )


def fit_all_students(
    arrays: Arrays, config: DistilBertConfig, lessons: DistillationData, params: Params, fitted: Arrays | None = None
) -> Weights:
    """The students, an axis of them in front, from the `arrays` of an encoder, or of a network that is `fitted`."""
    settings, heads, seed = params.distillation, config.n_heads, params.seed
    encoder = encoder_of(arrays, config.n_layers)
    after_masked_words = pretrain_masked_lm(encoder, lessons, settings, heads, seed)
    targets = teacher_targets(encoder, after_masked_words, lessons, settings, heads, seed)
    targets = mix_ngram_predictions(
        targets, lessons, ngram_predictions_by_task(lessons, settings.ngram_share), settings.ngram_share
    )
    if fitted is None:
        start = with_heads(encoder, lessons.tasks, seed + 1)
    else:
        start = with_heads_of(fitted, encoder_of(fitted, config.n_layers), lessons.tasks)
    return fit_students(start, lessons, targets, settings, heads, seed + 1, alike=fitted is None)


def pseudo_label_probabilities(data: TrainingData, params: Params, guesses: Path | None) -> np.ndarray:
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
