"""The result of the gate: single checks, and the verdict over all of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One condition for a promotion: its name, whether the challenger meets it, and the numbers behind that."""

    name: str
    passed: bool
    detail: str

    def row(self) -> list[str]:
        """Return the outcome and the description, the cells of a table."""
        return ["pass" if self.passed else "FAIL", f"{self.name}: {self.detail}"]

    def __str__(self) -> str:
        return "  ".join(self.row())


@dataclass(frozen=True)
class PromotionVerdict:
    """The verdict on a challenger: it is promoted if there is at least one check and all checks pass."""

    checks: Sequence[Check]

    @property
    def promoted(self) -> bool:
        """Whether the challenger may replace the champion."""
        return bool(self.checks) and not self.reasons

    @property
    def reasons(self) -> list[Check]:
        """The failed checks."""
        return [check for check in self.checks if not check.passed]

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values for JSON."""
        return {"promoted": self.promoted, "checks": [asdict(check) for check in self.checks]}

    @property
    def headline(self) -> str:
        """The verdict in one sentence."""
        return "the challenger passes the gate" if self.promoted else "the challenger does not pass the gate"

    def __str__(self) -> str:
        return "\n".join([self.headline, *map(str, self.checks)])
