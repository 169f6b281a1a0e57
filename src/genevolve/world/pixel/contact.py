"""Does one thing stand on another, seen from their outlines: feet on the upper edge, no gap, and not merely before it."""

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

from genevolve.core.claim import Claim, Related
from genevolve.core.score import Dimension
from genevolve.world.language.bodies import seat_of
from genevolve.world.language.lexicon import word_set
from genevolve.world.pixel.bearing import dips
from genevolve.world.pixel.detect import Instance, covered
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.match import measure
from genevolve.world.pixel.verdict import ClaimVerdict

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

HIDDEN = 0.48  # share of a thing that must be seen for it to count; the rim of what covers it is not counted as seen
_FEET = 0.08  # share of the height in which the feet are
_GAP = 0.035  # of its own height: a wider gap under the feet is seen
_UNDER = 0.14  # … up to which a foot counts as held on uneven ground
_HELD = 0.35  # share of the feet's width that must be held
_BROAD = 0.28  # share of the width under which a part is too thin to stand on: steam, a handle, a stalk
_BEFORE = 0.4  # share of what is under it, where it is, that may rise above its feet

_FLAT = word_set("surfboard snowboard skateboard rug carpet mat sled sledge toboggan")
_LYING = 0.6  # of its width: what is higher does not lie flat
_SUNK = 0.25  # of its height that the upper edge may be above its feet, for it to stand there
_BELOW_FEET = 0.3  # of its height that may be lower than the legs of what it is under
_TELLING = 0.02  # share of the smaller box that two must have in common
_TOLD = 0.1  # difference of edges from which one of two fits better there


def seen_whole(instance: Instance) -> bool:
    """Whether most of it is seen, and not only a part that comes out from behind something."""
    return instance.agreement.visible >= HIDDEN


def between_legs(one: Instance, host: Instance) -> bool:
    """Whether it is under ``host`` and not below its feet."""
    own, other = one.pose.box, host.pose.box
    within = other[0] <= one.pose.centre[0] <= other[2]
    return within and other[1] < own[1] + 0.5 * one.pose.height and own[3] < other[3] + _BELOW_FEET * one.pose.height


def nearer(seen: Detections, far: Instance, near: Instance) -> bool | None:
    """Whether where both are it is ``near`` that is seen; None where they do not overlap enough to tell."""
    import numpy as np

    both = np.minimum(covered(seen.image.shape, [far]), covered(seen.image.shape, [near]))
    if (both > 0.5).sum() < _TELLING * min(one.pose.width * one.pose.height for one in (far, near)):
        return None
    away = np.asarray(1.0 - both, np.float32)
    fit = [measure(seen.image, one.template, one.pose, away) for one in (far, near)]
    if min(one.visible for one in fit) < _TELLING / 2 or abs(fit[0].structure - fit[1].structure) < _TOLD:
        return None
    return fit[1].structure > fit[0].structure


def on_it(seen: Detections, one: Instance, hosts: Sequence[Instance]) -> bool:
    """Whether ``one`` stands on one of ``hosts``, or has its stem in it."""
    return any(_stands(seen, one, host) for host in hosts if host is not one) or (one.behind and dips(one, hosts))


def upright(noun: str, hosts: Sequence[Instance]) -> bool:
    """Whether what one stands on flat, a board or a rug, is seen standing on its edge."""
    return noun.split()[-1] in _FLAT and any(host.pose.height > _LYING * host.pose.width for host in hosts)


def stacked(seen: Detections, found: Sequence[Instance]) -> bool:
    """Whether each stands on the next, without a gap."""
    ordered = sorted(found, key=lambda one: one.pose.centre[1])
    return all(_stands(seen, one, under) for one, under in pairwise(ordered))


def uninvited(seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    """A failed requirement for what stands on a thing that it was not asked to stand on: "two ducks, a frog on a lily pad"."""
    tied = {
        frozenset({claim.subject.key, target.key}) for claim in claims if isinstance(claim, Related) for target in claim.targets
    }
    named = [(key, one) for key, found in seen.instances.items() for one in found]
    for (key, one), (other_key, other) in permutations(named, 2):
        if key == other_key or one is other or frozenset({key, other_key}) in tied or not _just_on(seen, one, other):
            continue
        return [
            ClaimVerdict(
                skill="spatial_layout",
                dimension=Dimension.FAITHFULNESS,
                requirement="nothing stands on what it was not asked to stand on",
                value=0.0,
                detail=f"{key} stands on {other_key}",
            )
        ]
    return []


def _just_on(seen: Detections, one: Instance, host: Instance) -> bool:
    """Whether its feet are right at the upper edge of ``host``, and most of it is above that."""
    left, top, right, bottom = host.pose.box
    over = one.pose.box[2] > left and one.pose.box[0] < right and top - _gap(one) <= one.pose.box[3] < bottom
    if not over or one.pose.centre[1] > top:
        return False
    found = _gaps(seen, one, host)
    if found is None or not -_SUNK * one.pose.height < _nearest(found) <= _gap(one):
        return False
    return float((found <= _UNDER * one.pose.height).mean()) >= _HELD


def _gap(one: Instance) -> float:
    return max(2.0, _GAP * one.pose.height)


def _stands(seen: Detections, one: Instance, host: Instance) -> bool:
    found = _gaps(seen, one, host)
    if found is None:
        return False
    if seat_of(host.template.look) is None and _rises(seen, one, host) > _BEFORE:
        return False
    held = float((found <= max(3.0, _UNDER * one.pose.height)).mean())
    return _nearest(found) <= _gap(one) and held >= _HELD


def _nearest(gaps: "Floats") -> float:
    return float(gaps.min())


def _gaps(seen: Detections, one: Instance, host: Instance) -> "Floats | None":
    """For each column of the feet how far the upper edge of ``host`` is under them (negative: above them), in pixels; endless
    where it is not under them. None where it is under none."""
    import numpy as np

    own, base = (covered(seen.image.shape, [each]) > 0.5 for each in (one, host))
    if not own.any() or not base.any():
        return None
    low = own.shape[0] - own[::-1].argmax(axis=0)  # the row after the lowest of each column
    there = own.any(axis=0)
    bottom = int(low[there].max())
    feet = there & (low >= bottom - _FEET * one.pose.height)
    ground = _broad(base, round(_BROAD * host.pose.width))
    ground = np.where(ground.any(axis=0, keepdims=True), ground, base)
    gaps = np.where(base.any(axis=0), ground.argmax(axis=0) - low, np.inf)[feet]
    return None if np.isinf(gaps).all() else np.asarray(gaps, np.float32)


def _broad(mask: "Bools", wide: int) -> "Bools":
    import cv2
    import numpy as np

    kept = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, max(3, wide)), np.uint8))
    return np.asarray(kept > 0)


def _rises(seen: Detections, one: Instance, host: Instance) -> float:
    """How much of ``host``, where ``one`` is before it, is above the feet of ``one``."""
    base = covered(seen.image.shape, [host]) > 0.5
    left, _, right, bottom = (round(value) for value in one.pose.box)
    strip = base[:, max(0, left) : max(1, right)]
    return float(strip[: max(0, bottom)].sum()) / max(1.0, float(strip.sum()))
