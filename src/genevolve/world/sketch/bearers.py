"""Where what is worn, held, pictured or put into something comes on the picture of its bearer. Boxes in a block's own units."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.world.language import bodies
from genevolve.world.language.actions import sign_of
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.bodies import Anchor, Spot
from genevolve.world.language.model import Relation, SceneObject
from genevolve.world.language.senses import has_legs, is_shelter, is_vessel, sticks_out, windowed
from genevolve.world.sketch.action_signs import lifted, sign_box, turns_away
from genevolve.world.sketch.blocks import Block, Part, block
from genevolve.world.sketch.held import held_box, tail_turned
from genevolve.world.sketch.plan import Origin, PixelBox, Shadow, Sprite
from genevolve.world.sketch.pulled import goes_right, last_in_line, pulled_box
from genevolve.world.sketch.under import between_legs

# Width of what is worn, in widths of the body there.
_WIDE = {"crown": 0.95, "party hat": 0.75, "graduation cap": 1.5, "hat": 1.5, "top hat": 1.2, "cap": 1.15, "western hat": 1.6}
_USUAL = {Spot.TOP: 1.25, Spot.EYES: 1.4, Spot.NECK: 1.15}
_FED, _SEATED_AT = 0.42, 0.55  # … of what is at the mouth, and of who sits on the shoulder
_BEFORE = {True: 0.5, False: 0.62}  # … of what is held before a whole body, and before less
_GARMENT = {Spot.BODY: 1.3, Spot.HOOD: 1.3}  # width of a garment, in widths of a bust or of a body
_UNDER_FACE = 2.1  # … in widths of the neck of a face
_COLLAR = {Spot.BODY: 0.03, Spot.HOOD: 0.3}  # how far below its top a garment has its collar, in its heights
_ASIDE = 0.3  # a mouth nearer to the edge than this is seen from the side
_BUST = 0.7  # height of a neck under which the picture shows no more than shoulders
_NECK = 0.74  # of a vase's width
_TALLER = 2.2  # how much higher a tree is than what is under it
_DIPPED, _MOST_DIPPED = 0.26, 0.34  # of a vessel's height, and at most of its own, that hides what is in it


def bear(child: Block, host: Block, direction: Direction, noun: str, nth: int = 0, total: int = 1) -> Block:
    """``child`` (things called ``noun``) worn by, held by or pictured on ``host``: one each where there are several. What is
    held ``nth`` after others, of ``total`` things in all, comes to the other hand or beside them."""
    own = [part for part in host.parts if part.key == host.key]
    things = sorted((part for part in child.parts if part.key == child.key), key=lambda part: (part.box.y, part.box.x))
    front = max(part.z for part in host.parts) + 1
    if under_face(noun, own[0].source.look, direction):
        front = min(part.z for part in host.parts) - len(child.parts)
    moved = []
    for number, thing in enumerate(things):
        bearer = own[min(number, len(own) - 1)]
        if direction is Direction.HELD:
            bearer, slot = own[number % len(own)], nth + number // len(own)
            box = held_box(thing, bearer, noun, slot, -(-max(total, len(things)) // len(own)))
        elif direction is Direction.PULLED:
            bearer = last_in_line(own)
            box = pulled_box(thing, bearer)
        else:
            box = _box(thing, bearer, direction, noun, nth)
        away = _away(noun, box, bearer, direction)
        source = replace(thing.source, mirrored=True) if away else thing.source
        moved.append(replace(thing, box=box, z=front + number, source=source))
        theirs = [part for part in child.parts if part.key != child.key and _nearest(part, things) is thing]
        moved += [
            replace(part, box=_along(part.box, thing.box, box).grown(_inset(part, direction)), z=front + len(things) + place)
            for place, part in enumerate(sorted(theirs, key=lambda part: part.z))
        ]
    return block(host.key, [*host.parts, *moved])


def _away(noun: str, box: PixelBox, bearer: Part, direction: Direction) -> bool:
    """Whether the picture of what is borne comes mirrored, for the side of its bearer on which it is."""
    match direction:
        case Direction.SIGN:
            return turns_away(noun, box, bearer)
        case Direction.HELD:
            return tail_turned(noun, box, bearer)
        case Direction.PULLED:
            return goes_right(bearer)  # pictures of sleds and of what has a front go to the left
    return False


def _inset(part: Part, direction: Direction) -> float:
    """How much larger a part comes than it was: what is said keeps away from the line of its bubble."""
    return -0.2 if direction is Direction.SIGN and part.source.origin is Origin.LETTERING else 0.0


def _nearest(part: Part, things: Sequence[Part]) -> Part:
    return max(things, key=lambda thing: (thing.box.overlap(part.box), -abs(thing.box.cx - part.box.cx)))


def _along(box: PixelBox, before: PixelBox, after: PixelBox) -> PixelBox:
    """``box`` brought to where it is on what moved from ``before`` to ``after``."""
    factor = after.w / before.w
    x, y = after.x + (box.x - before.x) * factor, after.y + (box.y - before.y) * factor
    return PixelBox(x=x, y=y, w=box.w * factor, h=box.h * factor)


def under_face(noun: str, look: str, direction: Direction) -> bool:
    """Whether it is a garment that comes under a picture which ends at the chin."""
    garment = direction is Direction.WORN and bodies.spot_of(noun) in _GARMENT
    return garment and bodies.is_face(look)


def _box(thing: Part, bearer: Part, direction: Direction, noun: str, nth: int) -> PixelBox:
    if direction is Direction.PICTURED:
        return _pictured(thing, bearer)
    if (sign := sign_of(noun)) is not None and direction is Direction.SIGN:
        return sign_box(sign, thing, bearer, nth)
    body = bodies.body_of(bearer.source.look)
    if direction is Direction.AT_MOUTH:
        return _fed(thing, bearer.box, body.get(Spot.MOUTH) or Anchor(x=0.5, y=0.6, width=0.3))
    if direction is Direction.AT_SHOULDER:
        shoulder = body.get(Spot.SHOULDER) or Anchor(x=0.15, y=0.3, width=0.3)
        return _seated(thing, bearer.box, replace(shoulder, x=1 - shoulder.x) if nth % 2 else shoulder)
    if direction is Direction.HELD_BEFORE:
        return _before(thing, bearer.box, body.get(Spot.CHIN) or Anchor(x=0.5, y=0.6, width=0.5))
    spot = bodies.spot_of(noun) or Spot.TOP
    if spot in _GARMENT:
        return _dressed(thing, bearer, body.get(spot) or Anchor(x=0.5, y=0.25, width=0.5), spot)
    return _worn(thing, bearer.box, body.get(spot) or Anchor(x=0.5, y=0.08, width=0.5), spot, noun)


def _worn(thing: Part, box: PixelBox, at: Anchor, spot: Spot, noun: str) -> PixelBox:
    aspect = thing.box.w / thing.box.h
    w = at.width * box.w * _WIDE.get(noun, _USUAL[spot])
    w = min(w, 0.9 * box.h * aspect)
    h = w / aspect
    x, y = box.x + at.x * box.w - w / 2, box.y + at.y * box.h
    if spot is Spot.TOP:
        return PixelBox(x=x, y=y - 0.88 * h, w=w, h=h)
    if spot is Spot.EYES or noun == "bow tie":
        return PixelBox(x=x, y=y - h / 2, w=w, h=h)
    return PixelBox(x=x, y=y - 0.28 * h, w=w, h=h)


def _fed(thing: Part, box: PixelBox, mouth: Anchor) -> PixelBox:
    """At the mouth, mostly beside or below it, so that both are seen."""
    aspect = thing.box.w / thing.box.h
    side = _FED * (box.w * box.h) ** 0.5
    w, h = min(side, side * aspect), min(side, side / aspect)
    outward = -1 if mouth.x < _ASIDE else 1 if mouth.x > 1 - _ASIDE else 0
    x, y = box.x + mouth.x * box.w + outward * 0.3 * w, box.y + mouth.y * box.h + (0.08 if outward else 0.3) * h
    return PixelBox(x=x - w / 2, y=y - h / 2, w=w, h=h)


def _before(thing: Part, box: PixelBox, at: Anchor) -> PixelBox:
    """Before the body from ``at`` down: of whom more is seen than the head and shoulders no broader than that, and above the
    feet."""
    aspect, whole = thing.box.w / thing.box.h, at.y < _BUST
    side = _BEFORE[whole] * (box.w * box.h) ** 0.5
    h = min(side, side / aspect)
    h = min(h, 0.85 * box.w / aspect, (1.0 - at.y) * box.h) if whole else h
    return PixelBox(x=box.x + at.x * box.w - h * aspect / 2, y=box.y + at.y * box.h, w=h * aspect, h=h)


def _seated(thing: Part, box: PixelBox, shoulder: Anchor) -> PixelBox:
    aspect = thing.box.w / thing.box.h
    side = _SEATED_AT * (box.w * box.h) ** 0.5
    w, h = min(side, side * aspect), min(side, side / aspect)
    outward = 1 if shoulder.x >= 0.5 else -1
    x = box.x + shoulder.x * box.w + outward * 0.16 * w
    return PixelBox(x=x - w / 2, y=box.y + shoulder.y * box.h - 0.94 * h, w=w, h=h)


def _dressed(thing: Part, bearer: Part, neck: Anchor, spot: Spot) -> PixelBox:
    """A garment, its collar at the neck; on a whole body no longer than that."""
    box, aspect = bearer.box, thing.box.w / thing.box.h
    face = bodies.is_face(bearer.source.look)
    collar = _COLLAR[spot] + 0.03 if face else _COLLAR[Spot.BODY]  # a hood that is not behind a face is down
    w = neck.width * box.w * (_UNDER_FACE if face else _GARMENT[spot])
    whole = not face and neck.y < _BUST
    h = min(w / aspect, (0.94 - neck.y) * box.h / (1 - collar)) if whole else w / aspect
    w = h * aspect
    y = box.y + neck.y * box.h - collar * h
    return PixelBox(x=box.x + neck.x * box.w - w / 2, y=y, w=w, h=h)


def _pictured(thing: Part, bearer: Part) -> PixelBox:
    left, top, right, bottom = bearer.source.board.box if bearer.source.board is not None else (0.22, 0.22, 0.78, 0.78)
    box = bearer.box
    room_w, room_h = (right - left) * box.w, (bottom - top) * box.h
    aspect = thing.box.w / thing.box.h
    w = 0.86 * min(room_w, room_h * aspect)
    h = w / aspect
    cx, cy = box.x + (left + right) / 2 * box.w, box.y + (top + bottom) / 2 * box.h
    return PixelBox(x=cx - w / 2, y=cy - h / 2, w=w, h=h)


def dip(child: Block, host: Block, wide: float = 0.72) -> Block:
    """``child`` in an open vessel: its lower part is behind the vessel's front, the rest above the rim, which is ``wide``."""
    base = next(part for part in host.parts if part.key == host.key)
    inside = [part for part in host.parts if part.key != host.key and part.z < base.z]
    if inside:
        return _dipped_beside(child, host, base, inside)
    hidden = _DIPPED * base.box.h
    rim = base.box.y + bodies.rim_of(base.source.look, base.source.surface) * base.box.h
    factor = min(wide * base.box.w / child.w, 1.25 * base.box.h / child.h)
    h = child.h * factor
    hidden = min(hidden, _MOST_DIPPED * h)
    z = min(part.z for part in host.parts) - 1 - max(part.z for part in child.parts)
    x, y = base.box.cx - child.w * factor / 2, rim + hidden - h
    parts = [replace(part, box=part.box.scaled(factor).moved(x, y), z=part.z + z) for part in child.parts]
    return block(host.key, [*host.parts, *parts])


