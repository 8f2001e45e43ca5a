"""The training data of a distillation: tokenised texts with their targets."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emoji_api.tasks import Task
from emoji_api.training.distillation.packing import TokenizedTexts


class Targets(NamedTuple):
    """Targets of all texts and tokens, followed by a text and a token of padding whose weights are zero.

    By text: `hard` and `soft`, the target distributions (texts, tasks, max labels) of the labels and of the teachers;
    `weight` (texts, tasks), zero if the label is unknown; `unlabelled_weight` (texts, tasks), the relative weight of
    the soft target in that case. Tasks with fewer labels than the largest are padded.
    By token, (tokens,): `token_ids`; `sentiment`, the label of its text; `hard_start` and `hard_end`, one at the first
    and the last token of the phrase; `soft_start` and `soft_end`, their probabilities by teachers; `phrase_weight`,
    one if the phrase of the text is known; `soft_phrase_weight`, one if only the teachers' prediction of it is.
    """

    hard: Any
    soft: Any
    weight: Any
    unlabelled_weight: Any
    token_ids: Any
    sentiment: Any
    hard_start: Any
    hard_end: Any
    soft_start: Any
    soft_end: Any
    phrase_weight: Any
    soft_phrase_weight: Any


@dataclass(frozen=True, kw_only=True)
class DistillationData:
    """Texts with the `targets` that teachers and students learn.

    `tasks` are the classification tasks, in the order of the targets' axis. By text, (texts,): `fold`, the same for
    equal texts and for the augmented versions of a text; `version`, 0 for a tweet, and the number of the augmented
    version, from 1, for a text of the emotion set. `labels` (texts, tasks) are label ids, -1 if unknown.
    `mask_token_id` is None if the vocabulary has no `[MASK]`.
    """

    texts: list[str]
    tokenized: TokenizedTexts
    targets: Targets
    tasks: list[Task]
    fold: np.ndarray
    version: np.ndarray
    labels: np.ndarray
    mask_token_id: int | None

    @property
    def tweets(self) -> np.ndarray:
        """The indices of the tweets among the texts: (tweets,)."""
        return np.flatnonzero(self.version == 0)

    def sample_epoch(self, rng: np.random.Generator, versions: int, left_out: int | None = None) -> np.ndarray:
        """Return the indices of all tweets and of `versions` random versions of the emotion texts, shuffled.

        Texts of the fold `left_out` are excluded.
        """
        chosen = rng.permutation(int(self.version.max()))[:versions] + 1
        included = ((self.version == 0) | np.isin(self.version, chosen)) & (self.fold != left_out)
        return rng.permutation(np.flatnonzero(included))
