"""Where the gate of retrieval should lie for an embedder: how often a source request above a similarity shares the need.

    python benchmarks/gate.py --cases 600 --seed 0 --out docs/images/gate-minilm.png

Half of the requests play the memory, half ask it; each takes its single nearest source, as in training. A lesson is of use
when the source shares the need: the recipe's dominant skill and whether a fact has to be found out and a picture looked up
(the tool plan). ``--split`` train draws requests of the training split.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genevolve.data.case import Case, cases
from genevolve.data.splits import Split
from genevolve.experience.embed import Embedder, MiniLmEmbedder, SentenceTransformerEmbedder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

AIM = 0.75  # precision (same need) that the recommended gate must reach
COLUMNS = ("need", "skill", "plan", "family", "share")
STEPS = np.arange(0.30, 0.951, 0.025)


Row = tuple[float, float, dict[str, float]]  # gate, hit rate, and the shares of COLUMNS among the hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A request and its nearest source. ``share`` is the share of the skills of both that they have in common."""

    similarity: float
    family: bool
    skill: bool
    plan: bool
    share: float

    @property
    def need(self) -> bool:
        return self.skill and self.plan


def plan(case: Case) -> tuple[bool, bool]:
    """The tools that are needed: search for a fact, and image_search."""
    return bool(case.recipe.gap), any(figure.reference for figure in case.recipe.picture.figures)


def skills(case: Case) -> set[str]:
    return {case.recipe.dominant.value, *(other.value for other in case.recipe.secondary)}


def matches(drawn: list[Case], embedder: Embedder) -> list[Match]:
    vectors = embedder.embed([case.request for case in drawn])
    half = len(drawn) // 2
    similar = vectors[half:] @ vectors[:half].T
    nearest = similar.argmax(axis=1)
    return [
        Match(
            similarity=float(similar[row, column]),
            family=drawn[half + row].recipe.family == drawn[column].recipe.family,
            skill=drawn[half + row].recipe.dominant is drawn[column].recipe.dominant,
            plan=plan(drawn[half + row]) == plan(drawn[column]),
            share=_common(skills(drawn[half + row]), skills(drawn[column])),
        )
        for row, column in enumerate(nearest)
    ]


def _common(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def all_pairs(drawn: list[Case], embedder: Embedder) -> tuple["Floats", "Floats"]:
    """Similarities of all pairs of one family, and of all others."""
    vectors = embedder.embed([case.request for case in drawn])
    similar = vectors @ vectors.T
    families = np.array([case.recipe.family for case in drawn])
    same = families[:, None] == families[None, :]
    upper = np.triu(np.ones_like(same), 1)
    return similar[same & upper], similar[~same & upper]


def curve(found: list[Match]) -> list[Row]:
    """For every gate the hit rate, and what the hits share with the request."""
    rows = []
    for gate in STEPS:
        if hits := [match for match in found if match.similarity >= gate]:
            shares = {name: sum(getattr(match, name) for match in hits) / len(hits) for name in COLUMNS}
            rows.append((float(gate), len(hits) / len(found), shares))
    return rows


def recommended(rows: list[Row]) -> float:
    """The lowest gate whose hits share the need often enough; where none does, the best one that still finds a tenth."""
    for gate, _, shares in rows:
        if shares["need"] >= AIM:
            return gate
    return max((row for row in rows if row[1] >= 0.1), key=lambda row: row[2]["need"])[0]


def plot(rows: list[Row], chosen: float, title: str, path: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), dpi=120)
    gates = [row[0] for row in rows]
    for column, label, colour in (
        (2, "same need", "#1b6ca8"),
        (3, "same family", "#e07a1f"),
        (4, "skills in common", "#3a9d5d"),
    ):
        axes.plot(gates, [row[column] for row in rows], label=label, color=colour, marker="o", markersize=3)
    axes.plot(gates, [row[1] for row in rows], label="hit rate", color="#888888", linestyle="--")
    axes.axvline(chosen, color="#222222", linewidth=1)
    axes.annotate(f"gate {chosen:.3f}", (chosen, 0.04), xytext=(5, 0), textcoords="offset points")
    axes.set(xlabel="gate (cosine similarity)", ylabel="share", ylim=(0, 1.03), title=title)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", frameon=False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=[split.value for split in Split], default=Split.TRAIN.value)
    parser.add_argument("--model", help="a sentence-transformers model in the place of minilm")
    parser.add_argument("--out", type=Path, help="where to save the plot (needs matplotlib)")
    options = parser.parse_args()
    settings: dict[str, Any] = {"model": options.model} if options.model else {}
    embedder = SentenceTransformerEmbedder(**settings) if options.model else MiniLmEmbedder()
    drawn = list(cases(options.cases, options.seed, Split(options.split)))
    np.random.default_rng(options.seed).shuffle(drawn)  # type: ignore[arg-type]
    started = time.perf_counter()
    found = matches(drawn, embedder)
    spent = (time.perf_counter() - started) / len(drawn)
    same, other = all_pairs(drawn[:400], embedder)
    print(f"{embedder.name}: {spent * 1e3:.1f} ms a request")
    print(f"mean similarity of two requests of one family {same.mean():.2f}, of two others {other.mean():.2f}")
    rows = curve(found)
    print(f"{'gate':>6}{'hit rate':>10}" + "".join(f"{name:>9}" for name in COLUMNS))
    for gate, rate, shares in rows:
        print(f"{gate:>6.3f}{rate:>10.1%}" + "".join(f"{shares[name]:>9.1%}" for name in COLUMNS))
    chosen = recommended(rows)
    print(f"recommended gate: {chosen:.3f} (lowest with {AIM:.0%} of the hits sharing the need, else the most precise)")
    if options.out:
        plot(rows, chosen, f"{embedder.name}, {len(drawn)} requests, seed {options.seed}", options.out)


if __name__ == "__main__":
    main()
