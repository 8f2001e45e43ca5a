"""What a task's logits are divided by, so that their softmax can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emoji_api.training.network.forward import softmax

LEAST_ENTROPY = 1e-6  # a network that is surer than this is as sure as this


@dataclass(frozen=True)
class Temperature:
    """A temperature that may differ from text to text: `value` times the power `entropy_power` of the entropy.

    The entropy is that of the softmax at `value`, as a share of the most that it could have. Where the power is above
    zero, sure answers become surer and unsure ones are left as they are; which label is the likeliest never changes.
    Entropy-based temperature scaling (Balanya et al., 2022, https://arxiv.org/abs/2208.00461), with a power of the
    entropy where they have a softplus of its logarithm: a power of zero is temperature scaling as it was.
    """

    value: float = 1.0
    entropy_power: float = 0.0

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Temperature":
        """That of a task's entry in `bundle.json`."""
        return cls(entry["temperature"], entry.get("entropy_power", 0.0))

    def as_entry(self) -> dict[str, float]:
        """What a task's entry in `bundle.json` says of it."""
        power = {"entropy_power": self.entropy_power} if self.entropy_power else {}
        return {"temperature": self.value} | power

    def probabilities(self, logits: np.ndarray, bias: np.ndarray | float = 0.0) -> np.ndarray:
        """The calibrated probabilities of logits (rows, labels), with a `bias` (labels,) at the temperature `value`."""
        scores = logits / self.value + bias
        if not self.entropy_power:
            return softmax(scores)
        plain = softmax(scores)
        entropy = -(plain * np.log(plain.clip(1e-30))).sum(axis=-1, keepdims=True) / np.log(scores.shape[-1])
        return softmax(scores * entropy.clip(LEAST_ENTROPY) ** -self.entropy_power)
