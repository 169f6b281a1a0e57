"""Where everything goes: rows of blocks in the space that the text leaves, everything as large as fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Direction, Place
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.model import SceneObject
from genevolve.world.sketch.blocks import SIDE, Block
from genevolve.world.sketch.order import Link, Order, column_of, order, row_of
from genevolve.world.sketch.plan import ImageSource, Origin, PixelBox, Shadow, Sprite
from genevolve.world.sketch.spread import spread

ALONE = 0.57  # side of a medium object, as a fraction of the shorter side of the canvas
READABLE = 0.42  # text among many small objects is not made smaller than beside an object of this side
_LEVEL = {Place.BOTTOM_LEFT: Place.LEFT, Place.BOTTOM: Place.CENTER, Place.BOTTOM_RIGHT: Place.RIGHT}
_ACROSS = frozenset({Place.LEFT, Place.RIGHT, Place.CENTER, None})
LARGER = 1.3  # an object of a larger size class is at least this much larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The space for objects on a canvas of ``width`` × ``height``. ``ground``: where the floor begins, as a fraction of it."""

    width: float
    height: float
    area: PixelBox
    ground: float | None = None
    across: bool = False  # what is only placed to the left or right stands on the floor, too

    @property
    def gap(self) -> float:
        return 0.045 * min(self.width, self.height)


def place_blocks(
    blocks: Sequence[Block], places: Mapping[str, Place | None], links: Sequence[Link], room: Room
) -> tuple[dict[str, PixelBox], Order]:
    """The box of every block on the canvas."""
    keys = [block.key for block in blocks]
    by_key = {block.key: block for block in blocks}
    places = _levelled(by_key, places, links, room)
    ranked = order(keys, places, links)
    factors = _factors(ranked.rows, by_key, _limits(ranked, places, room), room)
    heights = [max(by_key[key].h * factors[key] for key in row) for row in ranked.rows]
    wishes = [_row_wish(row, height, places, room) for row, height in zip(ranked.rows, heights, strict=True)]
    area = room.area
    if room.across and len(wishes) == 1 and _only_across(ranked.rows[0], by_key, places):
        wishes = [None]
    middles = spread(heights, _grounded(wishes, heights, room), area.y, area.bottom, room.gap, 0.1 * room.height)
    xs: dict[str, float] = {}
    for _ in range(3):  # a block under another follows it, which may itself follow a third
        for row in ranked.rows:
            _along(row, by_key, factors, places, ranked, links, room, xs)
    boxes = {}
    for row, middle, height in zip(ranked.rows, middles, heights, strict=True):
        for key in row:
            w, h = by_key[key].w * factors[key], by_key[key].h * factors[key]
            level = middle - h / 2 if places[key] is not None or _text(by_key[key]) else middle + height / 2 - h
            boxes[key] = PixelBox(x=xs[key] - w / 2, y=level, w=w, h=h)
    return boxes, ranked


def _levelled(
    blocks: Mapping[str, Block], places: Mapping[str, Place | None], links: Sequence[Link], room: Room
) -> Mapping[str, Place | None]:
    """On a floor, what is at the bottom stands in one row with what is only to the left or right, where each has a third of it:
    "a bed, a lamp in the corner". The bottom right of the canvas is at its right, too."""
    flat = {key: _LEVEL.get(place, place) for key, place in places.items() if place is not None}
    mixed = {row_of(place) for place in places.values() if place is not None} == {1, 2}
    aloft = any(part.source.airborne for key in flat if key in blocks for part in blocks[key].parts)
    stacked = any(link.direction in (Direction.ABOVE, Direction.BELOW) for link in links)
    if not room.across or room.ground is None or not mixed or aloft or stacked or len(set(flat.values())) < len(flat):
        return places
    return {**places, **flat}


def _only_across(row: Sequence[str], blocks: Mapping[str, Block], places: Mapping[str, Place | None]) -> bool:
    """Whether the row is of standing things that are told apart by left and right alone."""
    aloft = any(part.source.airborne for key in row for part in blocks[key].parts)
    return not aloft and all(places[key] in _ACROSS for key in row) and not any(_text(blocks[key]) for key in row)


def _text(block: Block) -> bool:
    return all(part.source.origin is Origin.LETTERING for part in block.parts)


