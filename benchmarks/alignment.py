"""Does the teacher prefer what earned more? ``python benchmarks/alignment.py RUN …`` over directories of ``genevolve evolve``.

To first order a step of distillation changes the expected reward by the covariance, within groups of attempts at one request,
of the reward with Σ (log q - log p) over the tokens that it is about (log q of the teacher, log p of the student). Where that
is not above 0, no setting of the loss can gain. Printed for all sampled tokens, for those that the loss chose, and for
decisions: names of tools and skills, query words, numbers of pictures, quoted texts. The interval is a bootstrap over groups.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean

from genevolve.bench.statistics import mean_interval

DECISION = re.compile(
    r'"(?:name|skill_name)"\s*:\s*"(?P<name>[^"]*)"'
    r'|"(?:query|queries)"\s*:\s*(?P<query>"[^"]*"|\[[^\]]*\])'
    r"|IMG_(?P<picture>\d+)"
    r'|\\"(?P<text>[^"\\]*)\\"|“(?P<curly>[^”]*)”'
)


@dataclass(frozen=True, slots=True)
class Row:
    """``gains`` has Σ (log q - log p) of an attempt by the kind of tokens."""

    group: tuple[int, int]
    reward: float
    gains: Mapping[str, float]


def decisions(tokens: Sequence[str], turns: Sequence[int]) -> list[bool]:
    """Which tokens hold a character of a decision; a decision lies within one turn."""
    found: list[bool] = []
    for _, own in groupby(zip(turns, tokens, strict=True), key=lambda pair: pair[0]):
        pieces = [token for _, token in own]
        spans = [hit.span(hit.lastgroup or 0) for hit in DECISION.finditer("".join(pieces))]
        at = 0
        for piece in pieces:
            found.append(any(start < at + len(piece) and at < end for start, end in spans))
            at += len(piece)
    return found


def rows(run: Path) -> Iterator[Row]:
    """Every scored attempt with a lesson, of every step in order. A line of ``teacher.*.jsonl`` names its attempt by number."""
    for step in sorted((run / "steps").glob("[0-9]*")):
        for path in sorted(step.glob("teacher.*.jsonl")):
            process = path.name.split(".")[1]
            with gzip.open(step / f"episodes.{process}.jsonl.gz", "rt", encoding="utf-8") as file:
                attempts = [json.loads(line) for line in file]
            for line in path.read_text(encoding="utf-8").splitlines():
                told = json.loads(line)
                attempt = attempts[told["row"]]
                value = attempt["reward"]["value"]
                if value is not None:
                    yield Row((int(step.name), attempt["group"]), value, gains(told))


def gains(told: Mapping[str, list[float]]) -> dict[str, float]:
    """Σ (log q - log p) of one line, by the kind of tokens."""
    each = [teacher - student for teacher, student in zip(told["teacher"], told["student"], strict=True)]
    kinds = {
        "all": [True] * len(each),
        "chosen": [bool(one) for one in told["chosen"]],
        "decisions": decisions(told["tokens"], told["turns"]),  # type: ignore[arg-type]
    }
    return {kind: sum(gain for gain, ours in zip(each, mask, strict=True) if ours) for kind, mask in kinds.items()}


def covariances(found: Sequence[Row], kind: str) -> list[float]:
    """The covariance of reward and gain in each group that has at least two attempts."""
    groups: dict[tuple[int, int], list[Row]] = {}
    for row in found:
        groups.setdefault(row.group, []).append(row)
    result = []
    for own in groups.values():
        if len(own) > 1:
            reward, gain = fmean(row.reward for row in own), fmean(row.gains[kind] for row in own)
            products = [(row.reward - reward) * (row.gains[kind] - gain) for row in own]
            result.append(sum(products) / (len(own) - 1))
    return result


def table(run: Path) -> list[str]:
    """What to print of one directory."""
    found = list(rows(run))
    lines = [f"{run}: {len(found)} attempts with a lesson"]
    for kind in ("all", "chosen", "decisions"):
        values = covariances(found, kind)
        lines.append(f"  {kind}: {mean_interval(values)} in {len(values)} groups" if values else f"  {kind}: no group has two")
    return lines


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print("\n".join(table(Path(argument))))