def _dipped_beside(child: Block, host: Block, base: Part, inside: Sequence[Part]) -> Block:
    """``child`` in a vessel that others are in: all in one row as wide as the rim, each as high as its kind was."""
    rim = base.box.y + bodies.rim_of(base.source.look, base.source.surface) * base.box.h
    tall = max(part.box.h for part in inside)
    own = max(part.box.h for part in child.parts)
    row = [*sorted(inside, key=lambda part: part.box.x), *(replace(one, box=one.box.scaled(tall / own)) for one in child.parts)]
    factor = min(1.0, 0.84 * base.box.w / sum(part.box.w for part in row))
    x = base.box.cx - sum(part.box.w for part in row) * factor / 2
    back = min(part.z for part in host.parts) - 1
    placed = []
    for part in row:
        w, h = part.box.w * factor, part.box.h * factor
        y = rim + min(_DIPPED * base.box.h, _MOST_DIPPED * h) - h
        placed.append(replace(part, box=PixelBox(x=x, y=y, w=w, h=h), z=back))
        x += w
    return block(host.key, [*(part for part in host.parts if part not in inside), *placed])


def look_out(child: Block, host: Block) -> Block:
    """``child`` at the windows of ``host``."""
    base = next(part for part in host.parts if part.key == host.key).box
    factor = min(0.36 * base.w / child.w, 0.46 * base.h / child.h)
    x, y = base.cx - child.w * factor / 2, base.y + 0.29 * base.h - child.h * factor / 2
    z = max(part.z for part in host.parts) + 1
    parts = [replace(part, box=part.box.scaled(factor).moved(x, y), z=part.z + z) for part in child.parts]
    return block(host.key, [*host.parts, *parts])


