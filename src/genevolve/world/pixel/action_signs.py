"""Is the sign of what somebody does at the head, the mouth, the eyes or behind the back of the right one? By where the pictures
have these (``language.bodies``), and nearer to its own than to any other creature."""

from collections.abc import Iterator, Mapping, Sequence

from genevolve.core.claim import Claim, Direction, Related
from genevolve.core.score import Dimension
from genevolve.world.language import bodies
from genevolve.world.language.actions import At, Sign, signs
from genevolve.world.language.bodies import Side, Spot
from genevolve.world.pixel import geometry
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.verdict import ClaimVerdict

_REACH = 0.34  # how far from its place a sign may be, in sides of who it is said of
_BESIDE_FACE = 0.58  # … beside the mouth of a face
_PROFILE = 0.3  # a mouth nearer to the edge than this is seen from the side
_CROWN = 0.22  # how far a mouth that is seen from the side is below the top of its head
_LOW_CROWN = 0.52  # … of one that is held low
_SIZES = (0.35, 2.4)  # its side, in the sides that it is drawn with here: another generator may draw it otherwise
_CLEAR = 0.03  # how far off the ground who jumps must be, in heights
_LOW = 0.2  # how far below the top of a head the middle of a sign may be, in heights of who it is said of


def shown_by_sign(claim: Related, found: Sequence[Instance], doers: Sequence[Instance], seen: Detections) -> ClaimVerdict:
    """The verdict on "a Zzz at the head of the cat": each of ``doers`` has one of its own."""
    sign = _sign(claim)
    label = claim.targets[0].label
    free = list(found)
    lacking = 0
    for doer in doers:
        own = next((one for one in free if sign is not None and _at(sign, one, doer, _others(claim, one, seen))), None)
        if own is None:
            lacking += 1
        else:
            free.remove(own)
    passed = bool(doers) and not lacking
    return ClaimVerdict(
        skill="spatial_layout",
        dimension=Dimension.FAITHFULNESS,
        requirement=f"{sign.told if sign is not None else claim.subject.label}: of {label}",
        value=1.0 if passed else 0.0,
        detail="" if passed else f"{lacking} of {len(doers)} have no such sign there",
    )


def told_apart(instances: Mapping[str, tuple[Instance, ...]], claims: Sequence[Claim]) -> Mapping[str, tuple[Instance, ...]]:
    """``instances`` with signs of one kind at the one that each is said of: the nearest are its own, one for each of them;
    what is left stays with the first."""
    signed = [claim for claim in claims if isinstance(claim, Related) and claim.direction is Direction.SIGN]
    found = dict(instances)
    for look in dict.fromkeys(claim.subject.looks for claim in signed):
        alike = [claim for claim in signed if claim.subject.looks == look and claim.subject.key in instances]
        if len(alike) < 2:
            continue
        pool = [one for claim in alike for one in instances[claim.subject.key]]
        gaps = sorted(
            (_nearest(claim, one, instances), at, nth) for at, claim in enumerate(alike) for nth, one in enumerate(pool)
        )
        room = [len(instances.get(claim.targets[0].key, ())) for claim in alike]
        owner: dict[int, int] = {}
        for _, at, nth in gaps:
            if nth not in owner and room[at] > 0:
                owner[nth] = at
                room[at] -= 1
        for at, claim in enumerate(alike):
            found[claim.subject.key] = tuple(one for nth, one in enumerate(pool) if owner.get(nth, 0) == at)
    return found


def _nearest(claim: Related, one: Instance, instances: Mapping[str, tuple[Instance, ...]]) -> float:
    """How far it is from the nearest place where the claim wants it."""
    sign = _sign(claim)
    doers = instances.get(claim.targets[0].key, ()) if sign is not None else ()
    places = [place for doer in doers if sign is not None and (place := _place(sign, doer)) is not None]
    return min((geometry.gap(one.pose.box, *place) for place in places), default=float("inf"))


def _sign(claim: Related) -> Sign | None:
    named = (sign for sign in signs().values() if sign.label == claim.subject.label and sign.look in claim.subject.looks)
    return next(named, None)


