"""Why a free request cannot be read at all: another language, a change of an image that is not there, nothing to show."""

import re
import unicodedata

from genevolve.judges.content import content, function_words
from genevolve.world.language import colours
from genevolve.world.language.lexicon import word_set

# Function words by language, without those that are English words as well.
_FOREIGN = {
    "German": (
        "ein eine einen einem einer eines der das dem des und mit auf für im am zu von ist sind nicht ohne unter über "
        "neben zwei drei "
        "vier fünf zwischen vor hinter aus bei nach zum zur mir bitte male zeichne"
    ),
    "French": (
        "un une le la les des du de et avec sur sous dans pour sans est sont deux trois quatre cinq au aux entre "
        "devant derrière "
        "près moi dessine"
    ),
    "Spanish": "un una unos unas el la los las del de y con sobre bajo en para sin es dos tres cuatro cinco entre "
    "junto dibuja al",
    "Italian": "un uno una il lo la gli le dei delle di e con su sotto per senza è due tre quattro cinque tra "
    "accanto nel nella del della sul sulla",
    "Portuguese": "um uma o os as do da dos das de e com sobre sob em para sem é dois duas três quatro cinco no na entre ao",
    "Dutch": "een het de van en met op voor zonder onder boven naast twee drie vier vijf tussen bij aan is zijn naar",
    "Polish": "i z na w pod nad bez dla jest są dwa trzy cztery pięć obok oraz przy",
    "Swedish": "en ett och med på under över utan för är två tre fyra fem mellan bredvid i av",
    "Turkish": "bir ve ile bu için üzerinde altında yanında iki üç dört beş olan",
}
_ENGLISH_TOO = frozenset("o i a an on in is as no am die bei his so per de la en y e do at to us le".split())  # noqa: SIM905
_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»")
_CHANGE = re.compile(
    r"^\W*(?:please\s+|now\s+|and\s+|ok(?:ay)?,?\s+)*(?:(?:make|turn|move|change|keep|paint|colou?r|flip|rotate|shift|put)\s+"
    r"(?:it|them|this|that|the\s+[\w' -]+?|its?\s+\w+|everything)\b"
    r"|(?:remove|delete|erase|enlarge|shrink|replace|recolou?r|undo|zoom|crop|swap)\b"
    r"|(?:the\s+)?same\b|(?:a\s+(?:bit|little)\s+)?(?:more|less|bigger|smaller|brighter|darker|lighter)\b"
    r"|without\s+(?:the|it|any)\b|(?:with(?:out)?|but)\s+the\b|another\s+one\b|again\b|try\s+again\b)",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"^\W*(?:exactly\s+)?(?:the\s+)?same\s*(?:[,.;:]|$|\b(?:but|as|with|again|one|image|picture|on|in)\b)", re.IGNORECASE
)
_MORE_THAN = re.compile(r"^\W*(?:more|less|fewer)\s+(?:[^\W\d_]+\s+){1,3}than\b", re.IGNORECASE)  # "more cats than dogs"
_NEW = re.compile(
    r"\b(?:an?|some|two|three|four|five|six|seven|eight|nine|ten|\d+)\s+(?!bit\b|little\b|lot\b)[^\W\d_]+", re.IGNORECASE
)
_OPEN = word_set("something anything whatever surprise choice decide random")  # leaves it to the painter
_EMPTY = _OPEN | word_set("nice cool pretty beautiful good great fun funny interesting awesome")
_VAGUE = _EMPTY | word_set(  # beside words of ``_OPEN``
    """
    lovely cute happy cheerful special unique creative elegant amazing sweet simple colourful colorful bright modern unusual
    different new goes know like love want don't else best thing things picture image feel free fancy really artistic
    """
)
_USE = re.compile(  # for whom and for what it is, and what it shall not be
    r"\bfor\s+(?:my|our|the|an?|his|her|their|this|that|me|us|him|them|[A-Z]\w+)\b[^,.;:!?]*?"
    r"(?=\b(?:with|of|showing|featuring|saying|that|which|in|on)\b|[,.;:!?]|$)"
    r"|\b(?:that|which|to)\s+(?:(?:will|would|can)\s+)?(?:makes?|cheers?|hang|put|give|frame|print|gift)\b[^,.;:!?]*"
    r"|\b(?:(?:but|just|only|please)\s+)*(?:not|no|never|except|without)\s+(?:an?\s+|the\s+|another\s+)?[^\W\d_]+(?:\s+please)?",
    re.IGNORECASE,
)
_POLITELY = re.compile(r"^\s*(?:please )?(?:can|could|would|will) you (?:please )?", re.IGNORECASE)
_FEWEST = 2  # foreign function words that tell a language


def objection(request: str) -> str | None:
    """What is wrong with ``request``, and what to do about it; None when there is something to read."""
    language = foreign(request)
    if language:
        return (
            f"the request is not English but {language}, and the offline policy reads only English. Write it in "
            "English, or set "
            "policy to a language model (--profile, policy = …), which reads other languages"
        )
    request = _POLITELY.sub("", request)
    if _MORE_THAN.match(request) is None and (
        _SAME.match(request) or (_CHANGE.match(request) and not _NEW.search(_QUOTED.sub('"a text"', request)))
    ):
        return (
            f"“{' '.join(request.split())[:60]}” asks for a change, and there is no image before it. Say what the whole image "
            "should show, or hand the image over with --reference"
        )
    words = [unit.text.casefold() for unit in content(request)]
    if words and (all(word in _EMPTY for word in words) or _left_open(request)):
        return f"“{' '.join(request.split())[:60]}” names nothing to show. Say what should be in the image"
    return None


def _left_open(request: str) -> bool:
    """ "something for my mum", "anything but not a landscape": only for whom, or what not; "something blue": its colour."""
    if _QUOTED.search(request):
        return False
    words = [unit.text.casefold().replace("’", "'") for unit in content(_USE.sub(" ", request))]
    return bool(_OPEN & set(words)) and all(word in _VAGUE or colours.named(word) is not None for word in words)


def foreign(request: str) -> str | None:
    """The language of ``request`` if it is not English, as far as its script or its function words tell; else None."""
    plain = _QUOTED.sub(" ", request)
    words = [word.casefold() for word in _WORD.findall(plain)]
    letters = [char for word in words for char in word]
    if letters and sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters) > len(letters) / 2:
        return "in another script"
    english = sum(word in function_words() for word in words)
    found = {
        language: sum(word in listed and word not in _ENGLISH_TOO for word in words)
        for language, text in _FOREIGN.items()
        if (listed := frozenset(text.split()))
    }
    best = max(found, key=lambda language: (found[language], language))
    if not english:  # "en la": words of both, in a request without any other English ones
        found = {language: sum(word in text.split() for word in words) for language, text in _FOREIGN.items()}
        best = max(found, key=lambda language: (found[language], language))
    shared = sum(word in _ENGLISH_TOO for word in words)
    return best if found[best] >= _FEWEST and found[best] > english - shared else None
