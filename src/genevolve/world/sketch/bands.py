"""TextElement that belongs to the page and not to an object: bands at the top and bottom, titles first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Direction, Place
from genevolve.world.language.model import TextElement, TextRole
from genevolve.world.sketch.blocks import Part
from genevolve.world.sketch.order import column_of, row_of
from genevolve.world.sketch.plan import ImageSource, Origin, PixelBox, TextBlock
from genevolve.world.sketch.text import LINE, Setting, face_for, fit

EM = {TextRole.TITLE: 0.112, TextRole.SUBTITLE: 0.058, TextRole.CAPTION: 0.05, TextRole.LABEL: 0.058}
_ORDER = {TextRole.TITLE: 0, TextRole.SUBTITLE: 1, TextRole.LABEL: 2, TextRole.CAPTION: 3}
_INTO_THINGS = 0.19 / 0.112  # ems of text among objects, in units of a medium object
PLATES = (Direction.ON, Direction.INSIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text with the characters to draw."""

    element: TextElement
    content: str

    @property
    def key(self) -> str:
        return self.element.key

    def em(self, factor: float = 1.0) -> float:
        large = {True: 1.3, False: 0.75, None: 1.0}[self.element.large]
        return EM[self.element.role] * large * factor


def default_place(text: Text, texts: Mapping[str, Text], objects: int, depth: int = 0) -> Place:
    """Where a text goes: where it was placed, else where the text it refers to is, else by its role."""
    element = text.element
    if element.place is not None:
        return element.place
    for relation in element.relations:
        if depth < 4 and relation.targets and relation.targets[0] in texts and relation.targets[0] != text.key:
            return default_place(texts[relation.targets[0]], texts, objects, depth + 1)
    if element.role is TextRole.SUBTITLE and depth < 4:
        titles = [other for other in texts.values() if other.element.role is TextRole.TITLE]
        if titles:
            return default_place(titles[0], texts, objects, depth + 1)
    if not objects:
        return Place.CENTER
    return Place.TOP if element.role in (TextRole.TITLE, TextRole.SUBTITLE) else Place.BOTTOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The bands that were set, and the space between them."""

    texts: tuple[TextBlock, ...]
    area: PixelBox


def set_bands(
    texts: Sequence[tuple[Text, Place]], size: tuple[int, int], objects: int, *, side: float = 0.0, lone: bool = False
) -> Page:
    """Set every text into its band: each row and column of the canvas stacks its own. ``side``: what letters are measured by,
    else the shorter side; a ``lone`` letter or number is as large as a thing."""
    width, height = size
    side = side or min(size)
    grown = 1.0 if objects else 1.45 if not lone else 4.2
    margin, gap = max(2.0, 0.06 * min(size)), 0.014 * min(size)
    top, bottom = margin, height - margin
    done: list[TextBlock] = []
    for row in (0, 2, 1):
        members = [(text, place) for text, place in texts if row_of(place) == row]
        if not members:
            continue
        most = _share(row, objects, {row_of(place) for _, place in texts}) * height
        stacks = _stacks(members, width, most, margin, side, grown)
        tall = max(sum(setting.height for _, setting in stack) + gap * (len(stack) - 1) for stack in stacks.values())
        start = top if row == 0 else bottom - tall if row == 2 else (top + bottom - tall) / 2
        for column, stack in stacks.items():
            done += _lay(stack, column, start, width, margin, gap)
        if row == 0:
            top += tall + 0.045 * min(size)
        elif row == 2:
            bottom -= tall + 0.055 * min(size)
    area = PixelBox(x=margin, y=top, w=width - 2 * margin, h=max(8.0, bottom - top))
    return Page(texts=tuple(done), area=area)


def _share(row: int, objects: int, rows: set[int | None]) -> float:
    """How much of the height a band may take."""
    if not objects:
        return 0.84 if len(rows) == 1 else 0.4 if len(rows) == 2 else 0.27
    return 0.28 if row == 0 else 0.24


def _stacks(
    members: Sequence[tuple[Text, Place]], width: int, most: float, margin: float, side: float, grown: float
) -> dict[int, list[tuple[Text, Setting]]]:
    columns = {column_of(place) for _, place in members}
    stacks: dict[int, list[tuple[Text, Setting]]] = {}
    for column in sorted(column for column in columns if column is not None):
        mine = _as_said(
            sorted((text for text, place in members if column_of(place) == column), key=lambda text: _ORDER[text.element.role])
        )
        wide = width - 2 * margin
        if column != 1:
            wide = max(0.24 * width, 1.9 * (width / 3 - margin))
        elif columns & {0, 2}:
            wide = width / 3
        weights = sum(text.em() for text in mine)
        stacks[column] = [(text, _fitted(text, wide, most * max(text.em() / weights, 0.2), side, grown)) for text in mine]
    return stacks


def _as_said(texts: Sequence[Text]) -> list[Text]:
    """Titles first, but a text that is to stand above another one goes before that."""
    ordered = list(texts)
    for text in texts:
        above = [relation.targets for relation in text.element.relations if relation.direction is Direction.ABOVE]
        under = [ordered.index(other) for other in ordered if any(other.key in targets for targets in above)]
        if under and ordered.index(text) > min(under):
            ordered.remove(text)
            ordered.insert(min(under), text)
    return ordered


def _fitted(text: Text, wide: float, tall: float, side: float, grown: float) -> Setting:
    largest = max(6.0, text.em(grown) * side)
    return fit(
        text.content,
        face_for(text.element, text.content),
        width=wide,
        height=max(tall, 1.2 * LINE * min(largest, tall)),
        max_px=largest,
        min_px=max(6.0, 0.022 * side),
    )


def _lay(
    stack: Sequence[tuple[Text, Setting]], column: int, start: float, width: int, margin: float, gap: float
) -> list[TextBlock]:
    done: list[TextBlock] = []
    for text, setting in stack:
        start += gap if done else 0.0
        x = {0: margin, 1: (width - setting.width) / 2, 2: width - margin - setting.width}[column]
        box = PixelBox(x=x, y=start, w=setting.width, h=setting.height)
        done.append(as_block(text, setting, box, {0: "left", 1: "center", 2: "right"}[column]))
        start += setting.height
    return done


def as_block(text: Text, setting: Setting, box: PixelBox, align: str = "center") -> TextBlock:
    element = text.element
    return TextBlock(
        key=text.key, lines=setting.lines, face=setting.face, px=setting.px, box=box,
        align=align, colour=element.colour, place=element.place,
    )  # fmt: skip


def as_part(text: Text) -> Part:
    """A text as a part of the layout of objects: about as wide as one and a half of them at most."""
    unit = 100
    setting = fit(
        text.content, face_for(text.element, text.content),
        width=1.5 * unit, height=1.1 * unit, max_px=text.em(_INTO_THINGS) * unit, min_px=7,
    )  # fmt: skip
    w, h = max(1.0, setting.width) / unit, max(1.0, setting.height) / unit
    return Part(key=text.key, source=ImageSource(origin=Origin.LETTERING, aspect=w / h), box=PixelBox(x=0, y=0, w=w, h=h))


def into_box(text: Text, box: PixelBox) -> TextBlock:
    """A text set into the box that the layout of objects found for it."""
    setting = fit(
        text.content, face_for(text.element, text.content),
        width=box.w * 1.001, height=box.h * 1.02, max_px=max(6.0, box.h), min_px=5,
    )  # fmt: skip
    placed = PixelBox(x=box.cx - setting.width / 2, y=box.cy - setting.height / 2, w=setting.width, h=setting.height)
    return replace(as_block(text, setting, placed))
