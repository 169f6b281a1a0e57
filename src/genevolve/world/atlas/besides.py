"""What else is asked of what was found: "the inventor of the telephone, name and year", "…, with the atomic number below it".

Every value that is asked for is a fact of its own. One that nothing tells is one all the same: it is said not to be found.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from genevolve.world.atlas.answers import answer, general
from genevolve.world.atlas.properties import readings
from genevolve.world.language.model import AskedFact, Span

Owned = Callable[[str, str], AskedFact | None]
"""(what, owner) → the fact, at any span; None where nothing tells it."""

NAMELESS = ("symbol", "number", "code", "domain", "height", "area", "population")  # values that have no name themselves
_WHAT = (
    r"(?:name|birth year|death year|years? of (?:birth|death)|birthday|date of birth|nationality|country|year|date|height"
    r"|length|depth|age|weight|population|area|capital(?: city)?|currency|language|continent|atomic number|(?:chemical )?symbol"
    r"|number of moons)"
)
_ONE = rf"(?:(?:the|his|her|its|their) )?(?:exact |full |common )?(?P<{{}}>{_WHAT})"
_JOINT = r"(?:,? and |, | plus | & )"
_ENDS = (
    r"(?=\s*(?:$|[.,;:!?]|\b(?:as|on|in|at|to|below|under|underneath|beneath|above|over|next|beside|written|printed|please|for|inside"
    r"|of (?:it|him|her|the (?:invention|discovery)))\b))"
)
_TAIL = re.compile(
    rf"[?.,:;]*\s*(?:\b(?:and|with|plus|showing|including|give|write|show|print) )*"
    rf"{_ONE.format('one')}(?:{_JOINT}{_ONE.format('two')})?(?:{_JOINT}{_ONE.format('three')})?{_ENDS}",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:with|and|plus|next to|beside|above|below|under|over) the (?P<what>atomic number|(?:chemical )?symbol|currency"
    r"|population|capital(?: city)?|height|name of (?:the|that) (?:country|nation|element|planet|animal|bird|river|mountain))\b"
    rf"{_ENDS}",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"(?:(?:inventor|(?P<found>discoverer)) of"
    r"|(?:who|(?:person|man|woman|one) (?:who|that)) (?P<verb>invented|discovered|patented)) (?P<what>.+)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(r"the (?:only )?(?:country|nation) ", re.IGNORECASE)
_ITS_FLAG = re.compile(r"(?:its|their|the (?:country|nation)['’]s) (?:national )?flag", re.IGNORECASE)
_WITH = re.compile(r",? (?:(?:and|with|plus|together with|along with|next to|above|below|beside|under) )+", re.IGNORECASE)
_LIVED = re.compile(r"birth|death", re.IGNORECASE)


def besides(text: str, facts: Sequence[AskedFact], owned: Owned) -> Iterator[AskedFact]:
    """The further values of each of ``facts`` that none of these is yet."""
    known = list(facts)
    for fact in facts:
        for one in (*_after(text, fact, owned), *_country_of(text, fact)):
            if _free(one.span, known):
                known.append(one)
                yield one
    for later in _LATER.finditer(text):
        span = Span(start=later.start("what"), end=later.end("what"))
        before = [fact for fact in facts if fact.span.end <= later.start() and fact.question]
        told = (_told(later["what"].lower(), fact, owned) for fact in reversed(before))
        if _free(span, known) and (first := next(filter(None, told), None)) is not None:
            yield AskedFact(span=span, question=first.question, noun=first.noun)


def _after(text: str, fact: AskedFact, owned: Owned) -> Iterator[AskedFact]:
    found = _TAIL.match(text, fact.span.end) if fact.question else None
    for group in ("one", "two", "three") if found is not None else ():
        if found is not None and found[group]:
            yield _value(found[group].lower(), Span(start=found.start(group), end=found.end(group)), fact, owned)


def _country_of(text: str, fact: AskedFact) -> Iterator[AskedFact]:
    """ "The country shaped like a boot, with | its flag": what can be shown of the country itself is its name."""
    start = text.find(fact.question) if fact.noun == "flag" and _DESCRIBED.match(fact.question) else -1
    end = start + len(fact.question)
    if start >= 0 and _ITS_FLAG.fullmatch(text, fact.span.start, fact.span.end) and _WITH.fullmatch(text, end, fact.span.start):
        yield AskedFact(span=Span(start=start, end=end), question=f"the name of {fact.question}")


def _free(span: Span, facts: Sequence[AskedFact]) -> bool:
    return not any(fact.span.start < span.end and span.start < fact.span.end for fact in facts)


def _value(what: str, span: Span, fact: AskedFact, owned: Owned) -> AskedFact:
    told = _told(what, fact, owned)
    if told is None:
        return AskedFact(span=span, question=f"the answer to the question for the {what}")
    return AskedFact(span=span, question=told.question, noun=told.noun)


def _told(what: str, fact: AskedFact, owned: Owned) -> AskedFact | None:
    """The fact that ``what`` is, of what ``fact`` asks for; of a number or a sign, of what it belongs to."""
    name = re.match(r"name\b", what)
    signs = [reading.owner for reading in readings(fact.question) if reading.fact.endswith(NAMELESS)]
    found = answer(fact.question)
    if name and not signs and not fact.noun and found is not None and not found.text[:1].isdigit():
        return AskedFact(span=fact.span, question=fact.question)
    if (year := _year(what, fact.question, found.text if found is not None else "")) is not None:
        return AskedFact(span=fact.span, question=year)
    if what == "country":
        return None  # towns bear the names of people
    owners = (fact.question, *signs)
    return next((one for owner in owners if (one := owned("name" if name else what, owner)) is not None), None)


def _year(what: str, question: str, found: str) -> str | None:
    """The question for the year of what ``question`` asks for, where that year is known."""
    if _LIVED.search(what):
        asked = f"the year {found} {'died' if 'death' in what else 'was born'}" if found and "year" in what else ""
    elif what == "year":
        made = _MADE.search(question)
        verb = (made["verb"] or ("discovered" if made["found"] else "invented")).lower() if made is not None else ""
        asked = f"the year {made['what'].strip(' ?')} was {verb}" if made is not None else f"the year of {question}"
    else:
        return None
    return asked if asked and general(asked) is not None else None
