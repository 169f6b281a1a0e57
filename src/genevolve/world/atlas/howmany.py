"""How many of what: parts of a thing that was named ("a bee and how many legs it has"), and a number of things that is told by
another one ("as many candles as there are months in a year", "balloons, one for each continent")."""

import re
from collections.abc import Callable, Iterator

from genevolve.world.atlas.everyday import everyday, is_shape
from genevolve.world.atlas.known import Known, known
from genevolve.world.atlas.text import fold, singular
from genevolve.world.language.asked import COUNTED, COUNTING
from genevolve.world.language.model import AskedFact, Span

_PARTS = (
    "legs|sides|corners|edges|faces|arms|wings|wheels|strings|keys|eyes|hearts|fingers|toes|humps|horns|stripes|stars|rings"
    "|leaves|chambers|players|pieces|squares"
)
_COUNT = (
    rf"(?:the |a |its )?(?:(?:right|correct|exact|proper|same) )?(?:number of|how many) (?:its |their )?(?P<part>{_PARTS})\b"
)
_OF = re.compile(
    rf"{_COUNT} (?:(?:of|does|do|has|have|on) )?(?:an? |the |all )?(?P<owner>[a-z]+)\b(?: (?:has|have|got))?", re.I
)
_OF_IT = re.compile(rf"\b{_COUNT}(?: (?:it|that|this|they|she|he) (?:has|have|got)| that it has| there are)?\b", re.IGNORECASE)
_BARE = re.compile(r"\bhow many(?: (?:of them|there are|(?:it|they) (?:has|have|are)))?(?=\s*(?:$|[.,;:!?]))", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+", re.IGNORECASE)
_ARTICLES = frozenset(("a", "an", "the", "and", "with", "of"))
_OWNER = 3  # words of a thing that has parts: "American flag"
_END = r"(?=\s*(?:$|[.,;:!?]|\b(?:and|on|with)\b))"
_IN = r"(?:in|of|on) (?:an? |the |one )?[a-z]+(?: [a-z]+)?"
_AS_MANY = re.compile(
    r"\b(?P<as>as many) (?P<things>[a-z]+)(?: [a-z]+){0,3}? (?P<tail>as (?:there are (?P<inside>" + _IN + r")"
    rf"|(?:there are )?(?P<what>[a-z]+) (?:there are )?(?P<within>{_IN})"
    rf"|(?:an? |the )?(?P<owner>[a-z]+(?: [a-z]+)?) (?:has|have)(?: (?P<part>[a-z]+))?)){_END}",
    re.IGNORECASE,
)
_EACH = rf"(?:each |every )(?P<unit>[a-z]+)(?P<within> (?:of|in) (?:an? |the )?[a-z]+(?: [a-z]+)?)?{_END}"
_ONE_EACH = re.compile(rf"\b(?P<things>[a-z]+(?<!s)s),? (?P<tail>(?:with )?one (?:[a-z]+ )?(?:for|per) {_EACH})", re.IGNORECASE)
_EACH_ONE = re.compile(rf"\b(?P<one>one|a) (?:[a-z]+ )?[a-z]+(?<!s) (?P<tail>(?:for|per) {_EACH})", re.IGNORECASE)
_WHOLE = {"month": "in a year", "season": "in a year", "continent": "in the world", "planet": "in the solar system"}
_MOST = 20  # things that are told by a number


def parts_in(text: str) -> Iterator[AskedFact]:
    """ "a spider and how many legs it has", "a hexagon with the number of its sides": with what was named last. A bare "how
    many" behind it asks for the same.
    """
    last: AskedFact | None = None
    for found in _OF_IT.finditer(text):
        part, named = found["part"].lower(), _OF.match(text, found.start())
        if named is not None and number_of(part, named["owner"]) is not None:
            owner, end = fold(named["owner"]), named.end()
        else:
            owner, end = _named_before(text[: found.start()], part), found.end()
        if owner:
            article = "an" if owner[:1] in "aeiou" else "a"
            last = AskedFact(span=Span(start=found.start(), end=end), question=f"the number of {part} of {article} {owner}")
            yield last
    bare = _BARE.search(text, last.span.end) if last is not None else None
    if last is not None and bare is not None:
        yield AskedFact(span=Span(start=bare.start(), end=bare.end()), question=last.question)


def _named_before(text: str, part: str) -> str:
    """What has such parts, of what was named: the latest, and the longest name of it."""
    words = [word.lower() for word in _WORDS.findall(text)]
    ends = range(len(words), 0, -1)
    sizes = range(_OWNER, 0, -1)
    names = (
        " ".join(words[end - size : end])
        for end in ends
        for size in sizes
        if size <= end and words[end - size] not in _ARTICLES
    )
    return next((name for name in names if number_of(part, name) is not None), "")


def number_of(part: str, owner: str) -> str | None:
    """How many ``part`` a thing of this name has; of a thing with a known shape as many sides as that."""
    name = fold(owner)
    if (told := everyday(f"how many {part} does a {name} have") or _number(f"the number of {part} of a {name}")) is not None:
        return told
    shape = known(f"the shape of a {name}", _nothing) if part in {"sides", "corners"} else None
    return (
        everyday(f"how many {part} does a {fold(shape.text)} have")
        if shape is not None and is_shape(fold(shape.text))
        else None
    )


_WHOLE_QUESTION = re.compile(
    rf"(?:the )?number of (?P<part>{_PARTS}) of (?:an?|the) (?P<owner>[a-z]+(?: [a-z]+){{0,2}})", re.IGNORECASE
)


def parts_of(question: str) -> str | None:
    """The answer to "the number of sides of a stop sign"."""
    asked = _WHOLE_QUESTION.fullmatch(question)
    return number_of(asked["part"].lower(), asked["owner"]) if asked is not None else None


def _nothing(description: str) -> str:
    return ""


def _number(question: str) -> str | None:
    told: Known | None = known(question, _nothing)
    return told.text if told is not None and told.text.isdigit() else None


def counts_in(text: str) -> Iterator[AskedFact]:
    """The number that stands for "as many", and before things of which there is one for each: the question is the number."""
    done: set[int] = set()
    for pattern, place, number in ((_AS_MANY, "as", _as_many), (_ONE_EACH, "things", _for_each), (_EACH_ONE, "one", _for_each)):
        for found in pattern.finditer(text):
            if found.start("tail") in done:
                continue
            done.add(found.start("tail"))
            if (told := number(found)) is not None and 0 < int(told) <= _MOST:
                yield AskedFact(span=Span(start=found.start(place), end=found.end(place)), question=told, noun=COUNTED)
                yield AskedFact(span=Span(start=found.start("tail"), end=found.end("tail")), question=told, noun=COUNTING)


_Number = Callable[[re.Match[str]], str | None]


def _as_many(found: re.Match[str]) -> str | None:
    things = found["things"].lower()
    if found["owner"] is not None:
        return number_of((found["part"] or things).lower(), singular(fold(found["owner"])))
    what, of = (found["what"] or things).lower(), found["within"] or found["inside"]
    return _number(f"the number of {what} {of}") or number_of(what, re.sub(r"^(?:in|of|on) (?:an? |the |one )?", "", fold(of)))


def _for_each(found: re.Match[str]) -> str | None:
    unit = singular(found["unit"].lower())
    within = (found["within"] or "").strip() or _WHOLE.get(unit, "")
    return _number(f"the number of {unit}s {within}") if within else None
