"""What the command line needs of the training package, in one import."""

from pathlib import Path

from emoji_api.training.datasets import read_emotion
from emoji_api.training.evaluate import evaluate
from emoji_api.training.params import read_params
from emoji_api.training.train import train

__all__ = ["data_in", "evaluate", "read_emotion", "read_params", "train"]


def data_in(folder: str | Path) -> dict[str, str]:
    """The data sets that are in `folder`, each under its own name, as `Params.with_sources` takes them."""
    names = ("emotion", "tweeteval", "tweet_sentiment_extraction")
    return {name: str(Path(folder) / name) for name in names if (Path(folder) / name).is_dir()}
