"""Emotion pseudo-labels for tweets without an emotion label."""

from collections.abc import Mapping

import numpy as np

from emoji_api.tasks import EMOTION


def aligned_pseudo_labels(likelihoods: np.ndarray, class_prior: Mapping[str, float], *, rounds: int = 10) -> np.ndarray:
    """Return emotion targets (tweets, emotions) for tweets whose emotions have a known class prior.

    `likelihoods` (tweets, emotions) are positive and need not be normalised. Emotions that are not in `class_prior` get
    zero. The others are scaled by class until the mean target is the prior, so that the class balance of the domain on
    which the network was trained is not carried over to another domain: distribution alignment (Berthelot et al.,
    ReMixMatch, https://arxiv.org/abs/1911.09785), iterated `rounds` times.
    """
    prior = np.array([class_prior.get(label, 0.0) for label in EMOTION.labels])
    prior = prior / prior.sum()
    targets = likelihoods * (prior > 0)
    targets /= targets.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        mean = targets.mean(axis=0)
        targets = targets * np.divide(prior, mean, out=np.zeros_like(prior), where=mean > 0)
        targets /= targets.sum(axis=1, keepdims=True)
    return targets


def neutral_pseudo_labels(likelihoods: np.ndarray, has_cue: np.ndarray, uniform_share: float) -> np.ndarray:
    """Return emotion targets (tweets, emotions) for neutral tweets.

    They mix the uniform distribution with the normalised `likelihoods` (tweets, emotions). `uniform_share` is the share
    of the uniform distribution; it is halved where `has_cue` (tweets,) is true.
    """
    share = (uniform_share * np.where(has_cue, 0.5, 1.0))[:, None]
    return share / likelihoods.shape[1] + (1 - share) * likelihoods / likelihoods.sum(axis=1, keepdims=True)
