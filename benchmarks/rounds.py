"""What rounds or takes have brought: ``python benchmarks/rounds.py RUN …`` over directories of ``genevolve bench --rounds``.

For each number of pictures: the final judge's KScore of the best picture so far by the verdict that the policy reads, its gain
over the first picture of the same request, the share of requests made worse, and what was spent up to there.
"""

import sys
from pathlib import Path
from statistics import fmean
from typing import Any

from genevolve.bench.statistics import compare, mean_interval
from genevolve.store.journal import records


def lines(folder: Path) -> list[str]:
    """The table of one directory."""
    rows = [row["revision"]["rounds"] for row in records(folder / "results.jsonl") if "revision" in row]
    scored = [rounds for rounds in rows if all("score" in rounds[each["best_so_far"] - 1] for each in rounds)]
    table = [f"{folder.name}: {len(scored)} requests, {len(rows) - len(scored)} unscored"]
    first = [_value(rounds, 1) for rounds in scored]
    for number in range(1, max(map(len, scored), default=0) + 1):
        values = [_value(rounds, number) for rounds in scored]
        gain = compare(values, first)
        worse = fmean(value < before for value, before in zip(values, first, strict=True))
        spent = {name: fmean(sum(each["cost"][name] for each in rounds[:number]) for rounds in scored) for name in _COSTS}
        cost = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in spent.items())
        told = f"KScore {mean_interval(values)}, gain {gain.difference.signed} (p {gain.p:.4f}), worse {worse:.1%}"
        table.append(f"  up to {number}: {told}; a request: {cost}")
    return table


_COSTS = ("turns", "completion_tokens", "images", "money")


def _value(rounds: list[dict[str, Any]], number: int) -> float:
    """The score of the best of the first ``number`` pictures; who has fewer has stopped at the last."""
    chosen = rounds[min(number, len(rounds)) - 1]["best_so_far"]
    return float(rounds[chosen - 1]["score"]["kscore"])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print("\n".join(lines(Path(name))))
