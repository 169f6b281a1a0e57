"""Stripes, dots and checks over a thing: "a striped scarf", "a red dress with white dots", "a checked tablecloth".

A pattern is a part of the thing without a colour of its own; its name has both colours, and is what a prompt says:
"red and white stripes", "white dots on red", "red and white checks". ``atlas.patterned`` paints it and ``pixel.patterns`` looks
for it. Colours that a request leaves open are chosen here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from genevolve.world.language import colours
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.icons import DRAWN
from genevolve.world.language.inventory import InventoryEntry, lookup
from genevolve.world.language.model import NamedPart, Span
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.vocabulary import Vocabulary

STRIPES, DOTS, CHECKS = "stripes", "dots", "checks"
_LOOKS = ("openmoji:", *DRAWN)
_NAMES = "|".join(sorted((*colours.PALETTE, *colours.SYNONYMS), key=len, reverse=True)).replace(" ", "[ -]")
_COLOUR = rf"(?:(?:pale|bright|pastel|deep)[ -])?(?:{_NAMES})"
_TWO = rf"(?:(?P<one>{_COLOUR})(?: ?(?:and|&) ?|-and-|/|, ))?(?P<two>{_COLOUR})"
_ADJECTIVE = (
    r"(?P<stripes>striped|stripy|stripey)|(?P<dots>polka[- ]?dot(?:ted)?|dotted|spotted|spotty)"
    r"|(?P<checks>check(?:er)?ed|chequered|gingham)"
)
_PLURAL = r"(?P<stripes>stripes)|(?P<dots>(?:polka[- ]?)?dots|spots)|(?P<checks>checks)"
_BEFORE = re.compile(  # "(a) pink and white striped | scarf", "striped green and white | scarf"
    rf"\b(?:{_TWO}[ -])?(?:{_ADJECTIVE})(?: (?P<behind>{_COLOUR}(?: (?:and|&) {_COLOUR})?))? (?=[a-z])", re.IGNORECASE
)
_WITH = re.compile(  # "(a scarf) with pink and white stripes", "… with a striped pattern in red and white", "… on red"
    rf" (?:(?:that )?has|have|with|in|(?:that )?(?:is|are)) (?:a )?(?:{_TWO} )?"
    rf"(?:(?:{_PLURAL})\b|(?:{_ADJECTIVE.replace('?P<', '?P<a_')})(?: pattern)?\b)"
    rf"(?: (?:in|of) (?P<told>{_COLOUR}(?: (?:and|&) {_COLOUR})?))?(?: on (?:a )?(?P<ground>{_COLOUR})\b)?",
    re.IGNORECASE,
)
_AFTER = re.compile(  # "(an umbrella) striped in red and yellow"
    rf",? (?:{_ADJECTIVE})(?: (?:in|with) (?P<told>{_COLOUR}(?: (?:and|&) {_COLOUR})?))(?!\w)", re.IGNORECASE
)
_COLOUR_BEFORE = re.compile(rf"(?:^|[ -])(?P<colour>{_COLOUR}) \Z", re.IGNORECASE)
_NAMED = re.compile(r"(?P<one>.+) (?:and (?P<two>.+) (?P<kind>stripes|checks)|(?P<dots>dots) on (?P<ground>.+))")
_MORE = ("openmoji:1F454", "game-icons:surf-board")  # pictures that are mostly of something else
_LONGEST = 3  # words of a noun


class Pattern(NamedTuple):
    """``ground`` and ``other`` are colours of the palette; of stripes and checks they take turns."""

    kind: str
    ground: str
    other: str

    @property
    def name(self) -> str:
        if self.kind == DOTS:
            return f"{self.other} dots on {self.ground}"
        return f"{self.ground} and {self.other} {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPattern:
    """The words at ``spans`` tell of a pattern on the thing whose noun begins at ``at``."""

    pattern: Pattern
    at: int
    spans: tuple[Span, ...]


@cache
def pattern_of(name: str) -> Pattern | None:
    """The pattern that the name of a part tells; None for other parts."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return None
    told = Pattern(DOTS, found["ground"], found["one"]) if found["dots"] else Pattern(found["kind"], found["one"], found["two"])
    return told if {told.ground, told.other} <= colours.PALETTE.keys() else None


def can_bear(look: str) -> bool:
    """Whether a pattern can be painted over the pictogram ``look``."""
    return look.startswith(_LOOKS) and not look.startswith(("openmoji:1F1", *_MORE))


