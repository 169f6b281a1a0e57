"""Who looks at whom: pictures from the side are turned so that their faces are towards what they look at."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean

from genevolve.core.claim import Direction
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.bodies import Side, side_of
from genevolve.world.language.model import SceneObject
from genevolve.world.sketch.plan import Sprite


def turned(drawn: Sequence[Sprite], objects: Mapping[str, SceneObject]) -> list[Sprite]:
    """``drawn`` with everybody who is turned towards something mirrored where need be, and what they bear with them."""
    found = list(drawn)
    for own, obj in objects.items():
        targets = [key for one in obj.relations if one.direction is Direction.TURNED_TO for key in one.targets]
        others = [figure.box.cx for figure in drawn if figure.key in targets[:1]]
        for number, figure in enumerate(drawn):
            side = side_of(figure.source.look) if figure.key == own and others else None
            if side is not None and side is not _towards(figure, others):
                found[number] = replace(figure, source=replace(figure.source, mirrored=True))
                _turn_along(found, drawn, figure, objects)
    return found


def _towards(figure: Sprite, others: Sequence[float]) -> Side:
    """The side on which ``others`` are, of which ``figure`` itself may be one."""
    return Side.RIGHT if mean(others) > figure.box.cx else Side.LEFT


def _turn_along(found: list[Sprite], drawn: Sequence[Sprite], bearer: Sprite, objects: Mapping[str, SceneObject]) -> None:
    """What ``bearer`` wears and holds comes to the other side of it."""
    twins = [figure for figure in drawn if figure.key == bearer.key]
    for number, figure in enumerate(drawn):
        borne = any(one.direction in BORNE and bearer.key in one.targets for one in objects[figure.key].relations)
        if borne and max(twins, key=lambda twin: twin.box.overlap(figure.box)) is bearer:
            found[number] = replace(figure, box=figure.box.moved(2 * (bearer.box.cx - figure.box.cx), 0.0))
