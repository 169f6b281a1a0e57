"""Finds things that show a value in a request: "a clock on the wall showing ten past four", "two dice showing 3 and 4".

What is out of range ("a clock showing 25:70") or told in words that are not known here is left to the other readings, so that
the ledger says what became of it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from genevolve.world.language.dial_boards import BOARDS
from genevolve.world.language.dial_levels import LEVELS
from genevolve.world.language.dial_lists import ListOfDials, lists_in, ones_in
from genevolve.world.language.dial_numbers import Rule
from genevolve.world.language.dial_times import TIMES
from genevolve.world.language.dials import Dial, dial_of, noun_of, nouns_in
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.tokens import Kind, Token

_READ = 2000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``head`` becomes the ``nouns``; the words at ``values`` are what they show. ``qualities``: the words between number and
    head, said of each of several nouns."""

    head: Span
    values: tuple[Span, ...]
    nouns: tuple[str, ...]
    qualities: tuple[str, ...] = ()


RULES: Sequence[Rule] = (*TIMES, *LEVELS, *BOARDS)
_ALONE = re.compile(r"\b(?:an?|one|single|this|that)\s+(?:[a-z]+\s+){0,2}$", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:dice|clocks|watches|dominoe?s|lights|thermometers|batteries|bars|gauges|glasses|pizzas|pies|cakes)$")


def shown_in(text: str) -> tuple[Shown, ...]:
    """The longest first where several overlap; in the order of the text."""
    read = text[:_READ]
    found = [
        Shown(head=Span(start=start, end=end), values=(Span(start=start, end=end),), nouns=(read[start:end].lower(),))
        for start, end, _ in nouns_in(read)
    ]
    heads = [one.head for one in found]
    found += [one for one in map(_of_list, lists_in(read, _at_start)) if not any(_crosses(head, one.head) for head in heads)]
    found += [shown for match, dials in _hits(read) if (shown := _shown(match, dials)) is not None]
    kept: list[Shown] = []
    for one in sorted(found, key=lambda shown: -_length(shown)):
        if not any(_overlap(one, other) for other in kept):
            kept.append(one)
    nouns = ((one.head.end, dial_of(noun)) for one in kept for noun in one.nouns)
    told = sorted(((end, dial) for end, dial in nouns if dial is not None), key=lambda pair: pair[0])
    for match, dial in ones_in(read, told):
        shown = _shown(match, [dial])
        if shown is not None and not any(_overlap(shown, other) for other in kept):
            kept.append(shown)
    return tuple(sorted(kept, key=lambda one: one.head.start))


def _crosses(noun: Span, head: Span) -> bool:
    """Whether a noun with its value begins in ``head`` and ends behind it: "traffic lights with only red and yellow lit"."""
    return head.start <= noun.start < head.end < noun.end


def _hits(text: str) -> Iterator[tuple[re.Match[str], Sequence[Dial] | None]]:
    return ((match, values(match)) for pattern, values in RULES for match in pattern.finditer(text))


def _at_start(text: str) -> tuple[Dial, int] | None:
    """The one thing with its value that begins ``text``, and where its words end."""
    hits = [(match, dials[0]) for match, dials in _hits(text) if dials and len(dials) == 1 and match.start() == 0]
    match, dial = max(hits, key=lambda hit: hit[0].end(), default=(None, None))
    return None if match is None or dial is None else (dial, match.end())


def _of_list(several: ListOfDials) -> Shown:
    nouns = tuple(map(noun_of, several.dials))
    head, rest = Span(start=several.head[0], end=several.head[1]), Span(start=several.rest[0], end=several.rest[1])
    return Shown(head=head, values=(rest,), nouns=nouns, qualities=tuple(several.quality.split()))


def _length(shown: Shown) -> int:
    spans = (shown.head, *shown.values)
    return max(span.end for span in spans) - min(span.start for span in spans)


def _shown(match: re.Match[str], dials: Sequence[Dial] | None) -> Shown | None:
    if not dials:
        return None
    groups = match.groupdict()
    head = Span(start=match.start("head"), end=match.end("head"))
    spans = [match.span(name) for name in groups if name.startswith("value") and groups[name] is not None]
    values = tuple(Span(start=start, end=end) for start, end in spans if start >= head.end or end <= head.start)
    alone = _ALONE.search(match.string, 0, head.start) is not None  # "a dice"
    several = not alone and _SEVERAL.search(match["head"].lower()) is not None
    if len(dials) == 1:
        return Shown(head=head, values=values or (head,), nouns=(noun_of(dials[0], plural=several),))
    first = match.start("many") if groups.get("many") else head.start
    qualities = tuple((groups.get("quality") or "").split())
    nouns = tuple(noun_of(dial) for dial in dials)
    return Shown(head=Span(start=first, end=head.end), values=values, nouns=nouns, qualities=qualities)


def _overlap(one: Shown, other: Shown) -> bool:
    return any(a.start < b.end and b.start < a.end for a in (one.head, *one.values) for b in (other.head, *other.values))


def with_dials(tokens: Sequence[Token], shown: Sequence[Shown]) -> tuple[Token, ...]:
    """One token for each of the nouns in place of the head, none for the words of the value."""
    kept: list[Token] = []
    told: set[int] = set()
    for token in tokens:
        owner = next((one for one in shown if _holds(one.head, token)), None)
        if owner is not None:
            if owner.head.start not in told:
                told.add(owner.head.start)
                kept += _tokens(owner)
        elif not any(_holds(span, token) for one in shown for span in one.values):
            kept.append(token)
    return tuple(kept)


def _tokens(shown: Shown) -> Iterator[Token]:
    start, end = shown.head.start, shown.head.end
    for index, noun in enumerate(shown.nouns):
        if index:
            last = index == len(shown.nouns) - 1
            yield Token(Kind.WORD, "and", start, end, lower="and") if last else Token(Kind.COMMA, ",", start, end)
        if len(shown.nouns) > 1:
            for word in ("a", *shown.qualities):
                yield Token(Kind.WORD, word, start, end, lower=word.lower())
        yield Token(Kind.WORD, noun, start, end, lower=noun)


def _holds(span: Span, token: Token) -> bool:
    return span.start <= token.start and token.end <= span.end


def corrections_of(shown: Sequence[Shown]) -> tuple[Correction, ...]:
    """What the words of each were read as."""
    return tuple(Correction(span=span, word=one.nouns[0]) for one in shown for span in dict.fromkeys((one.head, *one.values)))


def laid_back(shown: Sequence[Shown], back: Callable[[Span], Span]) -> tuple[Shown, ...]:
    """With the places that they have in another text."""
    return tuple(replace(one, head=back(one.head), values=tuple(map(back, one.values))) for one in shown)
