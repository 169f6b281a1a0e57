"""Two sides set against each other: pros and cons with what is told of each, and "cats are quiet, dogs are loud".

What nobody says for or against is not made up: its column stays empty, and the ledger says so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.inventory import lookup, singular_of
from genevolve.world.language.model import FormKind, Gap, Span
from genevolve.world.language.vocabulary import Vocabulary

_OPPOSITES = (
    ("pros", "cons"), ("advantages", "disadvantages"), ("benefits", "drawbacks"), ("strengths", "weaknesses"),
    ("dos", "don'ts"), ("do's", "don'ts"), ("for", "against"), ("good", "bad"), ("likes", "dislikes"), ("wants", "needs"),
)  # fmt: skip
_PAIRS = re.compile(
    "|".join(
        rf"(?P<p{n}>\b{one}\b(?: points| things)?(?: and | & |/| vs\.? |, )(?:the )?{other}\b(?: points| things)?)"
        for n, (one, other) in enumerate(_OPPOSITES)
    ),
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r" (?:of|for|about|on|to) (?P<what>(?!each\b)[^:;,.?!()\n\x00]+?)(?=\s*(?:[:;,.?!()\n]|$|\s[–—-]\s)"
    r"|\s(?:with|using) (?:an? |the |\d |two |green |red |ticks?|pictures?)"
    r"|\s(?:in|as|on) (?:an? |the )?(?:two|2|three|columns?|tables?|lists?|charts?|posters?|green|red|white|blue)\b)",
    re.IGNORECASE,
)
_DIRECTLY = re.compile(r" (?P<what>[^:;,.()\n\x00]{2,40}?)(?=\s*(?:[:;,.()\n]|$|\s[–—-]\s)|\s(?:with|in|as)\s)")
_TICKS = re.compile(r"(?:,? ?\b(?:with|and|using)\b )?\b(?:green )?(?:tick|check)(?: ?mark)?s?\b", re.IGNORECASE)
_CROSSES = re.compile(r"(?:,? ?\b(?:with|and|using)\b )?\b(?:red )?(?:cross(?:es)?(?: marks?)?|x[’']?s)\b", re.IGNORECASE)
_COLUMNS = re.compile(
    r"(?:,? ?\b(?:in|with|as|on)\b )?\b(?:an? )?(?:two|2)[ -]?(?:columns?|sides?|lists?)(?: list| table| chart)?\b"
    r"|\bside by side\b",
    re.I,
)
_SIDE_ENDS = re.compile(r"[.;\n)](?=\s|$|[,;.])|\n|\s/\s|\s[–—-]\s")
_NOT_SAID = re.compile(r"^(?:in|with|using|on|please|draw|add|show|as)\b|\b(?:columns?|side by side)\b", re.IGNORECASE)
_NOT_GIVEN = "what stands on this side was not given: its column is empty"
_VERSUS = re.compile(
    r"\b(?P<one>[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?) (?:vs\.?|versus|and|or"
    r"|with) (?P<other>[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?)",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\bcompar\w*\b|\bvs\.?(?= )|\bversus\b|\bside by side\b|\bdifferences? between\b", re.IGNORECASE)
_LEADING = re.compile(r"^(?:compar\w+|comparison|of|between|an?|the|differences?|draw|show|make)\s+", re.IGNORECASE)
_OWED = re.compile(
    r",?\s*(?:(?:and|with|plus) )?(?:the |their )?(?:(?:one|two|three|four|five|\d|some|main|key) )*"
    r"(?:differences?|facts?|points?|similarities|reasons|things)\b(?: (?:each|about each|for each|on each side|per side))?",
    re.IGNORECASE,
)
_OWED_WHY = "what is said of each side was not given"
_NO_PICTURE = "no picture of it is known here: its name stands alone"
_ALIKE = "its picture here is that of the other one"
_MOST = 6
_SAID = (
    "reasons arguments and list lists table chart poster column columns side sides two heading headings comparison"
    " compare comparing versus vs"
)


def sides(text: str, plain: str) -> FormMatch | None:
    return _for_and_against(text, plain) or _told_of_each(text, plain)


# ---- for and against -------------------------------------------------------------------------------------------------------


def _for_and_against(text: str, plain: str) -> FormMatch | None:
    pair = _pair(plain)
    if pair is None:
        return None
    heads, names = pair
    about = _ABOUT.search(plain, heads.start)
    if names[0] == "for":
        about = _DIRECTLY.match(plain, heads.end)
    elif about is not None and about.start() > heads.end + 1:
        about = _ABOUT.match(plain, heads.end) or about
    told = [_side(text, plain, name, other, heads) for name, other in zip(names, reversed(names), strict=True)]
    ticks, crosses = _TICKS.search(plain), _CROSSES.search(plain)
    shown = ("check mark", "cross mark") if ticks is not None and crosses is not None else ("", "")
    colours = ("green", None) if shown[0] else (None, None)
    slots, gaps = [], []
    for name, points, picture, colour in zip(names, told, shown, colours, strict=True):
        head = _heading(text, plain, name, heads)
        gaps += [] if points else [Gap(span=head.span, why=_NOT_GIVEN)]
        lines = (head, *(point.line(point.words) for point in points))
        slots.append(FormSlot(span=head.span, lines=lines, picture=picture, colour=colour))
    title = titled(text, about.start("what"), about.end("what")) if about is not None else None
    ends = [point.span.end for points in told for point in points]
    masked = [heads, *([span_of(about)] if about is not None else []), *_extras(plain)]
    masked += [Span(start=heads.start, end=max(ends))] if ends else []
    words = (
        f"{_SAID} {' '.join(names)} points things {'tick ticks check mark marks cross crosses green red' if shown[0] else ''}"
    )
    return filled(FormKind.COMPARISON, slots, words, masked, title=title, gaps=gaps, worked_out=not all(told))


def _pair(plain: str) -> tuple[Span, tuple[str, str]] | None:
    """Where the two sides are named, and what they are called: "pros and cons", "advantages of … and disadvantages"."""
    if (hit := _PAIRS.search(plain)) is not None:
        names = next(_OPPOSITES[int(name[1:])] for name, said in hit.groupdict().items() if said)
        sided = _COLUMNS.search(plain) or plain.count(":") > 1 or re.search(r"\b(?:points|things)\b", hit[0])
        if names[0] in {"for", "good", "likes", "wants"} and not sided:
            return None
        return span_of(hit), names
    for one, other in _OPPOSITES[:4]:
        first, second = (re.search(rf"\b{name}\b", plain, re.IGNORECASE) for name in (one, other))
        if first is not None and second is not None and first.start() < second.start():
            return span_of(first), (one, other)
    return None


def _heading(text: str, plain: str, name: str, heads: Span) -> FormLine:
    found = re.compile(rf"\b{name}\b", re.IGNORECASE).search(plain, heads.start)
    start = found.start() if found is not None else heads.start
    return FormLine(content=name[:1].upper() + name[1:], span=Span(start=start, end=start + len(name)))


def _side(text: str, plain: str, name: str, other: str, heads: Span) -> list[Piece]:
    """ "pros: cheap, healthy", "advantages of trains (fast, green)", "cons are rain and mud"."""
    begin = re.compile(rf"\b{name}\b(?:[^:;,.()\n]{{0,40}}?)(?:\s*[:(]\s*|\s[–—-]\s|\s(?:are|include)\s)(?=\S)", re.IGNORECASE)
    for hit in begin.finditer(plain, heads.start):
        if re.search(rf"\b{other}\b", hit[0], re.IGNORECASE):
            continue
        rest = re.compile(rf"[,;.]?\s*(?:and |but )?(?:the )?\b{other}\b", re.IGNORECASE).search(plain, hit.end())
        stop = _SIDE_ENDS.search(plain, hit.end())
        ends = [found.start() for found in (rest, stop) if found is not None]
        if found := _points(text, hit.end(), min([*ends, len(plain)])):
            return found
    return []


def _points(text: str, start: int, end: int) -> list[Piece]:
    found, here = [], start
    for cut in [*(hit.span() for hit in re.compile(r",(?!\d)|;|\n").finditer(text, start, end)), (end, end)]:
        said = text[here : cut[0]]
        words = re.sub(r"^(?:and|but) ", "", said.strip(" .()"))
        if _NOT_SAID.search(words):
            break
        if words:
            found.append(Piece(words=words, start=here + said.find(words)))
        here = cut[1]
    return parted(found)[:_MOST]


def _extras(plain: str) -> Iterator[Span]:
    for mark in (_TICKS, _CROSSES, _COLUMNS):
        yield from (span_of(hit) for hit in mark.finditer(plain))


# ---- what is told of each --------------------------------------------------------------------------------------------------


def _told_of_each(text: str, plain: str) -> FormMatch | None:
    """ "cats vs dogs: cats are quiet and clean, dogs are loyal"."""
    asked = _COMPARES.search(plain)
    pair = next((hit for hit in _VERSUS.finditer(plain) if asked and _both_told(plain, hit)), None)
    if asked is None or pair is None:
        return None
    names = [_bare(pair[name]) for name in ("one", "other")]
    found = [_clause_of(plain, pair.end(), name, [other for other in names if other != name]) for name in names]
    slots = []
    for name, clause in zip(names, found, strict=True):
        if clause is None:
            return None
        start = pair.start() + pair[0].find(name)
        head = Piece(words=name, start=start)
        points = parted(_points(text, *clause))
        entry = lookup(name, Vocabulary.ICONS)
        lines = (head.line(name), *(point.line(point.words) for point in points))
        slots.append(FormSlot(span=head.span, lines=lines, picture=entry.noun if entry is not None else ""))
    end = max(clause[1] for clause in found if clause is not None)
    if not all(slot.picture for slot in slots):
        slots = [FormSlot(span=slot.span, lines=slot.lines) for slot in slots]
    words = f"{_SAID} are is have has can"
    return filled(FormKind.COMPARISON, slots, words, [Span(start=asked.start(), end=max(end, asked.end()))])


def _bare(said: str) -> str:
    while (led := _LEADING.match(said)) is not None:
        said = said[led.end() :]
    return re.sub(r" (?:comparison|chart|poster|side|in|as|on|by)$", "", said)


def _both_told(plain: str, hit: re.Match[str]) -> bool:
    names = [_bare(hit[name]) for name in ("one", "other")]
    return all(_clause_of(plain, hit.end(), name, []) is not None for name in names)


def _clause_of(plain: str, start: int, name: str, others: Sequence[str]) -> tuple[int, int] | None:
    """Where it stands what is told of ``name``, up to what is told of the ``others``."""
    forms = {name.lower(), (singular_of(name.lower()) or name.lower())}
    said = "|".join(re.escape(form) for form in forms)
    verb = r"(?:are|is|have|has|can|like|likes|eat|eats|live|lives|need|needs)"
    hit = re.compile(rf"\b(?:an? |the )?(?:{said})\b (?:{verb} )(?:an? )?(?=\S)", re.IGNORECASE).search(plain, start)
    if hit is None:
        return None
    begin = hit.end() if re.search(r" (?:are|is|have|has) (?:an? )?$", hit[0]) else hit.end() - len(hit[0].split(" ")[-2]) - 1
    ends = [len(plain)]
    for other in others:
        stop = re.compile(
            rf"[,;.]?\s*(?:and |but |while )?(?:an? |the )?\b{re.escape(other.rstrip('s'))}s?\b {verb} ", re.IGNORECASE
        ).search(plain, begin)
        ends += [stop.start()] if stop is not None else []
    if (sentence := re.compile(r"[.;\n](?=\s|$)").search(plain, begin)) is not None:
        ends.append(sentence.start())
    return begin, min(ends)


def owed(found: FormMatch, plain: str) -> FormMatch:
    """A comparison for which "three differences each" are asked, and none are told."""
    hit = _OWED.search(plain)
    if found.form is None or hit is None or any(len(slot.lines) > 1 for slot in found.slots):
        return found
    words = found.form.words | {"between"}
    form = replace(found.form, words=words, gaps=(*found.form.gaps, Gap(span=span_of(hit), why=_OWED_WHY)))
    return replace(found, form=form, masked=(*found.masked, span_of(hit)))


def alike(found: FormMatch) -> FormMatch:
    """A comparison whose two sides have one picture here, or where one has none: that is said of it."""
    bare = [slot for slot in found.slots if not slot.picture]
    one_each = len({(slot.picture, slot.colour) for slot in found.slots}) == len(found.slots) and not bare
    if found.form is None or one_each or len(bare) == len(found.slots):
        return found
    twice = [
        slot for n, slot in enumerate(found.slots) if slot.picture and slot.picture in {s.picture for s in found.slots[:n]}
    ]
    gaps = (*found.form.gaps, *(Gap(span=slot.lines[0].span, why=_ALIKE) for slot in twice if slot.lines))
    gaps = (*gaps, *(Gap(span=slot.lines[0].span, why=_NO_PICTURE) for slot in bare if slot.lines))
    return replace(found, form=replace(found.form, gaps=gaps))
