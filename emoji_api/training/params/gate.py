"""The section `gate` of the parameters: the bounds of the promotion gate."""

from dataclasses import dataclass

from emoji_api.declarations import declare
from emoji_api.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class GateParams:
    """Bounds that a challenger must keep to replace the champion, the model that is served."""

    max_drop: float = declare(
        "maximum drop of a task's primary metric; a larger drop also passes if it is not significant",
        default=0.005,
        ge=0,
        le=1,
    )
    confidence: float = declare(
        "share of the bootstrap resamples that must show a drop for it to be significant", default=0.95, ge=0.5, lt=1
    )
    resamples: int = declare("resamples of the paired bootstrap", default=2000, ge=100)
    max_calibration_error: float = declare("maximum expected calibration error of a task", default=0.05, ge=0, le=1)
    max_calibration_error_by_task: dict[str, float] = declare(
        "task -> its own maximum expected calibration error", default={}, ge=0, le=1, choices=list(TASKS)
    )
    max_new_behaviour_failures: int = declare(
        "maximum number of behaviour test rows that fail beyond those that the champion fails", default=20, ge=0
    )
    max_latency_ratio: float = declare(
        "maximum ratio of the challenger's median latency to the champion's", default=1.25, gt=0
    )
    latency_texts: int = declare("number of texts for which the latency is measured", default=200, ge=1)
