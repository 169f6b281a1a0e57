"""The composition plan: free ninths of the canvas for whatever the request leaves unplaced, so that nothing collides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.model import Relation, Scene, SceneObject, TextElement
from genevolve.world.language.senses import has_legs, is_shelter

Cell = tuple[int, int]  # row from the top, column from the left

_CELLS = {place: divmod(number, 3) for number, place in enumerate(Place)}
_PLACES = {cell: place for place, cell in _CELLS.items()}

_ATTACHED = {
    Direction.ON, Direction.INSIDE, Direction.BEHIND, Direction.IN_FRONT_OF, Direction.NEXT_TO, Direction.TURNED_TO, *BORNE,
}  # fmt: skip
_VERTICAL = {Direction.ABOVE, Direction.BELOW}
_MAX_TRIES = 3000


def free_places(objects: Sequence[SceneObject], texts: Sequence[TextElement]) -> dict[str, Place]:
    """A place for every object that has none and does not stand on, in, behind, before or next to another one.

    What the request fixes is kept: its places, and left/right/above/below/between. Where no plan fulfils all of it, the
    wide groups give up their row first, then the objects with relations are left to their relations.
    """
    unplaced = [obj for obj in objects if obj.place is None and not _attached(obj)]
    if not unplaced or (len(unplaced) == 1 and len(objects) > 1 and not any(obj.place for obj in objects)):
        return {}  # nothing to place, or everything else already stands in relation to the one object
    hosts = {obj.key: _host(obj, objects) for obj in objects}
    fixed = {obj.key: _CELLS[obj.place] for obj in objects if obj.place is not None}
    rules = [rule for obj in objects for relation in obj.relations if (rule := _rule(obj, relation, hosts))]
    wide = frozenset(obj.key for obj in objects if is_wide(obj))
    number = sum(obj.key not in wide for obj in unplaced) + len(fixed)
    taken_rows = {_CELLS[element.place][0] for element in texts if element.place is not None}
    stacked = {key for one, rule in rules if rule.direction in _VERTICAL for key in (one, *rule.targets)}
    for groups in (wide, frozenset[str]()):
        domains = {obj.key: _domain(obj.key in groups, obj.key in stacked, number, taken_rows) for obj in unplaced}
        if found := _solve(domains, fixed, rules, groups):
            return {obj.key: _PLACES[found[obj.key]] for obj in unplaced}
    loose = {obj.key: _domain(False, False, number, taken_rows) for obj in unplaced if not obj.relations}
    found = _solve(loose, fixed, (), frozenset()) or {}
    return {key: _PLACES[found[key]] for key in loose if key in found}


def under_shelters(scene: Scene) -> set[str]:
    """Keys of trees, street lamps and what has legs, and of what is under them."""
    pairs = [
        (obj.key, relation.targets[0]) if relation.direction is Direction.BELOW else (relation.targets[0], obj.key)
        for obj in scene.objects
        for relation in obj.relations
        if relation.direction in _VERTICAL and len(relation.targets) == 1
    ]
    nouns = {obj.key: obj.noun for obj in scene.objects}
    return {
        key
        for pair in pairs
        if (is_shelter(nouns.get(pair[1], "")) or has_legs(nouns.get(pair[1], ""))) and pair[0] in nouns
        for key in pair
    }


def with_bearers(scene: Scene) -> Scene:
    """What has something on it or in it is where that is said to be: the rock of "a turtle on a rock to the left"."""
    asked = {
        relation.targets[0]: obj.place
        for obj in scene.objects
        for relation in obj.relations
        if relation.direction in (Direction.ON, Direction.INSIDE) and obj.place is not None and len(relation.targets) == 1
    }
    return replace(scene, objects=tuple(replace(obj, place=obj.place or asked.get(obj.key)) for obj in scene.objects))


def is_wide(obj: SceneObject) -> bool:
    """A group that needs a row of the canvas to itself."""
    return (obj.count.number or 1) > 3 and obj.arrangement in (None, Arrangement.ROW)


def _attached(obj: SceneObject) -> bool:
    return any(_attaches(relation) for relation in obj.relations)


def _attaches(relation: Relation) -> bool:
    """The relation alone says where the object is: on, in or beside another, or between two of the same kind."""
    return relation.direction in _ATTACHED or (len(relation.targets) > 1 and len(set(relation.targets)) == 1)


def _host(obj: SceneObject, objects: Sequence[SceneObject]) -> str:
    """The object in whose cell ``object`` is: what it stands on, in, behind or before, else itself."""
    by_key = {other.key: other for other in objects}
    for _ in objects:
        attached = next((relation for relation in obj.relations if _attaches(relation)), None)
        if attached is None or attached.targets[0] not in by_key:
            break
        obj = by_key[attached.targets[0]]
    return obj.key


def _rule(obj: SceneObject, relation: Relation, hosts: Mapping[str, str]) -> tuple[str, Relation] | None:
    """A relation between cells; None when it says nothing about them."""
    targets = tuple(hosts.get(key, "") for key in relation.targets)
    if "" in targets or hosts[obj.key] in targets or _attaches(relation):
        return None
    return hosts[obj.key], replace(relation, targets=targets)


def _domain(wide: bool, stacked: bool, number: int, text_rows: set[int]) -> tuple[Cell, ...]:
    """Cells in order of preference: balanced ones first, rows with text last."""
    rows = sorted((1, 2, 0), key=lambda row: row in text_rows)
    if wide:
        return tuple((row, 1) for row in sorted((2, 1, 0), key=lambda row: row in text_rows))
    if stacked:
        return tuple((row, column) for column in (1, 0, 2) for row in rows)
    columns = {1: (1, 0, 2), 2: (0, 2, 1)}.get(number, (0, 1, 2) if number % 3 != 1 else (0, 2, 1))
    return tuple((row, column) for row in rows for column in columns)


def _solve(
    domains: Mapping[str, Sequence[Cell]],
    fixed: Mapping[str, Cell],
    rules: Sequence[tuple[str, Relation]],
    wide: frozenset[str],
) -> dict[str, Cell] | None:
    """The first assignment, in order of preference, without collision or broken relation."""
    tries = iter(range(_MAX_TRIES))

    def extend(cells: dict[str, Cell], waiting: tuple[str, ...]) -> dict[str, Cell] | None:
        if not waiting:
            return cells
        key, *rest = waiting
        for cell in domains[key]:
            if next(tries, None) is None:
                return None
            grown = {**cells, key: cell}
            if _clear(key, grown, wide) and all(_holds(one, rule, grown) for one, rule in rules):
                found = extend(grown, tuple(rest))
                if found is not None:
                    return found
        return None

    return extend(dict(fixed), tuple(domains))


def _clear(key: str, cells: Mapping[str, Cell], wide: frozenset[str]) -> bool:
    """``key`` shares its cell with nothing, and its row with nothing if either needs the row."""
    row, column = cells[key]
    return not any(
        other != key and cell[0] == row and (cell[1] == column or key in wide or other in wide) for other, cell in cells.items()
    )


def _holds(key: str, relation: Relation, cells: Mapping[str, Cell]) -> bool:
    """True also while a partner has no cell yet."""
    involved = [cells[name] for name in (key, *relation.targets) if name in cells]
    if len(involved) < 1 + len(relation.targets):
        return True
    (row, column), (other_row, other_column), *_ = involved
    match relation.direction:
        case Direction.LEFT_OF:
            return row == other_row and column < other_column
        case Direction.RIGHT_OF:
            return row == other_row and column > other_column
        case Direction.ABOVE:
            return row < other_row and abs(column - other_column) <= 1
        case Direction.BELOW:
            return row > other_row and abs(column - other_column) <= 1
        case Direction.BETWEEN if len(involved) > 2:
            third_row, third_column = involved[2]
            return row == other_row == third_row and min(other_column, third_column) < column < max(other_column, third_column)
    return True
