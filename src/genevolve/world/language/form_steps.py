"""Instructions in numbered steps: those that are told, in their order, or as many empty ones as were asked for.

What the steps are is never made up: where the request does not tell them, each is a number to be filled in, and the ledger
says so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, things_in
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, capital, span_of
from genevolve.world.language.form_pieces import Piece
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

_COUNT = r"\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve"
_HOW = r"(?:simple|easy|numbered|short|quick|clear|little|illustrated|picture)"
_STEPS = re.compile(
    rf"(?:,? ?\b(?:in|with|as|of|using)\s+)?\b(?:(?P<count>{_COUNT})\s+)?(?:{_HOW},? )*steps?\b(?! ?by)(?! (?:of|into|up"
    rf"|down)\b)|,? ?\b(?:in|as|using|on|into)\s+(?:(?P<boxes>{_COUNT})\s+)?(?:(?:separate|little|equal|{_HOW}) )*"
    rf"(?:boxes|panels|frames|squares)\b",
    re.IGNORECASE,
)
_WHAT_ENDS = r"(?=\s*[:.;!?\n,(]|\s[–—-]\s|\s*$)"
_HOW_TO = re.compile(rf"\bhow ?to:? (?P<what>(?!\w+ (?:many|much)\b)\w[^:.;!?\n,]*?){_WHAT_ENDS}", re.IGNORECASE)
_GUIDE = re.compile(
    r"\b(?:instructions?|directions|(?:how-to|step[- ]by[- ]step) (?:guide|tutorial|poster|card|instructions?|recipe)"
    r"|guide|tutorial|recipe"
    r"|step[- ]by[- ]step|steps?|(?:stages|phases)(?= (?:of|in)\b))\b(?=[ :,])(?:[ :,]+(?:in|with) (?:\w+ ){1,2}?steps?)?"
    rf"(?:(?: (?:for|to|on|of|in)|:)(?: how to)? (?P<what>[^:.;!?\n,]*?){_WHAT_ENDS})?",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\bhow ?to\b|\binstructions?\b|\bdirections\b|\bguide\b|\btutorial\b|\brecipe\b|\bnumbered\b|\bstep"
    r"|\b(?:stages|phases) (?:of|in)\b",
    re.I,
)
_NUMBERED = re.compile(
    r"(?:(?<=^)|(?<=[\s,;.:(]))(?:step )?(?P<number>\d{1,2})(?:[.):]|\s*[-–—])?\s+(?=[^\W\d])", re.IGNORECASE
)
_MARKED = re.compile(r"step|[.):–—-]\s*$", re.IGNORECASE)
_ASKS_NUMBERS = re.compile(r",?\s*(?:\b(?:and|with) )?\b(?:numbered|numbers?|numbering)\b", re.IGNORECASE)
_PICTURED = re.compile(
    r",?\s*\b(?:and|with)?\s*(?:an? |the )?(?:small |little |simple )?"
    r"(?:pictures?|drawings?|icons?|illustrations?|images?)(?: (?:for|of|in|beside|next to|at|to|with|on) (?:each|every|all)"
    r"(?: of the| the)?(?: steps?| one)?)?\b(?! of (?:an?|the|my|some|one|two)\b)",
    re.IGNORECASE,
)
_JOINED = r"(?:with|and|joined by|connected by|linked by) (?:(?:little|curved|round|small|big) )?arrows?"
_ARROWS = re.compile(
    rf",?\s*\b{_JOINED}(?: (?:between|from|to|joining|connecting|linking|pointing)"
    r"(?: (?:them|it|one|each|the|to|next|steps?|stages?|all|boxes|other))+)?\b",
    re.IGNORECASE,
)
_LAID = r"(?:arranged|drawn|shown|laid out|placed|going|running|round)"
_ROUND = r"(?:in|as|forming|around|making) an? (?:(?:big|large|round) )?(?:circle|ring|loop|cycle)\b"
_RING = re.compile(
    rf",\s*(?:all )?(?:{_LAID} )?{_ROUND}|(?<=arrows )(?:{_LAID} )?{_ROUND}|\s+{_LAID} {_ROUND}"
    rf"|\s+{_ROUND}(?=\s*[.!]?\s*$| {_JOINED})",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^(?:and )?(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|after that|finally|lastly|last),? (?:you )?", re.I
)
_TITLE_ENDS = re.compile(
    r",|\s+(?:in|with|as|and) (?:\w+ ){0,3}(?:steps?|numbers?|pictures?|drawings?|icons?|boxes|panels|frames|squares)\b|$",
    re.IGNORECASE,
)
_COLONS = re.compile(r"\binstructions?\b|\bdirections\b|\bhow ?to\b", re.IGNORECASE)
_DETERMINED = re.compile(r"\b(?:an?|the|some|your|my) (?=\w)", re.IGNORECASE)
_JOINT = re.compile(r"[,;\n](?!\d)\s*(?:and )?(?:then )?|\s+(?:and )?then\s+|\s+and (?=(?:finally|lastly)\b)", re.IGNORECASE)
_ENDS = re.compile(r"[.!?](?=\s|$)")
_SIDE_NOTE = re.compile(
    r"^(?:and )?(?:title[d]?|called|headed|heading|headline|with|on an?|please|all|each|background|arrows?|numbered|in)\b",
    re.I,
)
_BARE = re.compile(r"steps?\b(?![- ]by)", re.IGNORECASE)
_BARE_BUT_TOLD = re.compile(r"steps? (?:to|for) (?!(?:the|an?|our|my|his|her|its)\b)", re.IGNORECASE)
_SHOWN = re.compile(r"\b(?:picture|drawing|illustration|photo) of (?:an?|the|my|some|one|two)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"instruct|step[- ]by|how to|number", re.IGNORECASE)
_LONGEST = 60  # characters of a step
_MOST = 8
_CUT = re.compile(r"[.;\n]|,(?!\d)\s*(?:and )?(?:with|in|on|at|each|please)\b")
_SAID = (
    "step steps by guide instruction instructions directions tutorial recipe numbered how to in order each poster"
    " card first second third next then after that finally lastly last"
)
_OF_ARROWS = (
    "arrows arrow joined connected linked between them circle ring loop cycle round arranged drawn shown stages phases one next"
)
_IN_BOXES = "boxes panels frames squares separate little equal"
_OPEN = "what the steps are was not given: they are left empty"
_NO_PICTURES = "what each step shows was not given"
_FEW_PICTURES = "no picture of every step is known here"


def steps(text: str, plain: str) -> FormMatch | None:
    """Instructions, a recipe or a guide in steps; None where none are asked for."""
    guide, counted = _HOW_TO.search(plain) or _named(plain), _STEPS.search(plain)
    if guide is None or not _TELLS.search(plain) or (guide[0].lower().startswith("recipe") and "step" not in plain.lower()):
        return None
    told = _told(text, plain, guide)
    if not (told or counted is not None or re.search(r"step", plain, re.IGNORECASE)):
        return None
    if told:
        return _given(text, plain, guide, told)
    return _left_open(text, plain, guide, counted)


def _what(guide: re.Match[str]) -> str:
    """What the steps lead to; what a comma follows behind a colon is the first of them: "step by step: mix, bake"."""
    listed = guide.string[: guide.start("what")].endswith(": ") and guide.string[guide.end("what") :].lstrip()[:1] == ","
    return "" if listed and guide.re is not _HOW_TO else guide["what"] or ""


def _named(plain: str) -> re.Match[str] | None:
    """Where it is said what it is: the first that also says of what."""
    found = list(_GUIDE.finditer(plain))
    return next((hit for hit in found if _what(hit)), found[0] if found else None)


# ---- steps that are told ---------------------------------------------------------------------------------------------------


def _told(text: str, plain: str, guide: re.Match[str]) -> list[Piece]:
    """ "1 wet the brush, 2 add toothpaste", or a list behind a colon."""
    hits: list[re.Match[str]] = []
    for hit in _NUMBERED.finditer(plain):  # "3 steps: 1 mix, 2 bake, 3 eat"
        opens = _MARKED.search(hit[0]) is not None or plain[: hit.start()].rstrip()[-1:] in {"", *",;.:(–—-"}
        hits += [hit] if opens and int(hit["number"]) == len(hits) + 1 else []
    if len(hits) > 1:
        ends = [*(hit.start() for hit in hits[1:]), len(plain)]
        spans = [(hit.end(), end) for hit, end in zip(hits, ends, strict=True)]
        found = [piece for start, end in spans if (piece := _cut(text[start:end], start)) is not None]
        things = all(lookup(piece.words, Vocabulary.ICONS) is not None for piece in found)  # "1 onion, 2 carrots"
        return [] if things and not re.search(r"step|instruct|direction", plain, re.IGNORECASE) else found
    colon = re.compile(r":(?!\d)\s|\s[–—-]\s").search(plain, guide.end() - 1 if _what(guide) else guide.start())
    if colon is None or not (_COLONS.search(plain) or re.search(r"step|stages|phases", plain, re.IGNORECASE)):
        return []
    stops = (mark.search(plain, colon.end()) for mark in (_ENDS, _RING, _ARROWS))
    end = min((stop.start() for stop in stops if stop is not None), default=len(plain))
    found = [_without_order(piece) for piece in _listed(text, plain, colon.end(), end)]
    return found if 2 <= len(found) <= _MOST and all(len(piece.words) <= _LONGEST for piece in found) else []


def _listed(text: str, plain: str, start: int, end: int) -> Iterator[Piece]:
    """What stands between commas and "then", up to what is said of the image."""
    cuts = [hit.span() for hit in _JOINT.finditer(plain, start, end)]
    for begin, stop in zip([start, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), end], strict=True):
        words = text[begin:stop].strip()
        if _SIDE_NOTE.match(words):
            return
        if words:
            yield Piece(words=words, start=text.index(words, begin))


def _cut(said: str, start: int) -> Piece | None:
    """One step of a numbered row, up to what is said of the picture."""
    stop = min((hit.start() for hit in _CUT.finditer(said)), default=len(said))
    words = re.sub(r"(?:,| and|\s)+$", "", said[:stop])
    return Piece(words=words, start=start) if words else None


def _without_order(piece: Piece) -> Piece:
    led = _ORDER.match(piece.words)
    return piece if led is None else Piece(words=piece.words[led.end() :], start=piece.start + led.end())


def _given(text: str, plain: str, guide: re.Match[str], told: Sequence[Piece]) -> FormMatch | None:
    if not 2 <= len(told) <= _MOST:
        return None
    numbered = bool(_ASKS_NUMBERS.search(plain) or _NUMBERED.search(plain) or _NUMBERS.search(plain) or _count_of(plain))
    slots = [_slot(piece, number, numbered=numbered) for number, piece in enumerate(told, start=1)]
    asked = [span_of(hit) for hit in _PICTURED.finditer(plain)]
    ring = [span_of(hit) for hit in _RING.finditer(plain)]
    kind = FormKind.CYCLE if ring else FormKind.STEPS
    if asked:
        slots = [_pictured(slot, piece) for slot, piece in zip(slots, told, strict=True)]
    lacking = asked and not all(slot.picture for slot in slots)
    title = _title(text, plain, guide, told[0].start)
    whole = Span(start=guide.start(), end=max(guide.end(), told[-1].span.end))
    masked = [
        whole,
        *asked,
        *ring,
        *(span_of(hit) for mark in (_ASKS_NUMBERS, _STEPS, _ARROWS) for hit in mark.finditer(plain)),
    ]
    gaps = [Gap(span=span, why=_FEW_PICTURES) for span in asked] if lacking else []
    words = f"{_SAID} {_IN_BOXES} {_counts(len(told))} {' '.join(str(n) for n in range(1, len(told) + 1))} number numbers"
    words += "" if lacking else " picture pictures drawing drawings icon icons illustration illustrations"
    return filled(kind, slots, f"{words} {_OF_ARROWS}", masked, title=title, gaps=gaps)


def _count_of(plain: str) -> bool:
    return any(hit["count"] or hit["boxes"] for hit in _STEPS.finditer(plain))


def _counts(count: int) -> str:
    return " ".join([str(count), *(name for name, number in lexicon().numbers.items() if number == count)])


def _slot(piece: Piece, number: int, *, numbered: bool) -> FormSlot:
    line = piece.line(piece.words)
    return FormSlot(span=piece.span, lines=(replace(line, content=f"{number}. {line.content}") if numbered else line,))


def _pictured(slot: FormSlot, piece: Piece) -> FormSlot:
    """With the last thing that the step names, where that can be drawn."""
    things = things_in(piece.words)
    return slot if not things else replace(slot, picture=things[-1][1].noun)


# ---- steps that nobody told ------------------------------------------------------------------------------------------------


def _left_open(text: str, plain: str, guide: re.Match[str], counted: re.Match[str] | None) -> FormMatch | None:
    """As many numbered places as were asked for, under what they are about, and the thing itself beside them."""
    said = next((hit["count"] or hit["boxes"] for hit in _STEPS.finditer(plain) if hit["count"] or hit["boxes"]), None)
    count = _number(said) if said else 0
    title = _title(text, plain, guide, len(plain))
    bare = _BARE.match(guide[0]) is not None and not (count and _BARE_BUT_TOLD.match(guide[0]))
    if title is None or count > _MOST or bare:
        return None
    lead = counted or guide
    span = span_of(lead if counted is not None else re.search(r"step[- ]by[- ]step|steps?", plain, re.I) or guide)
    slots = [FormSlot(span=span, lines=(FormLine(content=f"Step {number}", span=span),)) for number in range(1, count + 1)]
    gaps = [Gap(span=span, why=_OPEN)]
    gaps += [Gap(span=span_of(hit), why=_NO_PICTURES) for hit in _PICTURED.finditer(plain)]
    asks = [span_of(hit) for hit in _ASKS_NUMBERS.finditer(plain)]
    masked = [*_all_but_things(plain, guide, title), *asks, *(span_of(hit) for hit in _STEPS.finditer(plain))]
    words = f"{_SAID} {_IN_BOXES} {_counts(count)} number numbers numbering"
    return filled(FormKind.STEPS, slots, words, masked, title=title, gaps=gaps, worked_out=bool(slots))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else lexicon().numbers.get(word.lower(), 0)


def _title(text: str, plain: str, guide: re.Match[str], until: int) -> FormLine | None:
    """ "How to make tea", "Brushing your teeth"."""
    if not _what(guide):
        return None
    start = guide.start() if guide.re is _HOW_TO else guide.start("what")
    end = _TITLE_ENDS.search(plain, guide.start("what"), max(guide.start("what"), min(guide.end("what"), until)))
    said = text[start : end.start() if end is not None else guide.end("what")].rstrip(" ,:–—-")
    led = re.match(r"(?:an?|the|my|your|our) (?=\S)", said, re.IGNORECASE)
    start, said = (start + led.end(), said[led.end() :]) if led is not None else (start, said)
    span = Span(start=start, end=start + len(said))
    return FormLine(content=capital(said), span=span, role=TextRole.TITLE) if said else None


def _all_but_things(plain: str, guide: re.Match[str], title: FormLine) -> list[Span]:
    """The words of guide and title, without the things in the title, which are drawn too."""
    start, end = min(guide.start(), title.span.start), max(title.span.end, guide.start())
    things = things_in(plain[title.span.start : title.span.end], title.span.start)
    if not things or _SHOWN.search(plain):
        return [Span(start=start, end=end)]
    determined = [hit.start() for hit in _DETERMINED.finditer(plain, title.span.start, things[-1][0].start)]
    first = max([*determined, things[0][0].start]) if determined else things[-1][0].start
    return [Span(start=start, end=min(first, things[-1][0].start)), Span(start=things[-1][0].end, end=end)]
