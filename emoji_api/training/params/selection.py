"""How networks are chosen: the bounds of the gate, the ranges of a sweep."""

from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from emoji_api.tasks import TASKS

SHARE = validate.Range(0, 1)


@dataclass(frozen=True, kw_only=True)
class GateParams:
    """What a challenger must fulfil to replace the champion.

    It may be worse in a task's measure by `max_drop`, or by as much as fewer than `confidence` of the `resamples` of a
    paired bootstrap are sure of. Its calibration error, of a task or of any, has a bound; so have the rows of the
    behaviour tests that it fails beyond the champion's, and its time for a text, of which it is given
    `latency_texts`, as a multiple of the champion's.
    """

    max_drop: float = 0.005
    confidence: float = 0.95
    resamples: int = 2000
    max_calibration_error: float = 0.05
    max_calibration_error_by_task: dict[str, float] = field(default_factory=dict)
    max_new_behaviour_failures: int = 20
    max_latency_ratio: float = 1.25
    latency_texts: int = 200


@dataclass(frozen=True, kw_only=True)
class SweepRange:
    """What a sweep may try of a parameter: a number between `low` and `high`, even in its logarithm or not, or one of
    the `choices`."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: list[Any] | None = None


class GateSchema(Schema):
    """The section `gate`."""

    max_drop = fields.Float(validate=SHARE)
    confidence = fields.Float(validate=validate.Range(0.5, 1, max_inclusive=False))
    resamples = fields.Integer(validate=validate.Range(100))
    max_calibration_error = fields.Float(validate=SHARE)
    max_calibration_error_by_task = fields.Dict(
        fields.String(validate=validate.OneOf(list(TASKS))), fields.Float(validate=SHARE)
    )
    max_new_behaviour_failures = fields.Integer(validate=validate.Range(0))
    max_latency_ratio = fields.Float(validate=validate.Range(0, min_inclusive=False))
    latency_texts = fields.Integer(validate=validate.Range(1))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> GateParams:
        """Frozen."""
        return GateParams(**values)


class RangeSchema(Schema):
    """An entry of the section `sweep`."""

    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    log = fields.Boolean()
    choices = fields.List(fields.Raw(), allow_none=True, validate=validate.Length(2))

    @validates_schema
    def check(self, values: dict[str, Any], **_: Any) -> None:
        """Either `choices`, or `low` below `high`."""
        low, high = values.get("low"), values.get("high")
        if values.get("choices"):
            if not (low is high is None):
                raise ValidationError("has choices and a range.")
        elif low is None or high is None or not low < high:
            raise ValidationError("needs low and high, or choices.")
        elif values.get("log") and low <= 0:
            raise ValidationError("log needs low above 0.")

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> SweepRange:
        """Frozen."""
        return SweepRange(**values)
