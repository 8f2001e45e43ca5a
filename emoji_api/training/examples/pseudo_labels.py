"""Emotions guessed for tweets of which only the sentiment is known."""

from collections.abc import Mapping

import numpy as np

from emoji_api.tasks import EMOTION


def pseudo_label(evidence: np.ndarray, expected: Mapping[str, float], *, rounds: int = 10) -> np.ndarray:
    """Soft emotion targets for tweets of one kind, from `evidence` (tweets, emotions), positive and of any scale.

    The evidence is kept to the emotions that are `expected` of this kind of tweet, and aligned: scaled by class until
    the targets' mean is the expected share, so that what one domain made the network favour is not carried into
    another (distribution alignment, Berthelot et al., ReMixMatch, https://arxiv.org/abs/1911.09785, iterated).
    """
    share = np.array([expected.get(label, 0.0) for label in EMOTION.labels])
    share = share / share.sum()
    targets = evidence * (share > 0)
    targets /= targets.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        mean = targets.mean(axis=0)
        targets = targets * np.divide(share, mean, out=np.zeros_like(share), where=mean > 0)
        targets /= targets.sum(axis=1, keepdims=True)
    return targets


def neutral_pseudo_labels(evidence: np.ndarray, cued: np.ndarray, even_share: float) -> np.ndarray:
    """Targets for neutral tweets: an even spread over the emotions, and for the rest what the `evidence` says.

    Where a text has a cue, `cued` (tweets,), the even spread has half of its share.
    """
    even = (even_share * np.where(cued, 0.5, 1.0))[:, None]
    return even / evidence.shape[1] + (1 - even) * evidence / evidence.sum(axis=1, keepdims=True)
