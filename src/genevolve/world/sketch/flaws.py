"""What comes out wrong when a description leaves something open: one visible flaw for each open, chosen by the seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random

from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import AmbiguityKind, Scene, SceneObject
from genevolve.world.sketch.plan import PixelBox, Shadow, Sprite, Warp, around

_TEXT_KINDS = (AmbiguityKind.UNQUOTED_TEXT, AmbiguityKind.UNPLACED_TEXT)
_COUNT_KINDS = (AmbiguityKind.VAGUE_COUNT, AmbiguityKind.LOOSE_COUNT)


class Flaws:
    """The ambiguities of one scene, and the dice that decide what becomes of them. Every object throws its own dice."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._ambiguities = {(entry.kind, entry.key) for entry in scene.ambiguities}
        self._kinds = {entry.kind for entry in scene.ambiguities}
        self._seed = seed

    def dice(self, what: str) -> Random:
        return Random(f"{self._seed} {what}")

    def has(self, kind: AmbiguityKind, key: str = "") -> bool:
        """Whether ``kind`` is open for ``key``; a kind that is open for the whole scene is open for every key."""
        return (kind, key) in self._ambiguities or (kind, "") in self._ambiguities

    def anywhere(self, kind: AmbiguityKind) -> bool:
        return kind in self._kinds

    def garbled(self, key: str) -> bool:
        return any(self.has(kind, key) for kind in _TEXT_KINDS)

    def count(self, obj: SceneObject, meant: int) -> int:
        """How many come out: ``meant``, or off by one or two when the number was left open."""
        if not any(self.has(kind, obj.key) for kind in _COUNT_KINDS):
            return meant
        dice = self.dice(f"count {obj.key}")
        if obj.count.number is None:
            return dice.choice((1, 9))
        steps = [-1, 1] if meant < 5 else [-2, -1, 1, 2]
        return max(0 if meant == 1 else 1, meant + dice.choice(steps)) if meant != 1 else 2

    def colours(self, objects: Sequence[SceneObject]) -> dict[str, str | None]:
        """The colour of each object; those that share a clause have swapped theirs."""
        colours = {obj.key: obj.colour for obj in objects}
        leaking = [obj.key for obj in objects if obj.colour and self.has(AmbiguityKind.SHARED_COLOUR, obj.key)]
        group = list(leaking)
        if len(group) == 1:
            group += [obj.key for obj in objects if obj.colour and obj.colour_shared and obj.key != group[0]][:1]
        for key, giver in zip(group, [*group[1:], *group[:1]], strict=True):
            colours[key] = next(obj.colour for obj in objects if obj.key == giver)
        for obj in objects:
            if obj.key in leaking and colours[obj.key] == obj.colour:
                others = [
                    name for name in ("red", "blue", "green", "yellow", "purple") if name != obj.colour and name in PALETTE
                ]
                colours[obj.key] = self.dice(f"colour {obj.key}").choice(others)
        return colours

    def warp(self, key: str) -> Warp | None:
        if not self.has(AmbiguityKind.LOOSE_BODY, key):
            return None
        return self.dice(f"body {key}").choice(list(Warp))

    def half(self) -> int | None:
        """The part of the image that a weak style covers."""
        return self.dice("style").randrange(4) if self.anywhere(AmbiguityKind.WEAK_STYLE) else None


def clump(drawn: Sequence[Sprite], loose: Iterable[str], area: PixelBox, flaws: Flaws) -> list[Sprite]:
    """Every object of ``loose`` moved over something else, so that both are half hidden."""
    result = list(drawn)
    loose_keys = [key for key in dict.fromkeys(loose) if any(figure.key == key for figure in result)]
    for key in loose_keys:
        mine = [figure for figure in result if figure.key == key]
        others = [figure for figure in result if figure.key != key]
        firm = [figure for figure in others if figure.key not in loose_keys]
        if others:
            dice = flaws.dice(f"clump {key}")
            target = dice.choice(firm or others)
            moved = _onto(mine, target.box, area, dice, max(figure.z for figure in result) + 1)
            result = [moved.pop(0) if figure.key == key else figure for figure in result]
    return result


def _onto(mine: Sequence[Sprite], target: PixelBox, area: PixelBox, dice: Random, z: int) -> list[Sprite]:
    mine = [replace(figure, box=figure.box.shrunk(1.15)) for figure in mine]
    whole = around([figure.box for figure in mine])
    side = dice.choice((-1, 1))
    dx = target.cx + side * 0.3 * min(target.w, mine[0].box.w) - (mine[0].box.cx if len(mine) == 1 else whole.cx)
    dy = target.cy + dice.uniform(-0.12, 0.16) * min(target.h, mine[0].box.h) - whole.cy
    dx = min(max(dx, area.x - whole.x), area.right - whole.right)
    dy = min(max(dy, area.y - whole.y), area.bottom - whole.bottom)
    return [replace(figure, box=figure.box.moved(dx, dy), z=z) for figure in mine]


def hover(figure: Sprite, others: Sequence[Sprite], area: PixelBox) -> Sprite:
    """Without a shadow, and lifted off the ground as far as nothing is in the way."""
    for share in (0.16, 0.08):
        lifted = figure.box.moved(0, -share * figure.box.h)
        new = sum(lifted.overlap(other.box) for other in others) > sum(figure.box.overlap(other.box) for other in others) + 1
        if lifted.y >= area.y and not new:
            return replace(figure, box=lifted, shadow=Shadow.NONE)
    return replace(figure, shadow=Shadow.NONE)


def by_key(drawn: Sequence[Sprite]) -> Mapping[str, list[Sprite]]:
    grouped: dict[str, list[Sprite]] = {}
    for figure in drawn:
        grouped.setdefault(figure.key, []).append(figure)
    return grouped
