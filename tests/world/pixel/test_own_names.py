"""Names of several things: each stands at its own, not at another or beside both."""

import pytest

from genevolve.core.claim import Direction, Subject, TextRelated
from genevolve.world.pixel.own_names import at_its_own

HORSE, COW = (Subject(key=name, label=name, looks=(name,)) for name in ("horse", "cow"))


class _Pose:
    def __init__(self, box: tuple[float, float, float, float]) -> None:
        self.box = box
        self.pose = self


class _Seen:
    def __init__(self, **boxes: tuple[float, float, float, float]) -> None:
        self.instances = {name: (_Pose(box),) for name, box in boxes.items()}


def _claims(direction: Direction = Direction.BELOW) -> list[TextRelated]:
    return [TextRelated(text=one.label, direction=direction, subject=one) for one in (HORSE, COW)]


@pytest.mark.parametrize(
    ("horse", "cow", "text", "own"),
    [
        ((0, 0, 100, 100), (200, 0, 300, 100), (20, 120, 80, 140), True),
        ((0, 0, 100, 100), (200, 0, 300, 100), (220, 120, 280, 140), False),
        ((200, 0, 300, 100), (0, 0, 100, 100), (120, 120, 140, 140), False),
        ((0, 0, 100, 100), (0, 200, 100, 300), (20, 120, 80, 140), True),  # one above the other: across tells nothing
    ],
)
def test_a_name_stands_at_its_own_thing(horse: tuple[int, ...], cow: tuple[int, ...], text: tuple[int, ...], own: bool) -> None:
    claims = _claims()
    assert at_its_own(claims[0], text, _Seen(horse=horse, cow=cow), claims) is own  # type: ignore[arg-type]


def test_one_name_alone_is_not_asked_for_so() -> None:
    claims = _claims()
    assert at_its_own(claims[0], (0, 0, 1, 1), _Seen(horse=(0, 0, 1, 1)), claims[:1]) is None  # type: ignore[arg-type]
    inside = _claims(Direction.INSIDE)
    assert at_its_own(inside[0], (0, 0, 1, 1), _Seen(horse=(0, 0, 1, 1)), inside) is None  # type: ignore[arg-type]
