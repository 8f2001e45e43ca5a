"""The section `fit` of the parameters: the optimiser, the batches and the targets of the emotion texts."""

from dataclasses import dataclass

from emoji_api.declarations import declare


@dataclass(frozen=True, kw_only=True)
class FitParams:
    """How the network is fitted, by AdamW with a learning rate that warms up and then decays linearly."""

    epochs: int = declare("maximum number of epochs", default=3, ge=1, le=20)
    rows: int | None = declare(
        "number of emotion texts to train on, a random sample; by default all of them",
        default=None,
        ge=1,
        le=10_000_000,
        example=2000,
    )
    freeze_encoder: bool = declare("train the task heads only, with the encoder frozen", default=False)
    batch_size: int = declare("maximum number of texts in a batch", default=64, ge=1, le=1024)
    learning_rate: float = declare("peak learning rate", default=1e-4, gt=0, le=0.1)
    warm_up: float = declare("share of the steps in which the learning rate warms up", default=0.1, ge=0, le=1)
    weight_decay: float = declare("weight decay of AdamW", default=0.01, ge=0, le=1)
    patience: int = declare(
        "early stopping: number of epochs without a better validation score before fitting ends",
        default=3,
        ge=1,
        le=20,
    )
    lengths: list[int] = declare(
        "upper limits of the length buckets, in tokens; a batch has texts of one bucket only",
        default=[12, 16, 20, 24, 28, 32, 40, 48, 64, 96],
        ge=4,
        le=512,
        min_length=1,
    )
    bfloat16: bool = declare(
        "compute matrix products in bfloat16 if the processor supports it; weights stay float32", default=True
    )
    augmented: float = declare(
        "share of the emotion texts that are rewritten in the style of tweets, drawn anew in each epoch",
        default=0.45,
        ge=0,
        le=1,
    )
    class_weight_power: float = declare(
        "emotion texts are weighted by the class frequency to minus this power; 0: no class weights, 1: inverse "
        "frequency",
        default=0.1,
        ge=0,
        le=1,
    )
    label_smoothing: float = declare("label smoothing of the emotion texts", default=0.05, ge=0, le=1)
