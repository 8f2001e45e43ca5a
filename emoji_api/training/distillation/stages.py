"""The stages of a distillation: masked language modelling, teachers, students."""

import jax
import jax.numpy as jnp
import numpy as np

from emoji_api.errors import DataError
from emoji_api.training.distillation.data import DistillationData, Targets
from emoji_api.training.distillation.fitting import fit_masked_lm, fit_members
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.teacher_predictions import out_of_fold_targets
from emoji_api.training.distillation.weights import add_fresh_heads, add_masked_lm_head, remove_heads, stack_members
from emoji_api.training.params import DistillationParams


def pretrain_masked_lm(
    encoder: Weights, data: DistillationData, params: DistillationParams, attention_heads: int, seed: int
) -> Weights:
    """Return the encoder after masked language modelling on the texts of `data`.

    Raises DataError if the vocabulary has no `[MASK]`.
    """
    if not params.masked_lm_epochs:
        return encoder
    if data.mask_token_id is None:
        raise DataError(
            "the encoder's vocabulary has no [MASK]: use another encoder, or set distillation.masked_lm_epochs to 0"
        )
    fitted = fit_masked_lm(
        add_masked_lm_head(encoder, seed),
        data.tokenized,
        epochs=params.masked_lm_epochs,
        batch_rows=4 * params.batch_rows,
        learning_rate=params.masked_lm_learning_rate,
        attention_heads=attention_heads,
        mask_token_id=data.mask_token_id,
        seed=seed,
    )
    return remove_heads(fitted)


def fit_teachers(
    encoder: Weights,
    pretrained_encoder: Weights,
    data: DistillationData,
    params: DistillationParams,
    attention_heads: int,
    seed: int,
) -> Targets:
    """Train the teachers on the hard targets and return the targets with their out-of-fold predictions.

    Each teacher leaves one fold out. Every second round of folds starts from `pretrained_encoder`, the one after masked
    language modelling, the others from `encoder`.
    """
    rng, count = np.random.default_rng(seed), params.teachers
    left_out = np.arange(count) % params.folds
    starts = [pretrained_encoder if number // params.folds % 2 else encoder for number in range(count)]
    teachers = fit_members(
        "teachers",
        stack_members([add_fresh_heads(start, data.tasks, seed + number) for number, start in enumerate(starts)]),
        jax.tree.map(jnp.asarray, data.targets),
        data.tokenized,
        [
            [data.sample_epoch(rng, params.versions_per_epoch, fold) for fold in left_out.tolist()]
            for _ in range(params.teacher_epochs)
        ],
        batch_rows=params.batch_rows,
        learning_rates=[params.teacher_learning_rate] * count,
        soft_target_shares=[0.0] * count,
        unlabelled_weights=[0.0] * count,
        attention_heads=attention_heads,
        seed=seed,
    )
    return out_of_fold_targets(data, teachers, left_out, attention_heads)


def fit_students(
    start: Weights,
    data: DistillationData,
    targets: Targets,
    params: DistillationParams,
    attention_heads: int,
    seed: int,
    *,
    same_order: bool,
) -> Weights:
    """Return the students, all trained from `start`, with a leading axis of students.

    The average of their weights is a good network only if they stay close together: students with fresh heads must see
    the texts in the `same_order`. Students of a trained network each have an order of their own, which makes the
    average better (Wortsman et al., 2022, https://arxiv.org/abs/2203.05482).
    """
    students, rng = params.students, np.random.default_rng(seed)

    def sample_orders() -> list[np.ndarray]:
        orders = [data.sample_epoch(rng, params.versions_per_epoch) for _ in (students[:1] if same_order else students)]
        return orders * len(students) if same_order else orders

    return fit_members(
        "students",
        stack_members([start] * len(students)),
        jax.tree.map(jnp.asarray, targets),
        data.tokenized,
        [sample_orders() for _ in range(params.student_epochs)],
        batch_rows=params.batch_rows,
        learning_rates=[student.learning_rate for student in students],
        soft_target_shares=[student.soft_target_share for student in students],
        unlabelled_weights=[student.unlabelled_weight for student in students],
        attention_heads=attention_heads,
        seed=seed,
    )
