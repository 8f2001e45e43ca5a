"""Fields of posts as platforms write them: HTML, language codes and times."""

from datetime import datetime
from html.parser import HTMLParser

BLOCKS = frozenset("address article blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul".split())
"""Tags that start a new line."""
HIDDEN = frozenset({"script", "style", "template", "title"})
"""Tags whose content is not shown."""
LONGEST_MARKUP = 20_000
"""Characters of HTML that are read: the parser takes quadratic time for some malformed documents."""
OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
"""Withdrawn ISO 639-1 codes that X still uses, with their successors."""


class _TextParser(HTMLParser):
    """Parser that keeps the visible text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a new line at a block, and hide the content of a script."""
        self._hidden += tag in HIDDEN
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a new line at an empty block such as `<br/>`."""
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a hidden element or a block."""
        self._hidden = max(0, self._hidden - (tag in HIDDEN))
        if tag in BLOCKS:
            self.parts.append("\n")

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Skip a section such as `<![endif]>`, as browsers do. The parser's own method raises AssertionError."""
        return self.rawdata.find(">", i) + 1 or -1

    def handle_data(self, data: str) -> None:
        """Keep visible text. Line breaks in the source are spaces."""
        if not self._hidden:
            self.parts.append(" ".join(data.splitlines()) if "\n" in data or "\r" in data else data)


def html_to_text(markup: str) -> str:
    """Return the visible text of an HTML fragment, one line a paragraph or line break, without empty lines.

    Markup after LONGEST_MARKUP characters is ignored.
    """
    parser = _TextParser()
    parser.feed(markup[:LONGEST_MARKUP])
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def language_code(tag: str | None) -> str | None:
    """Return the ISO 639-1 code of a language tag such as "en-US"; `None` if it has none, such as "und"."""
    code = (tag or "").replace("_", "-").partition("-")[0].lower()
    code = OLD_CODES.get(code, code)
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def aware_time(text: str) -> datetime:
    """Return the time that ISO 8601 `text` names. Raise ValueError if it is malformed or has no UTC offset."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"the time {text} has no UTC offset")
    return time
