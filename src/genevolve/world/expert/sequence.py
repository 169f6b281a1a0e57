"""The order in which objects are written down, and relations turned so that each is told from the object that comes later."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.core.program import ORDINALS
from genevolve.world.language.model import Relation, Scene, SceneObject

INVERSE: Mapping[Direction, Direction] = {
    Direction.LEFT_OF: Direction.RIGHT_OF,
    Direction.RIGHT_OF: Direction.LEFT_OF,
    Direction.ABOVE: Direction.BELOW,
    Direction.BELOW: Direction.ABOVE,
    Direction.NEXT_TO: Direction.NEXT_TO,
    Direction.BEHIND: Direction.IN_FRONT_OF,
    Direction.IN_FRONT_OF: Direction.BEHIND,
}


def in_order(scene: Scene, first: Collection[str] = ()) -> Scene:
    """``scene`` with its objects in writing order: references ascend, hosts come before what stands beside, on or in them.
    Of those without a reference the keys of ``first`` come before all.

    A relation to an object that comes later is turned round where it has an inverse: "the clock" before any clock was named
    would be a second clock.
    """

    def place(obj: SceneObject) -> tuple[bool, int, bool, int]:
        ahead, ordinal = obj.key in first, obj.reference or len(ORDINALS) + 1
        return (not (ahead and obj.reference is None), ordinal, not ahead, _depth(scene, obj, 4))

    objects = sorted(scene.objects, key=place)
    position = {obj.key: number for number, obj in enumerate(objects)}
    turned: dict[str, list[Relation]] = {obj.key: [] for obj in objects}
    for obj in objects:
        for relation in obj.relations:
            inverse = INVERSE.get(relation.direction)
            host = relation.targets[0]
            if inverse is not None and len(relation.targets) == 1 and position.get(host, -1) > position[obj.key]:
                turned[host].append(Relation(direction=inverse, targets=(obj.key,)))
            else:
                turned[obj.key].append(relation)
    return replace(scene, objects=tuple(replace(obj, relations=tuple(turned[obj.key])) for obj in objects))


def _depth(scene: Scene, obj: SceneObject, most: int) -> int:
    hosts = [other for other in scene.objects for relation in obj.relations if other.key in relation.targets]
    return 1 + max(_depth(scene, host, most - 1) for host in hosts) if hosts and most else 0
