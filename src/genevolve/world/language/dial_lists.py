"""Several things that each show another value: "three glasses: one empty, one half full, one full", "… next to a full one"."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from genevolve.world.language.dial_numbers import number, share
from genevolve.world.language.dials import LIQUIDS, Dial

_LIQUID = "|".join(sorted(LIQUIDS, key=len, reverse=True))
_HEADS = (
    rf"glasses(?:\s+of\s+(?:{_LIQUID}))?|(?:wall\s+|kitchen\s+|alarm\s+|digital\s+)?clocks|batteries|thermometers"
    r"|traffic\s+lights|domino(?:es|s|\s+tiles)|fuel\s+gauges|progress\s+bars|(?:wrist)?watches|pizzas|pies|cakes"
)
_LIST = re.compile(
    rf"\b(?P<many>two|three|four|five|six|[2-6])\s+(?P<quality>(?:[a-z]+\s+){{0,2}}?)(?P<head>{_HEADS})\b"
    r"(?P<row>(?:\s+(?:side\s+by\s+side|in\s+a\s+row|next\s+to\s+each\s+other))?)(?P<rest>[\s,:;(-]+[^.;()]{3,200})",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:[\s,:;(-]|\band\b|\bwith\b|\bwhere\b|\bof\s+which\b)*"
    r"(?:(?:the\s+)?(?:one|first|second|third|fourth|last|left|middle|right|other|another)(?:\s+one|\s+of\s+them)?\b)?"
    r"(?:\s*\b(?:is|are|shows?|showing|at|on|set\s+to|says|reads|with|that)\b)*\s*",
    re.IGNORECASE,
)
_TRIES = ("{head} showing {part}", "{head} that is {part}", "{head} with {part}", "{head} {part}", "{part} {head}")
_ONE = re.compile(
    r"\b(?:an?|the|another|one)\s+(?P<value>(?:completely\s+)?(?:full|empty)|half[\s-](?:full|empty|filled)|three[\s-]quarters\s+full)"
    r"\s+(?P<head>one)\b",
    re.IGNORECASE,
)
_LEVELLED = frozenset({"glass", "battery", "fuel gauge"})
Found = tuple[Dial, int]  # what is shown, and where its words end
Finder = Callable[[str], Found | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOfDials:
    """``head`` and ``rest`` are character ranges: the number with its noun, and all that tells the values."""

    head: tuple[int, int]
    rest: tuple[int, int]
    dials: tuple[Dial, ...]
    quality: str


def lists_in(text: str, finder: Finder) -> Iterator[ListOfDials]:
    """``finder`` reads one thing with its value at the start of a text."""
    for match in _LIST.finditer(text):
        many = number(match["many"]) or 0
        head = _singular(match["head"])
        found = _parts(match["rest"], head, many, finder)
        if found is not None and len({dial.value for dial in found[0]}) > 1:
            span = (match.start("many"), match.end("head"))
            yield ListOfDials(
                head=span, rest=(match.end("head"), match.start("rest") + found[1]), dials=found[0], quality=match["quality"]
            )


def _singular(head: str) -> str:
    """ "Glasses of milk" → "glass of milk"."""
    plain = re.sub(r"\s+", " ", head.lower())
    first, of, liquid = plain.partition(" of ")
    for plural, single in (("glasses", "glass"), ("batteries", "battery"), ("watches", "watch"), ("dominoes", "domino")):
        if first.endswith(plural):
            return first.removesuffix(plural) + single + of + liquid
    return first.removesuffix("s")


def _parts(rest: str, head: str, many: int, finder: Finder) -> tuple[tuple[Dial, ...], int] | None:
    """The values, one for each of ``many``, and where they end."""
    at = 0
    dials: list[Dial] = []
    while len(dials) < many:
        lead = _PART.match(rest, at)
        at = lead.end() if lead is not None else at
        part = rest[at:] if len(dials) == many - 1 else re.split(r"\s*,|\s+and\s", rest[at:], maxsplit=1)[0]
        told = _told(head, part, finder)
        if told is None or (len(dials) < many - 1 and part[told[1] :].strip()):
            return None
        dials.append(told[0])
        at += told[1]
    return tuple(dials), at


def _told(head: str, part: str, finder: Finder) -> Found | None:
    """What ``head`` shows, and how much of ``part`` says so."""
    if not part.strip():
        return None
    for form in _TRIES[:-1]:
        said = form.format(head=head, part=part)
        found = finder(said)
        if found is not None:
            return found[0], max(0, found[1] - (len(said) - len(part)))
    first = re.match(r"[\w%-]+(?:\s+full)?", part)
    found = finder(_TRIES[-1].format(head=head, part=first[0])) if first is not None else None
    return (found[0], first.end()) if found is not None and first is not None else None


def ones_in(text: str, before: Sequence[tuple[int, Dial]]) -> Iterator[tuple[re.Match[str], Dial]]:
    """ "a full one" behind an empty glass; ``before``: the ends of what was found, and what it shows."""
    for match in _ONE.finditer(text):
        named = [dial for end, dial in before if end <= match.start() and dial.kind in _LEVELLED]
        level = share(re.sub(r"^completely\s+|[\s-]+(?:full|filled)$", "", match["value"].lower()) or match["value"])
        if named and level is not None:
            yield match, Dial(kind=named[-1].kind, value=str(level), of=named[-1].of)
