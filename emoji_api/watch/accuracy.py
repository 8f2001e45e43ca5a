"""Accuracy of the answers to posts, estimated from the labels of the random sample."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, PostLabel, WatchedPost
from emoji_api.inference.intervals import wilson_interval
from emoji_api.watch.labelling import RANDOM, UNCERTAIN

METHOD = "share of correct answers among the posts labelled at random; interval: Wilson score interval, 95 %"


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Accuracy on `labels` labelled posts, of which `correct` have the right answer, with its 95 % Wilson interval.

    `macro_f1` is the mean F1 score of the labels that occur among the posts' labels or answers. All three are None
    without labels.
    """

    labels: int
    correct: int
    accuracy: float | None
    interval: tuple[float, float] | None
    macro_f1: float | None


@dataclass(frozen=True, kw_only=True)
class LivePosts:
    """Accuracy of the posts' current answers, and the same by the model version that gave them.

    `uncertain` counts the labels of posts that were chosen by uncertainty and `skipped` the random posts without a
    label; neither is part of the accuracy.
    """

    overall: Accuracy
    by_model_version: dict[str, Accuracy]
    uncertain: int
    skipped: int


Pairs = Sequence[tuple[str, str]]
"""Label and answer of each post."""


def accuracy_on_live_posts(
    session: Session, company: Company, task: str, *, since: datetime | None = None
) -> LivePosts:
    """Compare the current answers of the company's posts with the labels that were given at or after `since`.

    Labels before the served model was trained may be part of its training data: give its creation time as `since`.
    """
    of_company = [WatchedPost.company_id == company.id, PostLabel.task == task]
    if since is not None:
        of_company.append(PostLabel.created_at >= since)
    answer = WatchedPost.answers[(task, "label")].as_string()
    rows = session.execute(
        select(PostLabel.label, answer.label("answer"), WatchedPost.model_version)
        .join(WatchedPost, WatchedPost.id == PostLabel.post)
        .where(*of_company, PostLabel.drawn == RANDOM, answer.is_not(None))
    ).all()
    uncertain = session.scalar(
        select(func.count(PostLabel.label))
        .join(WatchedPost, WatchedPost.id == PostLabel.post)
        .where(*of_company, PostLabel.drawn == UNCERTAIN)
    )
    labelled = [row for row in rows if row.label is not None]
    versions = sorted({row.model_version for row in labelled})
    return LivePosts(
        overall=_accuracy([(row.label, row.answer) for row in labelled]),
        by_model_version={
            version: _accuracy([(row.label, row.answer) for row in labelled if row.model_version == version])
            for version in versions
        },
        uncertain=uncertain or 0,
        skipped=len(rows) - len(labelled),
    )


def _accuracy(pairs: Pairs) -> Accuracy:
    correct = sum(label == answer for label, answer in pairs)
    if not pairs:
        return Accuracy(labels=0, correct=0, accuracy=None, interval=None, macro_f1=None)
    return Accuracy(
        labels=len(pairs),
        correct=correct,
        accuracy=correct / len(pairs),
        interval=wilson_interval(correct, len(pairs)),
        macro_f1=_macro_f1(pairs),
    )


def _macro_f1(pairs: Pairs) -> float:
    labels, answers = Counter(label for label, _ in pairs), Counter(answer for _, answer in pairs)
    right = Counter(label for label, answer in pairs if label == answer)
    scores = [2 * right[name] / (labels[name] + answers[name]) for name in labels.keys() | answers.keys()]
    return sum(scores) / len(scores)
