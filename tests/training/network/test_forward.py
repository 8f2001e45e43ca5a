"""Forward passes give the logits of every text, in the order of the texts."""

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import PHRASE, TASKS
from emoji_api.training.examples.batches import INFERENCE_BATCH_SIZE, encode_truncated, pad
from emoji_api.training.network.forward import forward, predict, softmax

TEXTS = ["happy " * 9, "sad", "so very angry today", "afraid"]


def test_softmax_of_large_logits_is_finite() -> None:
    probabilities = softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3)]]))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.25, 0.75]])


def test_predictions_are_in_the_order_of_the_texts(network: keras.Model, tokenizer: Tokenizer) -> None:
    assert len(TEXTS) * 20 > INFERENCE_BATCH_SIZE
    together = predict(network, tokenizer, TEXTS * 20, 32)["emotion"]
    alone = [predict(network, tokenizer, [text], 32)["emotion"][0] for text in TEXTS]
    np.testing.assert_allclose(together, alone * 20, atol=1e-4)


def test_all_classification_tasks_are_predicted(network: keras.Model, tokenizer: Tokenizer) -> None:
    shapes = {name: logits.shape for name, logits in predict(network, tokenizer, TEXTS, 32).items()}
    classifications = [task for task in TASKS.values() if task.kind == "classification"]
    assert shapes == {task.name: (len(TEXTS), len(task.labels)) for task in classifications}


def test_batches_come_with_their_row_numbers(network: keras.Model, tokenizer: Tokenizer) -> None:
    batches = list(forward(network, tokenizer, TEXTS * 20, 32))
    assert sorted(np.concatenate([rows for rows, _ in batches])) == list(range(len(TEXTS) * 20))
    for rows, outputs in batches:
        longest = max(len(tokenizer.encode((TEXTS * 20)[row]).ids) for row in rows)
        assert all(outputs[name].shape == (len(rows), longest, 3) for name in PHRASE.outputs)


def test_predictions_equal_the_networks_outputs(network: keras.Model, tokenizer: Tokenizer) -> None:
    expected = network(pad(encode_truncated(tokenizer, TEXTS, 32)))["hate"]
    np.testing.assert_allclose(predict(network, tokenizer, TEXTS, 32)["hate"], expected, atol=1e-4)


def test_long_texts_are_truncated(network: keras.Model, tokenizer: Tokenizer) -> None:
    long, truncated = (predict(network, tokenizer, ["happy " * words], 8)["emotion"] for words in (40, 6))
    np.testing.assert_allclose(long, truncated, atol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_another_network_is_compiled_anew(tokenizer: Tokenizer, network: keras.Model, factor: float) -> None:
    other = keras.Model(network.input, {"scaled": network.output["hate"] * factor})
    before = predict(network, tokenizer, TEXTS, 32)["hate"]
    np.testing.assert_allclose(predict(other, tokenizer, TEXTS, 32)["scaled"], before * factor, atol=1e-4)
