"""A number line, a flow of named boxes, a mind map, and cycles whose stages nobody told."""

import re
from collections.abc import Iterator
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, things_in, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.model import FormKind, Gap, Span

_NUMBER_LINE = re.compile(
    r"\bnumber ?line\b(?P<between>[^.;]*?)(?:from )?(?P<first>[-−]?\d{1,3})"
    r" ?(?:to|-|–|up to|until) ?(?P<last>[-−]?\d{1,3})\b"
    r"(?: (?:in|counting in|by|going up in) (?:steps of )?(?P<step>\d{1,2}|twos|fives|tens)s?)?",
    re.IGNORECASE,
)
_STEPS = {"twos": 2, "fives": 5, "tens": 10}
_ON_NUMBER = re.compile(
    r",?\s*(?:\b(?:and|with) )?(?P<thing>(?:an? |the )?(?:\w+ )?(?:\w+ )?[a-z]\w+) (?:sitting |standing )?(?:on|at|over"
    r"|above) (?:the )?(?:number )?(?P<number>[-−]?\d{1,3})\b",
    re.IGNORECASE,
)
_MOST_NUMBERS = 21
_FLOW = re.compile(r"\bflow ?(?:charts?|diagrams?)\b|\bprocess (?:charts?|diagrams?)\b", re.IGNORECASE)
_BOXES = re.compile(
    r"(?:\b(?:with|of|showing|has|having|in) )?(?:the |these )?(?:(?:\d|two|three|four|five|six|seven"
    r"|eight) )?(?:(?:labelled|named|simple) )*(?:boxes|steps|stages)"
    r"(?: (?:for|labelled|saying|called|that say|named|reading))?[,:]?\s+(?=[^\W\d])",
    re.IGNORECASE,
)
_COMMA = re.compile(r"(?:\s+(?:of|for|about|on) (?:(?!\s[–—-]\s)[^:;,.\n]){3,40}?)?,\s+(?=[^\W\d])", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:yes|no|if)\b\s*(?:→|->|=>|[:,])|\?\s", re.IGNORECASE)
_FLOW_ENDS = re.compile(
    r"[.!?](?=\s|$)|,?\s*(?:and )?\b(?:joined|connected|linked|with (?:an? |some )?arrows?|with lines?|by arrows?"
    r"|(?:a?round|about) it|around the (?:middle|outside|edge)|in (?:a |that )?(?:row|order)|arrows? between)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r",?\s*(?:and |with )?\b(?:(?:joined|connected|linked) (?:up )?(?:by|with|together)?\s*)?(?:with |by )?(?:arrows?"
    r"|lines?)(?: (?:between|joining)(?: them| each)?)?\b",
    re.IGNORECASE,
)
_MAP = re.compile(
    r"\b(?:mind ?-?maps?|spider (?:diagram|map|chart)|concept map|bubble map|brainstorm(?:ing)?(?: map)?)\b", re.IGNORECASE
)
_MAP_OF = re.compile(
    r"\s*(?:(?:of|about|on|for|with|called|titled) )?(?:the (?:word|topic|title|subject) )?(?P<what>\x00+"
    r"|[^:;,.\n\x00–—]{2,40}?)(?: in the (?:middle|cent(?:re|er)))?"
    r"(?=\s*[:;,.\n]|\s[–—-]\s|\s+(?:with|showing|and (?:branches|arms))\b|\s*$)",
    re.IGNORECASE,
)
_MIDDLE = re.compile(
    r"\s*[:,–—-]?\s*(?:(?:of|about|on|for|with) )?(?:the word )?(?P<what>\x00+|[^:;,.\n\x00–—]{2,40}?) in the (?:middle"
    r"|cent(?:re|er))\b",
    re.IGNORECASE,
)
_BRANCHES = re.compile(
    r"\s*(?:[:;,]|\s[–—-]\s)?\s*(?:\b(?:and|then|with|showing|branches|arms|ideas|around it|bubbles|topics|for|to|of|(?:\d"
    r"|two|three|four|five|six|seven|eight))\b[ :,]*)*",
    re.IGNORECASE,
)
_NO_BRANCHES = "what branches off was not given"
_CYCLE = re.compile(
    r"\blife ?cycle of (?:an? |the )?(?=\w)|\b(?:diagram|picture|chart|poster) of (?:the )?(?P<what>[a-z]+ )cycle\b"
    r"|\b(?P<what2>(?!bi|motor|life |water )[a-z]+ )cycle (?:diagram|chart|poster|with arrows)\b|\b(?:rock|carbon"
    r"|nitrogen|oxygen|cell) cycle\b|\b(?!(?:the|an?|its|my|our|whole)\b)[a-z]+(?:['’]s)? life ?cycle\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?!of\b|the\b)\w+ cycle\b", re.IGNORECASE)
_UNKNOWN = "its stages were not given, and are not known here"
_MOST = 8


# ---- a number line ---------------------------------------------------------------------------------------------------------


def number_line(text: str, plain: str) -> FormMatch | None:
    """Points from one number to another, with what stands on them."""
    head = _NUMBER_LINE.search(plain)
    if head is None:
        return None
    step = _STEPS.get((head["step"] or "1").lower()) or int(head["step"] or 1)
    first, last = (_whole(head[name]) for name in ("first", "last"))
    numbers = list(range(first, last + 1, max(1, step)))
    if not 2 <= len(numbers) <= _MOST_NUMBERS:
        return None
    shown, taken = {}, []
    for hit in _ON_NUMBER.finditer(plain, head.end()):
        things = things_in(hit["thing"], hit.start("thing"))
        if things and _whole(hit["number"]) in numbers:
            shown[_whole(hit["number"])] = things[-1][1].noun
            taken.append(span_of(hit))
    span = span_of(head)
    slots = [
        FormSlot(span=span, lines=(FormLine(content=str(number), span=span),), picture=shown.get(number, ""), said=head[0])
        for number in numbers
    ]
    said = f"number line on at {' '.join(plain[one.start : one.end] for one in taken)}"
    return filled(FormKind.TIMELINE, slots, said, [span, *taken], worked_out=True)


def _whole(said: str) -> int:
    return int(said.replace("−", "-"))


# ---- boxes in a row, ideas around one --------------------------------------------------------------------------------------


def flow(text: str, plain: str) -> FormMatch | None:
    """ "a flowchart with three boxes, start, work, finish": one after another."""
    head = _FLOW.search(plain)
    opened = _BOXES.search(plain) or (_COMMA.match(plain, head.end()) if head is not None else None)
    if head is None or opened is None or _CHOICE.search(plain):
        return None
    pieces = list(_pieces(text, plain, opened.end()))
    if not (3 if opened.re is _COMMA else 2) <= len(pieces) <= _MOST:
        return None
    slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces]
    masked = [Span(start=min(head.start(), opened.start()), end=pieces[-1].span.end)]
    masked += [span_of(hit) for hit in _JOINED.finditer(plain, pieces[-1].span.end)]
    about = re.compile(r"\s+(?:of|for|about|on) (?P<what>[^:;,.\n]{3,40}?)\s*$").match(plain[: opened.start()], head.end())
    title = titled(text, *about.span("what")) if about is not None else None
    said = f"{head[0]} {opened[0]} boxes joined connected linked arrows arrow lines line by between them each"
    return filled(FormKind.STEPS, slots, said, masked, title=title)


