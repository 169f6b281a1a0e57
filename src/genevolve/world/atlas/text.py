"""Text as the atlas compares it: without case, accents and punctuation, so that wording decides and not spelling."""

import re
import unicodedata
from functools import lru_cache

# Words that say how something is asked for, not what.
_STOP_WORDS = """
a an and any are as at be by can could do does for from give has have how i in into is it its me my of on one or our
please show tell than that the their them these this those to us was we were what whats where which who whom whose will
with would you your called named name find look up image images picture pictures photo photos pictogram icon emoji
reference drawing illustration official national exact exactly current about know need want there like use used uses
using did also get got seen see belongs belonging say says who's
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
# Query words that the documents express with another word.
SYNONYMS = {
    "tld": "domain", "cctld": "domain", "money": "currency", "neighbour": "border", "neighbor": "border",
    "neighbours": "border", "neighbors": "border", "neighbouring": "border", "neighboring": "border", "adjacent": "border",
    "adjoining": "border", "inhabitants": "population", "calling": "telephone", "dialling": "telephone",
    "dialing": "telephone", "phone": "telephone", "colour": "color", "horoscope": "zodiac", "starsign": "zodiac",
    "website": "internet", "web": "internet", "capitals": "capital", "people": "population",
}  # fmt: skip
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "n"})
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ʻ": "'"})
_INITIALS = re.compile(r"\b[a-z](?:\.[a-z])+\b\.?")
_DOMAIN = re.compile(r"(?<![\w.])\.([a-z]{2})\b")
_POSSESSIVE = re.compile(r"'s?\b")
_MONTH = rf"({'|'.join(MONTHS)}|{'|'.join(month[:3] for month in MONTHS if month != 'may')})\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH_DAY = re.compile(rf"\b{_MONTH} {_DAY}(?!\d)|\b{_DAY}(?: of)? {_MONTH}(?!\w)")
_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"(?<!\w)\+(\d[\d-]{0,8})")
_MAX_WORDS = 64
_MAX_QUERY = 4000
_CODE = re.compile(r"\b[A-Z]{2,3}\b")
_CHEMISTRY = re.compile(r"\b(?:symbol|element)\b", re.IGNORECASE)
_SYMBOL = re.compile(r"(?<=[\w,:] )[\"'“]?([A-Z][a-z]?)\b")
_CAPITAL_CITY = re.compile(r"\bcapital cit(?:y|ies)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case, no accents, one kind of apostrophe: "Côte d’Ivoire" and "cote d'ivoire" come out alike."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The words of ``text`` as they are indexed.

    Internet domains become ``dotxx0``, days of the year ``dayMMDD``, telephone codes ``telNN``.
    """
    folded = _INITIALS.sub(lambda match: match[0].replace(".", ""), fold(text))
    folded = _DOMAIN.sub(r" dot\g<1>0 ", folded)
    folded = _PHONE.sub(lambda match: " tel" + match[1].replace("-", "") + " ", folded)
    folded = _MONTH_DAY.sub(_day_word, folded)
    return _WORD.findall(_POSSESSIVE.sub("", folded).replace("'", ""))


def code_word(code: str) -> str:
    """A code as a word of its own; the digit keeps stemming away ("BHS" is not several "BH")."""
    return f"{code.lower()}iso0"


def day_word(month: int, day: int) -> str:
    return f"day{month:02d}{day:02d}"


def _day_word(match: re.Match[str]) -> str:
    month, day = (match[1], match[2]) if match[1] else (match[4], match[3])
    number = next(position for position, name in enumerate(MONTHS, start=1) if name.startswith(month))
    return f" {day_word(number, int(day))} "


def content_words(query: str) -> list[str]:
    """What a query asks for, each word once.

    A short word in capitals may be a code: "KZ" gives "kz|kziso0", and a stop word ("ISO code IT") only "itiso0".
    """
    kept: dict[str, None] = {}
    codes = set() if query.isupper() else set(_CODE.findall(query[:_MAX_QUERY]))
    if _CHEMISTRY.search(query):
        codes |= {symbol.upper() for symbol in _SYMBOL.findall(query[:_MAX_QUERY])}
    for word in words(_CAPITAL_CITY.sub("capital", query[:_MAX_QUERY])):
        if word.upper() in codes:
            kept[code_word(word) if word in STOP_WORDS else f"{word}|{code_word(word)}"] = None
        elif word not in STOP_WORDS:
            kept[SYNONYMS.get(word, word)] = None
    return list(kept)[:_MAX_WORDS]


def name_key(text: str) -> str:
    """A key that is the same for all orders and numbers of a name's words: "flag of Burkina Faso", "Burkina Faso flags"."""
    return " ".join(sorted({singular(word) for word in words(text) if word not in _ARTICLES}))


_ARTICLES = {"a", "an", "the", "of", "and"}
_KEEP_S = re.compile(r"(?:ss|us|is|as|os|news|series|species|glasses|jeans|scissors|shorts|pants|trousers|lens|mens)$")


def singular(word: str) -> str:
    """A plain English singular, for comparing only: both sides go through it, so a wrong guess does no harm."""
    if len(word) < 4 or not word.endswith("s") or _KEEP_S.search(word):
        return _IRREGULAR.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ch|sh|x|ss|zz|o)es$", word):
        return word[:-2]
    if word.endswith("ves"):
        return {"leaves": "leaf", "wolves": "wolf", "knives": "knife", "loaves": "loaf", "calves": "calf"}.get(word, word[:-1])
    return word[:-1]


_IRREGULAR = {"men": "man", "women": "woman", "children": "child", "mice": "mouse", "geese": "goose", "feet": "foot",
              "teeth": "tooth", "oxen": "ox", "people": "person"}  # fmt: skip
