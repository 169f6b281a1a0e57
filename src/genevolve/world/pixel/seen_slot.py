"""What of one slot of a form was found on the pixels, and the checks that several forms share."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from genevolve.world.language.model import Form
from genevolve.world.lexical import value_beside
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.geometry import bounds, centre

Fault = str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSlot:
    """What of one slot was found: a box for each of its ``contents``, and for its picture."""

    contents: tuple[str, ...]
    texts: tuple[Box, ...]
    picture: Box | None

    @property
    def whole(self) -> Box:
        return bounds([*self.texts, *([self.picture] if self.picture else [])])


Check = Callable[[Sequence[SeenSlot], Form, str, Detections], Fault]


def alike_in_order(slots: Sequence[SeenSlot], form: Form) -> list[SeenSlot]:
    """``slots`` of a grid with the pictures that the same words ask for ("ten cups") as one reads them: any is any other."""
    found = list(slots)
    for span in {part.span for part in form.parts}:
        same = [number for number, part in enumerate(form.parts) if part.span == span and part.picture is not None]
        kinds = {re.sub(r" \d+$", "", form.parts[number].picture or "") for number in same}
        shown = [box for number in same if (box := slots[number].picture) is not None]
        if len(kinds) == 1 and len(set(shown)) == len(same) > 1:
            for number, box in zip(same, _as_read(shown), strict=True):
                found[number] = replace(found[number], picture=box)
    return found


def _as_read(shown: Sequence[Box]) -> list[Box]:
    """Row by row, from left to right."""
    rows: list[list[Box]] = []
    for box in sorted(shown, key=lambda box: centre(box)[1]):
        if rows and centre(box)[1] - centre(rows[-1][0])[1] < 0.6 * (box[3] - box[1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]


def names_of(slots: Sequence[SeenSlot]) -> list[Box]:
    return [slot.texts[0] if slot.texts else slot.whole for slot in slots]


def in_row_of(picture: Box, slots: Sequence[SeenSlot]) -> SeenSlot:
    """The slot whose name is nearest to the height of ``picture``."""
    y = centre(picture)[1]
    return min(slots, key=lambda slot: abs(centre(names_of([slot])[0])[1] - y))


def side_by_side(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    for one, other in itertools.pairwise(slots):
        if centre(names_of([one])[0])[0] >= centre(names_of([other])[0])[0]:
            return f"{called(other)} is not to the right of {called(one)}"
    return ""


def called(slot: SeenSlot) -> str:
    return f"“{slot.contents[0]}”" if slot.contents else "a picture"


def stacked(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    for one, other in itertools.pairwise(slots):
        if centre(one.texts[0])[1] >= centre(other.texts[0])[1]:
            return f"{called(other)} does not stand under {called(one)}"
    return ""


def values_of(slots: Sequence[SeenSlot], form: Form, request: str) -> list[float]:
    """The values of the slots by the words of the request, else by the form."""
    return [
        part.value or 0.0 if (told := value_beside(request, slot.contents[0])) is None else told
        for part, slot in zip(form.parts, slots, strict=True)
    ]
