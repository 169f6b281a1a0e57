"""What each further picture of a request has brought, what it cost, and what as much would have bought otherwise."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from genevolve.bench.compare import System
from genevolve.bench.rounds import RoundScore
from genevolve.bench.runs import ScoredRow
from genevolve.bench.statistics import Comparison, Estimate, clustered_interval, compare_clustered
from genevolve.data.records import json_object, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A system after at most ``pictures`` a request: ``score``, what it gained over the first picture, the share of requests
    that are ``worse`` than after the first, and what a request has cost on average."""

    pictures: int
    score: Estimate
    gain: Comparison
    worse: float
    spent: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualCost:
    """``first`` after at most ``pictures`` against ``second`` stopped where it costs as much: ``cost`` of ``unit`` a request.

    ``reached``: the second can spend so much; else it is taken with all it has.
    """

    first: str
    second: str
    pictures: int
    unit: str
    cost: float
    reached: bool
    score: Estimate
    other: Estimate
    comparison: Comparison


UNITS: Mapping[str, Callable[[RoundScore], float]] = {
    "images": lambda one: one.images,
    "turns": lambda one: one.turns,
    "tokens": lambda one: one.tokens,
    "money": lambda one: one.money,
}
_MATCHED = ("images", "money")  # a picture drawn again costs no tokens of the policy


Scored = Sequence[tuple[ScoredRow, Sequence[float]]]  # rows with the score after each of their pictures


def scored(rows: Sequence[ScoredRow]) -> list[tuple[ScoredRow, list[float]]]:
    """Rows of which the score after each picture is known."""
    found = ((row, [one.value for one in row.rounds if one.value is not None]) for row in rows)
    return [(row, values) for row, values in found if values and len(values) == len(row.rounds)]


def gains(system: System) -> list[Gain]:
    """After one picture, two, and so on; a request that ended before counts as it ended. Empty where none had several."""
    rows = scored(system.rows)
    most = max((len(values) for _, values in rows), default=0)
    return [_gain(rows, pictures) for pictures in range(1, most + 1)] if most > 1 else []


def _gain(rows: Scored, pictures: int) -> Gain:
    values = [_after(own, pictures) for _, own in rows]
    changed = [value - own[0] for value, (_, own) in zip(values, rows, strict=True)]
    return Gain(
        pictures=pictures,
        score=clustered_interval(_by_request(rows, values)),
        gain=compare_clustered(_by_request(rows, changed)),
        worse=fmean(change < 0 for change in changed),
        spent={unit: _mean_cost(rows, unit, pictures) for unit in UNITS},
    )


def equal_costs(systems: Sequence[System]) -> Iterator[EqualCost]:
    """Each system that revises against each that only draws again, on the requests that both have."""
    for first in (one for one in systems if _setting(one, "rounds") > 1):
        for second in (one for one in systems if _setting(one, "rounds") == 1 < _setting(one, "takes")):
            ours = {(row.case, row.repeat, row.request): (row, values) for row, values in scored(first.rows)}
            theirs = {(row.case, row.repeat, row.request): (row, values) for row, values in scored(second.rows)}
            both = [key for key in ours if key in theirs]
            if both:
                yield from _matched(first.name, second.name, [ours[key] for key in both], [theirs[key] for key in both])


def _setting(system: System, name: str) -> int:
    return whole(json_object(json_object(system.run.about.get("profile")).get("episode")).get(name), 1)


def _matched(first: str, second: str, ours: Scored, theirs: Scored) -> Iterator[EqualCost]:
    for pictures in range(2, max(len(values) for _, values in ours) + 1):
        for unit in _MATCHED:
            cost = _mean_cost(ours, unit, pictures)
            if not cost or not _mean_cost(theirs, unit, 1):
                continue
            values = [_after(own, pictures) for _, own in ours]
            others, reached = _for(theirs, unit, cost)
            yield EqualCost(
                first=first,
                second=second,
                pictures=pictures,
                unit=unit,
                cost=cost,
                reached=reached,
                score=clustered_interval(_by_request(ours, values)),
                other=clustered_interval(_by_request(ours, others)),
                comparison=compare_clustered(
                    _by_request(ours, [one - other for one, other in zip(values, others, strict=True)])
                ),
            )


def _for(rows: Scored, unit: str, cost: float) -> tuple[list[float], bool]:
    """The score of each row where all together cost ``cost`` on average, and whether they can cost so much.

    Between two numbers of pictures it is what is expected where some requests, chosen by chance, may have one more.
    """
    most = max(len(values) for _, values in rows)
    costs = [_mean_cost(rows, unit, pictures) for pictures in range(1, most + 1)]
    for pictures in range(1, most):
        below, above = costs[pictures - 1], costs[pictures]
        if cost <= above:
            share = max(0.0, (cost - below) / (above - below)) if above > below else 0.0
            return [(1 - share) * _after(own, pictures) + share * _after(own, pictures + 1) for _, own in rows], True
    return [_after(own, most) for _, own in rows], cost <= costs[-1] + 1e-9


def _mean_cost(rows: Scored, unit: str, pictures: int) -> float:
    return fmean(UNITS[unit](row.rounds[min(pictures, len(row.rounds)) - 1]) for row, _ in rows)


def _after(values: Sequence[float], pictures: int) -> float:
    return values[min(pictures, len(values)) - 1]


def _by_request(rows: Scored, values: Sequence[float]) -> list[list[float]]:
    """All seeds of a request together."""
    grouped: dict[str, list[float]] = {}
    for (row, _), value in zip(rows, values, strict=True):
        grouped.setdefault(row.case, []).append(value)
    return list(grouped.values())
