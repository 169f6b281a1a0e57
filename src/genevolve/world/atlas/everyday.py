"""Facts of everyday life, from ``everyday.toml``: the legs of an animal, which animal gives what, what two paints make."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from genevolve.world.atlas.entities import table
from genevolve.world.atlas.text import fold, singular
from genevolve.world.language.model import AskedFact, Span

_COUNT = r"(?:the |a )?(?:(?:right|correct|exact|proper) )?(?:number of|how many) legs"
_LEGS = re.compile(
    rf"{_COUNT} (?:(?:of|does|do|has|have|on) )?(?:an? |the |all )?(?P<animal>[a-z]+)(?: (?:has|have|got))?",
    re.IGNORECASE,
)
_LEGS_OF_IT = re.compile(rf"\b{_COUNT}(?: (?:it|that|this|they|she|he) (?:has|have|got)| that it has)?\b", re.IGNORECASE)
_NOUN = re.compile(r"[a-z]+", re.IGNORECASE)
_GIVES = re.compile(
    r"(?:the|an|which|what) (?:farm )?(?:animal|creature|insect) (?:(?:that|which) )?(?:gives?|makes?|provides?|produces?)"
    r" (?:us |you |people |me )?(?:our )?(?P<thing>[a-z]+)"
    r"|(?:the|which|what) (?:farm )?(?:animal|creature|insect) (?:that |from which )?(?:we get (?P<got>[a-z]+)(?: from)?"
    r"|(?P<comes>[a-z]+) comes from)"
)
_TWO = r"(?P<one>[a-z]+) (?:and|with|plus) (?P<other>[a-z]+)(?: paints?)?"
_MIXED = re.compile(
    r"(?:what|which)(?: colou?r)? (?:do|would|will) (?:you|we|i|one) get (?:from|by|if|when) (?:you |we |i |one )?"
    rf"(?:mix|mixing|combine|combining) (?:the colou?rs )?{_TWO}(?: together)?"
    rf"|(?:what|which)(?: colou?r)? (?:do|does) {_TWO.replace('one>', 'first>').replace('other>', 'second>')}"
    r" (?:make|give)(?: when (?:mixed|you mix them))?"
    rf"|(?:the )?(?:colou?r|mixture) (?:of|from mixing|(?:that )?you get (?:from|by) mixing)"
    rf" {_TWO.replace('one>', 'left>').replace('other>', 'right>')}"
)


@cache
def _legs() -> Mapping[str, str]:
    return {animal: number for number, names in table("everyday.toml")["legs"].items() for animal in names.split()}


@cache
def _yields() -> Mapping[str, str]:
    return dict(table("everyday.toml")["yields"])


@cache
def _mixtures() -> Mapping[frozenset[str], str]:
    return {frozenset(pair.split()): colour for colour, pair in table("everyday.toml")["mixtures"].items()}


def everyday(question: str) -> str | None:
    """The answer, where the whole question is one of these: "how many legs has a spider" → "8"."""
    plain = fold(question)
    if (legs := _LEGS.fullmatch(plain)) is not None:
        return _legs_of(legs["animal"])
    if (gives := _GIVES.fullmatch(plain)) is not None:
        return _yields().get(next(filter(None, gives.groups())))
    if (mixed := _MIXED.fullmatch(plain)) is not None:
        return _mixtures().get(frozenset(filter(None, mixed.groups())))
    return None


def is_animal(name: str) -> bool:
    """Whether the answer is one that gives something, and so a thing to be shown."""
    return name in _yields().values()


def _legs_of(animal: str) -> str | None:
    return _legs().get(animal) or _legs().get(singular(animal))


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def legs_in(text: str) -> Iterator[AskedFact]:
    """ "a spider and how many legs it has": the question, with the animal that was named last."""
    for found in _LEGS_OF_IT.finditer(text):
        named = _LEGS.match(text, found.start())
        if named is not None and _legs_of(fold(named["animal"])) is not None:
            animal, end = named["animal"], named.end()
        else:
            before = [word for word in _NOUN.findall(text[: found.start()]) if _legs_of(fold(word)) is not None]
            animal, end = (before[-1], found.end()) if before else ("", 0)
        if animal:
            yield AskedFact(
                span=Span(start=found.start(), end=end), question=f"the number of legs of {_article(animal)} {fold(animal)}"
            )
