"""Objects and texts while they are still being read; ``freeze`` makes them the values of ``scene.model``."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genevolve.core.claim import Arranging, Direction, Place
from genevolve.world.language.model import Count, NamedPart, Relation, SceneObject, Size, Span, TextElement, TextRole


@dataclass(slots=True, eq=False)
class ObjectDraft:
    noun: str
    span: Span
    key: str = ""
    of: str = ""
    reference: int | None = None
    number: int | None = 1
    exact: bool = False
    colour: str | None = None
    colour_clause: int | None = None
    size: Size | None = None
    place: Place | None = None
    links: list[tuple[Direction, tuple["Draft", ...]]] = field(default_factory=list)
    arrangement: Arranging | None = None
    columns: int | None = None
    known: bool = False
    living: bool = False
    body_described: bool = False
    grounded: bool = False
    avoided: list[str] = field(default_factory=list)  # colours that it must not have
    modifiers: list[str] = field(default_factory=list)
    larger_than: list["ObjectDraft"] = field(default_factory=list)
    split: bool = False  # its colours were told apart: "two red and three blue"
    compared: bool = False  # its size comes from a comparison
    target: bool = False  # was first mentioned as what something else relates to
    rim: bool = False  # one of those all around the sheet
    made_of: str = ""
    parts: list[NamedPart] = field(default_factory=list)
    varied: Span | None = None


@dataclass(slots=True, eq=False)
class TextDraft:
    span: Span
    key: str = ""
    content: str = ""
    quoted: bool = False
    describes: str = ""
    role: TextRole | None = None
    place: Place | None = None
    links: list[tuple[Direction, tuple["Draft", ...]]] = field(default_factory=list)
    colour: str | None = None
    bold: bool | None = None
    large: bool | None = None
    awaited: bool = False  # "the title" was named and its wording may still come
    carrier: ObjectDraft | None = None  # the sign that says it
    bearer: ObjectDraft | None = None  # what it stands on where nothing else is said of its place


@dataclass(slots=True, eq=False)
class GroundDraft:
    """The background, when it is what a clause is about."""

    colour: str | None = None


Draft = ObjectDraft | TextDraft


def freeze(drafts: Sequence[Draft]) -> tuple[tuple[SceneObject, ...], tuple[TextElement, ...]]:
    """Values with unique keys, in the order of the text."""
    drafts = sorted(drafts, key=lambda draft: draft.span.start)
    _name(drafts)
    clauses = [draft.colour_clause for draft in drafts if isinstance(draft, ObjectDraft) and draft.colour_clause is not None]
    shared = {clause for clause in clauses if clauses.count(clause) > 1}
    objects = tuple(_object(draft, draft.colour_clause in shared) for draft in drafts if isinstance(draft, ObjectDraft))
    texts = [draft for draft in drafts if isinstance(draft, TextDraft)]
    titled = any(draft.role is TextRole.TITLE for draft in texts)
    plain = next((draft for draft in texts if _role(draft, not titled) is TextRole.TITLE), None)
    return objects, tuple(_text(draft, draft is plain) for draft in texts)


def _name(drafts: Sequence[Draft]) -> None:
    taken: dict[str, int] = {}
    for draft in drafts:
        base = draft.noun.lower() if isinstance(draft, ObjectDraft) else "text"
        taken[base] = taken.get(base, 0) + 1
        draft.key = base if taken[base] == 1 else f"{base} {taken[base]}"


def _relations(draft: Draft) -> tuple[Relation, ...]:
    found = (
        Relation(direction=direction, targets=tuple(target.key for target in targets))
        for direction, targets in draft.links
        if draft not in targets or direction is Direction.TURNED_TO  # "two cats facing each other"
    )
    return tuple(dict.fromkeys(found))


def _object(draft: ObjectDraft, shared: bool) -> SceneObject:
    return SceneObject(
        key=draft.key,
        noun=draft.noun,
        span=draft.span,
        of=draft.of,
        reference=draft.reference,
        count=Count(number=draft.number, exact=draft.exact and draft.number is not None),
        colour=draft.colour,
        colour_shared=shared and draft.colour is not None,
        size=draft.size,
        place=draft.place,
        relations=_relations(draft),
        arrangement=draft.arrangement,
        columns=draft.columns,
        living=draft.living,
        body_described=draft.body_described and draft.living,
        grounded=draft.grounded,
        avoided=tuple(dict.fromkeys(draft.avoided)),
        modifiers=tuple(draft.modifiers),
        larger_than=tuple(dict.fromkeys(other.key for other in draft.larger_than if other is not draft)),
        made_of=draft.made_of,
        parts=tuple(draft.parts),
        varied=draft.varied,
    )


def _role(draft: TextDraft, first: bool) -> TextRole:
    """Where the text says no role: what is written on or under something labels it, the first other text is the title."""
    if draft.role is not None:
        return draft.role
    if draft.carrier is not None or any(isinstance(target, ObjectDraft) for _, targets in draft.links for target in targets):
        return TextRole.LABEL
    return TextRole.TITLE if first and draft.place is not Place.BOTTOM and draft.large is not False else TextRole.CAPTION


def _text(draft: TextDraft, first: bool) -> TextElement:
    return TextElement(
        key=draft.key,
        span=draft.span,
        content=draft.content,
        quoted=draft.quoted,
        describes=draft.describes,
        role=_role(draft, first),
        place=draft.place,
        relations=_relations(draft),
        colour=draft.colour,
        bold=draft.bold,
        large=draft.large,
    )
