"""Answers drawn for a person at a terminal: bars of confidence, colours, and the phrase highlighted in the tweet."""

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emoji_api.inference.answers import Answer, Classification, Phrase, Word, shown_probability
from emoji_api.tasks import EMOTION, FINANCE_STANCE, HATE, NO_EMOTION, OFFENSIVE, SENTIMENT
from emoji_api.untrusted import escaped

BAR_WIDTH = 16
STYLES = {
    EMOTION.name: {
        "sadness": "blue",
        "joy": "yellow",
        "love": "magenta",
        "anger": "red",
        "fear": "cyan",
        "surprise": "green",
        NO_EMOTION: "dim",
    },
    SENTIMENT.name: {"negative": "red", "positive": "green"},
    HATE.name: {"hate": "red", "not-hate": "green"},
    OFFENSIVE.name: {"offensive": "red", "not-offensive": "green"},
    FINANCE_STANCE.name: {"bearish": "red", "bullish": "green"},
}
"""Task -> label -> colour, as far as a label has one."""
CONTRIBUTION_SHOWN = 0.01
"""Lowest contribution of a word that is coloured."""


def draw_answers(text: str, answers: Mapping[str, Answer], *, scores: bool) -> RenderableType:
    """Return the answers to a tweet: in one line for one label, or else a block that begins with the tweet.

    `scores` adds every label's probability. The words of an explanation are coloured by their contribution.
    """
    [first, *more] = answers.values()
    if isinstance(first, Classification) and not more and not scores and first.words is None:
        return _draw_line(text, first)
    return _draw_block(text, answers, scores)


def _draw_line(text: str, answer: Classification) -> RenderableType:
    line = Table.grid(padding=(0, 1))
    line.add_column(min_width=_label_width([answer]), no_wrap=True)
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True)
    line.add_column(overflow="fold")
    style = _style(answer.task, answer.label)
    line.add_row(
        _label(answer), _bar(answer.confidence, style), _number(answer.confidence), _tweet(text, answer.truncated)
    )
    return line


def _draw_block(text: str, answers: Mapping[str, Answer], scores: bool) -> RenderableType:
    phrase = next((answer for answer in answers.values() if isinstance(answer, Phrase)), None)
    rows = Table.grid(padding=(0, 1))
    rows.add_column(min_width=max(map(len, answers)) + 2, no_wrap=True)
    rows.add_column(min_width=_label_width(answers.values()), no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    explained: list[RenderableType] = []
    for task, answer in answers.items():
        name = Text(f"  {escaped(task)}", "dim")
        if isinstance(answer, Phrase):
            style = _style(SENTIMENT.name, answer.sentiment)
            label = Text(answer.sentiment, style)
            words = Text(f'"{_one_line(answer.text)}"', style)
            rows.add_row(name, label, _bar(answer.confidence, style), _number(answer.confidence), words)
            continue
        style = _style(task, answer.label)
        rows.add_row(name, _label(answer), _bar(answer.confidence, style), _number(answer.confidence))
        if scores:
            for label_name, score in sorted(answer.scores.items(), key=lambda item: -item[1]):
                if label_name != answer.label:
                    rows.add_row("", Text(escaped(label_name), "dim"), _bar(score, "dim"), _number(score))
        if answer.words is not None:
            explained += [_reason(task, answer.label), _words(answer.words)]
    truncated = any(answer.truncated for answer in answers.values())
    return Group(_tweet(text, truncated, phrase), rows, *explained, "")


def _tweet(text: str, truncated: bool, phrase: Phrase | None = None) -> Text:
    """Return the tweet in one line, with the phrase highlighted in the colour of its sentiment."""
    start, end = (phrase.start, phrase.end) if phrase else (0, 0)
    tweet = Text(_one_line(text[:start]))
    if phrase:
        tweet.append(_one_line(text[start:end]), f"bold underline {_style(SENTIMENT.name, phrase.sentiment)}")
    tweet.append(_one_line(text[end:]))
    return tweet.append(" (truncated)", "dim") if truncated else tweet


def _one_line(text: str) -> str:
    return escaped(text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def _reason(task: str, label: str) -> Text:
    return Text(f"  why {escaped(task)} is {escaped(label)}:", "dim")


def _words(words: Sequence[Word]) -> RenderableType:
    """Return the words with their contributions, those for the label in green and those against it in red."""
    line = Text()
    for word in words:
        speaks = abs(word.contribution) >= CONTRIBUTION_SHOWN
        style = ("green" if word.contribution > 0 else "red") if speaks else "dim"
        line.append(escaped(word.text), f"bold {style}" if speaks else style)
        line.append(f"\u00a0{word.contribution:+.2f}", style).append("  ")
    return Padding(line, (0, 0, 0, 4))


def _label(answer: Classification) -> Text:
    shown = answer.label if answer.emoji in (None, answer.label) else f"{answer.emoji} {answer.label}"
    return Text(escaped(shown), f"bold {_style(answer.task, answer.label)}")


def _label_width(answers: Iterable[Answer]) -> int:
    """Return the cells of the longest label that these tasks have, so that the bars of many tweets are aligned."""
    widths = [len("negative")]
    for answer in answers:
        if isinstance(answer, Classification):
            emoji = 3 if answer.emoji not in (None, answer.label) else 0
            widths += [emoji + cell_len(label) for label in answer.scores]
    return max(widths)


def _bar(share: float, style: str) -> Text:
    filled = round(share * BAR_WIDTH)
    return Text("━" * filled, style or "cyan").append("╌" * (BAR_WIDTH - filled), "bright_black")


def _number(probability: float) -> Text:
    return Text(f"{shown_probability(probability):.4f}")


def _style(task: str, label: str) -> str:
    return STYLES.get(task, {}).get(label, "")