def _pieces(text: str, plain: str, start: int) -> Iterator[Piece]:
    stop = _FLOW_ENDS.search(plain, start)
    end, here, found = stop.start() if stop is not None else len(plain), start, []
    for cut in [*(hit.span() for hit in re.compile(r",(?: and| then)?|;|\n|\bthen\b").finditer(plain, start, end)), (end, end)]:
        said = text[here : cut[0]]
        words = said.strip(" .,")
        if words:
            found.append(Piece(words=words, start=here + said.find(words)))
        here = cut[1]
    yield from parted(found)


def mind_map(text: str, plain: str) -> FormMatch | None:
    """What it is about in the middle, what branches off around it."""
    head = _MAP.search(plain)
    about = _MIDDLE.match(plain, head.end()) or _MAP_OF.match(plain, head.end()) if head is not None else None
    if head is None or about is None:
        return None
    topic = titled(text, *about.span("what"))
    if topic is None:
        return None
    topic = replace(topic, content=topic.content.strip(" \"“”„«»'"))
    lead = _BRANCHES.match(plain, about.end())
    ideas = list(_pieces(text, plain, lead.end() if lead is not None else about.end()))
    ideas = ideas if 2 <= len(ideas) <= _MOST else []
    middle = FormLine(content=topic.content, span=topic.span)
    slots = [FormSlot(span=topic.span, lines=(middle,))]
    slots += [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in ideas]
    gaps = [] if ideas else [Gap(span=span_of(head), why=_NO_BRANCHES)]
    masked = [Span(start=head.start(), end=ideas[-1].span.end if ideas else about.end())]
    masked += [span_of(hit) for hit in _JOINED.finditer(plain, masked[0].end)]
    said = f"{head[0]} branches arms ideas topics bubbles around round it middle centre center lines line"
    return filled(FormKind.MAP, slots, said, masked, gaps=gaps)


def unknown_cycle(plain: str) -> FormMatch | None:
    """A cycle that nobody told the stages of: no picture of it is made up."""
    hit = _CYCLE.search(plain)
    if hit is None:
        return None
    masked = [span_of(arrows) for arrows in _JOINED.finditer(plain, hit.end())]
    said = "diagram chart poster arrows arrow stages steps labels"
    named = _NAMED.search(hit[0])
    title = titled(plain, hit.start() + named.start(), hit.start() + named.end()) if named is not None else None
    return filled(FormKind.CYCLE, (), said, masked, title=title, gaps=[Gap(span=span_of(hit), why=_UNKNOWN)])
