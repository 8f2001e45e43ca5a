"""Makes the emotion set's bare sentences look like tweets: case, punctuation, contractions, mentions, links, hashtags,
emoji, and without the words "I feel", which nearly all of them have and real tweets lack."""

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
# what people say first, or last, in a tweet of the emotion
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
# hashtags that say nothing of a feeling
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
    """`text` as a tweet of the same emotion `label` might be written."""
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
    """The few words around "feel", where these texts carry their emotion."""
    words = text.split()
    places = [place for place, word in enumerate(words) if word.startswith(("feel", "felt"))]
    if not places:
        return text
    place = places[0]
    start = max(0, place - rng.randint(1, 5))
    return " ".join(words[start : place + rng.randint(5, 10)])


def without_feel(text: str, rng: random.Random) -> str:
    """`i feel so tired` becomes `so tired`, `i'm so tired`, ..."""
    return " ".join(re.sub(FEELING_WORD, rng.choice(FRAMES), text, count=1).split())


def contract(text: str) -> str:
    """Give contractions back the apostrophes that the authors of the set removed."""
    for pattern, replacement in CONTRACTIONS.items():
        text = re.sub(pattern, replacement, text)
    return text


def with_hashtags(text: str, rng: random.Random) -> str:
    """A word made a hashtag, or hashtags of no feeling at the end."""
    words = text.split()
    if len(words) > 3 and rng.random() < 0.5:
        place = rng.randrange(len(words))
        words[place] = "#" + words[place]
        return " ".join(words)
    return " ".join([text, *("#" + topic for topic in rng.sample(TOPICS, rng.randint(1, 2)))])


def with_interjection(text: str, label: str, rng: random.Random) -> str:
    """What people call out, in front or at the end."""
    interjection = rng.choice(INTERJECTIONS[label])
    return f"{interjection} {text}" if rng.random() < 0.6 else f"{text} {interjection}"


def with_emoji(text: str, label: str, rng: random.Random) -> str:
    """One to three times an emoji of the emotion, at the end or, rarely, in front."""
    emoji = rng.choice(EMOJI_OF[label]) * rng.choice((1, 1, 2, 3))
    return f"{emoji} {text}" if rng.random() < 0.15 else f"{text} {emoji}"


def with_case(text: str, rng: random.Random) -> str:
    """Sentence case, upper case, or as it is. An uncased encoder reads all three alike, a cased one must learn to."""
    choice = rng.random()
    if choice < 0.5:
        return text[:1].upper() + re.sub(r"\bi\b", "I", text[1:])
    return text.upper() if choice < 0.6 else text
