"""Well-known rows that need not be told: the seasons, the phases of the moon, the planets, days and months; a food chain; and
what the timeline of a life holds, or of a matter whose ends alone are told.

Only what every schoolbook has is known here. What is not known is left open, and the ledger says so.
"""

import calendar
import math
import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, things_in, titled
from genevolve.world.language.form_known import Step, steps_of_life
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import FormKind, Gap, Span

_COUNT = r"(?:(?P<count>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+)?"
_NAMED_SETS: tuple[tuple[re.Pattern[str], tuple[Step, ...]], ...] = (
    (
        re.compile(rf"\b(?:the |all )?{_COUNT}seasons(?: of the year)?\b", re.IGNORECASE),
        (("Spring", "cherry blossom"), ("Summer", "sun"), ("Autumn", "autumn leaf"), ("Winter", "snowflake")),
    ),
    (
        re.compile(
            rf"\b(?:the |all )?{_COUNT}(?:main )?(?:phases of the moon|moon(?:['’]s)? phases|lunar phases)\b", re.IGNORECASE
        ),
        tuple(
            (name, "")
            for name in (
                "New moon", "Waxing crescent", "First quarter", "Waxing gibbous", "Full moon", "Waning gibbous", "Last quarter",
                "Waning crescent",
            )
        ),
    ),
    (
        re.compile(rf"\b(?:the |all )?{_COUNT}planets(?: (?:of|in) (?:the|our) solar system)?\b", re.IGNORECASE),
        tuple((name, "") for name in ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune")),
    ),
    (
        re.compile(rf"\b(?:the |all )?{_COUNT}days of the week\b", re.IGNORECASE),
        tuple((name, "") for name in calendar.day_name),
    ),
    (
        re.compile(rf"\b(?:the |all )?{_COUNT}months of the year\b", re.IGNORECASE),
        tuple((name, "") for name in calendar.month_name[1:]),
    ),
)  # fmt: skip
# What says that they are to be laid out, and how.
_ROW = re.compile(
    r",?\s*\b(?:all )?in (?:an? |one )?(?:single |straight |long )?(?:row|line)\b|,?\s*\bside by side\b", re.IGNORECASE
)
_RING = re.compile(
    r",?\s*\b(?:as|in|on|around) an? (?:big |large )?(?:circle|ring|wheel|cycle)\b(?: (?:diagram|chart))?"
    r"|\b(?:circular|round|circle|cycle|ring) (?:diagram|chart|poster)\b(?: of)?|\b(?:cycle|circle|wheel) of (?=(?:the "
    r"|all )?)",
    re.IGNORECASE,
)
_ARROWS = re.compile(r",?\s*\b(?:with|and|joined by|connected by|using) arrows?(?: (?:between|from)[^,.;]*)?", re.IGNORECASE)
_BOXES = re.compile(
    r",?\s*\b(?:in|as|on|with|into) (?:an? )?(?:\w+ )?(?:separate |equal |little |neat )?"
    r"(?:boxes|panels|squares|frames|cells|grid|quarters|tiles|sections|columns)\b",
    re.IGNORECASE,
)
_SHEET = re.compile(
    r"\b(?:(?:labell?ed|educational|school|classroom|simple|wall|learning) )*(?:charts?|posters?|diagrams?|infographic"
    r"|flash ?cards?)"
    r"(?: (?:of|showing|with|for|about))?\b",
    re.IGNORECASE,
)
_WITH_NAMES = re.compile(
    r",?\s*\b(?:and |with |each |all )*(?:(?:their |the )?(?:names?|labels?)(?: (?:under|below|on|beside|for|of) (?:each"
    r"|them|it)"
    r"(?: one)?)?|labell?ed(?: with (?:its|their) names?)?|named)\b",
    re.IGNORECASE,
)
_IN_ORDER = re.compile(r",?\s*\bin (?:the right |the correct )?order\b(?: from the sun)?", re.IGNORECASE)
_WITH_PICTURES = re.compile(
    r",?\s*\b(?:and |with )+(?:an? |the |little |small |cute )*(?:pictures?|drawings?|icons?|illustrations?)(?: (?:for|of"
    r"|in) each)?\b",
    re.IGNORECASE,
)
_FEWER = "as many as every schoolbook has are drawn, not as many as were asked for"
_TOO_MANY = "they are too many to be read in one row"
_NO_PICTURES = "of some only the names are known here, not the pictures"
_SAID = (
    "row line circle ring wheel cycle arrows arrow boxes panels squares frames cells grid quarters tiles sections columns chart"
    " charts poster diagram infographic labelled labeled labels label names name named each in order the correct right sun"
    " single straight side by all their four"
)


def known_set(text: str, plain: str) -> FormMatch | None:
    """ "the four seasons in four boxes", "a chart of the months of the year": every one of them, in their order."""
    pattern, steps = next(((pattern, steps) for pattern, steps in _NAMED_SETS if pattern.search(plain)), (None, ()))
    said = pattern.search(plain) if pattern is not None else None
    row, ring, arrows, boxes = (mark.search(plain) for mark in (_ROW, _RING, _ARROWS, _BOXES))
    asked = [hit for hit in (row, ring, arrows, boxes, *(m.search(plain) for m in (_SHEET, _WITH_NAMES, _IN_ORDER))) if hit]
    if said is None or not asked or ":" in plain[said.end() :] or not _alone(plain, said, asked):
        return None
    span, pictures = span_of(said), _WITH_PICTURES.search(plain)
    kind = FormKind.CYCLE if ring is not None else FormKind.STEPS if arrows is not None else FormKind.GRID
    if kind is FormKind.STEPS and len(steps) > _MOST_IN_FLOW:
        kind = FormKind.CYCLE
    across = row is not None and len(steps) <= _MOST_ACROSS
    columns = 0 if kind is not FormKind.GRID else len(steps) if across else math.ceil(math.sqrt(len(steps)))
    slots = [FormSlot(span=span, picture=noun, lines=(FormLine(content=name, span=span),)) for name, noun in steps]
    gaps = [Gap(span=span_of(said, "count"), why=_FEWER)] if _other_count(said["count"], len(steps)) else []
    gaps += [Gap(span=span_of(row), why=_TOO_MANY)] if row is not None and not across else []
    if pictures is not None and not all(noun for _, noun in steps):
        gaps.append(Gap(span=span_of(pictures), why=_NO_PICTURES))
    words = f"{_SAID} {said[0]} {' '.join(hit[0] for hit in asked)} {pictures[0] if pictures is not None else ''}"
    masked = [span, *(span_of(hit) for hit in asked), *([span_of(pictures)] if pictures is not None else [])]
    rows = math.ceil(len(steps) / columns) if columns else 0
    return filled(kind, slots, words, masked, gaps=gaps, rows=rows, columns=columns, worked_out=True)


def _alone(plain: str, said: re.Match[str], asked: Sequence[re.Match[str]]) -> bool:
    """Whether nothing else is named before them: not "a house in four seasons"."""
    before = [*plain[: said.start()]]
    for hit in asked:
        before[hit.start() : hit.end()] = " " * (min(hit.end(), len(before)) - min(hit.start(), len(before)))
    return not set(re.findall(r"[^\W\d_]+", "".join(before).lower())) - _LEADS


_LEADS = word_set(
    "a an the all my our please can could you i we need want like make draw create design give show me us to of with showing"
    " for about simple nice cute clear colourful colorful little small big picture pictures drawing image illustration kids"
    " in on as and four five seven eight nine twelve"
)
_MOST_IN_FLOW = 6
_MOST_ACROSS = 5


def _other_count(word: str | None, count: int) -> bool:
    return word is not None and (int(word) if word.isdigit() else lexicon().numbers.get(word.lower(), 0)) != count


# ---- a food chain that nobody told -----------------------------------------------------------------------------------------

_CHAIN = re.compile(
    r"\b(?:(?P<where>animal|ocean|sea|marine|forest|woodland|land|simple|basic) )*food ?chain\b"
    r"(?: (?:of|in|for|from|with) (?:the |an? |some )?(?P<of>ocean|sea|forest|woods|land|meadow|grassland|animals|four"
    r" animals))?",
    re.IGNORECASE,
)
_AT_SEA: tuple[Step, ...] = (("Algae", ""), ("Shrimp", "shrimp"), ("Fish", "fish"), ("Shark", "shark"))
_ON_LAND: tuple[Step, ...] = (("Grass", "grass"), ("Rabbit", "rabbit"), ("Fox", "fox"))
_TOLD = re.compile(r"[:,→>]|\b(?:showing|from|starting)\b|\bwith (?!(?:pictures|arrows|labels|names|drawings)\b)")
_EXTRAS = re.compile(r"(?:,? ?\b(?:and|with) (?:pictures|arrows|labels|names|drawings)\b)+", re.IGNORECASE)
_FLOWS = "food chain animal animals ocean sea marine forest woodland land simple basic arrows arrow pictures poster"
" diagram names labels drawings"


def food_chain(plain: str) -> FormMatch | None:
    """ "an animal food chain": the one that schoolbooks begin with."""
    head = _CHAIN.search(plain)
    if head is None or _TOLD.search(plain, head.end()):
        return None
    at_sea = re.search(r"\b(?:ocean|sea|marine)\b", head[0], re.IGNORECASE)
    span = span_of(head)
    steps = _AT_SEA if at_sea is not None else _ON_LAND
    slots = [FormSlot(span=span, picture=noun, lines=(FormLine(content=name, span=span),)) for name, noun in steps]
    extras = [span_of(hit) for hit in _EXTRAS.finditer(plain, head.end())]
    pictures = [one for one in extras if re.search(r"picture|drawing", plain[one.start : one.end], re.IGNORECASE)]
    gaps = [Gap(span=one, why=_NO_PICTURES) for one in pictures if not all(noun for _, noun in steps)]
    return filled(FormKind.STEPS, slots, f"{_FLOWS} {head[0]}", [span, *extras], gaps=gaps, worked_out=True)


# ---- timelines ---------------------------------------------------------------------------------------------------------------

_TIMELINE = re.compile(r"\btime ?line\b(?: (?:diagram|chart|poster))?", re.IGNORECASE)
_OF = re.compile(
    r"\s+(?:of|for|about|showing|on) (?P<what>(?:an? |the |my |our )?[^:;,.\n\x00]{2,48}?)"
    r"(?=\s*[:;,.\n]|\s*$|\s+(?:from|with|in|between|as|on)\b)",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r",?\s*\bfrom (?:the |an? )?(?P<first>[^:;,.\n\x00]{2,30}?) (?:up |all the way )?(?:to|until|till|through to) (?:the "
    r"|an? )?"
    r"(?P<last>[^:;,.\n\x00]{2,30}?)(?=\s*[:;,.\n]|\s*$|\s+(?:with|in|on|as)\b)",
    re.IGNORECASE,
)
_IN_STEPS = re.compile(
    r",?\s*\b(?:in |with )?(?P<count>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) (?:(?:main|clear|big) )?"
    r"(?:steps?|stages?|points?|events?|dates?|phases?|moments?)\b",
    re.IGNORECASE,
)
_BETWEEN = "what lies between the two ends was not given, and is not known here"
_NO_POINTS = "what happened when was not given, and is not known here"
_POINTS = "as many points as are known here, not as many as were asked for"
_LINE_SAID = "timeline time line diagram chart poster steps step stages stage points from to until life cycle of with"


def open_timeline(text: str, plain: str) -> FormMatch | None:
    """ "timeline of a frog's life", "timeline of the fire of London from spark to ashes": where no points are told."""
    head = _TIMELINE.search(plain)
    if head is None or ":" in plain[head.end() :] or re.search(r"\d{3,4}|\x00", plain):
        return None
    ends, counted, about = _ENDS.search(plain, head.end()), _IN_STEPS.search(plain), _OF.match(plain, head.end())
    said = about["what"] if about is not None else plain[: head.start()]
    steps = steps_of_life(said)
    if steps is None and about is None:
        return None
    span = span_of(about, "what") if about is not None else span_of(head)
    title = titled(text, head.start(), about.end()) if about is not None else titled(text, 0, head.end())
    masked = [span_of(hit) for hit in (head, about, ends, counted) if hit is not None]
    masked += [title.span] if title is not None else []
    told = _points_of_life(steps, span) if steps is not None else _two_ends(plain, ends)
    gaps = []
    if steps is None:
        gaps.append(Gap(span=span_of(head), why=_BETWEEN if told else _NO_POINTS))
    if counted is not None and _other_count(counted["count"], len(told)):
        gaps.append(Gap(span=span_of(counted), why=_POINTS))
    if steps is not None and ends is not None and not _same_ends(ends, steps):
        gaps.append(Gap(span=span_of(ends), why="the stages that are known here begin or end otherwise"))
    words = f"{_LINE_SAID} {said} {counted[0] if counted is not None else ''} {ends[0] if ends is not None else ''}"
    return filled(FormKind.TIMELINE, told, words, masked, title=title, gaps=gaps, worked_out=steps is not None)


def _points_of_life(steps: Sequence[Step], span: Span) -> list[FormSlot]:
    return [FormSlot(span=span, picture=noun, lines=(FormLine(content=name, span=span),)) for name, noun in steps]


def _two_ends(plain: str, ends: re.Match[str] | None) -> list[FormSlot]:
    if ends is None:
        return []
    slots = []
    for name in ("first", "last"):
        said, span = ends[name], span_of(ends, name)
        things = things_in(said, span.start)
        whole = things and things[-1][0] == span
        line = FormLine(content=said[:1].upper() + said[1:], span=span)
        slots.append(FormSlot(span=span, lines=(line,), picture=things[-1][1].noun if whole else ""))
    return slots if all(slot.picture for slot in slots) else [replace(slot, picture="") for slot in slots]


def _same_ends(ends: re.Match[str], steps: Sequence[Step]) -> bool:
    """Whether the stages go from what was said to what was said; a grown-up is the last stage of any life."""
    first, last = ends["first"].lower().rstrip("s"), ends["last"].lower()
    grown = re.search(r"\badult\b|\bgrown\b|\bold age\b|\bdeath\b", last) is not None
    return first == steps[0][0].lower() and (grown or steps[-1][0].lower() in last)
