"""What the log says about a rollout, over all processes."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from genevolve.train.attempt import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class LossTally:
    """Sums and counts of one process's attempts; they add up."""

    rows: int
    unscored: int
    degraded: int  # of those that are unscored: a service was out when the policy asked
    guided: int
    groups: int
    level: int  # groups without spread of reward: nothing to learn from
    values: dict[str, tuple[float, int]] = field(default_factory=dict)  # name → sum and count over scored rows


def tally(attempts: Sequence[Attempt], group: int) -> LossTally:
    scored = [one for one in attempts if one.value is not None]
    groups = [attempts[start : start + group] for start in range(0, len(attempts), group)]
    return LossTally(
        rows=len(attempts),
        unscored=len(attempts) - len(scored),
        degraded=sum(bool(one.episode.degraded) for one in attempts),
        guided=sum(one.guide_ids is not None for one in attempts),
        groups=len(groups),
        level=sum(len({each.value for each in one} - {None}) < 2 for one in groups),
        values=_summed((name, value, 1) for one in scored for name, value in _measures(one)),
    )


def _measures(attempt: Attempt) -> Iterable[tuple[str, float]]:
    trace = attempt.tokens
    yield "tokens/sampled", trace.sampled
    yield "tokens/observed", len(trace.completion) - trace.sampled
    yield "tokens/prompt", len(trace.prompt)
    yield from attempt.metrics.items()


def _summed(parts: Iterable[tuple[str, float, int]]) -> dict[str, tuple[float, int]]:
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for name, value, count in parts:
        if math.isfinite(value):
            found[name].append((value, count))
    return {name: (math.fsum(v for v, _ in all_), sum(n for _, n in all_)) for name, all_ in found.items()}


def metrics(parts: Iterable[LossTally]) -> dict[str, float]:
    """The log's values from the tallies of all processes."""
    everywhere = list(parts)
    rows = sum(part.rows for part in everywhere)
    values = _summed((name, *value) for part in everywhere for name, value in part.values.items())
    return {
        "rollout/unscored": float(sum(part.unscored for part in everywhere)),
        "rollout/degraded": float(sum(part.degraded for part in everywhere)),
        "rollout/guided_share": sum(part.guided for part in everywhere) / rows,
        "rollout/level_groups": sum(part.level for part in everywhere) / sum(part.groups for part in everywhere),
        **{f"rollout/{name}": total / count for name, (total, count) in values.items()},
    }
