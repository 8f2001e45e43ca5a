"""Text segmentation for phrase extraction: the units that a phrase never splits.

The units ("pieces") are words, user mentions, links, HTML entities and, for everything else, grapheme clusters (Unicode
Standard Annex 29).
"""

from bisect import bisect_left, bisect_right

from tokenizers import Regex, pre_tokenizers

# regular expressions in Oniguruma's syntax; the tokenizer's normaliser replaces matches of the first three
MENTION = r"(?<![\w@.])@\w+"
LINK = r"(?i:https?://|www\.)\S+"
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " "}

# an entity may be escaped twice: &amp;lt;
ENTITY = rf"&(?:amp;)?(?:{'|'.join(entity[1:] for entity in ENTITIES)})"
# a letter with its combining marks and joiners; Chinese has no spaces, so each Han character is a piece of its own
LETTER = rf"(?:(?!{LINK})[\p{{L}}\p{{N}}_&&[^\p{{Han}}]][\p{{M}}\x{{200C}}\x{{200D}}]*)"
# can't, well-known, f**k; #tag
WORD = rf"[#@]?{LETTER}+(?:(?:['\x{{2019}}\x{{2BC}}`\x{{B4}}-]|&#39;|&apos;|\*+){LETTER}+)*"

_PIECES = pre_tokenizers.Split(Regex(f"{MENTION}|{LINK}|{WORD}|{ENTITY}|\\X"), "isolated")


def piece_spans(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) character span of each piece of `text`.

    The spans are in order and cover the whole text. Each white space or punctuation character is a piece too.
    """
    return [span for _, span in _PIECES.pre_tokenize_str(text)]


def expand_to_pieces(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the character span `start`, `end` expanded to whole pieces, without surrounding white space."""
    spans = piece_spans(text)
    first = bisect_right(spans, start, key=lambda span: span[0]) - 1
    last = bisect_left(spans, end, key=lambda span: span[1])
    return strip_span(text, spans[first][0], spans[last][1])


def strip_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the character span `start`, `end` without surrounding white space.

    A span that consists of white space is returned unchanged.
    """
    content = text[start:end]
    if not content.strip():
        return start, end
    return start + len(content) - len(content.lstrip()), end - len(content) + len(content.rstrip())
