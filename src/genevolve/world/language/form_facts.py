"""Layouts whose texts have to be looked up: the tile of an element, a table of planets or countries with what is asked of each.

The rows and columns come from the words; what stands in a cell is described ("the capital of Peru") and found later, or not.
"""

import re
from collections.abc import Sequence

from genevolve.world.language.form_gaps import filled, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.form_several import laid_out
from genevolve.world.language.model import FormKind, Gap, Span, TextRole

_TILE = re.compile(r"\b(?:tile|square|card|box|cell)\b", re.IGNORECASE)
_ELEMENT = re.compile(
    r"(?:\b(?:what['’]?s|what is) )?(?:\bthe )?\b(?:chemical |atomic |element )?symbol (?:of"
    r"|for) (?:the element )?(?P<name>[a-z]+)\b\??"
    r"|\b(?:periodic table|(?:chemical )?element) (?:tile|card|square|entry|box|cell)(?: (?:of|for"
    r"|showing))?(?: the element)? (?P<name2>[a-z]+)\b"
    r"|\b(?:tile|square) (?:of|for) (?:the element )?(?P<name3>[a-z]+),? (?:from|of|in|like"
    r"|as) (?:in )?(?:the )?periodic table\b",
    re.IGNORECASE,
)
# An element that is told by its number or its symbol; and what makes a tile of it without the word.
_OF_NUMBER = r"(?:the )?(?:atomic )?(?:number|no\.?|#) ?"
_WHICH_ELEMENT = re.compile(
    rf"(?:\bthe )?\b(?:chemical )?element (?:(?:with|that has|of|having) )?{_OF_NUMBER}(?P<number>\d{{1,3}})\b"
    r"|(?:\bthe )?\b(?:chemical )?element (?:with|that has|of|having) (?:the )?(?:chemical )?symbol (?P<symbol>[A-Z][a-z]?)\b"
    r"|(?:\bthe )?\b(?:periodic table|element) (?:tile|card|square|entry|box|cell)? ?(?:with |for |of )?"
    rf"{_OF_NUMBER}(?P<entry>\d{{1,3}})\b"
)
_AS_THERE = re.compile(
    r",?\s*\b(?:(?:just )?(?:like|as)(?: it (?:is|looks|stands|appears|is shown))?|styled? (?:like|as)|as (?:seen|shown))"
    r" (?:in|on|from) (?:the|a) periodic table\b"
    r"|\b(?:of|from|in) the periodic table\b"
    r"|\b(?:in |as )?(?:an? )?periodic[- ]table (?:style|look|form|entry|square|tile|box|card|cell)\b",
    re.IGNORECASE,
)
_OF_CHEMISTRY = re.compile(r"\bchemical\b|\belement\b|\batomic\b|\bperiodic\b", re.IGNORECASE)
_TOLD = re.compile(r"\b[Ss]ymbol:? [A-Z][a-z]?\b")
_NO_ELEMENT = re.compile(r"^(?:the|an?|with|of|my|our|each|peace|love|danger|recycling)$", re.IGNORECASE)
_ASKS_NAME = re.compile(
    r",?\s*(?:\b(?:and|with|plus) )?(?:\b(?:the|its) )?(?:full |element )?\bname\b(?: (?:written |right )?(?:underneath"
    r"|below|under|beneath|of (?:it|the element))(?: it)?)?",
    re.IGNORECASE,
)
_ASKS_NUMBER = re.compile(
    r",?\s*(?:\b(?:and|with|plus) )?(?:\b(?:the|its) )?\b(?:atomic )?number\b(?: (?:on top|above|at the top"
    r"|in the corner)(?: it)?)?",
    re.IGNORECASE,
)
_ASKS_SYMBOL = re.compile(
    r",?\s*(?:\b(?:and|with|plus|showing) )?\b(?:the|its) (?:chemical )?symbol\b(?! (?:of|for)\b)", re.IGNORECASE
)
_TOLD_SYMBOL = re.compile(r"(?:\b(?:with|and) )?(?:\b(?:the|its) )?(?:\bsymbol:? )?[\"“'](?P<said>[A-Z][a-z]?)[\"”']")
_TOLD_NUMBER = re.compile(r"(?:\b(?:and|with) )?(?:\b(?:the|its) )?\b(?:atomic )?number:? (?P<said>\d{1,3})\b", re.IGNORECASE)
_TILE_SAID = (
    "whats what periodic table tile square card entry box cell chemical element symbol big large huge make it as"
    " underneath below under name number atomic"
)
_PLANETS = ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune")
_TABLE = re.compile(r"\b(?:table|chart)\b", re.IGNORECASE)
_OF_PLANETS = re.compile(r"\b(?:all )?(?:the )?(?:eight |8 )?planets(?: (?:of|in) (?:our|the) solar system)?\b", re.IGNORECASE)
_ASKED = (  # how a column is asked for, its head, and what is asked of each row
    (r"how many moons|(?:number of |their )?moons", "Moons", "the number of moons of {}"),
    (r"diameters?|sizes?|how (?:big|large|wide)", "Diameter", "the diameter of {}"),
    (r"capitals?(?: cit(?:y|ies))?", "Capital", "the capital of {}"),
    (r"currenc(?:y|ies)", "Currency", "the currency of {}"),
    (r"(?:official )?languages?", "Language", "the official language of {}"),
    (r"populations?|how many people", "Population", "the population of {}"),
    (r"continents?", "Continent", "the continent of {}"),
    (r"(?:chemical )?symbols?", "Symbol", "the chemical symbol of {}"),
    (r"atomic numbers?", "Number", "the atomic number of {}"),
    (r"how many legs|(?:number of )?legs", "Legs", "the number of legs of a {}"),
)
_NAME = r"[A-Z][\w'’-]*(?: (?:of |and |the )?[A-Z][\w'’-]*)*"
_NAMES = re.compile(rf"\b(?:of|for|:) ?(?P<names>{_NAME}(?:(?:, and |, | and | & ){_NAME})+)")
_LISTED = re.compile(
    r":\s*(?P<names>(?:an? )?[a-z]+(?:, (?:and )?(?:an? )?[a-z]+)+(?: and (?:an? )?[a-z]+)?)(?=[.;]|\s*$)", re.IGNORECASE
)
_PICTURES = re.compile(
    r",?\s*(?:\b(?:and|with|plus) )?\b(?:an? |the |their )?(?:pictures?|drawings?|images?|icons?)(?: (?:of"
    r"|for) each(?: one)?)?\b",
    re.IGNORECASE,
)
_NO_PICTURES = "a table holds no pictures here"
_TOO_MANY = "more facts than can be looked up for one image"
_MOST_FACTS = 12
_EACH = re.compile(
    r",?\s*\b(?:(?:each|every one|all) (?:of them )?(?:has|have|got)|they (?:each )?(?:have|has|got)|each one has|each"
    r"|of them|has)\b",
    re.IGNORECASE,
)
_MOST = 10
_SAID = (
    "table chart with of and their its each they have has name names column columns row rows how many number animals"
    " countries elements two three four five six"
)


