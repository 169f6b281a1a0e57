"""Which block stands in which row, and in what order along it: relations and places turned into ranks. No pixels here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from genevolve.core.claim import Direction, Place

_THIRDS = {"first": 0.0, "middle": 10.0, "last": 20.0}
_ROW = {
    Place.TOP_LEFT: "first",
    Place.TOP: "first",
    Place.TOP_RIGHT: "first",
    Place.LEFT: "middle",
    Place.CENTER: "middle",
    Place.RIGHT: "middle",
    Place.BOTTOM_LEFT: "last",
    Place.BOTTOM: "last",
    Place.BOTTOM_RIGHT: "last",
}
_COLUMN = {
    Place.TOP_LEFT: "first",
    Place.LEFT: "first",
    Place.BOTTOM_LEFT: "first",
    Place.TOP: "middle",
    Place.CENTER: "middle",
    Place.BOTTOM: "middle",
    Place.TOP_RIGHT: "last",
    Place.RIGHT: "last",
    Place.BOTTOM_RIGHT: "last",
}


def row_of(place: Place | None) -> int | None:
    """0, 1 or 2 from the top."""
    return None if place is None else int(_THIRDS[_ROW[place]] / 10)


def column_of(place: Place | None) -> int | None:
    """0, 1 or 2 from the left."""
    return None if place is None else int(_THIRDS[_COLUMN[place]] / 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """``direction`` of block ``one`` to the blocks ``others``."""

    one: str
    direction: Direction
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``rows`` from top to bottom, each from left to right. ``under`` names the block that a block is centred on."""

    rows: tuple[tuple[str, ...], ...]
    under: Mapping[str, str]


def order(keys: Sequence[str], places: Mapping[str, Place | None], links: Sequence[Link]) -> Order:
    """Rows and orders that obey every link and place that can be obeyed together; earlier links win over later ones."""
    above, beside, under = _vertical(places, links)
    teams = _teams(keys, beside, above, places)
    anchors = {team: _anchor(team, teams, places) for team in set(teams.values())}
    vertical = _ranks(list(dict.fromkeys(teams[key] for key in keys)), anchors, [(teams[a], teams[b]) for a, b in above])
    horizontal = _ranks(keys, {key: _third(places[key], _COLUMN) for key in keys}, _leftward(places, links, above))
    rows: dict[float, list[str]] = {}
    for key in keys:
        rows.setdefault(vertical[teams[key]], []).append(key)
    ordered = tuple(tuple(sorted(rows[rank], key=lambda key: (horizontal[key], keys.index(key)))) for rank in sorted(rows))
    return Order(rows=ordered, under=under)


def _third(place: Place | None, axis: Mapping[Place, str]) -> float | None:
    return None if place is None else _THIRDS[axis[place]]


def _vertical(
    places: Mapping[str, Place | None], links: Sequence[Link]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, str]]:
    """(upper, lower) pairs, pairs that share a row, and what each block is centred on."""
    above: list[tuple[str, str]] = []
    beside: list[tuple[str, str]] = []
    under: dict[str, str] = {}
    for link in links:
        one, first = link.one, link.others[0]
        match link.direction:
            case Direction.ABOVE:
                above.append((one, first))
                under.setdefault(one, first)
            case Direction.BELOW:
                above.append((first, one))
                under.setdefault(one, first)
            case Direction.BETWEEN if len(link.others) > 1 and _stacked(link.others, places, above):
                upper, lower = _stacked(link.others, places, above) or link.others[:2]
                above += [(upper, one), (one, lower)]
                under.setdefault(one, upper)
            case _:
                beside += [(one, other) for other in link.others]
    return above, beside, under


def _stacked(
    pair: tuple[str, ...], places: Mapping[str, Place | None], above: Iterable[tuple[str, str]]
) -> tuple[str, str] | None:
    """The two as (upper, lower) when they stand over one another; None when they stand side by side."""
    one, other = pair[:2]
    if (one, other) in above:
        return one, other
    if (other, one) in above:
        return other, one
    rows, columns = [row_of(places[key]) for key in (one, other)], [column_of(places[key]) for key in (one, other)]
    if None in rows or columns[0] != columns[1] or rows[0] == rows[1]:
        return None
    return (one, other) if (rows[0] or 0) < (rows[1] or 0) else (other, one)