def shelter(child: Block, host: Block, nth: int = 0) -> Block:
    """``child`` on the ground under ``host``, which is tall enough for that; the second is on the other side of its foot."""
    base = next(part for part in host.parts if part.key == host.key).box
    factor = max(1.0, _TALLER * child.h / base.h, 1.1 * child.w / base.w)
    grown = [replace(part, box=part.box.scaled(factor)) for part in host.parts]
    base = next(part for part in grown if part.key == host.key).box
    x = base.x + (0.3 if nth % 2 else 0.68) * base.w - child.w / 2
    y = base.bottom - child.h + 0.05 * child.h
    front = max(part.z for part in grown) + 1
    parts = [replace(part, box=part.box.moved(x, y), z=part.z + front) for part in child.parts]
    return block(host.key, [*grown, *parts])


def hides_below(noun: str) -> bool:
    """Whether what is under it stands on the same ground: under a tree, between the legs of a table."""
    return is_shelter(noun) or has_legs(noun)


def sheltered(relations: Sequence[tuple[str, Relation]], objects: Mapping[str, SceneObject]) -> list[tuple[str, Relation]]:
    """``relations`` with "a tree above a dog" told from below, so that the dog comes under the tree."""
    turned = []
    for key, one in relations:
        below = one.targets[0] if len(one.targets) == 1 else ""
        over = one.direction is Direction.ABOVE and key in objects and below in objects and is_shelter(objects[key].noun)
        turned.append((below, Relation(direction=Direction.BELOW, targets=(key,))) if over else (key, one))
    return turned


