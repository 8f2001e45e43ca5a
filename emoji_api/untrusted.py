"""Texts from strangers, made safe for terminals and spreadsheets."""

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""First characters of cells that spreadsheets run as formulas."""


def printable(text: str) -> str:
    """Return `text` in one line, with control characters replaced by spaces."""
    return "".join(character if character.isprintable() else " " for character in text)


def without_formula(text: str) -> str:
    """Return `text` as a cell of a spreadsheet: prefixed with a single quote if it would run as a formula.

    See https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text
