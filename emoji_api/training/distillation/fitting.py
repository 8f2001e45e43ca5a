"""Training loops: one network by masked language modelling, several networks side by side on all tasks."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emoji_api.progress import Stage, stage
from emoji_api.training.distillation.data import Targets
from emoji_api.training.distillation.losses import masked_lm_loss, task_loss
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.packing import Batch, TokenizedTexts, packed_batches, stack_batches

WARM_UP = 0.06  # share of the steps
LAG = 8  # steps that the device may have to compute


def fit_masked_lm(
    weights: Weights,
    texts: TokenizedTexts,
    *,
    epochs: int,
    batch_rows: int,
    learning_rate: float,
    attention_heads: int,
    mask_token_id: int,
    seed: int,
) -> Weights:
    """Return the weights after masked language modelling on `texts`, in batches of `batch_rows` packed rows."""
    rng = np.random.default_rng(seed)
    batches_by_epoch = [list(packed_batches(texts, rng.permutation(len(texts)), batch_rows)) for _ in range(epochs)]
    optimizer = build_optimizer(sum(map(len, batches_by_epoch)))

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(
        weights: Weights, state: Any, token_ids: jax.Array, batch: Batch, key: Any
    ) -> tuple[Weights, Any, jax.Array]:
        def loss(values: Weights) -> jax.Array:
            return masked_lm_loss(values, token_ids, batch, attention_heads, mask_token_id, key)

        return gradient_step(loss, optimizer, weights, state, learning_rate)

    token_ids = jnp.asarray(np.append(texts.tokens, 0))
    weights = jax.tree.map(jnp.array, weights)
    state, key = optimizer.init(weights), dropout_key(seed)
    with stage("masked language modelling", sum(map(len, batches_by_epoch)), "steps") as fitting:
        for epoch, batches in enumerate(batches_by_epoch, 1):
            losses: list[jax.Array] = []
            for batch in batches:
                key, step_key = jax.random.split(key)
                weights, state, loss = step(weights, state, token_ids, batch, step_key)
                losses.append(loss)
                advance_finished(fitting, losses)
            print(f"masked language modelling, epoch {epoch}: loss {float(jnp.stack(losses).mean()):.3f}", flush=True)
    return weights


def fit_members(
    name: str,
    members: Weights,
    targets: Targets,
    texts: TokenizedTexts,
    orders: Sequence[Sequence[np.ndarray]],
    *,
    batch_rows: int,
    learning_rates: Sequence[float],
    soft_target_shares: Sequence[float],
    unlabelled_weights: Sequence[float],
    attention_heads: int,
    seed: int,
) -> Weights:
    """Return the weights of several networks after training them side by side.

    `name` is that of the stage in a report of progress. `members` has a leading axis of networks.
    `orders[epoch][member]` are indices of `texts`; a batch has `batch_rows` packed rows. The other sequences have a
    value for each member. An epoch ends with the member of the fewest batches.
    """

    def pack(orders_by_member: Sequence[np.ndarray]) -> list[list[Batch]]:
        return [list(packed_batches(texts, order, batch_rows)) for order in orders_by_member]

    first_epoch = pack(orders[0])
    optimizer = build_optimizer(len(orders) * min(map(len, first_epoch)))

    def step(
        weights: Weights,
        state: Any,
        targets: Targets,
        batch: Batch,
        key: Any,
        learning_rate: Any,
        soft_target_share: Any,
        unlabelled_weight: Any,
    ) -> tuple[Weights, Any, jax.Array]:
        def loss(values: Weights) -> jax.Array:
            return task_loss(values, targets, batch, attention_heads, key, soft_target_share, unlabelled_weight)

        return gradient_step(loss, optimizer, weights, state, learning_rate)

    step_members = jax.jit(jax.vmap(step, in_axes=(0, 0, None, 0, 0, 0, 0, 0)), donate_argnums=(0, 1))
    by_member = [jnp.array(values, jnp.float32) for values in (learning_rates, soft_target_shares, unlabelled_weights)]
    members = jax.tree.map(jnp.array, members)
    state, key = jax.vmap(optimizer.init)(members), dropout_key(seed)
    with stage(name, len(orders) * min(map(len, first_epoch)), "steps") as fitting:
        for epoch, orders_by_member in enumerate(orders, 1):
            losses: list[jax.Array] = []
            for batches in zip(*(first_epoch if epoch == 1 else pack(orders_by_member)), strict=False):
                key, step_key = jax.random.split(key)
                keys = jax.random.split(step_key, len(batches))
                members, state, loss = step_members(members, state, targets, stack_batches(batches), keys, *by_member)
                losses.append(loss)
                advance_finished(fitting, losses)
            print(f"epoch {epoch}: loss {np.round(np.array(jnp.stack(losses).mean(0)), 3)}", flush=True)
    return members


def advance_finished(fitting: Stage, losses: Sequence[jax.Array]) -> None:
    """Report a step as done, after the step `LAG` before the last one has been computed.

    JAX returns from a step before the device has computed it. Without the wait, the progress would run ahead of it.
    """
    if len(losses) > LAG:
        losses[-LAG].block_until_ready()
    fitting.advance()


def build_optimizer(steps: int) -> optax.GradientTransformation:
    """Return AdamW with learning rate 1, linear warm-up and linear decay to zero; the caller scales the updates."""
    warm_up = max(int(steps * WARM_UP), 1)
    schedule = optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(0, 1, warm_up),
            optax.schedules.linear_schedule(1, 0, max(steps - warm_up, 1)),
        ],
        [warm_up],
    )
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, b2=0.99, weight_decay=0.01))


def gradient_step(
    loss: Callable[[Weights], jax.Array],
    optimizer: optax.GradientTransformation,
    weights: Weights,
    state: Any,
    learning_rate: Any,
) -> tuple[Weights, Any, jax.Array]:
    """Return the weights and the optimizer's state after one step, and the loss before it."""
    value, gradients = jax.value_and_grad(loss)(weights)
    updates, state = optimizer.update(gradients, state, weights)
    return jax.tree.map(lambda values, update: values + learning_rate * update, weights, updates), state, value


def dropout_key(seed: int) -> Any:
    """Return a random key of the kind that is fastest on a GPU."""
    return jax.random.key(seed, impl="rbg")