def follow(before: Sequence[Sprite], after: Sequence[Sprite], hosts: Mapping[str, tuple[str, Direction]]) -> list[Sprite]:
    """``after`` with what is borne brought to the size and place that its bearer was brought to, and what stands on something
    set down on it again; ``hosts``: by key, on what it is and how."""
    moved = list(after)
    for number in sorted(range(len(after)), key=lambda number: _height(after[number].key, hosts)):
        figure = after[number]
        host, direction = hosts.get(figure.key, ("", Direction.ON))
        bearers = [at for at, other in enumerate(before) if other.key == host]
        if not bearers:
            continue
        at = max(bearers, key=lambda at: before[at].box.overlap(before[number].box))
        old, new = before[at].box, moved[at].box
        factor = new.w / old.w
        box = before[number].box
        if direction is Direction.ON:
            own = after[number].box
            x, y = new.x + (box.cx - old.x) * factor, new.y + (box.bottom - old.y) * factor
            moved[number] = replace(figure, box=own.moved(x - own.cx, y - own.bottom))
            continue
        x, y = new.x + (box.x - old.x) * factor, new.y + (box.y - old.y) * factor
        moved[number] = replace(figure, box=PixelBox(x=x, y=y, w=box.w * factor, h=box.h * factor))
    return moved


