"""The order in which things are written down, and relations turned so that each is told from the thing that comes later."""

from collections.abc import Mapping
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


def in_order(scene: Scene) -> Scene:
    """``scene`` with its things in writing order: references ascend, hosts come before what stands beside, on or in them.

    A relation to a thing that comes later is turned round where it has an inverse: "the clock" before any clock was named
    would be a second clock.
    """
    things = sorted(scene.things, key=lambda thing: (thing.reference or len(ORDINALS) + 1, _depth(scene, thing, 4)))
    position = {thing.key: number for number, thing in enumerate(things)}
    turned: dict[str, list[Relation]] = {thing.key: [] for thing in things}
    for thing in things:
        for relation in thing.relations:
            inverse = INVERSE.get(relation.direction)
            host = relation.targets[0]
            if inverse is not None and len(relation.targets) == 1 and position.get(host, -1) > position[thing.key]:
                turned[host].append(Relation(direction=inverse, targets=(thing.key,)))
            else:
                turned[thing.key].append(relation)
    return replace(scene, things=tuple(replace(thing, relations=tuple(turned[thing.key])) for thing in things))


def _depth(scene: Scene, thing: SceneObject, most: int) -> int:
    hosts = [other for other in scene.things for relation in thing.relations if other.key in relation.targets]
    return 1 + max(_depth(scene, host, most - 1) for host in hosts) if hosts and most else 0
