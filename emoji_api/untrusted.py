"""Texts and links from strangers, made safe for terminals, spreadsheets and pages."""

import re

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""First characters of cells that spreadsheets run as formulas."""


_TERMINAL_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators, overrides of the writing direction, and lone surrogates."""


def escaped(text: str) -> str:
    r"""Return `text` in one line for a terminal, with control characters as escapes such as `\x1b`.

    So are overrides of the writing direction and lone surrogates. What joins or selects emoji is kept.
    """
    return _TERMINAL_CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def printable(text: str) -> str:
    """Return `text` in one line, with control characters replaced by spaces."""
    return "".join(character if character.isprintable() else " " for character in text)


def spreadsheet_cell(text: str) -> str:
    """Return `text` as a cell of a CSV file: with a single quote in front if it would run as a formula.

    Line breaks become line feeds, because Python's csv module does not quote a carriage return. See
    https://owasp.org/www-community/attacks/CSV_Injection.
    """
    cell = f"'{text}" if text.startswith(FORMULA_PREFIXES) else text
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def web_link(link: str | None) -> str | None:
    """Return `link` if it is an address of the web, `None` otherwise: `javascript:` must not reach a page."""
    return link if link and link.lower().startswith(("https://", "http://")) else None
