"""What the networks of a distillation learn from: all texts, as tokens, with their targets."""

from dataclasses import dataclass

import numpy as np

from emoji_api.tasks import Task
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.packing import Texts


@dataclass(frozen=True, kw_only=True)
class DistillationData:
    """Texts, what they teach, the `tasks` of the targets' axis, and of each text its `fold` and `version`.

    Both are (texts,): texts that are the same are in one fold; `version` is 0 of a tweet, and of an emotion text which
    rewriting it is, counted from 1. `strings` are the texts as they were, `labels` (texts, tasks) what they are
    labelled with, -1 where with nothing. `mask` is the token of a masked word, if the vocabulary has one.
    """

    texts: Texts
    targets: Targets
    tasks: list[Task]
    fold: np.ndarray
    version: np.ndarray
    strings: list[str]
    labels: np.ndarray
    mask: int | None

    @property
    def tweets(self) -> np.ndarray:
        """The places of those that are tweets: (tweets,)."""
        return np.flatnonzero(self.version == 0)

    def epoch(self, rng: np.random.Generator, versions: int, left_out: int | None = None) -> np.ndarray:
        """The tweets and so many versions of the emotion texts, in any order, but for the fold that is `left_out`."""
        chosen = rng.permutation(int(self.version.max()))[:versions] + 1
        inside = ((self.version == 0) | np.isin(self.version, chosen)) & (self.fold != left_out)
        return rng.permutation(np.flatnonzero(inside))
