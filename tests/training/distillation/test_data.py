"""An epoch has all tweets, some versions of each emotion text, and no text of the fold that is left out."""

import numpy as np
import pytest

from emoji_api.training.distillation.data import DistillationData


@pytest.mark.parametrize("left_out", [None, 0, 1])
def test_epoch_leaves_a_fold_out(data: DistillationData, left_out: int | None) -> None:
    order = data.sample_epoch(np.random.default_rng(1), 1, left_out)
    assert len(set(order)) == len(order)
    assert set(data.fold[order]) == {0, 1} - {left_out}
    assert set(data.tweets[data.fold[data.tweets] != left_out]) <= set(order)


def test_epoch_has_the_given_number_of_versions(data: DistillationData) -> None:
    for versions in (1, 2):
        order = data.sample_epoch(np.random.default_rng(1), versions)
        assert len(set(data.version[order]) - {0}) == versions