def _others(claim: Related, sign: Instance, seen: Detections) -> Iterator[Instance]:
    """Other creatures than the one it is said of, but for what stands in the sign itself."""
    for key, found in seen.instances.items():
        if key in {claim.subject.key, claim.targets[0].key}:
            continue
        yield from (one for one in found if bodies.body_of(one.template.look) and not _within(one.pose.box, sign.pose.box))


def _within(one: Box, other: Box) -> bool:
    x, y = geometry.centre(one)
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]


def _at(sign: Sign, one: Instance, doer: Instance, others: Iterator[Instance]) -> bool:
    own, other = one.pose.box, doer.pose.box
    side = _side(other)
    place = _place(sign, doer)
    if place is None or not _SIZES[0] * sign.size * side <= _side(own) <= _SIZES[1] * sign.size * side:
        return False
    x, y = place
    gap = geometry.gap(own, x, y)
    if gap > _reach(sign, doer) * side or not _on_its_side(sign, own, doer, place):
        return False
    return all(gap <= geometry.gap(own, *where) for where in (_place(sign, each) for each in others) if where is not None)


def _reach(sign: Sign, doer: Instance) -> float:
    """How far it may be from its place, in sides of who it is said of: farther beside a face that is seen from the front."""
    mouth = bodies.body_of(doer.template.look).get(Spot.MOUTH) if sign.at is At.MOUTH else None
    front = mouth is not None and _PROFILE <= mouth.x <= 1 - _PROFILE
    return _BESIDE_FACE if front else _REACH


def _on_its_side(sign: Sign, own: Box, doer: Instance, place: tuple[float, float]) -> bool:
    """A sign at a head is above it, one behind somebody behind the back, tears below the eyes."""
    left, top, right, bottom = doer.pose.box
    cx, cy = geometry.centre(own)
    match sign.at:
        case At.HEAD:
            return cy < place[1] + _LOW * (bottom - top)
        case At.BEHIND:
            side = _heading(doer)
            return cx > (left + right) / 2 if side is Side.LEFT else cx < (left + right) / 2
        case At.EYES:
            return cy > place[1] and abs(cx - place[0]) < 0.15 * (right - left)
        case At.BELOW:
            clear = bottom + _CLEAR * (bottom - top) < own[1]
            return clear and abs(cx - place[0]) < 0.2 * (right - left)
        case At.ABOVE:
            return cy < top + 0.2 * (bottom - top)
    return True


def _place(sign: Sign, doer: Instance) -> tuple[float, float] | None:
    """Where the picture of ``doer`` has what the sign belongs to."""
    left, top, right, bottom = doer.pose.box
    wide, tall = right - left, bottom - top
    match sign.at:
        case At.BEHIND:
            side = _heading(doer)
            return None if side is None else (right if side is Side.LEFT else left, top + 0.75 * tall)
        case At.THING:
            return left + 0.5 * wide, top + 0.4 * tall
        case At.ABOVE:
            return left + 0.5 * wide, top
        case At.BELOW:
            return left + 0.5 * wide, bottom
    body = bodies.body_of(doer.template.look)
    wanted = {At.MOUTH: (Spot.MOUTH,), At.EYES: (Spot.EYES,)}.get(sign.at, bodies.HEAD)
    spot = next((spot for spot in wanted if spot in body), None)
    if spot is None:
        return None
    at = body[spot]
    x = 1 - at.x if doer.template.mirrored else at.x
    crown = {Spot.EYES: 0.2, Spot.MOUTH: _CROWN if at.y < 0.5 else _LOW_CROWN}.get(spot, 0.0) if sign.at is At.HEAD else 0.0
    return left + x * wide, top + max(0.0, at.y - crown) * tall


def _heading(doer: Instance) -> Side | None:
    side = bodies.heading_of(doer.template.look)
    return side.other if side is not None and doer.template.mirrored else side


def _side(box: Box) -> float:
    return float(((box[2] - box[0]) * (box[3] - box[1])) ** 0.5)
