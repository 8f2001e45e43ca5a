"""The section `calibration` of the parameters: temperatures, biases and decision rules of a fitted network."""

from dataclasses import dataclass

from emoji_api.declarations import declare
from emoji_api.tasks import TASKS, WITH_THRESHOLD

CLASSIFICATIONS = [name for name, task in TASKS.items() if task.kind == "classification"]
WITHOUT_THRESHOLD = [name for name in CLASSIFICATIONS if name not in WITH_THRESHOLD]


@dataclass(frozen=True, kw_only=True)
class CalibrationParams:
    """How a fitted network is calibrated on the validation split.

    Weights are relative to 1, the total weight of the validation split.
    """

    class_balance: dict[str, float] = declare(
        "task -> how far labels that are rarer than the mean frequency are weighted up to it; 0: not at all, 1: to the "
        "mean frequency",
        default={},
        ge=0,
        le=1,
        choices=list(TASKS),
    )
    logit_adjustment: dict[str, float] = declare(
        "task -> strength of logit adjustment, in place of `class_balance`: this times the log class prior is "
        "subtracted from each logit",
        default={},
        ge=0,
        le=1,
        choices=list(TASKS),
    )
    entropy_scaled_tasks: list[str] = declare(
        "tasks with entropy-based temperature scaling: the temperature depends on the entropy of the prediction",
        default=[],
        choices=CLASSIFICATIONS,
    )
    annotated_weight: float = declare(
        "total weight of the LLM-annotated validation tweets with one emotion", default=0.1, ge=0, le=10
    )
    no_emotion_weight: float = declare(
        "total weight of the LLM-annotated validation tweets without an emotion; they have a uniform target and affect "
        "the temperature only",
        default=0.045,
        ge=0,
        le=10,
    )
    no_emotion_max_false_positive_rate: float | None = declare(
        "maximum share of the LLM-annotated validation tweets with an emotion that are taken for tweets without one; "
        "not set: the threshold of the best macro F1",
        default=None,
        gt=0,
        le=1,
    )
    max_false_positive_rate: dict[str, float] = declare(
        "task -> maximum false positive rate at its threshold; without an entry, the threshold of the best macro F1",
        default={},
        gt=0,
        le=1,
        choices=WITH_THRESHOLD,
    )
    macro_f1_tasks: list[str] = declare(
        "tasks whose decision rule maximises the expected macro F1; the others predict the likeliest label",
        default=[],
        choices=WITHOUT_THRESHOLD,
    )
