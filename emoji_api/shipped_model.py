"""Facts about the shipped model that its `bundle.json` lacks: purpose, weaknesses, terms, published results.

The page `/model` shows it while that model is served, and `docs/write_tables.py` writes the table of published results.
"""

from dataclasses import dataclass

from emoji_api.tasks import (
    EMOJIS,
    EMOTION,
    FINANCE_STANCE,
    FINANCE_TOPIC,
    HATE,
    OFFENSIVE,
    PHRASE,
    SENTIMENT,
    primary_metric,
)

VERSION = "2026.11.26-183435"
"""The version that the figures in these texts were measured on."""
RELIABILITY = "reliability.json"
"""File beside the bundle, with the bins of its reliability diagrams; `python -m benchmarks.reliability` writes it."""


@dataclass(frozen=True, kw_only=True)
class Weakness:
    """Something that the model does badly. `tasks` are those that it concerns; empty: all."""

    title: str
    text: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PublishedResult:
    """A published model's result on the test split of a task, in the task's primary metric.

    `high` is the end of a range of results, `value` its start. `remark` tells what makes the comparison uneven.
    """

    task: str
    model: str
    value: float
    high: float | None = None
    source: str
    url: str
    remark: str = ""

    @property
    def metric(self) -> str:
        """Key of the metric in `bundle.json`."""
        return primary_metric(self.task)


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set that the model was trained on. `folder` is the start of its files' names in `bundle.json`."""

    folder: str
    name: str
    url: str
    terms: str
    tasks: tuple[str, ...]


SUMMARY = (
    "A DistilBERT of six small layers that answers eight questions about an English tweet in one pass: emotion, "
    "sentiment, the words that carry it, hate, offence, financial topic and stance, and the emoji that people use."
)
PURPOSES = (
    "Statistics over many tweets: shares of emotions, sentiments and topics, and how they change from week to week.",
    "Sorting tweets for people to read, by a confidence that means what it says on texts like those it was tested on.",
    "Picking an emoji, or the words that carry the sentiment, to show next to a tweet.",
)
MISUSES = (
    "Decisions about people or their words from its answer alone.",
    "Forecasts or advice about investments: the stance describes a text.",
    "Texts in other languages than English, and texts that are much longer than a tweet.",
)

WEAKNESSES = (
    Weakness(
        title="English only",
        text="A text in another language is answered too, often wrongly and with a high confidence. Ask with "
        "language=true to be told.",
    ),
    Weakness(
        title="Tweets without an emotion",
        text="A plain statement gets an emotion unless you ask with neutral=true. About 70 of 100 such tweets are then "
        "found, and 70 of 100 that are found have none.",
        tasks=(EMOTION.name,),
    ),
    Weakness(
        title="Emotions between the lines",
        text="Emotions without an emotion word, some negations, and sarcasm: the literal meaning counts. Love is taken "
        "for joy, and surprise is rarely recognised in real tweets.",
        tasks=(EMOTION.name, SENTIMENT.name),
    ),
    Weakness(
        title="Hate in tweets unlike its training data",
        text="On the test split, which was collected in another way, 73 of 100 harmless tweets were flagged; 13 of 100 "
        "on the validation split. Only women and immigrants are target groups in the data. Naming a group raises the "
        "score of a harmless sentence.",
        tasks=(HATE.name,),
    ),
    Weakness(
        title="Offence among friends",
        text="Reclaimed words, dialects and profanity among friends often count as offensive: the labels are the view "
        "of their annotators.",
        tasks=(OFFENSIVE.name,),
    ),
    Weakness(
        title="Every tweet gets a financial topic",
        text="There is no label for other subjects: ignore topics with a confidence below one half. The data are about "
        "US markets from 2019 to 2022, mostly headlines.",
        tasks=(FINANCE_TOPIC.name, FINANCE_STANCE.name),
    ),
    Weakness(
        title="Boundaries of a phrase",
        text="Annotators disagree whether a word or the sentence carries the sentiment, and so does the model.",
        tasks=(PHRASE.name,),
    ),
    Weakness(
        title="Interchangeable emoji",
        text="The emoji that was used is the first answer for 1 tweet in 3, and among the first five for 3 in 4. None "
        "of the 20 is sad, angry or frightened.",
        tasks=(EMOJIS.name,),
    ),
)

