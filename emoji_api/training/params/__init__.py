"""Training parameters: one declaration each, with type, default, bounds and description."""

from emoji_api.training.params.distillation import DistillationParams, StudentParams
from emoji_api.training.params.params import (
    CalibrationParams,
    DataParams,
    FitParams,
    Params,
    TeacherParams,
    TweetParams,
    read_params,
)
from emoji_api.training.params.selection import GateParams, SweepRange

__all__ = [
    "CalibrationParams",
    "DataParams",
    "DistillationParams",
    "FitParams",
    "GateParams",
    "Params",
    "StudentParams",
    "SweepRange",
    "TeacherParams",
    "TweetParams",
    "read_params",
]
