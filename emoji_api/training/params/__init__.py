"""Training parameters: one declaration each, with type, default, bounds and description.

The declarations import neither TensorFlow nor YAML, so that the HTTP API derives its limits from them.
"""

from emoji_api.training.params.calibration import CalibrationParams
from emoji_api.training.params.data import DataParams
from emoji_api.training.params.distillation import DistillationParams, StudentParams, TeacherParams
from emoji_api.training.params.files import read_params
from emoji_api.training.params.fit import FitParams
from emoji_api.training.params.gate import GateParams
from emoji_api.training.params.params import Params
from emoji_api.training.params.sweep import SweepRange
from emoji_api.training.params.tweets import TweetParams

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
