"""Whose is it? Subjects with the same looks ("a red apple and a green apple") are told apart by colour, place and size."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from genevolve.core.claim import Claim, Coloured, Counted, Larger, Placed
from genevolve.world.pixel import geometry, paint
from genevolve.world.pixel.detect import Instance, Wanted

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats


def assign(
    image: "Floats", found: Sequence[tuple[Wanted, list[Instance]]], claims: Sequence[Claim]
) -> Mapping[str, tuple[Instance, ...]]:
    """The instances of each subject. Every instance of shared looks goes to the one subject that it fits best."""
    shared: dict[str, tuple[Instance, ...]] = {}
    for want, instances in found:
        if len(want.keys) == 1:
            shared[want.keys[0]] = tuple(instances)
            continue
        order = _by_size(want.keys, claims)
        scored = sorted(
            (
                (_fit(image, instance, key, claims), -number, key, number)
                for number, instance in enumerate(instances)
                for key in want.keys
            ),
            key=lambda entry: (-entry[0], -entry[1]),
        )
        room = {key: _count(key, claims) for key in want.keys} | (_open(want.keys, claims, len(instances)) if order else {})
        owner: dict[int, str] = {}
        for strict in (True, False):
            for fit, _, key, number in scored:
                if number not in owner and (room[key] > 0 or not strict) and (fit > 0 or not strict):
                    owner[number] = key
                    room[key] -= 1
            if order and strict:
                owner = _sized(owner, instances, order)
        for key in want.keys:
            shared[key] = tuple(instance for number, instance in enumerate(instances) if owner.get(number) == key)
    return shared


def _count(key: str, claims: Sequence[Claim]) -> int:
    return next((claim.count for claim in claims if isinstance(claim, Counted) and claim.subject.key == key), 1)


def _open(keys: Sequence[str], claims: Sequence[Claim], number: int) -> dict[str, int]:
    """How many are left for the one key whose number nobody told: "a fox and its young"."""
    counts = {claim.subject.key: claim.count for claim in claims if isinstance(claim, Counted) and claim.subject.key in keys}
    untold = [key for key in keys if key not in counts]
    return {untold[0]: max(1, number - sum(counts.values()))} if len(untold) == 1 else {}


def _fit(image: "Floats", instance: Instance, key: str, claims: Sequence[Claim]) -> float:
    fit = 0.1
    for claim in claims:
        if isinstance(claim, Coloured) and claim.subject.key == key and paint.known(claim.colour):
            fit += 2.0 * bool(paint.has_colour(image, instance, claim.colour)[0])
        if isinstance(claim, Placed) and claim.subject.key == key:
            size = (float(image.shape[1]), float(image.shape[0]))
            fit += 1.0 * geometry.in_place(instance.pose.box, claim.place, size)
    return fit


def _by_size(keys: Sequence[str], claims: Sequence[Claim]) -> list[str]:
    """The keys, largest first, when the claims order all of them by size alone."""
    if any(isinstance(claim, Coloured | Placed) and claim.subject.key in keys for claim in claims):
        return []
    larger = {
        (claim.subject.key, claim.other.key)
        for claim in claims
        if isinstance(claim, Larger) and claim.subject.key in keys and claim.other.key in keys
    }
    for order in itertools.permutations(keys[:5]):
        if larger and all(order.index(big) < order.index(small) for big, small in larger):
            return list(order)
    return []


def _sized(owner: dict[int, str], instances: Sequence[Instance], order: Sequence[str]) -> dict[int, str]:
    """The same numbers of instances for each key, handed out from the largest instance down."""
    counts = {key: sum(1 for held in owner.values() if held == key) for key in order}
    slots = [key for key in order for _ in range(counts[key])]
    largest = sorted(owner, key=lambda number: -instances[number].pose.side)
    return dict(zip(largest, slots, strict=True))
