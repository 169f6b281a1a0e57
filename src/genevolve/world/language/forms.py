"""Kinds of image with a layout of their own (menus, invitations, timelines, charts, grids), and the bare texts on them.

A request for such an image gives names, dates, prices, telephone numbers and lists without quotation marks. They are found by
their form, before the rest is read, and become texts of the image. Only free requests are read so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language import colours
from genevolve.world.language.form_boxes import boxed
from genevolve.world.language.form_clauses import (
    asides_of_use,
    names_things,
    rest_of_name,
    says_place,
    told_of,
    whole_clause,
    whose_name,
)
from genevolve.world.language.form_events import event_beside, for_whom, unrepeated, without_lead
from genevolve.world.language.form_facts import looked_up
from genevolve.world.language.form_framed import framed
from genevolve.world.language.form_illustrated import ASKED, illustrated
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, apart, capital, shown, span_of, with_preposition
from genevolve.world.language.form_remarks import MEANT, as_cover, as_read, greetings, remarks, said_first, said_whole
from genevolve.world.language.form_sentence import told
from genevolve.world.language.form_signs import (
    KIND_OF_CARD,
    STANDS_THERE,
    forbids,
    sheet_of_quotation,
    sign_words,
    undetermined,
)
from genevolve.world.language.form_slots import slotted
from genevolve.world.language.form_tile import TILE, tile
from genevolve.world.language.form_titles import CARDS, called_by, heading, merit_end, title_of
from genevolve.world.language.forms_details import details, is_price, names
from genevolve.world.language.forms_fields import Field, fields
from genevolve.world.language.inventory import is_trade, lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Form, FormKind, Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.wishes import without_wish

_LISTS = (
    "(?:menu|price|specials|stand|snack|chalk) ?board|menu|schedule|time ?table|agenda|itinerary"
    "|price list|shopping list|to[- ]?do list|packing list|(?:check|tick) ?list|to[- ]do(?= ?:)|programme"
)
_HEAD = re.compile(
    rf"\b(?:(?P<diagram>(?:labell?ed )?diagram of|diagram)|(?P<list>{_LISTS})|(?P<card>{CARDS}))\b",
    re.IGNORECASE,
)
# "a kids menu": whose it is belongs to its title.
_WHOSE_LIST = re.compile(
    r"\s*(?:an?|the|our|my|make|create|draw|design)?(?:\s+an?)?\s*(?P<said>(?:[\w'’]+ ){1,2})$", re.IGNORECASE
)
_NO_INGREDIENT = re.compile(
    r",?\s(?:and|with) (?:(?:an?|the|two|three|four|five|six|\d+) )?(?:little |small |short |easy )?"
    r"(?:picture|photo|image|drawing|step|instruction)s?\b",
    re.IGNORECASE,
)
_PLACED_THING = re.compile(r" (?:in|at|on) the (?:[\w-]+ )?(?:top|bottom|corner|left|right|middle|center|centre|side)$")
_RECIPE = re.compile(r"\brecipe(?: card)?(?: for|:)?\s+(?P<dish>[\w' -]{2,40}?)(?: with|:)\s+", re.IGNORECASE)
_GRID = re.compile(
    r"\b(?:an? )?(?P<rows>\d|two|three|four)\s?(?:x|×|by)\s?(?P<columns>\d|two|three|four) grid(?: of| with| showing|:)?",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|«[^»\n]{1,200}»|(?<!\w)'[^'\n]{1,200}'(?!\w)")
_PRICED = re.compile(
    r"^(.*[^\W\d_)].*?)[ :–—-]+([€£$¥]\s?\d+(?:[.,]\d\d?)?|\d+(?:[.,]\d\d?)?\s?(?:[€£$¥]|EUR|USD|euros?|dollars?"
    r"|p|pence|c|cents?|¢)"
    r"|[+]?\d+[.,]\d\d)$"
)
_COSTED = re.compile(r"^(.*[^\W\d_)].*?)[ :–—-]+([+]?\d{1,4}(?:[.,]\d\d?)?)$")
_SHOWS = re.compile(
    r" (?:with|showing) (?!(?:two|three|four|five|six|\d+) (?:drinks|dishes|items|things|entries|courses|options)\b)"
)
_OPENS_LIST = re.compile(
    r"(?P<whose> (?:for|at|in|of|called|named) (?:(?!\.\s)[^,:;\x00]){2,60}?)"
    r"(?:(?:,|\.|\s[–—-])\s+|\s(?:with|listing)\s+(?=\S+ [€£$]?\d))"
    r"|(?:,|\.|\s[–—-])?\s+(?P<of>(?:with|of)\s+)?"
)
# "menu for Cafe Lumiere": a name of its own; "for a coffee shop" is what the list is for.
_PLACE_NAMED = re.compile(
    r" (?:(?:for|at|from|of) )?(?:(?:the|our|my) )?(?:(?:(?:an? |the |our |my )?(?:[a-z]+ ){1,3})?(?:called|named) )?"
    r"(?P<name>[A-Z][\w'’&.-]*(?: (?:[A-Z][\w'’&.-]*|of|and|&|the|de|la|du|in)(?= |$))*)$"
)
_TO_TICK = re.compile(r"\b(?:shopping|to[- ]?do|packing|check|tick) ?list\b|\bto[- ]do(?= ?:)", re.IGNORECASE)
_TIMED = re.compile(r"^(\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|AM|PM)|\d{1,2}[:.]\d\d)[ :–—-]+(\D.*)$")
_LABELS = re.compile(r"\b(?:with )?(?:the )?labels:? (?P<items>[^.:;\"“]+)", re.IGNORECASE)
_BREAK = re.compile(r",(?!\d)|[;\n]|(?<=[!?])\s|(?<=\w) and (?=\w+\s*$)")
_SIGNED = re.compile(r"\x00\s*(?:by|from|[-–—])\s+(?P<who>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){0,3})")
_FROM_PLACE = re.compile(r"\s+(?P<said>from [A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,3})")
_PRESENTS = re.compile(r"(?P<said>(?:[A-Z][\w'’&-]*\s)+(?:proudly )?presents)(?=\s*[\x00:]|\s+[A-Z])")
_PICTURED = re.compile(r"^(?i:an?|the|some|my|our|one|two|three|four|five|six|show\w*|draw|add|include|with)\s(?![A-Z])")
_ALL_TEXT = word_set("ticket label tag voucher coupon badge") | {"boarding pass"}  # what stands on them is there to be read
_LIST_ENDS = re.compile(
    r"(?<!\bSt)(?<!\bMt)(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bNo)(?<!\b[Tt]el)\.(?=\s|$)|[;,] (?:and )?(?:an? )?picture of "
    rf"|\s(?:with|on) an? |,?\s(?:[–—-]\s)?with (?:(?:tick|check|little|small|empty) ?)*boxes\b|{ASKED}",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4}
_OF_MERIT = word_set("certificate diploma badge announcement poster")
_FEWEST_ITEMS = 2
_MOST_ITEMS = 10
_LONGEST_ITEM = 60
_SHOWN = word_set("with showing featuring depicting")


def forms(text: str, facts: Sequence[Span] = ()) -> FormMatch:
    """The form that ``text`` asks for, with its bare texts; ``facts`` are texts as quotations are. Linear in its length."""
    text = text[:4000]
    if (known := told(text) or looked_up(text)) is not None:
        return known
    found = slotted(text)
    if found is not None and all(apart(slot.span, facts) for slot in found.slots):
        return found
    plain = _QUOTES.sub(lambda quote: "\x00" * len(quote[0]), text)
    plain = without_wish(plain)
    for fact in facts:
        plain = plain[: fact.start] + "\x00" * (fact.end - fact.start) + plain[fact.end :]
    if (meant := MEANT.search(plain)) is not None:
        return _as_meant(text, plain, meant)
    return without_lead(unrepeated(_unslotted(text, plain), [quote[0] for quote in _QUOTES.finditer(text)]))


def _as_meant(text: str, plain: str, meant: re.Match[str]) -> FormMatch:
    """ "titled X - sorry, I meant Y": Y is the title, and X is not written."""
    found = _unslotted(text, plain[: meant.start()] + "\x00" * (meant.end() - meant.start()) + plain[meant.end() :])
    said = text[meant.start("now") : meant.end("now")].strip("\"“”„«»' ")
    title = FormLine(content=said, span=span_of(meant, "now"), role=TextRole.TITLE)
    return FormMatch(
        form=found.form or _form(FormKind.CARD, "title titled"),
        lines=(title, *found.lines),
        slots=found.slots,
        masked=(*found.masked, span_of(meant)),
        asides=(*found.asides, Span(start=meant.start("was"), end=meant.start("now"))),
    )


def _unslotted(text: str, plain: str) -> FormMatch:
    """A form that is not filled from a list; quotations and facts are masked in ``plain``."""
    if grid := _GRID.search(plain):
        return _grid(grid)
    if element := TILE.search(plain):
        return tile(plain, element)
    if recipe := _RECIPE.search(plain):
        return _recipe(plain, recipe)
    head = _HEAD.search(plain)
    if head is None or _too_late(plain, head):
        return _labelled(plain) or _attributed(plain)
    match head.lastgroup:
        case "list":
            return _listing(plain, head)
        case "diagram":
            return _diagram(plain, head)
    return framed(text, plain, _card(plain, head))


def _labelled(plain: str) -> FormMatch | None:
    """ "a fox. Title: The Clever Fox": labelled texts on no card in particular."""
    found = tuple(fields(plain))
    if not found:
        return None
    lines = tuple(_line_of(plain, field) for field in found)
    return FormMatch(
        form=_form(FormKind.CARD, "title below under beneath above"), lines=lines, masked=tuple(field.span for field in found)
    )


def _line_of(plain: str, field: Field) -> FormLine:
    return FormLine(content=shown(plain[field.said.start : field.said.end]), span=field.span, role=field.role)


def _attributed(plain: str) -> FormMatch:
    """ "“Less is more” - Mies van der Rohe": who said it is written, too."""
    signed = _SIGNED.search(plain) if plain.startswith("\x00") else None
    if signed is None:
        return FormMatch()
    line = FormLine(content=signed["who"], span=span_of(signed, "who"))
    return FormMatch(
        form=_form(FormKind.CARD, "quote"), lines=(line,), masked=(Span(start=signed.start() + 1, end=signed.end()),)
    )


def _too_late(plain: str, head: re.Match[str]) -> bool:
    """Whether the word names something in the image: "a boy with a card", "a road sign is on the left side"."""
    if STANDS_THERE.match(plain, head.end()) is not None:
        return True
    if plain[: head.start()].endswith("\x00 "):  # "a “For Rent” sign": a thing, unless more is told of it
        return not (sheet_of_quotation(plain, head) or details(plain[head.end() :]))
    shown = set(re.findall(r"[a-z]+", plain[: head.start()].lower())) & _SHOWN
    return bool(shown) and sign_words(plain, head) is None  # "handle with care sticker"


def _form(kind: FormKind, words: str, *, rows: int = 0, columns: int = 0) -> Form:
    return Form(kind=kind, words=frozenset(re.findall(r"[^\W_]+", words.lower())), rows=rows, columns=columns)


# ---- lists ------------------------------------------------------------------------------------------------------------


def _listing(plain: str, head: re.Match[str]) -> FormMatch:
    colon = plain.find(":", head.end())
    if colon < 0:
        return _listed_openly(plain, head)
    items = tuple(
        line
        for line in _items(plain, colon + 1, _end(plain, colon + 1))
        if not (_PLACED_THING.search(line.content) and _drawable(plain[line.span.start : line.span.end]))
    )
    return _list_of(plain, head, colon, items)


def _listed_openly(plain: str, head: re.Match[str]) -> FormMatch:
    """ "price list, tea £2, cake £3", "a shopping list with milk and eggs": a list without a colon."""
    opened = _OPENS_LIST.match(plain, head.end())
    if opened is None:
        return FormMatch()
    items = tuple(_items(plain, opened.end(), _end(plain, opened.end())))
    sorted_out = _TO_TICK.search(head[0]) is not None and opened["of"] is not None
    halved = (_PRICED, _TIMED, _COSTED)
    if not sorted_out and not all(any(half.match(item.content) for half in halved) for item in items):
        return FormMatch()
    return _list_of(plain, head, opened.end("whose") if opened["whose"] else opened.start(), items)


def _list_of(plain: str, head: re.Match[str], opened: int, items: tuple[FormLine, ...]) -> FormMatch:
    """The list with ``items``, which ``opened`` at its colon."""
    if len(items) < _FEWEST_ITEMS:
        return FormMatch()
    between = plain[head.end() : opened]
    named = _PLACE_NAMED.fullmatch(plain, head.end(), opened)
    about = re.match(r" of (?:the |an? )?[\w' -]{2,40}$", between) if named is None else None
    whose = _WHOSE_LIST.match(plain[: head.start()])
    start = head.start() - len(undetermined(whose["said"])) if whose is not None else head.start()
    title = plain[start : head.end()] + (about[0] if about else "")
    span = Span(start=start, end=start + len(title))
    first = FormLine(content=capital(title), span=span, role=TextRole.TITLE)
    if named is not None:  # "Cafe Lumiere menu"
        first = replace(first, content=f"{capital(named['name'])} {title.lower()}", span=replace(span, end=opened))
    shows = _SHOWS.match(between)  # "a menu with a carrot: …" shows it
    masked = (span, *(line.span for line in items)) if shows else (Span(start=start, end=items[-1].span.end),)
    asides = () if about or shows or named or not between.strip() else (Span(start=head.end(), end=opened),)
    if named is not None:  # "for a beach bar called": what has that name
        asides = (Span(start=head.end(), end=named.start("name")),)
    found = FormMatch(form=_form(FormKind.LIST, head[0]), lines=(first,), slots=_rows(items), masked=masked, asides=asides)
    return boxed(illustrated(plain, found), plain)


def _rows(items: Sequence[FormLine]) -> tuple[FormSlot, ...]:
    """A slot for each entry; a price or a time stands apart from what it is of. Bare numbers are prices where every entry has
    one."""
    costed = all(_PRICED.match(item.content) or _COSTED.match(item.content) for item in items)
    return tuple(FormSlot(span=item.span, lines=tuple(_halves(item, costed=costed))) for item in items)


def _halves(item: FormLine, *, costed: bool) -> Iterator[FormLine]:
    found = _PRICED.match(item.content) or _TIMED.match(item.content) or (_COSTED.match(item.content) if costed else None)
    if found is None:
        yield item
        return
    for half in (1, 2):
        start = item.span.start + found.start(half)
        yield FormLine(content=capital(found[half]), span=Span(start=start, end=start + len(found[half])))


def _end(plain: str, start: int) -> int:
    """Where the list ends: at a full stop that is none of a number, or at the end."""
    stop = _LIST_ENDS.search(plain, start)
    return stop.start() if stop else len(plain)


def _items(plain: str, start: int, end: int) -> Iterator[FormLine]:
    at = start
    parts = _BREAK.split(plain[start:end])
    for count, part in enumerate([*parts[:-1], *_last(parts)]):
        found = plain.find(part, at, end) if part else at
        at = max(at, found + len(part))
        said = re.sub(r"^(?:and |[-*•]\s*)", "", part.strip())
        if not said or "\x00" in said or len(said) > _LONGEST_ITEM or count >= _MOST_ITEMS:
            continue
        begin = plain.find(said, max(0, at - len(part)), end)
        yield FormLine(content=capital(said), span=Span(start=begin, end=begin + len(said)))


def _last(parts: Sequence[str]) -> Iterator[str]:
    """ "200 g flour and 300 ml milk": two things, where both have a number or nothing on the list has one."""
    last = parts[-1]
    before, joint, after = last.rpartition(" and ")
    alike = bool(re.search(r"\d", before)) == bool(re.search(r"\d", after))
    if joint and before.strip() and alike and len(parts) > 1 and not before.strip().isdigit():
        yield from (before, after)
    else:
        yield last


def _recipe(plain: str, head: re.Match[str]) -> FormMatch:
    """ "recipe card: pancakes with 2 eggs, 200 g flour": the dish is the title, what it takes are the lines."""
    end = _end(plain, head.end())
    pictured = _NO_INGREDIENT.search(plain, head.end(), end)
    items = tuple(_items(plain, head.end(), pictured.start() if pictured is not None else end))
    if len(items) < _FEWEST_ITEMS:
        return FormMatch()
    title = FormLine(content=capital(head["dish"]), span=span_of(head, "dish"), role=TextRole.TITLE)
    steps = tuple(_steps(plain, items[-1].span.end))
    masked = (Span(start=head.start(), end=items[-1].span.end), *(line.span for line in steps))
    slots = tuple(FormSlot(span=line.span, lines=(line,)) for line in (*items, *steps))
    return FormMatch(form=_form(FormKind.LIST, "recipe card with for"), lines=(title,), slots=slots, masked=masked)


def _steps(plain: str, at: int) -> Iterator[FormLine]:
    """What is done with it: the sentences that follow, unless they speak of the picture."""
    for sentence in re.finditer(r"[A-Z][^.\x00]{3,60}(?:\.(?=\d)[^.\x00]{1,40})?(?=\.|$)", plain[at:]):
        said = sentence[0].strip()
        if not re.search(r"\b(?:with an?|draw|show|picture|background|corner|style)\b", said, re.IGNORECASE):
            yield FormLine(content=said, span=Span(start=at + sentence.start(), end=at + sentence.start() + len(said)))


# ---- grids and diagrams -------------------------------------------------------------------------------------------


def _grid(found: re.Match[str]) -> FormMatch:
    rows, columns = (_NUMBERS.get(found[name].lower()) or int(found[name]) for name in ("rows", "columns"))
    said = f"{found[0]} {found['rows']}x {found['columns']} x"
    return FormMatch(form=_form(FormKind.GRID, said, rows=rows, columns=columns), masked=(span_of(found),))


def _diagram(plain: str, head: re.Match[str]) -> FormMatch:
    labels = _LABELS.search(plain, head.end())
    colon = plain.find(":", head.end())
    if labels is not None:
        lines, begin = tuple(_items(plain, labels.start("items"), labels.end("items"))), labels.start()
    elif colon > 0:
        lines, begin = tuple(_items(plain, colon + 1, _end(plain, colon + 1))), colon
    else:
        return FormMatch()
    if not lines:
        return FormMatch()
    masked = (span_of(head), Span(start=begin, end=lines[-1].span.end))
    return FormMatch(form=_form(FormKind.DIAGRAM, f"{head[0]} labels labelled labeled"), lines=lines, masked=masked)


# ---- cards ------------------------------------------------------------------------------------------------------------


def _card(plain: str, head: re.Match[str]) -> FormMatch:
    """Names, dates and other particulars on a card, a flyer or a ticket; the event is its title unless one is quoted."""
    labelled = tuple(field for field in fields(plain) if field.span.start >= head.end())
    after_colon = tuple(line for line in _told_after_colon(plain, head) if apart(line.span, [field.span for field in labelled]))
    told = _on_card(plain, head, [*(_line_of(plain, field) for field in labelled), *as_cover(plain, head[0], after_colon)])
    led = "\x00" in plain or any(line.role is TextRole.TITLE for line in told)
    title = (
        (_own_words(plain, head) or event_beside(plain, head, told))
        if led
        else title_of(plain, head, told) or heading(plain, head, told)
    )
    lines = sorted(
        (line for line in told if title is None or apart(line.span, (title.span,))), key=lambda line: line.span.start
    )
    kind = KIND_OF_CARD.search(plain[: head.start()].rstrip())
    if not lines and title is None and (sort := _sheet_alone(plain, head)) is not None:
        return FormMatch(form=_form(FormKind.CARD, plain[sort.start : sort.end]), masked=(sort,))
    if not lines and title is None:
        hung = (span_of(kind),) if kind is not None and head[0].lower() == "sign" else ()  # "a door sign that says “…”"
        return FormMatch(masked=hung, asides=hung)
    masked = [with_preposition(plain, line.span) for line in (*lines, *((title,) if title else ()))]
    begins = kind.start() if kind is not None else head.start()
    itself = head[0].lower() == "sign" or (title is not None and head[0].lower() == "label")
    itself = itself and not names_things(plain[:begins])
    if itself or (title is not None and title.span.end <= head.start() <= title.span.end + 1):
        masked.append(Span(start=begins, end=head.end()))  # what they are written on is the image itself
    asides = (
        [] if head[0].lower() in _OF_MERIT else [aside for line in lines if (aside := told_of(plain, line.span)) is not None]
    )
    asides += [*asides_of_use(plain, head), *(whose for line in lines if (whose := whose_name(plain, line.span)) is not None)]
    form = _form(FormKind.CARD, f"{head[0]} {kind[0] if kind is not None else ''}")
    if title is None and not led and head[0].lower() == "sign":  # "sign for the shed: tools only", beside a picture
        lines = [replace(line, role=TextRole.TITLE if number == 0 else line.role) for number, line in enumerate(lines)]
    said = ((title,) if title else ()) + tuple(lines)
    return FormMatch(form=form, lines=said, masked=(*masked, *asides), asides=tuple(asides))


def _sheet_alone(plain: str, head: re.Match[str]) -> Span | None:
    """ "“WET PAINT” warning sign", "a sign with a crossed-out dog": the words for the sheet that is the image itself."""
    if forbids(plain, head):
        return span_of(head)
    quoted = sheet_of_quotation(plain, head)
    return Span(start=plain.rindex("\x00", 0, head.start()) + 2, end=head.end()) if quoted else None


def _own_words(plain: str, head: re.Match[str]) -> FormLine | None:
    """What a sign says before its name, beside what it says in quotation marks."""
    said = sign_words(plain, head) if head[0].lower() == "sign" else None
    return None if said is None else FormLine(content=capital(plain[said.start : said.end]), span=said, role=TextRole.TITLE)


def _on_card(plain: str, head: re.Match[str], told: list[FormLine]) -> list[FormLine]:
    """What is ``told`` already, with the particulars beside it, and what else is there to be read."""
    whole = [
        line for line in (said_first(plain, head, details(plain)), said_whole(plain, head, details(plain))) if line is not None
    ]
    told = [*whole, *(line for line in told if apart(line.span, [one.span for one in whole]))]
    taken = [line.span for line in told]
    named = tuple(_named(plain, head))
    for span in (*named, *_particulars(plain, head, taken)):
        said = plain[span.start : span.end]
        trade = is_trade(said)  # "Ada Stone, teacher"
        pictured = span not in named[:1] and not trade and (_drawable(said) or colours.named(said) is not None)
        if apart(span, taken) and not pictured:
            told.append(FormLine(content=shown(as_read(plain, span)), span=span))
            taken.append(span)
    sure = head[0].lower() in _ALL_TEXT
    begins = _opened_list(plain, head)
    listed = [Span(start=begins, end=_end(plain, begins))] if begins is not None else []  # read already
    further = list(remarks(plain, head, [*taken, *listed], sure=sure, beside=bool(told)))
    if further and not told:
        further = list(remarks(plain, head, listed, sure=sure, beside=True))
    return [*told, *(FormLine(content=shown(plain[span.start : span.end]), span=span) for span in further)]


def _named(plain: str, head: re.Match[str]) -> Iterator[Span]:
    """Whom the card is for, with what that one is honoured for, and who signs it."""
    told, honoured = details(plain), head[0].lower() in _OF_MERIT
    for span in names(plain, head, merit_end(plain, head)):
        yield rest_of_name(plain, span, told, honoured=honoured)
    if (called := called_by(plain, head) or for_whom(plain, head)) is not None:
        yield called
    if (signed := _SIGNED.search(plain)) is not None:
        yield span_of(signed, "who")
    if head[0].lower() == "postcard" and (place := _FROM_PLACE.match(plain, head.end())) is not None:
        yield span_of(place, "said")
    if (host := _PRESENTS.search(plain)) is not None:
        yield span_of(host, "said")
    yield from greetings(plain, head)


def _particulars(plain: str, head: re.Match[str], taken: Sequence[Span]) -> Iterator[Span]:
    """Dates, prices and the like, each with the rest of its clause."""
    found = details(plain)
    for span in found:
        yield whole_clause(plain, head, span, taken, found, paid=is_price(plain[span.start : span.end]))


def _told_after_colon(plain: str, head: re.Match[str]) -> Iterator[FormLine]:
    """ "class rules poster: be kind, raise your hand": lines, unless they are things to draw ("poster: a cat and a dog")."""
    start = _opened_list(plain, head)
    if start is None:
        return
    items = [line for line in _items(plain, start, _end(plain, start)) if not _PICTURED.match(line.content)]
    things = [line for line in items if _drawable(plain[line.span.start : line.span.end])]
    if plain[: head.end()].lower().endswith("business card"):
        things = [line for line in things if not is_trade(plain[line.span.start : line.span.end])]
    for line in items:
        said = plain[line.span.start : line.span.end]
        beside = bool(things) and said.islower() and len(said.split()) == 1  # of one row with what can be drawn
        looks = all(word in lexicon().words["adjectives"] or word in lexicon().sizes for word in said.split())  # "…, huge"
        if says_place(said):
            continue
        if (line not in things or said[:3].lower() == "no ") and not beside and not looks and "(" not in said:
            yield line


def _opened_list(plain: str, head: re.Match[str]) -> int | None:
    """Where the list behind the colon or dash begins."""
    opened = re.compile(r"\s[–—-](?=\s)").match(plain, head.end()) or re.compile(r":(?!\d)").search(plain, head.end())
    if opened is None:
        return None
    further = re.compile(r"[^:.,;\x00]{3,40}:(?= )").match(plain, opened.end())
    return further.end() if further is not None else opened.end()


def _drawable(words: str) -> bool:
    """Whether the words name objects, each with one word before it at most, and where they are: "leaf in the corner"."""
    if not words[:1].islower():
        return False
    names = re.split(r" and (?:an? |the |some )?", re.sub(r" (?:in|at|on) the [\w ]+$", "", words))
    return all(lookup(name, Vocabulary.ICONS) or _of_a_quality(name) for name in names)


def _of_a_quality(name: str) -> bool:
    """ "small leaf", "chocolate cake", but not "honesty box"."""
    before, _, noun = name.partition(" ")
    known = before in lexicon().words["adjectives"] or before in lexicon().sizes or before in lexicon().numbers
    said = (
        known
        or colours.named(before) is not None
        or before in {"an", "a", "some"}
        or lookup(before, Vocabulary.ICONS) is not None
    )
    return bool(noun) and said and lookup(noun, Vocabulary.ICONS) is not None