def looked_up(text: str) -> FormMatch | None:
    return _tile(text) or _of_planets(text) or _of_names(text) or laid_out(text)


# ---- the tile of an element ------------------------------------------------------------------------------------------------


def _tile(text: str) -> FormMatch | None:
    tile, element = _TILE.search(text), _ELEMENT.search(text)
    if (which := _tile_of_which(text, tile)) is not None or element is None or tile is None:
        return which
    if not _OF_CHEMISTRY.search(text) or _TOLD.search(text):
        return None
    group = next(name for name in ("name", "name2", "name3") if element[name])
    name, span = element[group], span_of(element, group)
    if _NO_ELEMENT.match(name):
        return None
    of_table = "periodic" in text.lower() or "element" in text.lower()
    named, numbered = _ASKS_NAME.search(text), _ASKS_NUMBER.search(text)
    if named is None and not of_table:
        return None
    symbol, number = _TOLD_SYMBOL.search(text), _TOLD_NUMBER.search(text)
    lines = [_told(symbol, f"the chemical symbol of {name}", span, TextRole.TITLE)]
    if numbered is not None or of_table:
        lines.insert(0, _told(number, f"the atomic number of {name}", span))
    if named is not None or of_table:
        lines.append(FormLine(content=name[:1].upper() + name[1:], span=span))
    asked = (tile, element, named, symbol, number or numbered, _ASKS_SYMBOL.search(text))
    masked = [span_of(hit) for hit in asked if hit is not None]
    slot = FormSlot(span=span, lines=tuple(lines))
    return filled(FormKind.TILE, [slot], _TILE_SAID, [*masked, *_around(text, tile)], worked_out=True)


def _tile_of_which(text: str, tile: re.Match[str] | None) -> FormMatch | None:
    """ "The element with atomic number 6 like in the periodic table", "the element with the symbol Fe as a tile"."""
    element, there = _WHICH_ELEMENT.search(text), _AS_THERE.search(text)
    if element is None or (tile is None and there is None and not element["entry"]):
        return None
    number, symbol, span = element["number"] or element["entry"], element["symbol"], span_of(element)
    which = f"the element with atomic number {number}" if number else f"the element with the symbol {symbol}"
    lines = (
        FormLine(content=number or "", describes="" if number else f"the atomic number of {which}", span=span),
        FormLine(
            content=symbol or "", describes="" if symbol else f"the chemical symbol of {which}", span=span, role=TextRole.TITLE
        ),
        FormLine(content="", describes=which, span=span),
    )
    hits = (element, tile, there, *(pattern.search(text) for pattern in (_ASKS_NAME, _ASKS_NUMBER)))
    masked = [span_of(hit) for hit in hits if hit is not None and (hit is element or not _overlap(hit, element))]
    around = _around(text, tile) if tile is not None else []
    slot = FormSlot(span=span, lines=lines)
    return filled(FormKind.TILE, [slot], f"{_TILE_SAID} like as in style entry", [*masked, *around], worked_out=True)


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _told(said: re.Match[str] | None, asked: str, span: Span, role: TextRole = TextRole.LABEL) -> FormLine:
    """A line of the tile: as it is said, else looked up."""
    if said is not None:
        return FormLine(content=said["said"], span=span_of(said, "said"), role=role)
    return FormLine(content="", describes=asked, span=span, role=role)


