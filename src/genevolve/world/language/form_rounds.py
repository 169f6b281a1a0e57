"""Cards of equal fields: a bingo card of numbers or of pictures, a loyalty card with a place for each visit."""

import math
import re
from collections.abc import Sequence

from genevolve.world.language import colours
from genevolve.world.language.form_gaps import filled, things_in, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.inventory import of_group
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span

_NUMBERS = r"\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|sixteen|twenty"

# ---- bingo -----------------------------------------------------------------------------------------------------------------

_BINGO = re.compile(
    r"\b(?:(?P<size>[3-5]) ?(?:x|by) ?(?P=size) )?(?:(?P<kind>(?:farm |wild |sea )?[a-z]+) )?bingo (?:card|sheet|board"
    r"|game|ticket)\b"
    r"(?:,? ?(?P<rows>[3-5]) ?(?:x|by) ?(?P<columns>[3-5])\b)?(?:,? (?:with|of|for|showing|about) (?:(?:only |different "
    r"|random "
    r"|some |pictures of )*)(?P<of>(?:farm |wild |sea )?[a-z]+))?",
    re.IGNORECASE,
)
_OF_NUMBERS = ("number", "numbers", "digits")
_LETTERS = "BINGO"
_STEP, _SIDE, _FREE = 15, 5, "Free"
_BINGO_SAID = "bingo card sheet board game ticket with of for showing numbers number pictures different random some only about"


def bingo(text: str, plain: str) -> FormMatch | None:
    """Five columns of numbers under the letters, or three by three things of the kind that is named."""
    head = _BINGO.search(plain)
    if head is None or ":" in plain[head.end() :]:
        return None
    kind = next((said for said in (head["of"], head["kind"]) if said and of_group(said)), None)
    if kind is None and ((head["of"] or "numbers").lower() not in _OF_NUMBERS or (head["size"] or "5") != str(_SIDE)):
        return None
    slots, rows, columns = _pictured(head, kind) if kind is not None else _numbered(span_of(head))
    title = FormLine(content="Bingo", span=span_of(head)) if kind is not None else None
    words = f"{_BINGO_SAID} {head[0]} {head['rows']} {head['rows']}x {head['size']} {head['size']}x"
    if title is not None:
        title = titled(text, head.start() + head[0].lower().index("bingo"), head.start() + head[0].lower().index("bingo") + 5)
    kinds = FormKind.GRID if kind is not None else FormKind.TABLE
    return filled(kinds, slots, words, [span_of(head)], title=title, rows=rows, columns=columns, worked_out=True)


def _pictured(head: re.Match[str], kind: str) -> tuple[Sequence[FormSlot], int, int]:
    rows, columns = (int(head[name] or head["size"] or 3) for name in ("rows", "columns"))
    nouns = of_group(kind)[: rows * columns]
    rows = math.ceil(len(nouns) / columns)
    return [FormSlot(span=span_of(head), picture=noun) for noun in nouns], rows, columns


def _numbered(span: Span) -> tuple[Sequence[FormSlot], int, int]:
    """Every column has its own fifteen numbers; the field in the middle is free."""
    rows = [[*_LETTERS]]
    for row in range(_SIDE):
        rows.append([str(_STEP * column + 1 + (7 * row + 4 * column) % _STEP) for column in range(_SIDE)])
    rows[_SIDE // 2 + 1][_SIDE // 2] = _FREE
    return (
        [FormSlot(span=span, lines=tuple(FormLine(content=said, span=span) for said in row)) for row in rows],
        _SIDE + 1,
        _SIDE,
    )


# ---- a place for each visit ------------------------------------------------------------------------------------------------

_LOYALTY = re.compile(r"\b(?:loyalty|stamp|punch|reward|bonus) card\b", re.IGNORECASE)
_PLACES = re.compile(
    rf",?\s*\b(?:with|of|showing|and) (?P<count>{_NUMBERS}) (?P<what>(?:[a-z]+ ){{0,2}}?[a-z]+)(?=\s*[,.;]|\s*$|\s(?:and"
    rf"|where|to|in)\b)",
    re.IGNORECASE,
)
_LAST = re.compile(
    r",?\s*\b(?:and |where )?(?:the )?(?P<which>last|final|\d{1,2}(?:st|nd|rd|th)|second|third|fourth|fifth|sixth|seventh"
    r"|eighth|ninth|tenth|twelfth)"
    r"(?: (?:one|cup|place|box|circle|field|stamp|square))? (?:is|says?|reads?|being|marked|saying|with)(?: the word)? "
    r"(?P<said>\x00+|(?:an? )?[A-Za-z]+(?: [A-Za-z]+)?)",
    re.IGNORECASE,
)
_ORDINALS = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "twelfth": 12,
}  # fmt: skip
_ROUND = re.compile(r"\b(?:circles?|boxes|squares?|places|spaces|fields|spots|stamps)$", re.IGNORECASE)
_CIRCLES = re.compile(r"\b(?:circles?|spots?|stars?)\b", re.IGNORECASE)
_ROUND_PLACES = "its places are boxes here, not circles"
_LITTLE = "little small tiny the last final one is says reads a an for with of place places"
_MOST = 20
_OTHER_PLACE = "no such place is on the card"


def loyalty(text: str, plain: str) -> FormMatch | None:
    """ "a loyalty card with ten cups, the tenth one says FREE": a cell for each."""
    head = _LOYALTY.search(plain)
    places = _PLACES.search(plain, head.end()) if head is not None else None
    if head is None or places is None:
        return None
    count = lexicon().numbers.get(places["count"].lower()) or int(places["count"] if places["count"].isdigit() else 0)
    things = things_in(places["what"], places.start("what"))
    bare = _ROUND.search(places["what"]) is not None
    if not 2 <= count <= _MOST or not (things or bare):
        return None
    last = _LAST.search(plain, places.end())
    span, at = span_of(places), _place(last, count)
    noun = "" if bare else things[-1][1].noun
    colour = next((name for word in places["what"].split() if (name := colours.named(word))), None)
    slots = []
    for number in range(1, count + 1):
        lines: tuple[FormLine, ...] = (FormLine(content=str(number), span=span),) if bare else ()
        if last is not None and number == at:
            lines = (FormLine(content=text[slice(*last.span("said"))].strip("\"“”'"), span=span_of(last, "said")),)
        slots.append(FormSlot(span=span, lines=lines, picture="" if bare else noun, colour=colour))
    columns = count if count < 4 else next((n for n in (5, 4, 3) if count % n == 0 and count > n), math.ceil(math.sqrt(count)))
    gaps = [Gap(span=span_of(last), why=_OTHER_PLACE)] if last is not None and not 1 <= at <= count else []
    if bare and (circles := _CIRCLES.search(places["what"])) is not None:
        at_words = places.start("what") + circles.start()
        gaps.append(Gap(span=Span(start=at_words, end=at_words + len(circles[0])), why=_ROUND_PLACES))
    title = titled(text, 0, head.end())
    words = f"{_LITTLE} {places[0]} {head[0]} {last[0] if last is not None else ''}"
    masked = [span_of(head), span, *([title.span] if title is not None else []), *([span_of(last)] if last is not None else [])]
    return filled(
        FormKind.GRID, slots, words, masked, title=title, gaps=gaps, rows=math.ceil(count / columns), columns=columns,
        worked_out=True,
    )  # fmt: skip


def _place(last: re.Match[str] | None, count: int) -> int:
    if last is None:
        return 0
    word = last["which"].lower()
    return int(re.sub(r"\D", "", word)) if word[0].isdigit() else _ORDINALS.get(word, count)
