"""Draws the packages of genevolve and who imports whom: ``python docs/draw_house.py`` writes docs/images/house.svg.

Rows are the tiers of the import order; an arrow goes from a package to one that it imports. An arrow that follows from others
(a imports b, b imports c, so a may import c) is left out of the picture, so that it can be read.
"""

import ast
from collections.abc import Iterable
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "genevolve"
PICTURE = ROOT / "docs" / "images" / "house.svg"
TIERS = (
    ("cli",),
    ("server", "integrations"),
    ("app",),
    ("world",),
    ("train", "bench"),
    ("data",),
    ("report",),
    ("run",),
    ("policies", "generators", "judges", "experience"),
    ("tools",),
    ("protocol", "store", "services"),
    ("core",),
)
PURPOSE = {
    "cli": "parse, call, print",
    "integrations": "verifiers, verl",
    "server": "HTTP, OpenAI images, MCP, the page",
    "app": "one function a command; the registry",
    "world": "the offline world",
    "train": "SFT, GRPO, loss terms",
    "bench": "suites, measures, statistics",
    "data": "stages, audit, export",
    "report": "pages and plots",
    "run": "driver, limits, run folder",
    "tools": "search, fetch, browse, skills",
    "policies": "chat, raw, local",
    "generators": "image services",
    "judges": "VLM and LLM",
    "experience": "bundles, memory, retrieval",
    "protocol": "the text that policies read and write",
    "store": "images by digest, journal",
    "services": "HTTP, chat, secrets",
    "core": "the episode: no I/O",
}
WIDTH, ROW, BOX_W, BOX_H = 1080, 92, 190, 52
# places in a row, where not the middle
BESIDE = {
    "world": 0.84,
    "app": 0.5,
    "data": 0.3,
    "report": 0.3,
    "run": 0.3,
    "tools": 0.16,
}


def imports() -> dict[str, frozenset[str]]:
    """Package → the packages of genevolve that its files import anywhere in their code."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if own not in PURPOSE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            parts = {name.split(".")[1] for name in names if name.startswith("genevolve.")}
            found.setdefault(own, set()).update(parts & set(PURPOSE) - {own})
    return {own: frozenset(others) for own, others in found.items()}


def reduced(graph: dict[str, frozenset[str]]) -> list[tuple[str, str]]:
    """The arrows of ``graph`` that do not follow from others."""

    def reachable(start: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        waiting = list(start)
        while waiting:
            seen.add(here := waiting.pop())
            waiting += graph.get(here, frozenset()) - seen
        return seen

    arrows = ((own, other) for own in graph for other in graph[own])
    return sorted((own, other) for own, other in arrows if other not in reachable(graph[own] - {other}))


def places(packages: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The middle of each package's box."""
    there = set(packages)
    rows = [[name for name in tier if name in there] for tier in TIERS]
    rows = [row for row in rows if row]
    return {
        name: (BESIDE.get(name, (column + 0.5) / len(row)) * WIDTH, 20 + ROW * number + BOX_H / 2)
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    }


def drawn(graph: dict[str, frozenset[str]]) -> str:
    """The picture as SVG text."""
    where = places(graph)
    height = max(y for _, y in where.values()) + BOX_H / 2 + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">',
        "<title>Packages of genevolve and who imports whom</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#7a8699"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>',
    ]
    for own, other in reduced(graph):
        (x1, y1), (x2, y2) = where[own], where[other]
        start, end = y1 + BOX_H / 2, y2 - BOX_H / 2 - 2
        bend = (end - start) / 2
        parts.append(
            f'<path d="M{x1:.0f} {start:.0f}C{x1:.0f} {start + bend:.0f} {x2:.0f} {end - bend:.0f} {x2:.0f} {end:.0f}" '
            'fill="none" stroke="#7a8699" stroke-width="1.4" marker-end="url(#tip)"/>'
        )
    for name, (x, y) in where.items():
        colour = "#fff3d6" if name == "world" else "#e6eef8"
        parts.append(
            f'<rect x="{x - BOX_W / 2:.0f}" y="{y - BOX_H / 2:.0f}" width="{BOX_W}" height="{BOX_H}" rx="7" fill="{colour}" '
            f'stroke="#41506b"/><text x="{x:.0f}" y="{y - 5:.0f}" text-anchor="middle" font-size="15" font-weight="600" '
            f'fill="#1c2536">{escape(name)}</text><text x="{x:.0f}" y="{y + 13:.0f}" text-anchor="middle" font-size="10" '
            f'fill="#41506b">{escape(PURPOSE[name])}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(imports()), encoding="utf-8")
