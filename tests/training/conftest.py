"""A tiny network before training, and its data."""

import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.training.data.readers import Split
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.params import Params
from emoji_api.training.train import start_network


@pytest.fixture(scope="session")
def training_data(tiny_params: Params) -> TrainingData:
    return read_data(tiny_params)


@pytest.fixture(scope="session")
def started(tiny_params: Params, training_data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """An untrained network of all tasks, shared by all tests: do not change its weights."""
    return start_network(tiny_params, training_data)


@pytest.fixture(scope="session")
def network(started: tuple[keras.Model, Tokenizer]) -> keras.Model:
    return started[0]


@pytest.fixture(scope="session")
def tokenizer(started: tuple[keras.Model, Tokenizer]) -> Tokenizer:
    return started[1]


@pytest.fixture(scope="session")
def validation(training_data: TrainingData) -> Split:
    """The validation split of emotion."""
    return training_data.eval_splits["emotion"]["validation"]


@pytest.fixture(scope="session")
def phrases(training_data: TrainingData) -> Split:
    """The validation split of the phrase: texts with a sentiment and the span that carries it."""
    return training_data.eval_splits["phrase"]["validation"]
