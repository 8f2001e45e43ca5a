"""What of a tweet is never cut: words, mentions, links, HTML entities, and what is seen as one character."""

from bisect import bisect_left, bisect_right

from tokenizers import Regex, pre_tokenizers

# Oniguruma's syntax; the tokenizer's normaliser replaces the first three
MENTION = r"(?<![\w@.])@\w+"
LINK = r"(?i:https?://|www\.)\S+"
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " "}

# an entity may have been escaped twice: &amp;lt;
ENTITY = rf"&(?:amp;)?(?:{'|'.join(entity[1:] for entity in ENTITIES)})"
# a letter with its marks and joiners; Chinese has no spaces, so that each of its characters is a word
LETTER = rf"(?:(?!{LINK})[\p{{L}}\p{{N}}_&&[^\p{{Han}}]][\p{{M}}\x{{200C}}\x{{200D}}]*)"
# can't, well-known, f**k; #tag
WORD = rf"[#@]?{LETTER}+(?:(?:['\x{{2019}}\x{{2BC}}`\x{{B4}}-]|&#39;|&apos;|\*+){LETTER}+)*"

_PIECES = pre_tokenizers.Split(Regex(f"{MENTION}|{LINK}|{WORD}|{ENTITY}|\\X"), "isolated")


def pieces(text: str) -> list[tuple[int, int]]:
    """Where each piece of `text` starts and ends, in characters; together they are the whole text, in order.

    White space and punctuation are pieces too, a grapheme each.
    """
    return [offsets for _, offsets in _PIECES.pre_tokenize_str(text)]


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The span from `start` to `end`, in characters, widened to whole pieces, without outer white space."""
    spans = pieces(text)
    first = bisect_right(spans, start, key=lambda span: span[0]) - 1
    last = bisect_left(spans, end, key=lambda span: span[1])
    return stripped(text, spans[first][0], spans[last][1])


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """The span from `start` to `end` without outer white space; one that has nothing else stays as it is."""
    inside = text[start:end]
    if not inside.strip():
        return start, end
    return start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