def _height(key: str, hosts: Mapping[str, tuple[str, Direction]]) -> int:
    """How many things are under it, one on another: the lowest moves first."""
    passed: list[str] = []
    while (key := hosts.get(key, ("", Direction.ON))[0]) and key not in passed:
        passed.append(key)
    return len(passed)


def joined_by_kind(
    child: Block, host: Block, direction: Direction, pair: tuple[SceneObject, SceneObject], nth: int, total: int = 1
) -> Block | None:
    """What is worn, held, pictured, in an open vessel or behind a window; None for what simply stands somewhere."""
    one, other = pair
    if direction in BORNE:
        return bear(child, host, direction, one.noun, nth, total)
    if direction is Direction.ON and other.count.number == 1 and sticks_out(one.noun, other.noun):
        return dip(child, host, wide=_NECK)  # flowers, whose stems are in the vase
    if direction is Direction.BELOW and is_shelter(other.noun):
        return shelter(child, host, nth)
    if direction is Direction.BELOW and has_legs(other.noun):
        return between_legs(child, host)
    if direction is not Direction.INSIDE or other.count.number != 1:
        return None
    if windowed(other.noun) and one.living:
        return look_out(child, host)
    return dip(child, host) if is_vessel(other.noun) else None


def bearers(objects: Mapping[str, SceneObject]) -> dict[str, tuple[str, Direction]]:
    """By key, who bears it or what it stands on, and how."""
    return {
        key: (relation.targets[0], relation.direction)
        for key, obj in objects.items()
        for relation in obj.relations
        if relation.direction in BORNE | {Direction.ON} and relation.targets and relation.targets[0] in objects
    }


def is_borne(relation: Relation, objects: Mapping[str, SceneObject]) -> bool:
    """Whether it casts no shadow of its own."""
    host = objects.get(relation.targets[0]) if relation.targets else None
    dipped = host is not None and relation.direction is Direction.INSIDE and (is_vessel(host.noun) or windowed(host.noun))
    return relation.direction in BORNE - {Direction.PULLED} or dipped


def nested(drawn: list[Sprite], objects: Mapping[str, SceneObject], *, free: bool) -> list[Sprite]:
    """What somebody bears, and what is inside of something, casts no shadow of its own; a face over a garment casts none, but
    the garment does."""
    inside = {key for key, obj in objects.items() if any(r.direction is Direction.INSIDE for r in obj.relations)}
    borne = {key for key, obj in objects.items() if free and any(is_borne(relation, objects) for relation in obj.relations)}
    faces = {figure.key: figure for figure in drawn if bodies.is_face(figure.source.look)} if free else {}
    dressed = {
        key: host
        for key, obj in objects.items()
        for relation in obj.relations
        for host in relation.targets[:1]
        if host in faces and under_face(obj.noun, faces[host].source.look, relation.direction)
    }
    shadowless = borne | {*dressed.values()} | (lifted(objects) if free else set())
    return [
        replace(figure, shadow=faces[dressed[figure.key]].shadow)
        if figure.key in dressed
        else replace(figure, shadow=Shadow.NONE)
        if figure.key in shadowless or (figure.key in inside and not objects[figure.key].grounded)
        else figure
        for figure in drawn
    ]


def is_dressed(obj: SceneObject, objects: Sequence[SceneObject]) -> bool:
    """Whether it wears a garment, and so needs the room below it."""
    worn = (one for one in objects for each in one.relations if each.direction is Direction.WORN and obj.key in each.targets)
    return any(bodies.spot_of(one.noun) in _GARMENT for one in worn)