def _teams(
    keys: Sequence[str], beside: Iterable[tuple[str, str]], above: Iterable[tuple[str, str]], places: Mapping[str, Place | None]
) -> dict[str, str]:
    """Blocks that share a row, by the name of their first member."""
    team = {key: key for key in keys}
    apart = list(above)
    for one, other in beside:
        mine, its = team[one], team[other]
        merged = [key for key in keys if team[key] in (mine, its)]
        anchors = {row_of(places[key]) for key in merged} - {None}
        if mine != its and len(anchors) <= 1 and not any(a in merged and b in merged for a, b in apart):
            team.update(dict.fromkeys(merged, min(mine, its, key=keys.index)))
    return team


def _anchor(name: str, teams: Mapping[str, str], places: Mapping[str, Place | None]) -> float | None:
    return next((_third(places[key], _ROW) for key in teams if teams[key] == name and places[key] is not None), None)


def _leftward(
    places: Mapping[str, Place | None], links: Sequence[Link], above: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """(left, right) pairs."""
    pairs: list[tuple[str, str]] = []
    for link in links:
        one, first = link.one, link.others[0]
        match link.direction:
            case Direction.LEFT_OF:
                pairs.append((one, first))
            case Direction.RIGHT_OF:
                pairs.append((first, one))
            case Direction.BETWEEN if len(link.others) > 1 and not _stacked(link.others, places, above):
                left, right = _sides(link.others, places, pairs)
                pairs += [(left, one), (one, right)]
    return pairs


def _sides(pair: tuple[str, ...], places: Mapping[str, Place | None], pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    one, other = pair[:2]
    columns = [column_of(places[key]) for key in (one, other)]
    turned = columns[0] is not None and columns[1] is not None and columns[0] > columns[1]
    return (other, one) if turned or (other, one) in pairs else (one, other)


def _ranks(keys: Sequence[str], anchors: Mapping[str, float | None], pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """A number for each key, smaller first: anchored keys get their anchor, or more when a pair pushes them on."""
    after: dict[str, list[str]] = {key: [] for key in keys}
    for one, other in pairs:
        if one != other and other not in after[one] and not _reaches(after, other, one):
            after[one].append(other)
    sorted_keys = _topological(keys, after)
    ranks: dict[str, float] = {}
    before = {key: [one for one in keys if key in after[one]] for key in keys}
    for key in sorted_keys:
        pushed = [ranks[one] + 1 for one in before[key] if one in ranks]
        anchor = anchors[key]
        if anchor is not None or pushed:
            ranks[key] = max([*pushed, *([] if anchor is None else [anchor])])
    for key in reversed(sorted_keys):
        if key not in ranks:
            following = [ranks[other] for other in after[key] if other in ranks]
            ranks[key] = min(following) - 1 if following else 10.0
    for key in sorted_keys:  # keys whose only fixed neighbours came later
        for other in after[key]:
            ranks[other] = max(ranks[other], ranks[key] + 1)
    return ranks


def _reaches(after: Mapping[str, list[str]], start: str, goal: str) -> bool:
    open_keys, seen = [start], {start}
    while open_keys:
        key = open_keys.pop()
        if key == goal:
            return True
        new = [other for other in after[key] if other not in seen]
        seen.update(new)
        open_keys += new
    return False


def _topological(keys: Sequence[str], after: Mapping[str, list[str]]) -> list[str]:
    waiting = {key: sum(key in others for others in after.values()) for key in keys}
    done: list[str] = []
    while len(done) < len(keys):
        key = next(key for key in keys if key not in done and waiting[key] == 0)
        done.append(key)
        for other in after[key]:
            waiting[other] -= 1
    return done