def _factors(
    rows: Sequence[Sequence[str]], blocks: Mapping[str, Block], limits: Mapping[str, tuple[float, float]], room: Room
) -> dict[str, float]:
    """Pixels per unit of every block: one common scale, the largest that fits, less where a block or row is too wide."""
    low, high = 0.0, ALONE * min(room.width, room.height)
    if _fits(found := _scaled(rows, blocks, limits, room, high), rows, blocks, room):
        return found
    for _ in range(14):
        middle = (low + high) / 2
        if _fits(_scaled(rows, blocks, limits, room, middle), rows, blocks, room):
            low = middle
        else:
            high = middle
    return _scaled(rows, blocks, limits, room, max(low, 1e-3))


def _scaled(
    rows: Sequence[Sequence[str]],
    blocks: Mapping[str, Block],
    limits: Mapping[str, tuple[float, float]],
    room: Room,
    scale: float,
) -> dict[str, float]:
    factors: dict[str, float] = {}
    readable = READABLE * min(room.width, room.height)
    for row in rows:
        free = max(1.0, room.area.w - room.gap * (len(row) - 1))
        common = min(scale, free / sum(blocks[key].w for key in row))
        for key in row:
            widest, tallest = limits[key]
            wanted = max(common, min(readable, free / blocks[key].w)) if _text(blocks[key]) else common
            factors[key] = min(wanted, widest / blocks[key].w, tallest / blocks[key].h)
        wide = sum(blocks[key].w * factors[key] for key in row)
        if wide > free:
            factors.update({key: factors[key] * free / wide for key in row})
    return factors


def _limits(ranked: Order, places: Mapping[str, Place | None], room: Room) -> dict[str, tuple[float, float]]:
    """The largest width and height with which the middle of each block still lies in its ninth of the canvas.

    What is centred on a placed block shares its column.
    """
    tall = _share({row_of(place) for place in places.values() if place is not None}) * room.height
    area, limits = room.area, {}
    for row in ranked.rows:
        aligned = {key: places[key] or places.get(ranked.under.get(key, "")) for key in row}
        wide = _share({column_of(place) for place in aligned.values() if place is not None}) * room.width
        for key in row:
            own = places[key]
            widest = (
                area.w
                if aligned[key] is None
                else min(area.w, wide, _inner(aligned[key], column_of, room.width, area.x, area.right))
            )
            tallest = area.h if own is None else min(area.h, tall, _inner(own, row_of, room.height, area.y, area.bottom))
            limits[key] = (widest, tallest)
    return limits


def _share(thirds: set[int | None]) -> float:
    """How much of the canvas one block may take when blocks are placed in these thirds of it."""
    if len(thirds) < 2:
        return 1.0
    return 0.26 if len(thirds) == 3 else 0.33 if 1 in thirds else 0.42


def _inner(place: Place | None, third: Callable[[Place | None], int | None], whole: float, low: float, high: float) -> float:
    """The largest extent with which a block at the edge of the free space has its middle in the outer third."""
    if third(place) == 1:
        return whole
    edge = low if third(place) == 0 else whole - high
    return max(0.15 * whole, 1.9 * (whole / 3 - edge))


def _fits(factors: Mapping[str, float], rows: Sequence[Sequence[str]], blocks: Mapping[str, Block], room: Room) -> bool:
    needed = sum(max(blocks[key].h * factors[key] for key in row) for row in rows)
    return needed + room.gap * (len(rows) - 1) <= room.area.h


def _row_wish(row: Sequence[str], height: float, places: Mapping[str, Place | None], room: Room) -> float | None:
    """Where the middle of a row wants to be: near its edge of the canvas when a member is placed there."""
    found = next((row_of(places[key]) for key in row if places[key] is not None), None)
    match found:
        case 0:
            return max(room.area.y + height / 2, min(room.height * 0.2, room.height / 3))
        case 1:
            return room.height / 2
        case 2:
            return min(room.area.bottom - height / 2, room.height * 0.8)
    return None


def _grounded(wishes: list[float | None], heights: Sequence[float], room: Room) -> list[float | None]:
    """On a setting with a floor, rows that nobody placed stand on it."""
    placed = wishes[-1:] if room.across else wishes  # below a clock on the wall the desk stands on the floor
    if room.ground is None or any(wish is not None for wish in placed):
        return wishes
    floor = room.ground * room.height
    deep = 0.22 + 0.45 * min(1.0, sum(heights) / (0.6 * room.height))  # small objects stand farther back
    foot = min(room.area.bottom, floor + deep * (room.height - floor))
    return [*wishes[:-1], foot - heights[-1] / 2]