TERMS = (
    "The code is under the MIT licence. The data have terms of their own: read them before you use the model for "
    "anything but research and education. No text of the data is part of this project."
)
TWEETEVAL = "https://github.com/cardiffnlp/tweeteval"
TWITTER_TERMS = "Twitter’s terms apply as well"
DATA_SETS = (
    DataSet(
        folder="emotion",
        name="emotion (CARER)",
        url="https://github.com/dair-ai/emotion_dataset",
        terms="“for educational and research purposes only”",
        tasks=(EMOTION.name,),
    ),
    DataSet(
        folder="tweeteval/sentiment",
        name="TweetEval, sentiment",
        url=TWEETEVAL,
        terms=f"listed as CC BY 3.0; {TWITTER_TERMS}",
        tasks=(SENTIMENT.name,),
    ),
    DataSet(
        folder="tweet_sentiment_extraction",
        name="Tweet Sentiment Extraction",
        url="https://www.kaggle.com/c/tweet-sentiment-extraction",
        terms="CC BY 4.0 as the organisers state it; the competition’s rules apply as well",
        tasks=(SENTIMENT.name, PHRASE.name),
    ),
    DataSet(
        folder="tweeteval/hate",
        name="TweetEval, hate (HatEval)",
        url="http://hatespeech.di.unito.it/hateval.html",
        terms="needs its owners’ permission before it is shared",
        tasks=(HATE.name,),
    ),
    DataSet(
        folder="tweeteval/offensive",
        name="TweetEval, offensive (OLID)",
        url=TWEETEVAL,
        terms="licence listed as undefined",
        tasks=(OFFENSIVE.name,),
    ),
    DataSet(
        folder="tweeteval/emoji",
        name="TweetEval, emoji",
        url=TWEETEVAL,
        terms=f"licence listed as undefined; {TWITTER_TERMS}",
        tasks=(EMOJIS.name,),
    ),
    DataSet(
        folder="tweeteval/irony",
        name="TweetEval, irony: its texts only",
        url=TWEETEVAL,
        terms=f"licence listed as undefined; {TWITTER_TERMS}",
        tasks=(EMOTION.name,),
    ),
    DataSet(
        folder="finance_topic",
        name="Twitter Financial News, topic",
        url="https://huggingface.co/datasets/zeroshot/twitter-financial-news-topic",
        terms="MIT as the owner states it; the tweets’ own rights stay with their authors",
        tasks=(FINANCE_TOPIC.name,),
    ),
    DataSet(
        folder="finance_sentiment",
        name="Twitter Financial News, sentiment",
        url="https://huggingface.co/datasets/zeroshot/twitter-financial-news-sentiment",
        terms="MIT as the owner states it; the tweets’ own rights stay with their authors",
        tasks=(FINANCE_STANCE.name,),
    ),
    DataSet(
        folder="annotations",
        name="Emotions of tweets of these sets, annotated by a large language model",
        url="",
        terms="part of this project, without the texts",
        tasks=(EMOTION.name,),
    ),
    DataSet(
        folder="",
        name="Encoder all-MiniLM-L6-v2, pretrained",
        url="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        terms="Apache-2.0",
        tasks=(),
    ),
)
"""The data sets, and the encoder whose weights the training started from, which has no folder."""


def _tweeteval_result(task: str, value: float) -> PublishedResult:
    return PublishedResult(
        task=task,
        model="RoBERTa-base",
        value=value,
        source="Barbieri et al., TweetEval, 2020",
        url="https://arxiv.org/abs/2010.12421",
    )


_LEAKED = "its test rows include some that are in train"
PUBLISHED = (
    _tweeteval_result(SENTIMENT.name, 0.713),
    PublishedResult(
        task=PHRASE.name,
        model="RoBERTa-base",
        value=0.705,
        high=0.712,
        source="notebooks of the competition",
        url="https://www.kaggle.com/c/tweet-sentiment-extraction",
        remark="on other splits of the same data",
    ),
    _tweeteval_result(HATE.name, 0.466),
    _tweeteval_result(OFFENSIVE.name, 0.795),
    PublishedResult(
        task=FINANCE_TOPIC.name,
        model="FinBERT",
        value=0.911,
        source="its model card",
        url="https://huggingface.co/nickmuchi/finbert-tone-finetuned-finance-topic-classification",
        remark=_LEAKED,
    ),
    PublishedResult(
        task=FINANCE_STANCE.name,
        model="FinBERT",
        value=0.884,
        source="its model card",
        url="https://huggingface.co/nickmuchi/finbert-tone-finetuned-fintwitter-classification",
        remark=_LEAKED,
    ),
    _tweeteval_result(EMOJIS.name, 0.309),
)
"""Results of published models on the test splits."""
