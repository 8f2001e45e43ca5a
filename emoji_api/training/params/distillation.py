"""The parameters of a distillation: the section `distillation` of `params.yaml`."""

from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from emoji_api.tasks import TASKS

SHARE = validate.Range(0, 1)
RATE = validate.Range(0, 1, min_inclusive=False)
AT_LEAST_ONE = validate.Range(1)


@dataclass(frozen=True, kw_only=True)
class StudentParams:
    """A student: `soft_target_share` of the target is the teachers' answer where a label is known; where none is, all of it is,
    with the weight `unlabelled_weight`."""

    soft_target_share: float = 0.6
    unlabelled_weight: float = 0.2
    learning_rate: float = 2e-4


@dataclass(frozen=True, kw_only=True)
class DistillationParams:
    """How many networks teach one.

    Each of the `teachers` leaves one of `folds` out; those of every second round of folds have guessed masked words for
    `masked_lm_epochs` before. `ngrams`: task -> what logistic regressions weigh among its teachers; `class_weight_power`:
    task -> 0 for labels as they are, 1 for labels that weigh the same. `versions` are how often each emotion text is
    rewritten as a tweet, `versions_per_epoch` how many of these an epoch has. `rows` are packed rows of a batch. Where
    there are several students, their weights are averaged.
    """

    batch_rows: int = 32
    folds: int = 5
    masked_lm_epochs: int = 15
    masked_lm_learning_rate: float = 5e-4
    teachers: int = 10
    teacher_epochs: int = 3
    teacher_learning_rate: float = 1.5e-4
    ngram_share: dict[str, float] = field(default_factory=dict)
    class_weight_power: dict[str, float] = field(default_factory=dict)
    augmented_versions: int = 4
    versions_per_epoch: int = 2
    student_epochs: int = 8
    students: list[StudentParams] = field(default_factory=lambda: [StudentParams()])


class StudentSchema(Schema):
    """What a student may be told."""

    soft_target_share = fields.Float(validate=SHARE)
    unlabelled_weight = fields.Float(validate=SHARE)
    learning_rate = fields.Float(validate=RATE)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> StudentParams:
        return StudentParams(**values)


class DistillationSchema(Schema):
    """What the section `distillation` may say."""

    batch_rows = fields.Integer(validate=AT_LEAST_ONE)
    folds = fields.Integer(validate=validate.Range(2))
    masked_lm_epochs = fields.Integer(validate=validate.Range(0))
    masked_lm_learning_rate = fields.Float(validate=RATE)
    teachers = fields.Integer(validate=AT_LEAST_ONE)
    teacher_epochs = fields.Integer(validate=AT_LEAST_ONE)
    teacher_learning_rate = fields.Float(validate=RATE)
    ngram_share = fields.Dict(fields.String(validate=validate.OneOf(list(TASKS))), fields.Float(validate=SHARE))
    class_weight_power = fields.Dict(fields.String(validate=validate.OneOf(list(TASKS))), fields.Float(validate=SHARE))
    augmented_versions = fields.Integer(validate=AT_LEAST_ONE)
    versions_per_epoch = fields.Integer(validate=AT_LEAST_ONE)
    student_epochs = fields.Integer(validate=AT_LEAST_ONE)
    students = fields.List(fields.Nested(StudentSchema), validate=validate.Length(1))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> DistillationParams:
        return DistillationParams(**values)
