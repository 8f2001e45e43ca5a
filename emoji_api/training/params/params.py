"""The parameters of a training: read from YAML, checked, frozen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, TASKS, WITH_THRESHOLD
from emoji_api.training.params.distillation import DistillationParams, DistillationSchema
from emoji_api.training.params.selection import GateParams, GateSchema, RangeSchema, SweepRange

SHARE = validate.Range(0, 1)
POSITIVE_SHARE = validate.Range(0, 1, min_inclusive=False)
POSITIVE = validate.Range(1)
CLASSIFICATIONS = [name for name, task in TASKS.items() if task.kind == "classification"]
CHOSEN_AMONG_MANY = [name for name in CLASSIFICATIONS if name not in WITH_THRESHOLD]
OF_NO_TRAINING = ("distillation", "gate", "sweep", "pipeline")


@dataclass(frozen=True, kw_only=True)
class DataParams:
    """Where each data set is: a folder, a hub name, or None to do without it."""

    emotion: str
    tweeteval: str | None = None
    tweet_sentiment_extraction: str | None = None
    finance_topic: str | None = None
    finance_sentiment: str | None = None
    feedback: str | None = None


@dataclass(frozen=True, kw_only=True)
class FitParams:
    """How the network is fitted. Lengths are in tokens, `warm_up` and `augmented` are shares, and so is
    `label_smoothing`, of an even spread in the target of an emotion text.

    `rows` is how many emotion texts to learn from, a sample of the train split; all of them unless given.
    """

    epochs: int = 3
    rows: int | None = None
    freeze_encoder: bool = False
    batch_size: int = 32
    learning_rate: float = 1e-4
    warm_up: float = 0.1
    weight_decay: float = 0.01
    patience: int = 2
    lengths: list[int] = field(default_factory=lambda: [16, 24, 32, 48, 96])
    bfloat16: bool = False
    augmented: float = 0.5
    class_weight_power: float = 0.2
    label_smoothing: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TweetParams:
    """How real tweets teach emotion. `rows`: data set -> how many of it are read in each epoch; `class_priors`: data set ->
    its label -> emotion -> share. `annotated_weight` is that of a tweet whose emotion was read."""

    rows: dict[str, int] = field(default_factory=dict)
    pseudo_label_weight: float = 0.5
    pseudo_label_temperature: float = 2.0
    cue_strength: float = 2.0
    neutral_uniform_share: float = 1.0
    out_of_domain_weight: float = 0.0
    feedback_weight: float = 1.0
    annotated_weight: float = 0.0
    class_priors: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)

    def expects(self, kind: tuple[str, str]) -> bool:
        """Whether tweets of this `kind`, a data set and its label, teach emotion."""
        return kind[1] in self.class_priors.get(kind[0], {})


@dataclass(frozen=True, kw_only=True)
class TeacherParams:
    """The folders of bundles that answer for the tweets. `soft_target_share` of the target is theirs where the label is known;
    where it is not, all of it is, with the weight `unlabelled_weight`."""

    bundles: list[str] = field(default_factory=list)
    soft_target_share: float = 0.5
    unlabelled_weight: float = 0.2


@dataclass(frozen=True, kw_only=True)
class CalibrationParams:
    """How a fitted network is calibrated. By task: `class_balance`, from 0, labels as frequent as in the validation split,
    to 1, those that are rarer than an even share raised to it; `logit_adjustment`, instead of it, what of the
    logarithm of a label's share is taken from its logit; `max_false_positive_rate`, the share of the others that a threshold
    may take for the label; `macro_f1_tasks`, the tasks whose label is chosen for it, which the likeliest is not.
    `entropy_scaled_tasks`, those whose temperature depends on how sure the network is. Beside the validation split, which
    weighs 1, all annotated tweets of one emotion together weigh `annotated_weight`; those without an emotion weigh `no_emotion_weight`, which decide
    on the temperature alone, that beside all of these.
    """

    class_balance: dict[str, float] = field(default_factory=dict)
    logit_adjustment: dict[str, float] = field(default_factory=dict)
    entropy_scaled_tasks: list[str] = field(default_factory=list)
    annotated_weight: float = 0.0
    no_emotion_weight: float = 0.0
    max_false_positive_rate: dict[str, float] = field(default_factory=dict)
    macro_f1_tasks: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Params:
    """Everything that a training depends on, but for the data's content and the code.

    `tasks` are those to train, all that the data teach unless given. `start` is the folder of a bundle, whose
    weights and tokenizer the training starts with; unless given, it starts with the pretrained ones.
    `distillation`, `gate`, `sweep`, a range by a parameter's name such as `fit.learning_rate`, and `pipeline`, what
    `dvc.yaml` is filled with, are no part of a training.
    """

    encoder: str
    data: DataParams
    seed: int = 7
    start: str | None = None
    max_length: int = 128
    tasks: list[str] | None = None
    fit: FitParams = field(default_factory=FitParams)
    tweets: TweetParams = field(default_factory=TweetParams)
    teachers: TeacherParams = field(default_factory=TeacherParams)
    calibration: CalibrationParams = field(default_factory=CalibrationParams)
    distillation: DistillationParams = field(default_factory=DistillationParams)
    gate: GateParams = field(default_factory=GateParams)
    sweep: dict[str, SweepRange] = field(default_factory=dict)
    pipeline: dict[str, str] = field(default_factory=dict)

    @property
    def lengths(self) -> list[int]:
        """The lengths between which texts share a batch, in tokens: none is read further than `max_length`."""
        return sorted({min(length, self.max_length) for length in self.fit.lengths})

    def with_sources(self, encoder: str | None = None, **data: str | None) -> "Params":
        """The same parameters with another encoder or other places of the data."""
        given = {name: place for name, place in data.items() if place is not None}
        return replace(self, encoder=encoder or self.encoder, data=replace(self.data, **given))

    def with_values(self, values: Mapping[str, Any]) -> "Params":
        """The same parameters with other values by name, such as `fit.learning_rate`. Raises DataError."""
        document = asdict(self)
        for name, value in values.items():
            *sections, last = name.split(".")
            place: Any = document
            for section in sections:
                place = place.get(section) if isinstance(place, dict) else None
            if not isinstance(place, dict) or last not in place:
                raise DataError(f"there is no parameter {name}")
            place[last] = value
        return _checked(document, "the parameters")

    def as_dict(self) -> dict[str, Any]:
        """Plain values of what a training depends on, as YAML or JSON writes them."""
        return {name: value for name, value in asdict(self).items() if name not in OF_NO_TRAINING}


class _DataSchema(Schema):
    emotion = fields.String(required=True)
    tweeteval = fields.String(allow_none=True)
    tweet_sentiment_extraction = fields.String(allow_none=True)
    finance_topic = fields.String(allow_none=True)
    finance_sentiment = fields.String(allow_none=True)
    feedback = fields.String(allow_none=True)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> DataParams:
        return DataParams(**values)


class _FitSchema(Schema):
    epochs = fields.Integer(validate=POSITIVE)
    rows = fields.Integer(validate=POSITIVE, allow_none=True)
    freeze_encoder = fields.Boolean()
    batch_size = fields.Integer(validate=POSITIVE)
    learning_rate = fields.Float(validate=validate.Range(0, 1, min_inclusive=False))
    warm_up = fields.Float(validate=SHARE)
    weight_decay = fields.Float(validate=SHARE)
    patience = fields.Integer(validate=POSITIVE)
    lengths = fields.List(fields.Integer(validate=validate.Range(4, 512)), validate=validate.Length(1))
    bfloat16 = fields.Boolean()
    augmented = fields.Float(validate=SHARE)
    class_weight_power = fields.Float(validate=SHARE)
    label_smoothing = fields.Float(validate=SHARE)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> FitParams:
        return FitParams(**values)


class _TweetSchema(Schema):
    rows = fields.Dict(fields.String(), fields.Integer(validate=POSITIVE))
    pseudo_label_weight = fields.Float(validate=SHARE)
    pseudo_label_temperature = fields.Float(validate=validate.Range(0.1, 10))
    cue_strength = fields.Float(validate=validate.Range(0, 10))
    neutral_uniform_share = fields.Float(validate=SHARE)
    out_of_domain_weight = fields.Float(validate=SHARE)
    feedback_weight = fields.Float(validate=validate.Range(0, 10))
    annotated_weight = fields.Float(validate=validate.Range(0, 10))
    class_priors = fields.Dict(
        fields.String(),
        fields.Dict(
            fields.String(),
            fields.Dict(fields.String(validate=validate.OneOf(EMOTION.labels)), fields.Float(validate=POSITIVE_SHARE)),
        ),
    )

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> TweetParams:
        return TweetParams(**values)


class _TeacherSchema(Schema):
    bundles = fields.List(fields.String())
    soft_target_share = fields.Float(validate=SHARE)
    unlabelled_weight = fields.Float(validate=SHARE)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> TeacherParams:
        return TeacherParams(**values)


class _CalibrationSchema(Schema):
    class_balance = fields.Dict(fields.String(validate=validate.OneOf(list(TASKS))), fields.Float(validate=SHARE))
    logit_adjustment = fields.Dict(fields.String(validate=validate.OneOf(list(TASKS))), fields.Float(validate=SHARE))
    entropy_scaled_tasks = fields.List(fields.String(validate=validate.OneOf(CLASSIFICATIONS)))
    annotated_weight = fields.Float(validate=validate.Range(0, 10))
    no_emotion_weight = fields.Float(validate=validate.Range(0, 10))
    max_false_positive_rate = fields.Dict(
        fields.String(validate=validate.OneOf(WITH_THRESHOLD)), fields.Float(validate=POSITIVE_SHARE)
    )
    macro_f1_tasks = fields.List(fields.String(validate=validate.OneOf(CHOSEN_AMONG_MANY)))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> CalibrationParams:
        return CalibrationParams(**values)


class ParamsSchema(Schema):
    """What `params.yaml` may say."""

    encoder = fields.String(required=True)
    seed = fields.Integer()
    start = fields.String(allow_none=True)
    max_length = fields.Integer(validate=validate.Range(8, 512))
    tasks = fields.List(fields.String(validate=validate.OneOf(list(TASKS))), allow_none=True)
    data = fields.Nested(_DataSchema, required=True)
    fit = fields.Nested(_FitSchema)
    tweets = fields.Nested(_TweetSchema)
    teachers = fields.Nested(_TeacherSchema)
    calibration = fields.Nested(_CalibrationSchema)
    distillation = fields.Nested(DistillationSchema)
    gate = fields.Nested(GateSchema)
    sweep = fields.Dict(fields.String(), fields.Nested(RangeSchema))
    pipeline = fields.Dict(fields.String(), fields.String())

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Params:
        return Params(**values)


def read_params(path: str | Path) -> Params:
    """Read and check a parameter file. Raises DataError that names each value that is wrong."""
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"{path}: {error}") from error
    return _checked(document, path)


def _checked(document: Any, source: object) -> Params:
    try:
        return ParamsSchema().load(document)
    except ValidationError as error:
        raise DataError(f"{source}: {error.normalized_messages()}") from error
