"""Fits networks: one on masked words, several side by side on all tasks."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from emoji_api.training.distillation.losses import Targets, masked_loss, tasks_loss
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.packing import Batch, Texts, batches, stacked

WARM_UP = 0.06  # share of the steps


def optimizer(steps: int) -> optax.GradientTransformation:
    """AdamW at the rate 1, which rises over the first steps and falls to zero in a straight line."""
    rising = max(int(steps * WARM_UP), 1)
    rate = optax.schedules.join_schedules(
        [optax.schedules.linear_schedule(0, 1, rising), optax.schedules.linear_schedule(1, 0, max(steps - rising, 1))],
        [rising],
    )
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, b2=0.99, weight_decay=0.01))


def new_key(seed: int) -> Any:
    """A key for dropout, of the kind that is quick on a GPU."""
    return jax.random.key(seed, impl="rbg")


def stepped(
    loss: Callable[[Weights], jax.Array], rates: optax.GradientTransformation, weights: Weights, state: Any, rate: Any
) -> tuple[Weights, Any, jax.Array]:
    """One step down the `loss`: the weights, the optimiser's state, and the loss."""
    value, gradients = jax.value_and_grad(loss)(weights)
    changes, state = rates.update(gradients, state, weights)
    return jax.tree.map(lambda values, change: values + rate * change, weights, changes), state, value


def pretrain(
    weights: Weights, texts: Texts, *, epochs: int, rows: int, rate: float, heads: int, mask: int, seed: int
) -> Weights:
    """The weights after guessing words of the `texts` that were the token `mask`, `rows` of tokens at a time."""
    rng = np.random.default_rng(seed)
    orders = [list(batches(texts, rng.permutation(len(texts)), rows)) for _ in range(epochs)]
    rates = optimizer(sum(map(len, orders)))

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(weights: Weights, state: Any, ids: jax.Array, batch: Batch, key: Any) -> tuple[Weights, Any, jax.Array]:
        return stepped(lambda values: masked_loss(values, ids, batch, heads, mask, key), rates, weights, state, rate)

    ids = jnp.asarray(np.append(texts.tokens, 0))
    weights = jax.tree.map(jnp.array, weights)
    state, key = rates.init(weights), new_key(seed)
    for epoch, packed in enumerate(orders, 1):
        losses = []
        for batch in packed:
            key, now = jax.random.split(key)
            weights, state, loss = step(weights, state, ids, batch, now)
            losses.append(loss)
        print(f"masked words, epoch {epoch}: loss {float(jnp.stack(losses).mean()):.3f}", flush=True)
    return weights


def fit_members(
    members: Weights,
    targets: Targets,
    texts: Texts,
    orders: Sequence[Sequence[np.ndarray]],
    *,
    rows: int,
    rates: Sequence[float],
    shares: Sequence[float],
    unlabelled: Sequence[float],
    heads: int,
    seed: int,
) -> Weights:
    """Fit networks side by side: `members` has an axis of them in front, `orders[epoch][member]` are texts.

    `rows` of tokens at a time. By member: the learning rate, and what `tasks_loss` is told. An epoch is as long as that
    of the member with the fewest texts.
    """

    def packed(of_epoch: Sequence[np.ndarray]) -> list[list[Batch]]:
        return [list(batches(texts, order, rows)) for order in of_epoch]

    first = packed(orders[0])
    optimiser = optimizer(len(orders) * min(map(len, first)))

    def step(
        weights: Weights, state: Any, targets: Targets, batch: Batch, key: Any, rate: Any, share: Any, unlabelled: Any
    ) -> tuple[Weights, Any, jax.Array]:
        def loss(values: Weights) -> jax.Array:
            return tasks_loss(values, targets, batch, heads, key, share, unlabelled)

        return stepped(loss, optimiser, weights, state, rate)

    run = jax.jit(jax.vmap(step, in_axes=(0, 0, None, 0, 0, 0, 0, 0)), donate_argnums=(0, 1))
    of_member = [jnp.array(values, jnp.float32) for values in (rates, shares, unlabelled)]
    members = jax.tree.map(jnp.array, members)
    state, key = jax.vmap(optimiser.init)(members), new_key(seed)
    for epoch, of_epoch in enumerate(orders, 1):
        losses = []
        for of_members in zip(*(first if epoch == 1 else packed(of_epoch)), strict=False):
            key, now = jax.random.split(key)
            keys = jax.random.split(now, len(of_members))
            members, state, loss = run(members, state, targets, stacked(of_members), keys, *of_member)
            losses.append(loss)
        print(f"epoch {epoch}: loss {np.round(np.array(jnp.stack(losses).mean(0)), 3)}", flush=True)
    return members
