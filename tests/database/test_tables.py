"""States of feedback and training jobs, as the columns store them."""

import pytest

from emoji_api.database.tables import FEEDBACK_STATES, TRAINING_STATES, Feedback, TrainingJob


@pytest.mark.parametrize(("table", "states"), [(Feedback, FEEDBACK_STATES), (TrainingJob, TRAINING_STATES)])
def test_states_fit_their_column(table, states):
    assert max(map(len, states)) <= table.__table__.c.state.type.length
