"""From data to a bundle by way of teachers: the whole distillation as one function."""

import dataclasses
import os
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import tf_keras as keras

from emoji_api.errors import DataError
from emoji_api.files import folder_written_whole
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.tasks import EMOTION
from emoji_api.training.checks.gate import require_sound
from emoji_api.training.data import TrainingData, read_data
from emoji_api.training.distillation.fitting import ask, fit_members, pretrain
from emoji_api.training.distillation.lessons import Lessons, lessons_of
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.teaching import with_answers, with_ngrams
from emoji_api.training.distillation.weights import (
    as_arrays,
    averaged,
    encoder_alone,
    encoder_of,
    stack,
    with_heads,
    with_words_head,
)
from emoji_api.training.export.export import arrays_of
from emoji_api.training.fit import History
from emoji_api.training.params import Params
from emoji_api.training.train import assign, require_free, source_commit, start_network, training_facts, write_bundle


def distil(params: Params, out: Path, *, guesses: Path | None = None, replace: bool = False) -> Path:
    """Fit teachers and what they teach on the data that `params` name, and write the bundle `out`, whole or not at all.

    The emotions of tweets that were not read are guessed by the bundle `guesses`, or by cues alone. Raises DataError
    where `out` is there already and `replace` is false, or the data are not as described, and BundleError.
    """
    require_free(out, replace)
    started, commit = time.monotonic(), source_commit()
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_sound(data.datasets, params.data, None)
    network, tokenizer = start_network(params, data)
    arrays = arrays_of(network.weights, data.tasks)
    lessons = lessons_of(data, tokenizer, params, guessed(data, params, guesses))
    config = network.get_layer("distilbert").config
    encoder = encoder_of(arrays, config.n_layers)
    targets = taught(encoder, lessons, params, config.n_heads)
    student = averaged(fit_students(encoder, lessons, targets, params, config.n_heads))
    assign(network, as_arrays(student, lessons.tasks, arrays["embeddings.position_embeddings.weight"]))
    facts = training_facts(params, History(), started, commit)
    facts["training"] |= {
        "distillation": dataclasses.asdict(params.distillation),
        "guesses": read_bundle(guesses, verify=False).version if guesses else None,
    }
    with folder_written_whole(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, facts)
    return out


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


def taught(encoder: Weights, lessons: Lessons, params: Params, heads: int) -> Targets:
    """The targets with what the teachers answer: networks, half of which guessed masked words before."""
    settings = params.distillation
    rng = np.random.default_rng(params.seed)
    adapted = encoder
    if settings.masked_epochs:
        if lessons.mask is None:
            raise DataError(
                f"the vocabulary of {params.encoder!r} has no [MASK], and distillation.masked_epochs is not 0"
            )
        fitted = pretrain(
            with_words_head(encoder, params.seed),
            lessons.texts,
            epochs=settings.masked_epochs,
            rows=4 * settings.rows,
            rate=settings.masked_rate,
            heads=heads,
            mask=lessons.mask,
            seed=params.seed,
        )
        adapted = encoder_alone(fitted)
    count = settings.teachers
    left_out = np.arange(count) % settings.folds
    starts = [adapted if number // settings.folds % 2 else encoder for number in range(count)]
    targets = jax.tree.map(jnp.asarray, lessons.targets)
    teachers = fit_members(
        stack([with_heads(start, lessons.tasks, params.seed + number) for number, start in enumerate(starts)]),
        targets,
        lessons.texts,
        [
            [lessons.epoch(rng, settings.versions_in_epoch, fold) for fold in left_out.tolist()]
            for _ in range(settings.teacher_epochs)
        ],
        rows=settings.rows,
        rates=[settings.teacher_rate] * count,
        shares=[0.0] * count,
        unlabelled=[0.0] * count,
        heads=heads,
        seed=params.seed,
    )
    answers = ask(teachers, targets, lessons.texts, heads)
    return with_ngrams(with_answers(lessons, *answers, left_out), lessons, settings.ngrams)


def fit_students(encoder: Weights, lessons: Lessons, targets: Targets, params: Params, heads: int) -> Weights:
    """The students, an axis of them in front. They start alike and see the texts alike, or they had no mean."""
    settings = params.distillation
    students, rng = settings.students, np.random.default_rng(params.seed + 1)
    orders = [lessons.epoch(rng, settings.versions_in_epoch) for _ in range(settings.student_epochs)]
    return fit_members(
        stack([with_heads(encoder, lessons.tasks, params.seed)] * len(students)),
        jax.tree.map(jnp.asarray, targets),
        lessons.texts,
        [[order] * len(students) for order in orders],
        rows=settings.rows,
        rates=[student.learning_rate for student in students],
        shares=[student.share for student in students],
        unlabelled=[student.unlabelled for student in students],
        heads=heads,
        seed=params.seed + 1,
    )
