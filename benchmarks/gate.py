"""Where the gate of retrieval should lie for an embedder: how often a source request above a similarity shares the need.

    python benchmarks/gate.py --cases 1000 --seed 0 --out docs/images/gate-minilm.svg

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

from genevolve.data.splits import EntitySplit
from genevolve.experience.embed import Embedder, MiniLmEmbedder, SentenceTransformerEmbedder
from genevolve.world.recipes.case import RecipeCase, cases

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


def plan(case: RecipeCase) -> tuple[bool, bool]:
    """The tools that are needed: search for a fact, and image_search."""
    return bool(case.recipe.gap), any(figure.reference for figure in case.recipe.picture.figures)


def skills(case: RecipeCase) -> set[str]:
    return {case.recipe.dominant.value, *(other.value for other in case.recipe.secondary)}


def matches(drawn: list[RecipeCase], embedder: Embedder) -> list[Match]:
    vectors = embedder.embed([case.text for case in drawn])
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


def all_pairs(drawn: list[RecipeCase], embedder: Embedder) -> tuple["Floats", "Floats"]:
    """Similarities of all pairs of one family, and of all others."""
    vectors = embedder.embed([case.text for case in drawn])
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
            rows.append((round(float(gate), 3), len(hits) / len(found), shares))
    return rows


def recommended(rows: list[Row]) -> float:
    """The lowest gate whose hits share the need often enough; where none does, the best one that still finds a tenth."""
    for gate, _, shares in rows:
        if shares["need"] >= AIM:
            return gate
    return max((row for row in rows if row[1] >= 0.1), key=lambda row: row[2]["need"])[0]


WIDTH, HEIGHT, LEFT, TOP, WIDE, HIGH = 760, 400, 60, 44, 470, 296  # the picture, and the field of the curves in it
CURVES = (
    ("need", "same skill and tools", "#1b6ca8", ""),
    ("skill", "same dominant skill", "#2f8f57", ""),
    ("plan", "same tools", "#8e5bb5", ""),
    ("family", "same family", "#d06a12", ""),
    ("rate", "hit rate", "#666666", "6 4"),
)


def plot(rows: list[Row], chosen: float, title: str) -> str:
    """An SVG of the curves. Gates that fewer than 2 % of the requests pass say nothing and are left out."""
    shown = [row for row in rows if row[1] >= 0.02]
    first, last = shown[0][0], shown[-1][0]

    def at(gate: float, share: float) -> tuple[float, float]:
        return round(LEFT + WIDE * (gate - first) / (last - first), 1), round(TOP + HIGH * (1 - share), 1)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="24" font-size="15">{title}</text>']
    for tick in range(6):
        _, y = at(first, tick / 5)
        parts.append(f'<path d="M{LEFT} {y}h{WIDE}" stroke="#dddddd"/><text x="{LEFT - 40}" y="{y + 4}">{20 * tick} %</text>')
    for gate in shown[::4]:
        parts.append(f'<text x="{at(gate[0], 0)[0] - 12}" y="{TOP + HIGH + 20}">{gate[0]:.2f}</text>')
    x, _ = at(chosen, 0)
    parts.append(f'<path d="M{x} {TOP}v{HIGH}" stroke="#222222"/><text x="{x + 5}" y="{TOP + HIGH - 8}">gate {chosen:g}</text>')
    for number, (name, label, colour, dashes) in enumerate(CURVES):
        points = (at(gate, rate if name == "rate" else shares[name]) for gate, rate, shares in shown)
        line = " ".join(f"{x},{y}" for x, y in points)
        y = TOP + 20 + 26 * number
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
        parts.append(f'<polyline points="{line}" {style}/><path d="M{LEFT + WIDE + 24} {y}h28" {style}/>')
        parts.append(f'<text x="{LEFT + WIDE + 60}" y="{y + 4}">{label}</text>')
    parts.append(f'<text x="{LEFT + WIDE / 2 - 80}" y="{HEIGHT - 12}">gate (cosine similarity)</text>')
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">{"".join(parts)}</svg>\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=[split.value for split in EntitySplit], default=EntitySplit.TRAIN.value)
    parser.add_argument("--model", help="a sentence-transformers model in the place of minilm")
    parser.add_argument("--out", type=Path, help="where to save the plot as SVG")
    options = parser.parse_args()
    settings: dict[str, Any] = {"model": options.model} if options.model else {}
    embedder = SentenceTransformerEmbedder(**settings) if options.model else MiniLmEmbedder()
    drawn = list(cases(options.cases, options.seed, EntitySplit(options.split)))
    np.random.default_rng(options.seed).shuffle(drawn)
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
        title = f"Nearest source request: {embedder.name}, {len(drawn)} requests, seed {options.seed}"
        options.out.write_text(plot(rows, chosen, title), encoding="utf-8")


if __name__ == "__main__":
    main()
