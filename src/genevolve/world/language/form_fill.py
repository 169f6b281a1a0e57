"""The texts of a form among what the parser found, and its objects in the form's layout."""

from collections.abc import Iterator, Sequence
from itertools import product

from genevolve.core.claim import Arrangement, Place
from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import ObjectDraft, TextDraft
from genevolve.world.language.forms import FormLine, FormMatch, written_order
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import FormKind, Span, TextRole
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.vocabulary import Vocabulary

_THIRDS = {1: (1,), 2: (0, 2), 3: (0, 1, 2)}  # rows or columns of a grid, as those of the nine places


def masked(tokens: Sequence[Token], spans: Sequence[Span]) -> tuple[Token, ...]:
    """The tokens without those in ``spans``; a comma stands for each row of them."""
    kept: list[Token] = []
    for token in tokens:
        if not any(span.start < token.end and token.start < span.end for span in spans):
            kept.append(token)
        elif not kept or kept[-1].kind is not Kind.COMMA:
            kept.append(Token(Kind.COMMA, ",", token.start, token.end))
    return tuple(kept)


def fill(found: FormMatch, discourse: Discourse, ink: str | None = None) -> None:
    """Adds the texts, in ``ink`` where a colour was asked for, and lays out the objects where the form says so."""
    if found.form is None:
        return
    match found.form.kind:
        case FormKind.CHART:
            _in_columns(discourse.objects)
        case FormKind.GRID:
            _in_grid(discourse.objects, found.form.rows, found.form.columns)
        case FormKind.COMPARISON:
            _side_by_side(discourse.objects)
    if found.form.kind is FormKind.CARD and not discourse.objects:
        discourse.drafts.extend(_sought(found.lines))
    alone = not discourse.objects
    led = bool(discourse.texts)
    for number, line in enumerate(written_order(found.lines)):
        first = number == 0 and alone and not led and found.form.kind is FormKind.CARD
        draft = _text(line, TextRole.TITLE if first else line.role, alone)
        draft.colour = ink
        discourse.add(draft)


def _sought(lines: Sequence[FormLine]) -> Iterator[ObjectDraft]:
    """The dog of a "lost dog" poster that names nothing else to draw."""
    for line in lines:
        verb, _, noun = line.content.lower().partition(" ")
        entry = lookup(noun, Vocabulary.ICONS) if verb in {"lost", "missing"} and line.role is TextRole.TITLE else None
        if entry is not None:
            yield ObjectDraft(noun=entry.noun, span=line.span, known=True, living=entry.living)


def _text(line: FormLine, role: TextRole, alone: bool) -> TextDraft:
    title = role is TextRole.TITLE
    place = (Place.TOP if title and not alone else Place.CENTER) if alone or title else Place.BOTTOM
    return TextDraft(
        span=line.span, content=line.content, describes=line.describes, role=role if title else TextRole.CAPTION, place=place
    )


def _in_columns(objects: Sequence[ObjectDraft]) -> None:
    for obj in objects:
        if obj.number and obj.number > 1:
            obj.arrangement = Arrangement.COLUMN


def _in_grid(objects: Sequence[ObjectDraft], rows: int, columns: int) -> None:
    """One kind of object fills the grid; as many kinds as it has cells take one cell each."""
    if len(objects) == 1 and objects[0].number in {None, 1, rows * columns}:
        objects[0].number, objects[0].columns = rows * columns, columns
        objects[0].arrangement = Arrangement.GRID
    if len(objects) != rows * columns or not (rows in _THIRDS and columns in _THIRDS):
        return
    places = tuple(Place)
    for obj, (row, column) in zip(objects, product(_THIRDS[rows], _THIRDS[columns]), strict=True):
        if obj.number == 1 and obj.place is None:
            obj.place = places[3 * row + column]


def _side_by_side(objects: Sequence[ObjectDraft]) -> None:
    if len(objects) == 2 and all(obj.place is None for obj in objects):
        objects[0].place, objects[1].place = Place.LEFT, Place.RIGHT
