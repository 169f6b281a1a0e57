"""What stands around a request and is no part of the picture: whose wish it is, and what is said of its use."""

import re
from collections.abc import Sequence

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit, UnitKind
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.form_titles import WHERE_IT_HANGS
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import FormKind, Scene, Span
from genevolve.world.language.vocabulary import Vocabulary

_WISH = re.compile(  # before the article of what is wished for
    r"^\s*(?:please\s+)?(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:i|we)(?:['’]d|\s+would)?\s+(?:need|want|like|love)(?:\s+to\s+(?:have|see|get))?"
    r"|(?:make|draw|create|design|do|give|show|produce|prepare|write|generate|paint)(?:\s+(?:me|us))?)\s+(?=(?:an?|the|our|my)\s)",
    re.IGNORECASE,
)
_WRITTEN_ON = word_set(
    "card cards poster flyer flier sign banner invitation invite menu ticket label badge certificate leaflet notice sticker"
    " cover programme program diploma voucher placard brochure billboard"
)
_TURNS = word_set("turns turning turned becomes is are will")
_TENS = word_set("twenty thirty forty fifty sixty seventy eighty ninety hundred")
_FOND = re.compile(
    r"\b(?:loves?|likes?|adores?|enjoys?|(?:is|are|[’']s|[’']re) (?:(?:really|so|very|totally) )?"
    r"(?:into|mad about|crazy about|fond of|keen on|obsessed with|a (?:big )?fan of))\s+",
    re.IGNORECASE,
)


_OF_A_COUNTRY = re.compile(
    r"[A-Z][a-z]+(?:an|ese|ish|ch|ek|i) (?:restaurant|caf[eé]|bistro|bakery|food|cuisine|kitchen|grill|class|lessons?|course"
    r"|school|night|evening|party|market|shop|store|festival|club|dance|music|film)s?\b"
)


def without_wish(plain: str) -> str:
    """``plain`` with blanks for "could you make me", "I'd like" at its start, so that nobody takes it for a headline."""
    wish = _WISH.match(plain)
    return plain if wish is None else " " * wish.end() + plain[wish.end() :]


def of_aside(unit: Unit, scene: Scene, asides: Sequence[Span]) -> FateOfWords:
    """By the purpose or remark in which the word stands. Names for a card and what somebody is fond of are wishes, in fact."""
    if scene.vocabulary is Vocabulary.ICONS:
        own = next(aside for aside in asides if aside.start <= unit.start < aside.end)
        fond = _FOND.search(scene.text, own.start, own.end)
        if fond is not None and unit.start >= fond.end():
            return FateOfWords(Fate.NOT_UNDERSTOOD, "said of somebody, and not drawn: ask for it as a part of the image")
        if _names(unit, scene.text) and _to_be_read(scene):
            return FateOfWords(Fate.NOT_UNDERSTOOD, "a name that is not written: say what should be written in quotes")
        if _counts_years(unit, scene, own):
            return FateOfWords(Fate.NOT_UNDERSTOOD, "a number that is not written: say what should be written in quotes")
        if _announced(scene, own):
            return FateOfWords(Fate.NOT_UNDERSTOOD, "what it is for is not written: say what should be written in quotes")
    return FateOfWords(Fate.ASIDE, "said of its use, not part of the image")


def _to_be_read(scene: Scene) -> bool:
    """Whether a card, a poster or the like is asked for."""
    return bool(_WRITTEN_ON & set(re.findall(r"[a-z]+", scene.text.lower())))


def _counts_years(unit: Unit, scene: Scene, aside: Span) -> bool:
    """The number of "she turns 6" on a card: a clause of its own that says what is celebrated, and not "for my 6 year old"."""
    told = scene.text[aside.start : aside.end].lower().split()
    number = unit.kind is UnitKind.NUMBER or unit.text.lower() in _TENS | lexicon().numbers.keys()
    return number and bool(_TURNS & set(told)) and _to_be_read(scene)


def _announced(scene: Scene, aside: Span) -> bool:
    """ "for class president: vote Amara": no place where the card hangs, but what its text is about."""
    if scene.form is None or scene.form.kind is not FormKind.CARD or scene.text[aside.end :].lstrip()[:1] != ":":
        return False
    words = re.findall(r"[a-z]+", scene.text[aside.start : aside.end].lower())
    return bool(words) and words[-1] not in WHERE_IT_HANGS


def _names(unit: Unit, text: str) -> bool:
    """Whether the word has a capital that no sentence gives it."""
    before = text[: unit.start].rstrip()
    if _OF_A_COUNTRY.match(text, unit.start):  # "for a Mexican restaurant"
        return False
    return unit.text[:1].isupper() and unit.text[1:2].islower() and bool(before) and before[-1] not in ".!?:"
