"""What a tiny distillation learns from, and its networks."""

from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import TASKS, Task
from emoji_api.training.data import TrainingData
from emoji_api.training.distillation.lessons import Lessons
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.params import DistillationParams, StudentParams
from emoji_api.training.distillation.preparation import lessons_of
from emoji_api.training.distillation.weights import encoder_of, with_heads
from emoji_api.training.export.export import arrays_of
from emoji_api.training.params import CalibrationParams, Params
from tests.tiny import LAYERS


@pytest.fixture(scope="session")
def distillation(tiny_params: Params) -> Params:
    """Parameters of a distillation of half a minute."""
    return replace(
        tiny_params,
        calibration=CalibrationParams(),  # twenty emoji are too close to each other, so early, to choose among
        distillation=DistillationParams(
            rows=4,
            folds=2,
            masked_epochs=1,
            teachers=4,
            teacher_epochs=4,
            teacher_rate=3e-3,
            ngrams={"sentiment": 0.3},
            class_weight_power={"emojis": 0.3},
            versions=2,
            versions_in_epoch=1,
            student_epochs=6,
            students=[StudentParams(learning_rate=3e-3), StudentParams(learning_rate=4e-3)],
        ),
    )


@pytest.fixture(scope="session")
def arrays(network: keras.Model) -> dict[str, np.ndarray]:
    """Those of a network that is not fitted, by name."""
    return arrays_of(network.weights, list(TASKS.values()))


@pytest.fixture(scope="session")
def tasks() -> list[Task]:
    return [task for task in TASKS.values() if task.kind == "classification"]


@pytest.fixture(scope="session")
def encoder(arrays: dict[str, np.ndarray]) -> Weights:
    return encoder_of(arrays, LAYERS)


@pytest.fixture(scope="session")
def weights(encoder: Weights, tasks: list[Task]) -> Weights:
    """The encoder with fresh heads."""
    return with_heads(encoder, tasks, seed=1)


@pytest.fixture(scope="session")
def lessons(training_data: TrainingData, tokenizer: Tokenizer, distillation: Params) -> Lessons:
    assert training_data.tweets
    return lessons_of(training_data, tokenizer, distillation, np.ones((len(training_data.tweets), 6)))
