"""One lesson out of many: a pair of attempts is little evidence, what several pairs agree on is more."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from genevolve.experience.bundle import Bullet, Bundle, Guidance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

MOST = 7  # bullets in one list of a pooled lesson
ALIKE = 0.65  # cosine from which two sentences are about one thing: they say nearly the same, or the opposite


def pooled(found: Sequence[tuple[Bundle, float]], embed: "Embed") -> Bundle:
    """The lesson that the bundles of ``found`` agree on, each given with its reward gap; the nearest comes first.

    When it applies, and its focus, are those of the nearest. Each list has the bullets that the widest gaps support, Σ gap over
    the bundles that say a sentence, at most ``MOST``; of sentences about one thing (``embed``: (n,) → (n, d), of length 1) the
    best supported alone. Bullets that are marked as standard stand only where a list has no others.
    """
    nearest = found[0][0]
    lists = {field.name: _agreed(field.name, found, embed) for field in fields(Guidance) if field.name != "focus"}
    guidance = Guidance(focus=nearest.decision_guidance.focus, **lists)
    return Bundle(retrieval_key=nearest.retrieval_key, decision_guidance=guidance)


def _agreed(part: str, found: Sequence[tuple[Bundle, float]], embed: "Embed") -> tuple[Bullet, ...]:
    lists = [(getattr(bundle.decision_guidance, part), gap) for bundle, gap in found]
    support: dict[str, float] = {}
    for bullets, gap in lists:
        for text in dict.fromkeys(bullet.text for bullet in bullets if not bullet.standard):
            support[text] = support.get(text, 0.0) + gap
    if not support:
        return tuple(lists[0][0])
    ranked = sorted(support, key=lambda text: -support[text])  # equal ones in the order in which they came
    return tuple(Bullet(text=text) for text in _apart(ranked, embed))


def _apart(ranked: Sequence[str], embed: "Embed") -> list[str]:
    """The first ``MOST`` of ``ranked`` that are about nothing that stands before them."""
    similar = embed(ranked)
    similar = similar @ similar.T
    kept: list[int] = []
    for place in range(len(ranked)):
        if len(kept) < MOST and all(similar[place, other] < ALIKE for other in kept):
            kept.append(place)
    return [ranked[place] for place in kept]
