"""The data and the untrained networks of a tiny distillation."""

from dataclasses import replace

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import TASKS, Task
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.preparation import build_distillation_data
from emoji_api.training.distillation.weights import add_fresh_heads, encoder_weights
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.weights import named_arrays
from emoji_api.training.params import CalibrationParams, DistillationParams, Params, StudentParams
from tests.tiny import LAYERS


@pytest.fixture(scope="session")
def distillation(tiny_params: Params) -> Params:
    """Parameters of a distillation that takes half a minute."""
    return replace(
        tiny_params,
        # no macro F1 rule: so early in training the twenty emoji are too close for one
        calibration=CalibrationParams(annotated_weight=0.0, no_emotion_weight=0.0),
        distillation=DistillationParams(
            batch_rows=4,
            folds=2,
            masked_lm_epochs=1,
            teachers=4,
            teacher_epochs=4,
            teacher_learning_rate=3e-3,
            ngram_share={"sentiment": 0.3},
            class_weight_power={"emojis": 0.3},
            augmented_versions=2,
            versions_per_epoch=1,
            student_epochs=6,
            students=[StudentParams(learning_rate=3e-3), StudentParams(learning_rate=4e-3)],
        ),
    )


@pytest.fixture(scope="session")
def arrays(network: keras.Model) -> dict[str, np.ndarray]:
    """The arrays of the untrained network by name."""
    return named_arrays(network.weights, list(TASKS.values()))


@pytest.fixture(scope="session")
def tasks() -> list[Task]:
    """The classification tasks."""
    return [task for task in TASKS.values() if task.kind == "classification"]


@pytest.fixture(scope="session")
def encoder(arrays: dict[str, np.ndarray]) -> Weights:
    return encoder_weights(arrays, LAYERS)


@pytest.fixture(scope="session")
def weights(encoder: Weights, tasks: list[Task]) -> Weights:
    """The encoder with fresh heads."""
    return add_fresh_heads(encoder, tasks, seed=1)


@pytest.fixture(scope="session")
def data(training_data: TrainingData, tokenizer: Tokenizer, distillation: Params) -> DistillationData:
    assert training_data.tweets
    return build_distillation_data(training_data, tokenizer, distillation, np.ones((len(training_data.tweets), 6)))
