"""Tables for people: what a set of rows covers, and what became of the rows of each stage."""

from collections import Counter
from collections.abc import Iterable, Sequence

from genevolve.data.labels import Difficulty, Labels
from genevolve.data.records import Prompt, json_object
from genevolve.data.stage import Funnel
from genevolve.report.table import Table

_SHORT = {"Knowledge-Anchored": "knowledge", "Quality-Anchored": "quality"}
TITLES = {
    "recipes": "recipes", "worded": "prompts worded", "pool": "prompt pool", "prompts": "prompts", "lessons": "trajectories",
    "audited": "audited", "rendered": "ground truths", "split": "split",
}  # fmt: skip


def coverage(rows: Iterable[Labels]) -> Table:
    """Rows by category, track and difficulty."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        track = row.eval_type or "(none)"
        counts[row.category or "(none)", _SHORT.get(track, track), row.difficulty or "(none)"] += 1
    tracks = sorted({key[1] for key in counts})
    known = [level.value for level in Difficulty]
    levels = [*known, *sorted({key[2] for key in counts} - set(known))]
    columns = [(track, level) for track in tracks for level in levels if any(key[1:] == (track, level) for key in counts)]
    categories = sorted({key[0] for key in counts})
    lines = [_line(category, [counts[category, *column] for column in columns]) for category in categories]
    lines.append(_line("all", [sum(counts[category, *column] for category in categories) for column in columns]))
    heads = tuple(f"{track} {level}" for track, level in columns)
    return Table(title="Coverage", columns=("category", *heads, "all"), rows=tuple(lines))


def families(rows: Iterable[Prompt]) -> Table:
    """Recipes by task family and by what they mainly test."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        recipe = json_object(row.hidden.recipe)
        track = row.labels.eval_type
        counts[_SHORT.get(track, track), str(recipe.get("family")), str(recipe.get("dominant"))] += 1
    lines = [(family, track, dominant, f"{count:,}") for (track, family, dominant), count in sorted(counts.items())]
    return Table(title="Task families", columns=("family", "track", "main requirement", "recipes"), rows=tuple(lines))


def _line(name: str, counts: Sequence[int]) -> tuple[str, ...]:
    return (name, *(f"{count:,}" if count else "–" for count in counts), f"{sum(counts):,}")


def funnel_table(funnels: Iterable[Funnel]) -> Table:
    """In, kept and why not, stage by stage."""
    lines = []
    for found in funnels:
        why = ", ".join(f"{rule} {count:,}" for rule, count in found.why.items()) or "–"
        lines.append((TITLES.get(found.stage, found.stage), f"{found.taken:,}", f"{found.kept:,}", share(found), why))
    return Table(title="Funnel", columns=("stage", "in", "kept", "share", "why not"), rows=tuple(lines))


def share(found: Funnel) -> str:
    return f"{found.kept / found.taken:.1%}" if found.taken else "–"
