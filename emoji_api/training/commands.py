"""What the command line needs of the training package, in one import."""

from pathlib import Path

from emoji_api.training.datasets import read_emotion
from emoji_api.training.evaluate import evaluate
from emoji_api.training.params import Params, read_params
from emoji_api.training.train import export_again, train

__all__ = ["chosen_params", "evaluate", "export_again", "read_emotion", "train"]


def chosen_params(path: str | Path, data: str | Path | None, encoder: str | None) -> Params:
    """The parameters in the file `path`; with `data`, each data set that is in that folder under its own name."""
    names = ("emotion", "tweeteval", "tweet_sentiment_extraction")
    found = {name: str(Path(data) / name) for name in names if (Path(data) / name).is_dir()} if data else {}
    return read_params(path).with_sources(encoder, **found)
