"""The texts of a form among what the parser found, and its objects in the form's layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from genevolve.core.claim import Arrangement, Place
from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import ObjectDraft, TextDraft
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, written_order
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import FormKind, FormPart, Span, TextRole
from genevolve.world.language.sheet_looks import Look
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.vocabulary import Vocabulary

_THEMES = frozenset({"theme", "themed", "motif"})
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


def without_theme(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """ "…, unicorn theme": the unicorn is drawn."""
    return tuple(
        token
        for before, token in zip((None, *tokens), tokens, strict=False)
        if token.lower not in _THEMES or before is None or lookup(before.text, Vocabulary.ICONS) is None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a slot was filled with, while keys are not given yet."""

    slot: FormSlot
    texts: tuple[TextDraft, ...]
    picture: ObjectDraft | None

    def part(self) -> FormPart:
        """With the keys that ``freeze`` gave."""
        picture = self.picture.key if self.picture is not None else None
        slot, keys = self.slot, tuple(draft.key for draft in self.texts)
        return FormPart(
            span=slot.span, texts=keys, picture=picture, value=slot.value, said=slot.said, under=slot.under, skip=slot.skip
        )


def fill(found: FormMatch, discourse: Discourse, look: Look) -> tuple[Filling, ...]:
    """Adds the texts, looking as was asked for, and lays out the objects where the form says so."""
    if found.form is None:
        return ()
    match found.form.kind:
        case FormKind.GRID if not found.slots:
            _in_grid(discourse.objects, found.form.rows, found.form.columns)
    if found.form.kind is FormKind.CARD and not discourse.objects:
        discourse.drafts.extend(_sought(found.lines))
    alone = all(obj.rim for obj in discourse.objects) and not found.slots
    led = bool(discourse.texts)
    for number, line in enumerate(written_order(found.lines)):
        first = number == 0 and alone and not led and found.form.kind is FormKind.CARD
        draft = _text(line, TextRole.TITLE if first else line.role, alone)
        look.on(draft)
        if look.place is not None and draft.role is TextRole.TITLE:
            draft.place = look.place
        discourse.add(draft)
    return tuple(_filling(slot, discourse) for slot in found.slots)


def _filling(slot: FormSlot, discourse: Discourse) -> Filling:
    texts = tuple(
        TextDraft(span=line.span, content=line.content, describes=line.describes, quoted=line.quoted, role=TextRole.LABEL)
        for line in slot.lines
    )
    entry = lookup(slot.picture, Vocabulary.ICONS) if slot.picture else None
    picture = None
    if slot.picture:
        noun, living = (entry.noun, entry.living) if entry is not None else (slot.picture, False)
        picture = ObjectDraft(noun=noun, span=slot.span, colour=slot.colour, known=entry is not None, living=living)
    for draft in (*texts, *((picture,) if picture else ())):
        discourse.add(draft)
    return Filling(slot=slot, texts=texts, picture=picture)


def _sought(lines: Sequence[FormLine]) -> Iterator[ObjectDraft]:
    """The dog of a "lost dog" poster that names nothing else to draw."""
    for line in lines:
        verb, _, noun = line.content.lower().partition(" ")
        entry = lookup(noun, Vocabulary.ICONS) if verb in {"lost", "missing"} and line.role is TextRole.TITLE else None
        if entry is not None:
            yield ObjectDraft(noun=entry.noun, span=line.span, known=True, living=entry.living)


def _text(line: FormLine, role: TextRole, alone: bool) -> TextDraft:
    title = role is TextRole.TITLE
    place = (Place.CENTER if title else None) if alone else Place.TOP if title else Place.BOTTOM
    return TextDraft(
        span=line.span, content=line.content, describes=line.describes, role=role if title else TextRole.CAPTION, place=place
    )


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