def _around(text: str, tile: re.Match[str]) -> list[Span]:
    """ "make it a big": of the tile."""
    lead = re.search(
        r"(?:\b(?:make|draw|show|put|create) (?:it|me|this) (?:as |in |on )?)?(?:\b(?:an?|one) )?(?:\b(?:big|large|huge"
        r"|square) )*$",
        text[: tile.start()],
        re.I,
    )
    return [Span(start=lead.start(), end=tile.start())] if lead is not None and lead[0] else []


# ---- tables ----------------------------------------------------------------------------------------------------------------


def _columns(text: str) -> list[tuple[Span, str, str]]:
    """Where each column is asked for, its head, and what is asked; in the order of the request."""
    found = []
    for said, head, question in _ASKED:
        if (hit := re.search(rf"\b(?:{said})\b", text, re.IGNORECASE)) is not None:
            found.append((span_of(hit), head, question))
    return sorted(found, key=lambda one: one[0].start)


def _of_planets(text: str) -> FormMatch | None:
    table, planets = _TABLE.search(text), _OF_PLANETS.search(text)
    columns = _columns(text) if table is not None and planets is not None else []
    columns = [one for one in columns if one[1] in {"Moons", "Diameter"}]
    if table is None or planets is None or not columns:
        return None
    names = [FormLine(content=name, span=span_of(planets)) for name in _PLANETS]
    return _table(text, table, FormLine(content="Planet", span=span_of(planets)), names, columns, [span_of(planets)])


def _of_names(text: str) -> FormMatch | None:
    """ "the capital and currency of France, Japan and Brazil", "France, Japan and Peru with their capitals"."""
    table, named = _TABLE.search(text), _NAMES.search(text) or _LISTED.search(text)
    columns = _columns(text) if table is not None and named is not None else []
    if table is None or named is None or not columns or re.search(r"\btime ?table\b|\bcalend", text, re.IGNORECASE):
        return None
    pieces = parted(_pieces(text, *named.span("names")))
    if not 2 <= len(pieces) <= _MOST:
        return None
    element = columns[0][1] in {"Symbol", "Number"}
    head = "Element" if element else "Animal" if columns[0][1] == "Legs" else "Country"
    return _table(
        text,
        table,
        FormLine(content=head, span=span_of(named)),
        [piece.line(piece.words) for piece in pieces],
        columns,
        [span_of(named)],
    )


def _pieces(text: str, start: int, end: int) -> list[Piece]:
    found, here = [], start
    for cut in [*(hit.span() for hit in re.compile(r",(?: and)? ").finditer(text, start, end)), (end, end)]:
        found.append(Piece(words=text[here : cut[0]], start=here))
        here = cut[1]
    return found


def _table(
    text: str,
    table: re.Match[str],
    first: FormLine,
    names: Sequence[FormLine],
    columns: Sequence[tuple[Span, str, str]],
    taken: Sequence[Span],
) -> FormMatch:
    """A row for each name, with what is asked of it; only as much is looked up as one episode can."""
    kept = columns[: max(1, _MOST_FACTS // len(names))]
    left_out = [Gap(span=span, why=_TOO_MANY) for span, _, _ in columns[len(kept) :]]
    columns = kept
    heads = [first, *(FormLine(content=head, span=span) for span, head, _ in columns)]
    rows = [FormSlot(span=_whole(heads), lines=tuple(heads))]
    for name in names:
        asked = [_question(question, name.content) for _, _, question in columns]
        cells = [FormLine(content="", describes=question, span=name.span) for question in asked]
        rows.append(FormSlot(span=name.span, lines=(name, *cells)))
    gaps = [*left_out, *(Gap(span=span_of(hit), why=_NO_PICTURES) for hit in _PICTURES.finditer(text))]
    start = min(table.start(), *(span.start for span in taken), *(span.start for span, _, _ in columns))
    end = max(table.end(), *(span.end for span in taken), *(span.end for span, _, _ in columns))
    each = [span_of(hit) for hit in _EACH.finditer(text)]
    masked = [Span(start=start, end=end), *each]
    title = titled(text, table.end() + len(" of "), taken[0].end) if text[table.end() :].lower().startswith(" of ") else None
    title = title if title is not None and first.content == "Planet" else None
    return filled(
        FormKind.TABLE, rows, _SAID, masked, title=title, gaps=gaps, rows=len(rows), columns=len(heads), worked_out=True
    )


def _question(wording: str, name: str) -> str:
    return wording.format(name.lower() if " a {}" in wording else name)


def _whole(lines: Sequence[FormLine]) -> Span:
    return Span(start=min(line.span.start for line in lines), end=max(line.span.end for line in lines))
