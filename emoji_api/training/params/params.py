"""All parameters of a training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from marshmallow import ValidationError

from emoji_api.declarations import declare, error_messages, schema_of
from emoji_api.errors import DataError
from emoji_api.tasks import TASKS
from emoji_api.training.params.calibration import CalibrationParams
from emoji_api.training.params.data import DataParams
from emoji_api.training.params.distillation import DistillationParams, TeacherParams
from emoji_api.training.params.fit import FitParams
from emoji_api.training.params.gate import GateParams
from emoji_api.training.params.sweep import SweepRange
from emoji_api.training.params.tweets import TweetParams

OUTSIDE_TRAINING = ("distillation", "gate", "sweep", "pipeline")
"""Sections that the result of `emoji-api train` does not depend on."""


@dataclass(frozen=True, kw_only=True)
class Params:
    """All parameters of a training. With the data and the code they determine its result."""

    encoder: str = declare("pretrained encoder: a name on the Hugging Face hub, or a folder")
    data: DataParams
    seed: int = declare("seed of all random numbers", default=7, ge=0, le=2**31 - 1)
    start: str | None = declare(
        "folder of a bundle whose weights and tokenizer the training starts from; by default the pretrained encoder",
        default=None,
    )
    max_length: int = declare("tokens that the network reads; longer texts are truncated", default=128, ge=8, le=512)
    tasks: list[str] | None = declare(
        "tasks to train; by default all tasks that the data sets have labels for. A model that lacks a task of the "
        "served one does not pass the gate",
        default=None,
        choices=list(TASKS),
        min_length=1,
        unique=True,
        example=["emotion"],
    )
    fit: FitParams = field(default_factory=FitParams)
    tweets: TweetParams = field(default_factory=TweetParams)
    teachers: TeacherParams = field(default_factory=TeacherParams)
    calibration: CalibrationParams = field(default_factory=CalibrationParams)
    distillation: DistillationParams = field(default_factory=DistillationParams)
    gate: GateParams = field(default_factory=GateParams)
    sweep: dict[str, SweepRange] = declare(
        "parameter, such as `fit.learning_rate` -> values that `emoji-api sweep` tries", default={}
    )
    pipeline: dict[str, str] = declare("variables of `dvc.yaml`, such as the folder of the data sets", default={})

    @property
    def lengths(self) -> list[int]:
        """The upper limits of the length buckets, in tokens, ascending and none above `max_length`."""
        return sorted({min(length, self.max_length) for length in self.fit.lengths})

    def with_sources(self, encoder: str | None = None, **locations: str | None) -> "Params":
        """Return these parameters with another encoder or other `locations` of data sets. None changes nothing."""
        changed = {name: location for name, location in locations.items() if location is not None}
        return replace(self, encoder=encoder or self.encoder, data=replace(self.data, **changed))

    def with_values(self, values: Mapping[str, Any]) -> "Params":
        """Return these parameters with other values by dotted name, such as `fit.learning_rate`.

        Raises DataError for an unknown name and for a value that is not allowed.
        """
        document = asdict(self)
        for name, value in values.items():
            *sections, last = name.split(".")
            section: Any = document
            for key in sections:
                section = section.get(key) if isinstance(section, dict) else None
            if not isinstance(section, dict) or last not in section:
                raise DataError(f"there is no parameter {name}")
            section[last] = value
        return check_params(document, "the parameters")

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters that the result of a training depends on, as plain values for YAML or JSON."""
        return {name: value for name, value in asdict(self).items() if name not in OUTSIDE_TRAINING}


PARAMS_SCHEMA = schema_of(Params)()


def check_params(document: Mapping[str, Any], source: str) -> Params:
    """Return the parameters in a document; `source` names it in errors.

    Raises DataError with the path of each wrong value and what is wrong with it.
    """
    try:
        params: Params = PARAMS_SCHEMA.load(document)
    except ValidationError as error:
        reasons = "; ".join(f"{path}: {message}" for path, message in error_messages(error).items())
        raise DataError(f"{source}: {reasons}") from error
    return params
