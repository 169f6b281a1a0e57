"""Layouts around a middle, checked on pixels: the labels of a thing stand beside it, and a line leads from each to it."""

from collections.abc import Mapping, Sequence

from genevolve.world.language.model import Form, FormKind
from genevolve.world.pixel import strokes
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.geometry import bounds, centre
from genevolve.world.pixel.seen_slot import Check, Fault, SeenSlot, called

_STRETCHES = ((0.3, 0.5), (0.4, 0.6), (0.5, 0.7))  # of a line from topic to idea, of which one lies outside of both boxes
_MIDDLE = 0.3  # of the width or height of all ideas, by which the topic may be off their middle


def _beside(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    thing = slots[0].whole
    for slot in slots[1:]:
        x = centre(slot.whole)[0]
        if thing[0] < x < thing[2]:
            return f"{called(slot)} does not stand beside the thing"
    return ""


def _lines(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    """From the inner end of each label to the edge of the thing."""
    thing = slots[0].whole
    middle = centre(thing)
    gap = 0.02 * min(seen.size)
    for slot in slots[1:]:
        box = slot.whole
        left = centre(box)[0] < middle[0]
        start = (box[2] + gap if left else box[0] - gap, centre(box)[1])
        reach = abs((thing[0] if left else thing[2]) - start[0]) / max(1.0, abs(middle[0] - start[0]))
        end = (start[0] + reach * (middle[0] - start[0]), start[1] + reach * (middle[1] - start[1]))
        if not strokes.joined(seen.image, start, end):
            return f"no line leads from {called(slot)} to the thing"
    return ""


def _around(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    """The topic is in the middle of the others, and a line leads from it to each of them."""
    topic, ideas = slots[0], slots[1:]
    whole = bounds([slot.whole for slot in ideas]) if ideas else topic.whole
    (x, y), (mx, my) = centre(topic.whole), centre(whole)
    if ideas and max(abs(x - mx) / max(1.0, whole[2] - whole[0]), abs(y - my) / max(1.0, whole[3] - whole[1])) > _MIDDLE:
        return f"{called(topic)} is not in the middle"
    for slot in ideas:
        dx, dy = centre(slot.whole)[0] - x, centre(slot.whole)[1] - y
        parts = [((x + one * dx, y + one * dy), (x + other * dx, y + other * dy)) for one, other in _STRETCHES]
        if not any(strokes.joined(seen.image, start, end) for start, end in parts):
            return f"no line leads from {called(topic)} to {called(slot)}"
    return ""


MIDDLE_CHECKS: Mapping[FormKind, Sequence[tuple[str, Check]]] = {
    FormKind.MAP: (("the topic in the middle, a line to each idea", _around),),
    FormKind.DIAGRAM: (("labels beside the thing", _beside), ("a line from each label to the thing", _lines)),
}
