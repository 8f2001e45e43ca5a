"""Augmentation of the emotion data set: its plain sentences are rewritten to look like tweets.

The texts have no capitals, punctuation, mentions, links, hashtags or emoji, and nearly all contain "I feel", which few
real tweets do. Augmentation adds the former and removes the latter.
"""

import random
import re

EMOJI_OF = {
    "sadness": "😢😭😔😞💔☹🥺😥",
    "joy": "😂😄😊🎉😁🤣😃🙌😀😆",
    "love": "😍❤😘💕🥰💖💙💗",
    "anger": "😠😡🤬😤🖕👿🙄😒",
    "fear": "😱😨😰😧😬",
    "surprise": "😲😮😯🤯😳",
}
# phrases that begin or end a tweet of the emotion
INTERJECTIONS = {
    "sadness": ("sigh", "*sigh*", ":(", ":'(", "sad", "miss u", "oh no", "sobbing", "heartbroken"),
    "joy": ("yay", "haha", "lol", ":)", ":D", "woohoo", "yes!!", "finally!", "so happy", "lmao"),
    "love": ("aww", "<3", "i love you", "love u", "my love", "xoxo", "adore this", "so in love", "i love it"),
    "anger": ("ugh", "wtf", "seriously?", "ffs", "argh", "smh", "unbelievable", "are you kidding me", "enough!"),
    "fear": ("help", "oh god", "yikes", "omg help", "eek", "send help", "so scared", "please no"),
    "surprise": (
        "wow",
        "omg",
        "whoa",
        "no way",
        "wait what",
        "what?!",
        "wtf",
        "?!",
        "did not expect that",
        "i can't believe it",
        "who knew",
        "plot twist",
        "really??",
    ),
}
# hashtags without emotion
TOPICS = (
    "monday friday weekend work school life news music football nba tv family travel food coffee mood "
    "tbt today morning night summer winter london nyc fitness blog writing movies gaming uni college"
).split()
FEELING_WORD = (
    r"\bi (?:just |really |still |also |do |can |always |often |sometimes )*(?:feel|felt|am feeling|was feeling)\b"
)
FRAMES = ("i am", "i'm", "im", "so", "", "", "feeling", "i was", "this makes me", "makes me feel")
CONTRACTIONS = {
    r"\b(did|do|does|is|was|have|has|had|would|could|should|are|were)nt\b": r"\1n't",
    r"\b(did|do|does|is|was|have|has|had|would|could|should|are|were)n t\b": r"\1n't",
    r"\bcan ?t\b": "can't",
    r"\bwon t\b": "won't",
    r"\bim\b|\bi m\b": "i'm",
    r"\bive\b|\bi ve\b": "i've",
    r"\bi ll\b": "i'll",
    r"\b(it|that|there|he|she|what) s\b": r"\1's",
}


def augment(text: str, label: str, rng: random.Random) -> str:
    """Return `text` rewritten at random as a tweet of the same emotion `label`."""
    if rng.random() < 0.4:
        text = clip_to_feeling(text, rng)
    if rng.random() < 0.5:
        text = without_feel(text, rng)
    if rng.random() < 0.6:
        text = contract(text)
    if rng.random() < 0.3:
        text = with_hashtags(text, rng)
    if rng.random() < 0.6:
        text += rng.choice(("!", ".", "!!", "...", "!!!", ".", "?", " :", "…"))
    if rng.random() < 0.2:
        text = with_interjection(text, label, rng)
    if rng.random() < 0.35:
        text = with_emoji(text, label, rng)
    if rng.random() < 0.3:
        text = rng.choice(("@user {}", "@user @user {}", "{} @user", "RT @user: {}", ".@user {}")).format(text)
    if rng.random() < 0.2:
        text = f"{text} http://t.co/{rng.randrange(10**6)}"
    return with_case(text, rng)


def clip_to_feeling(text: str, rng: random.Random) -> str:
    """Return the words around "feel" or "felt", which carry the emotion, or `text` if it has neither word."""
    words = text.split()
    places = [place for place, word in enumerate(words) if word.startswith(("feel", "felt"))]
    if not places:
        return text
    place = places[0]
    start = max(0, place - rng.randint(1, 5))
    return " ".join(words[start : place + rng.randint(5, 10)])


def without_feel(text: str, rng: random.Random) -> str:
    """Return `text` with its first "I feel" replaced or removed: "i feel so tired" becomes "i'm so tired"."""
    return " ".join(re.sub(FEELING_WORD, rng.choice(FRAMES), text, count=1).split())


def contract(text: str) -> str:
    """Return `text` with the apostrophes of contractions, which the data set lacks."""
    for pattern, replacement in CONTRACTIONS.items():
        text = re.sub(pattern, replacement, text)
    return text


def with_hashtags(text: str, rng: random.Random) -> str:
    """Return `text` with one word as a hashtag, or with one or two topics as hashtags at the end."""
    words = text.split()
    if len(words) > 3 and rng.random() < 0.5:
        place = rng.randrange(len(words))
        words[place] = "#" + words[place]
        return " ".join(words)
    return " ".join([text, *("#" + topic for topic in rng.sample(TOPICS, rng.randint(1, 2)))])


def with_interjection(text: str, label: str, rng: random.Random) -> str:
    """Return `text` with an interjection of the emotion before or after it."""
    interjection = rng.choice(INTERJECTIONS[label])
    return f"{interjection} {text}" if rng.random() < 0.6 else f"{text} {interjection}"


def with_emoji(text: str, label: str, rng: random.Random) -> str:
    """Return `text` with an emoji of the emotion, one to three times, after it or, rarely, before it."""
    emoji = rng.choice(EMOJI_OF[label]) * rng.choice((1, 1, 2, 3))
    return f"{emoji} {text}" if rng.random() < 0.15 else f"{text} {emoji}"


def with_case(text: str, rng: random.Random) -> str:
    """Return `text` in sentence case, in upper case, or unchanged. Only cased encoders read these differently."""
    choice = rng.random()
    if choice < 0.5:
        return text[:1].upper() + re.sub(r"\bi\b", "I", text[1:])
    return text.upper() if choice < 0.6 else text
