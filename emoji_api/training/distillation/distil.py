"""Distillation, from data sets to the bundle of the averaged student."""

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
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.ngrams import ngram_predictions_by_task
from emoji_api.training.distillation.preparation import build_distillation_data
from emoji_api.training.distillation.stages import fit_students, fit_teachers, pretrain_masked_lm
from emoji_api.training.distillation.teacher_predictions import mix_ngram_predictions
from emoji_api.training.distillation.weights import (
    POSITION_EMBEDDINGS,
    Arrays,
    add_fresh_heads,
    add_heads_from,
    average_members,
    encoder_weights,
    to_arrays,
)
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.bundle import require_writable, source_commit, write_bundle
from emoji_api.training.export.weights import assign_weights, named_arrays, read_weights
from emoji_api.training.fit import History
from emoji_api.training.params import Params
from emoji_api.training.train import start_network, training_record


def distil(params: Params, out: Path, *, pseudo_label_model: Path | None = None, replace: bool = False) -> Path:
    """Train teachers and students on the data of `params` and write the bundle `out` of the averaged student.

    The emotions of unannotated tweets are pseudo-labelled by the bundle `pseudo_label_model`, or by cues alone.
    Students start from the bundle `params.start` if it is given, else from the encoder like the teachers. The bundle
    is written completely or not at all; its path is returned.

    Raises DataError if `out` exists and `replace` is false, or if the data sets are invalid; BundleError if a bundle
    cannot be read; and ExportError if an exported network does not give the same answers as the trained one.
    """
    require_writable(out, replace)
    started, commit = time.monotonic(), source_commit()
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_valid_data(data.datasets, params.data, None)
    network, tokenizer = start_network(dataclasses.replace(params, start=None), data)
    pretrained = named_arrays(network.weights, data.tasks)
    start_arrays = None
    if params.start:
        bundle, start_arrays = read_weights(Path(params.start))
        require_same_vocabulary(tokenizer, bundle)
    probabilities = emotion_probabilities(data, params, pseudo_label_model)
    with stage("preparing the texts"):
        distillation_data = build_distillation_data(data, tokenizer, params, probabilities)
    config = network.get_layer("distilbert").config
    student = average_members(fit_all_students(pretrained, config, distillation_data, params, start_arrays))
    position_embeddings = (start_arrays or pretrained)[POSITION_EMBEDDINGS]
    assign_weights(network, to_arrays(student, distillation_data.tasks, position_embeddings))
    provenance = training_record(params, History(), started, commit)
    provenance["training"] |= {
        "distillation": dataclasses.asdict(params.distillation),
        "guesses": read_bundle(pseudo_label_model, verify=False).version if pseudo_label_model else None,
    }
    with atomic_folder(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, provenance)
    return out


def require_same_vocabulary(tokenizer: Tokenizer, bundle: Bundle) -> None:
    """Raise DataError if the vocabulary of `bundle` differs from that of `tokenizer`, which the teachers use."""
    if Tokenizer.from_file(str(bundle.file(TOKENIZER))).get_vocab() != tokenizer.get_vocab():
        raise DataError(
            f"{bundle.path} has another vocabulary than the teachers, which depends on encoder and data: "
            "start the students from a bundle that was trained with the same encoder and data"
        )


def fit_all_students(
    pretrained: Arrays,
    config: DistilBertConfig,
    data: DistillationData,
    params: Params,
    start_arrays: Arrays | None = None,
) -> Weights:
    """Train teachers and students in all stages, and return the students' weights with a leading axis of students.

    The teachers start from the encoder in `pretrained`. The students start from the network `start_arrays`, or from
    the same encoder with fresh heads.
    """
    distillation, attention_heads, seed = params.distillation, config.n_heads, params.seed
    encoder = encoder_weights(pretrained, config.n_layers)
    pretrained_encoder = pretrain_masked_lm(encoder, data, distillation, attention_heads, seed)
    targets = fit_teachers(encoder, pretrained_encoder, data, distillation, attention_heads, seed)
    ngram_predictions = ngram_predictions_by_task(data, distillation.ngram_share)
    targets = mix_ngram_predictions(targets, data, ngram_predictions, distillation.ngram_share)
    if start_arrays is None:
        start = add_fresh_heads(encoder, data.tasks, seed + 1)
    else:
        start = add_heads_from(start_arrays, encoder_weights(start_arrays, config.n_layers), data.tasks)
    same_order = start_arrays is None
    return fit_students(start, data, targets, distillation, attention_heads, seed + 1, same_order=same_order)


def emotion_probabilities(data: TrainingData, params: Params, pseudo_label_model: Path | None) -> np.ndarray:
    """Return the emotion probabilities (tweets, emotions) by the bundle `pseudo_label_model`, for pseudo-labels.

    They are all 1 without a model, and for tweets whose label says nothing about the emotion.
    """
    tweets = data.tweets
    probabilities = np.ones((len(tweets) if tweets else 0, len(EMOTION.labels)))
    if not tweets or not pseudo_label_model:
        return probabilities
    rows = [row for row, kind in enumerate(tweets.kinds) if params.tweets.expects(kind)]
    classifier = load_classifier(pseudo_label_model, threads=os.cpu_count() or 1)
    texts = [tweets.examples.texts[row] for row in rows]
    with stage("pseudo-labels", len(texts), TEXTS):
        probabilities[rows] = classifier.probabilities(texts, [EMOTION.name])[EMOTION.name]
    return probabilities
