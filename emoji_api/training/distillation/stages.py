"""The stages between data and a student: masked words, teachers and their answers, students."""

import jax
import jax.numpy as jnp
import numpy as np

from emoji_api.errors import DataError
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.fitting import fit_members, pretrain
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.teacher_predictions import out_of_fold_targets
from emoji_api.training.distillation.weights import encoder_alone, stack, with_heads, with_words_head
from emoji_api.training.params import DistillationParams


def pretrain_masked_lm(
    encoder: Weights, data: DistillationData, settings: DistillationParams, heads: int, seed: int
) -> Weights:
    """The encoder after it guessed masked words of the data' texts.

    Raises DataError where the vocabulary has no token of a masked word.
    """
    if not settings.masked_lm_epochs:
        return encoder
    if data.mask is None:
        raise DataError("the encoder's vocabulary has no [MASK], and distillation.masked_lm_epochs is not 0")
    fitted = pretrain(
        with_words_head(encoder, seed),
        data.texts,
        epochs=settings.masked_lm_epochs,
        rows=4 * settings.batch_rows,
        rate=settings.masked_lm_learning_rate,
        heads=heads,
        mask=data.mask,
        seed=seed,
    )
    return encoder_alone(fitted)


def teacher_targets(
    encoder: Weights,
    after_masked_words: Weights,
    data: DistillationData,
    settings: DistillationParams,
    heads: int,
    seed: int,
) -> Targets:
    """The targets with what teachers answer, of which half start from the one encoder and half from the other."""
    rng, count = np.random.default_rng(seed), settings.teachers
    left_out = np.arange(count) % settings.folds
    starts = [after_masked_words if number // settings.folds % 2 else encoder for number in range(count)]
    teachers = fit_members(
        stack([with_heads(start, data.tasks, seed + number) for number, start in enumerate(starts)]),
        jax.tree.map(jnp.asarray, data.targets),
        data.texts,
        [
            [data.epoch(rng, settings.versions_per_epoch, fold) for fold in left_out.tolist()]
            for _ in range(settings.teacher_epochs)
        ],
        rows=settings.batch_rows,
        rates=[settings.teacher_learning_rate] * count,
        shares=[0.0] * count,
        unlabelled=[0.0] * count,
        heads=heads,
        seed=seed,
    )
    return out_of_fold_targets(data, teachers, left_out, heads)


def fit_students(
    start: Weights,
    data: DistillationData,
    targets: Targets,
    settings: DistillationParams,
    heads: int,
    seed: int,
    *,
    alike: bool,
) -> Weights:
    """The students, an axis of them in front, which all begin as `start` is.

    Those of fresh heads must see the texts `alike`, or they had no mean; where `start` is fitted, each has an order of
    its own, and their mean is the better for it (Wortsman et al., 2022, https://arxiv.org/abs/2203.05482).
    """
    students, rng = settings.students, np.random.default_rng(seed)

    def epoch() -> list[np.ndarray]:
        orders = [data.epoch(rng, settings.versions_per_epoch) for _ in (students[:1] if alike else students)]
        return orders * len(students) if alike else orders

    return fit_members(
        stack([start] * len(students)),
        jax.tree.map(jnp.asarray, targets),
        data.texts,
        [epoch() for _ in range(settings.student_epochs)],
        rows=settings.batch_rows,
        rates=[student.learning_rate for student in students],
        shares=[student.soft_target_share for student in students],
        unlabelled=[student.unlabelled_weight for student in students],
        heads=heads,
        seed=seed,
    )
