"""False alarms of the language identification on English tweets, and what loading it costs.

python -m benchmarks.language --data DATA
"""

import random
import time
from collections import Counter
from pathlib import Path

import click
import psutil
from scipy.stats import binomtest

from emoji_api.inference.language import identify_language, is_supported
from emoji_api.training.data.readers.phrases import read_phrases
from emoji_api.training.data.readers.tweeteval import unescape

SUBSETS = ("sentiment", "offensive", "irony", "hate", "emoji")
PHRASES = Path(__file__).with_name("phrases_in_other_languages.tsv")


def english_tweets(data: Path) -> list[str]:
    """Return the tweets of the train and validation splits of TweetEval and Tweet Sentiment Extraction."""
    texts = []
    for subset in SUBSETS:
        for part in ("train", "val"):
            lines = (data / "tweeteval" / subset / f"{part}_text.txt").read_text(encoding="utf-8").split("\n")
            texts += [unescape(line.strip()) for line in lines if line.strip()]
    splits = read_phrases(data / "tweet_sentiment_extraction").splits
    return texts + splits["train"].texts + splits["validation"].texts


def false_alarms(texts: list[str]) -> str:
    """Return the share of `texts` that are found to be in another language, with its 95 % Wilson score interval."""
    found = [language for language in map(identify_language, texts) if not is_supported(language)]
    low, high = binomtest(len(found), len(texts)).proportion_ci(method="wilson")
    share = f"{len(found) / len(texts):.4f} ({low:.4f} to {high:.4f})"
    return f"{share}, most often {', '.join(f'{name} {count}' for name, count in Counter(found).most_common(3))}"


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path), help="Folder of the data sets.")
@click.option("--tweets", default=10_000, show_default=True, help="Number of English tweets.")
def main(data: Path, tweets: int) -> None:
    """Print the shares of English tweets and of their first words that are taken for another language."""
    process = psutil.Process()
    memory, started = process.memory_info().rss, time.process_time()
    identify_language("hello")
    seconds, mebibytes = time.process_time() - started, (process.memory_info().rss - memory) / 2**20
    click.echo(f"first call: {seconds:.2f} s of CPU time, {mebibytes:.0f} MiB of memory")
    texts = random.Random(0).sample(english_tweets(data), tweets)
    started = time.process_time()
    click.echo(f"{tweets} English tweets: {false_alarms(texts)}")
    click.echo(f"time per tweet: {1e6 * (time.process_time() - started) / tweets:.0f} µs")
    for words in (2, 3, 4, 6):
        beginnings = [" ".join(text.split()[:words]) for text in texts]
        click.echo(f"their first {words} words: {false_alarms(beginnings)}")
    rows = [line.split("\t") for line in PHRASES.read_text(encoding="utf-8").splitlines()]
    found = [identify_language(text) for _, text in rows]
    right = sum(language == answer for (language, _), answer in zip(rows, found, strict=True))
    unsupported = sum(not is_supported(language) for language in found)
    click.echo(f"{len(rows)} phrases in {len({language for language, _ in rows})} other languages: {unsupported} are")
    click.echo(f"found to be in another language than English, {right} of them in the right one")


if __name__ == "__main__":
    main()
