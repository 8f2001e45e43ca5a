"""Emotion cues: words and emoji that are weak evidence of an emotion in a tweet.

The texts of the emotion data set name feelings ("i feel furious"); tweets show them ("wtf", "miss u", "no way"). The
cues tilt the network's pseudo-labels for tweets without an emotion label.
"""

import re

import numpy as np

from emoji_api.tasks import EMOTION

CUES = {
    "sadness": r"""miss(?:ing|ed|es)? (?:you|u|her|him|my|them|it|home|this|everyone|those)|sad(?:ly|ness|dest|der)?|
        cry(?:ing)?|cried|tears|lonely|alone|depress\w*|heart ?broken|heartbreak\w*|rip|r\.i\.p|passed away|funeral|
        died|grie\w+|hurts?|hurting|sorry|poor|disappoint\w*|goodbye|unfortunately|lost|upset|miserable|gloomy|
        sob(?:bing)?|broken|regret\w*|gloom|sorrow\w*|mourn\w*|devastat\w*|gutted|bummed|hopeless\w*|weep\w*|dismal|
        melanchol\w*|dejected|discourag\w*|despair\w*|tragic|tragedy""",
    "joy": r"""happy|happi\w+|yay+|haha\w*|lol|lmao|lmfao|excit\w+|awesome|fun|funny|hilarious|enjoy\w*|glad|proud|
        congrat\w*|celebrat\w*|woo+(?:hoo)?|great|best|amazing|can'?t wait|thank\w*|blessed|smil\w+|laugh\w*|
        cheer\w*|delight\w*|joy\w*|thrilled|elated|bliss\w*|optimis\w*|hilarity|glee\w*""",
    "love": r"""love (?:you|u|ya|her|him|them|my)|luv|ily|in love|loving|my love|adore\w*|sweetheart|darling|baby|babe|
        bae|soulmate|crush|beautiful|cutest|hugs?|kiss\w*|xo+x*|mommy|sweetest|beloved""",
    "anger": r"""fuck\w*|wtf|pissed|piss|hate[sd]?|hating|disgust\w*|stupid|idiot\w*|moron\w*|asshole\w*|bitch\w*|
        bullshit|shit\w*|damn|angry|anger|furious|fuming|rage|raging|outrag\w*|mad|annoy\w*|irritat\w*|pathetic|
        ridiculous|worst|liar\w*|lying|lies|disgrace\w*|shame\w*|sick of|fed up|shut up|ugh+|smh|rude|unacceptable|
        corrupt\w*|racist\w*|awful|terrible|horrible|garbage|trash|crap|hell|how dare|stop|ruin\w*|blame\w*|
        scum|clown|joke|fail\w*|traitor\w*|evil|infuriat\w*|frustrat\w*|resent\w*|offended|livid|aggravat\w*|
        insult\w*|hostile|wrath|grudge""",
    "fear": r"""scar(?:ed|y|ing|es?)|afraid|fear\w*|terrif\w+|terror\w*|nervous|anxi\w+|worr(?:y|ied|ies|ying)|
        panic\w*|nightmare\w*|dread\w*|creep\w*|horror|danger\w*|threat\w*|stress\w*|shaking|frighten\w*""",
    "surprise": r"""wow+|omg|omfg|whoa+|no way|unexpected\w*|surpris\w+|shock\w*|unbelievable|can'?t believe|
        didn'?t expect|never expected|never thought|who knew|plot twist|speechless|stunned|astonish\w*|amazed|
        mind ?blown|what the|weird|strange|crazy""",
}
# unlike words, symbols count inside of other words too
SYMBOLS = {
    "sadness": r":\(|:'\(|=\(|[😢😭😔😞💔🥺😥☹😿😪😓]",
    "joy": r":\)|:D\b|[😂😄😊🎉😁🤣😃🙌😀😆😎☀💯👏]",
    "love": r"<3|[😍❤😘💕🥰💖💙💗💜💓💞]",
    "anger": r"[😠😡🤬😤🖕👿🙄😒]",
    "fear": r"[😱😨😰😧😬]",
    "surprise": r"\?!+|!\?+|[😲😮😯🤯😳]",
}


def _pattern(label: str) -> re.Pattern[str]:
    words = re.sub(r"\s*\n\s*", "", CUES[label])
    return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])|{SYMBOLS[label]}", re.IGNORECASE)


_PATTERNS = [_pattern(label) for label in EMOTION.labels]
MAX_PER_EMOTION = 2  # further cues of an emotion add no evidence


def count_cues(texts: list[str]) -> np.ndarray:
    """Return the number of cues of each emotion in each text, at most `MAX_PER_EMOTION`: (texts, emotions), float32."""
    counts = [[min(len(pattern.findall(text)), MAX_PER_EMOTION) for pattern in _PATTERNS] for text in texts]
    return np.array(counts, np.float32)
