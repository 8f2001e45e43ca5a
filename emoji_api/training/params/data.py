"""The section `data` of the parameters: where each data set is."""

from dataclasses import dataclass

from emoji_api.declarations import declare


@dataclass(frozen=True, kw_only=True)
class DataParams:
    """The location of each data set. A data set without a location is not used."""

    emotion: str = declare("the `emotion` data set: a name on the Hugging Face hub, or a folder")
    tweeteval: str | None = declare("folder of TweetEval (sentiment, hate, offensive, emoji)", default=None)
    tweet_sentiment_extraction: str | None = declare("folder of Tweet Sentiment Extraction", default=None)
    finance_topic: str | None = declare("folder of Twitter Financial News Topic", default=None)
    finance_sentiment: str | None = declare("folder of Twitter Financial News Sentiment", default=None)
    feedback: str | None = declare(
        "file of accepted feedback: the JSON lines that `emoji-api feedback export` writes", default=None
    )
