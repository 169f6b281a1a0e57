"""Words compared as people compare them: without case, accents, plurals and filler."""

import re
import unicodedata
from functools import lru_cache

from genevolve.world.language.lexicon import word_set

_FILLER = word_set(
    "a an the of and or in on at to for with by from is are was were be been as it its this that these those which "
    "who whose whom where when what my our your his her their"
)
_WORD = re.compile(r"\.?[^\W_]+(?:['’][^\W_]+)*")
_SHORT_FORMS = {"st": "saint", "u.s": "usa", "uk": "united kingdom", "uae": "united arab emirates"}


def fold(text: str) -> str:
    """Lower case, compatibility forms resolved, accents dropped."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(char for char in spread if not unicodedata.combining(char)).replace("ı", "i")


def singular(word: str) -> str:
    """A common key for singular and plural. Not always a word: only ever compared with another result of itself."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:s|x|z|ch|sh)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """The telling words of ``text`` in comparable form, in order. An internet domain such as ".bf" keeps its dot."""
    found = (match[0] for match in _WORD.finditer(fold(text)))
    plain = (re.sub(r"['’]s$", "", word) for word in found)
    return tuple(singular(_SHORT_FORMS.get(word, word)) for word in plain if word not in _FILLER)


def names(text: str) -> tuple[str, ...]:
    """The words of ``text`` that name something particular (capitals, digits, domains), in comparable form."""
    particular = re.findall(r"\.?[^\W_]+(?:['’-][^\W_]+)*", text)
    return tuple(
        token for word in particular if word != word.lower() or word[0] == "." or word.isdigit() for token in tokens(word)
    )