def patterns_in(text: str, quoted: Sequence[Span] = ()) -> list[ToldPattern]:
    """Every pattern in ``text`` on a thing that can bear it."""
    found = [
        told
        for wording, reading in ((_BEFORE, _before), (_WITH, _behind), (_AFTER, _behind))
        for match in wording.finditer(text)
        if (told := reading(text, match)) is not None
        and not any(span.start < match.end() and match.start() < span.end for span in quoted)
    ]
    return [one for index, one in enumerate(found) if one.at not in {other.at for other in found[:index]}]


def without_patterns(tokens: Sequence[Token], told: Sequence[ToldPattern]) -> tuple[Token, ...]:
    spans = [span for one in told for span in one.spans]
    return tuple(token for token in tokens if not any(span.start <= token.start < span.end for span in spans))


def quotes_of(tokens: Sequence[Token]) -> list[Span]:
    return [Span(start=token.start, end=token.end) for token in tokens if token.kind is Kind.QUOTE]


def settle_patterns(objects: Sequence[ObjectDraft], told: Sequence[ToldPattern]) -> None:
    """Each thing gets its pattern; the words that tell of it may stand apart."""
    for one in told:
        for obj in objects:
            if obj.span.start <= one.at < obj.span.end:
                obj.parts += [NamedPart(name=one.pattern.name, colour=None, span=span) for span in one.spans]


def _before(text: str, match: re.Match[str]) -> ToldPattern | None:
    """ "red and white striped | scarf"."""
    words = re.match(r"[a-z-]+(?: [a-z-]+){0,3}", text[match.end() :], re.IGNORECASE)
    said = words[0].split() if words is not None else []
    names = (" ".join(said[start : start + size]) for start in (0, 1) for size in range(min(_LONGEST, len(said)), 0, -1))
    if not said or not any(_bears(lookup(name, Vocabulary.ICONS)) for name in names):
        return None
    behind = _split(match["behind"])
    told = [colour for colour in (match["one"], match["two"]) if colour] or behind
    if behind and match["two"]:
        return None
    pattern = _pattern(_kind(match), told, base=True)
    span = Span(start=match.start(), end=match.end() - 1)
    return None if pattern is None else ToldPattern(pattern=pattern, at=match.end(), spans=(span,))


def _behind(text: str, match: re.Match[str]) -> ToldPattern | None:
    """ "(red scarf) | with white stripes"."""
    lead = text[: match.start()]
    said = re.search(r"[a-z-]+(?: [a-z-]+){0,2}$", lead, re.IGNORECASE)
    words = said[0].split() if said is not None else []
    sizes = (size for size in range(len(words), 0, -1) if _bears(lookup(" ".join(words[-size:]), Vocabulary.ICONS)))
    size = next(sizes, 0)
    if not size:
        return None
    at = len(lead) - len(" ".join(words[-size:]))
    groups = match.groupdict()
    coat = _COLOUR_BEFORE.search(lead[:at])
    told = [colour for colour in (groups.get("one"), groups.get("two")) if colour] + _split(groups["told"])
    grounds = [colour for colour in (groups.get("ground"), coat and coat["colour"]) if colour]
    if len(grounds) > 1 or len(told) + len(grounds) > 2:
        return None
    pattern = _pattern(_kind(match), [*grounds, *told], base=bool(grounds))
    spans = [Span(start=match.start() + 1, end=match.end())]
    if coat is not None and not groups.get("ground"):
        spans.append(Span(start=coat.start("colour"), end=coat.end("colour")))
    return None if pattern is None else ToldPattern(pattern=pattern, at=at, spans=tuple(spans))


def _kind(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next(kind for kind in (STRIPES, DOTS, CHECKS) if groups.get(kind) or groups.get(f"a_{kind}"))


def _pattern(kind: str, told: Sequence[str], *, base: bool) -> Pattern | None:
    """``base``: the first colour is that of the thing, and a single one is not that of the pattern."""
    named = [colour for one in told if (colour := colours.named(one.replace("-", " "))) is not None]
    if len(named) > 1 and (named[0] == named[1] or (kind == DOTS and not base)):
        return None  # "with red and blue dots": of which colour the thing is, nobody says
    if len(named) == 1:
        rest = "white" if named[0] != "white" else "blue"
        named = [named[0], rest] if base else [rest, named[0]]
    ground, other = named or ("red", "white")
    return Pattern(kind, ground, other)


def _split(told: str | None) -> list[str]:
    return re.split(r" (?:and|&) ", told) if told else []


def _bears(entry: InventoryEntry | None) -> bool:
    return entry is not None and not entry.living and not entry.kind and any(can_bear(look) for look in entry.looks)
