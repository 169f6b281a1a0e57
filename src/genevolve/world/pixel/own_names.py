"""Whether each of several names stands at its own thing: two that are swapped, or lie beside both, tell nothing."""

from collections.abc import Sequence

from genevolve.core.claim import Claim, Direction, TextRelated
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detections import Detections

_STACKED = (Direction.ABOVE, Direction.BELOW)


def at_its_own(claim: TextRelated, box: Box, seen: Detections, claims: Sequence[Claim]) -> bool | None:
    """Whether the text at ``box`` is nearer across to what it belongs to than to what another text belongs to in this way.
    None where no other text does.
    """
    other = {
        one.subject.key
        for one in claims
        if isinstance(one, TextRelated) and one.direction is claim.direction and one.subject != claim.subject
    }
    if claim.direction not in _STACKED or not other:
        return None
    own = [instance.pose.box for instance in seen.instances.get(claim.subject.key, ())]
    others = [instance.pose.box for key in other for instance in seen.instances.get(key, ())]
    nearest = min((_across(box, one) for one in own), default=0.0)
    return all(_above_each_other(one, mine) or nearest < _across(box, one) for one in others for mine in own)


def _across(one: Box, other: Box) -> float:
    return abs((one[0] + one[2]) / 2 - (other[0] + other[2]) / 2)


def _above_each_other(one: Box, other: Box) -> bool:
    """Whether they share most of their width, so that going across tells nothing."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return shared > 0.5 * min(one[2] - one[0], other[2] - other[0])