def _along(
    row: Sequence[str],
    blocks: Mapping[str, Block],
    factors: Mapping[str, float],
    places: Mapping[str, Place | None],
    ranked: Order,
    links: Sequence[Link],
    room: Room,
    xs: dict[str, float],
) -> None:
    """Set the middle of every block of ``row`` in ``xs``."""
    widths = [blocks[key].w * factors[key] for key in row]
    wishes = []
    for key, width in zip(row, widths, strict=True):
        wish = _column_wish(places[key], width, room)
        if wish is None and key in ranked.under:
            wish = xs.get(ranked.under[key])
        wishes.append(_sideways(key, row, links, room) if wish is None else wish)
    area = room.area
    found = spread(widths, wishes, area.x, area.right, room.gap, 0.12 * room.width)
    xs.update(zip(row, found, strict=True))


def _column_wish(place: Place | None, width: float, room: Room) -> float | None:
    match column_of(place):
        case 0:
            return max(room.area.x + width / 2, room.width * 0.2)
        case 1:
            return room.width / 2
        case 2:
            return min(room.area.right - width / 2, room.width * 0.8)
    return None


def _sideways(key: str, row: Sequence[str], links: Sequence[Link], room: Room) -> float | None:
    """To the left or right of something that stands in another row."""
    for link in links:
        if link.direction not in (Direction.LEFT_OF, Direction.RIGHT_OF) or (link.others[0] in row and link.one in row):
            continue
        if key in (link.one, link.others[0]):
            first = (key == link.one) == (link.direction is Direction.LEFT_OF)
            return room.width * (0.27 if first else 0.73)
    return None


def figures(block: Block, box: PixelBox) -> list[tuple[str, ImageSource, PixelBox, int]]:
    """The parts of ``block`` in pixels: (key, source, box, z)."""
    factor = box.w / block.w
    return [(part.key, part.source, part.box.scaled(factor).moved(box.x, box.y), part.z) for part in block.parts]


def keep_sizes(objects: Mapping[str, SceneObject], drawn: Sequence[Sprite]) -> list[Sprite]:
    """Figures of a smaller size class are made smaller until every larger class is clearly larger."""
    limits: dict[str, float] = {}
    sides = {key: min((f.box.w * f.box.h) ** 0.5 for f in drawn if f.key == key) for key in {f.key for f in drawn}}
    for key in sorted(sides, key=lambda key: (-len(objects[key].larger_than), -SIDE[objects[key].size])):
        larger = [other for other in sides if not _goes_along(objects[other]) and _larger(objects[other], objects[key])]
        limits[key] = min([sides[key], *(limits.get(other, sides[other]) / LARGER for other in larger)])
    return [
        replace(figure, box=figure.box.shrunk(limits[figure.key] / sides[figure.key]))
        if limits[figure.key] < sides[figure.key] * 0.999
        else figure
        for figure in drawn
    ]


def as_large_as_their_kind(objects: Mapping[str, SceneObject], drawn: Sequence[Sprite]) -> list[Sprite]:
    """Of "four birds, one with a crown" all are as large, unless sizes were said."""
    sides = {figure.key: (figure.box.w * figure.box.h) ** 0.5 for figure in drawn}
    found = []
    for figure in drawn:
        own = objects[figure.key]
        twins = [
            sides[key]
            for key, other in objects.items()
            if key in sides and other.size is own.size is None and (other.noun, other.of) == (own.noun, own.of)
            and not (key in own.larger_than or own.key in other.larger_than)
        ]  # fmt: skip
        factor = min([1.0, *(side / sides[figure.key] for side in twins)])
        found.append(replace(figure, box=figure.box.shrunk(factor)) if factor < 0.999 else figure)
    return found


def _goes_along(obj: SceneObject) -> bool:
    """Whether it is brought to the size of its bearer, whom it does not make smaller: the hat of "a small cat in a hat"."""
    return obj.size is None and any(relation.direction in BORNE for relation in obj.relations)


def _larger(one: SceneObject, other: SceneObject) -> bool:
    """Whether ``one`` was said to be larger: directly, or by its size."""
    if one.key in other.larger_than:
        return False
    return other.key in one.larger_than or (SIDE[one.size] > SIDE[other.size] and (one.size or other.size) is not None)


def shadow_of(obj: SceneObject, source: ImageSource, floating: bool) -> Shadow:
    if floating:
        return Shadow.NONE
    if source.origin in (Origin.PHOTO, Origin.CLOTH) and not obj.grounded:
        return Shadow.CARD
    return Shadow.NONE if source.airborne and not obj.grounded else Shadow.CONTACT
