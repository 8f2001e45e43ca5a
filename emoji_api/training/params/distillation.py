"""The sections `teachers` and `distillation` of the parameters: learning from the predictions of other networks."""

from dataclasses import dataclass

from emoji_api.declarations import declare
from emoji_api.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class TeacherParams:
    """Trained bundles whose predictions for tweets are soft targets of `emoji-api train`.

    A tweet has soft targets for every classification task but emotion (Hinton et al., 2015,
    https://arxiv.org/abs/1503.02531).
    """

    bundles: list[str] = declare("folders of the teachers' bundles; `--teacher` sets them", default=[])
    soft_target_share: float = declare(
        "share of the teachers' mean prediction in the target of a labelled tweet; the rest is the label",
        default=0.5,
        ge=0,
        le=1,
    )
    unlabelled_weight: float = declare(
        "weight of the teachers' prediction for a task that the tweet has no label of", default=0.15, ge=0, le=1
    )


@dataclass(frozen=True, kw_only=True)
class StudentParams:
    """A student network of `emoji-api distil`."""

    soft_target_share: float = declare(
        "share of the teachers' out-of-fold prediction in the target of a labelled text; the rest is the label",
        default=0.6,
        ge=0,
        le=1,
    )
    unlabelled_weight: float = declare(
        "weight of the teachers' prediction for a task that the text has no label of", default=0.2, ge=0, le=1
    )
    learning_rate: float = declare("peak learning rate", default=2e-4, gt=0, le=1)


@dataclass(frozen=True, kw_only=True)
class DistillationParams:
    """Teachers and students of `emoji-api distil`. The weights of the students are averaged.

    Each round of `folds` teachers leaves out every fold once. The teachers of every second round start from an encoder
    with further masked language model pretraining on the texts, the others from the encoder itself.
    """

    batch_rows: int = declare("rows of 128 tokens in a batch; texts are packed into rows", default=32, ge=1)
    folds: int = declare("number of folds of the texts; each teacher is trained without one of them", default=5, ge=2)
    masked_lm_epochs: int = declare("epochs of masked language model pretraining; 0: none", default=15, ge=0)
    masked_lm_learning_rate: float = declare(
        "peak learning rate of masked language model pretraining", default=5e-4, gt=0, le=1
    )
    teachers: int = declare("number of teachers", default=10, ge=1)
    teacher_epochs: int = declare("epochs of the teachers", default=3, ge=1)
    teacher_learning_rate: float = declare("peak learning rate of the teachers", default=1.5e-4, gt=0, le=1)
    ngram_share: dict[str, float] = declare(
        "task -> share of n-gram logistic regressions in the teachers' predictions for tweets",
        default={},
        ge=0,
        le=1,
        choices=list(TASKS),
    )
    class_weight_power: dict[str, float] = declare(
        "task -> labelled texts are weighted by the class frequency to minus this power; 0: no class weights, 1: "
        "inverse frequency",
        default={},
        ge=0,
        le=1,
        choices=list(TASKS),
    )
    augmented_versions: int = declare("versions of each emotion text in the style of tweets", default=4, ge=1)
    versions_per_epoch: int = declare(
        "number of augmented versions of each emotion text in an epoch, drawn anew in each epoch", default=2, ge=1
    )
    student_epochs: int = declare("epochs of the students", default=8, ge=1)
    students: list[StudentParams] = declare("parameters of each student", default=[StudentParams()], min_length=1)
