"""How much the agent adds: held-out requests, program by ``expert`` against the raw request, same generator and judge.

    OMP_NUM_THREADS=1 python benchmarks/agent_vs_raw.py --rows 300 --out runs/agent_vs_raw

Every row is driven through the real episode loop, rendered by ``sketch`` and judged by ``pixel`` with the claims of its
recipe. Prints mean KScore under both conventions with 95 % bootstrap intervals. With ``--out`` it also writes one JSON line
for each row and system, the images, and a contact sheet of the expert's worst rows.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from genevolve.bench.statistics import compare, mean_interval
from genevolve.core.program import Program
from genevolve.core.score import Dimension, NotApplicable, Score, kscore
from genevolve.world.recipes.case import RecipeCase, heldout_cases

SYSTEMS = ("expert", "raw")
_WORST = 24
_setups: dict[str, Any] = {}
_runner = asyncio.Runner()
_open = AsyncExitStack()  # what a worker opens it keeps until it ends


def prepare(folder: str) -> None:
    """Build both systems once in this worker, around one image store."""
    import cv2

    from genevolve.app.assemble import assemble
    from genevolve.app.profile import load_profile
    from genevolve.store.images import ImageStore

    cv2.setNumThreads(1)
    images = ImageStore(Path(folder) / "images")
    for system in SYSTEMS:
        assembled = assemble(load_profile("offline", {"policy": system}), images)
        _setups[system] = _runner.run(_open.enter_async_context(assembled))


def run_case(case: RecipeCase) -> list[dict[str, Any]]:
    """One result row for each system."""
    return [_runner.run(_run(case, system)) for system in SYSTEMS]


async def _run(case: RecipeCase, system: str) -> dict[str, Any]:
    from genevolve.core.event import Rendered
    from genevolve.core.request import Request
    from genevolve.run.drive import drive

    setup = _setups[system]
    episode = setup.begin(Request(id=case.id, text=case.text, seed=case.truth.seed))
    ended = await drive(episode, setup, hidden=case.hidden)
    program = ended.program
    return {
        "id": case.id,
        "system": system,
        "track": case.hidden.track,
        "family": case.recipe.family,
        "category": case.hidden.category,
        "difficulty": case.hidden.difficulty,
        "request": case.text,
        "program": asdict(program) if program else None,
        "references": [p.title for p in _chosen(program, ended)] if program else [],
        "tool_calls": ended.tool_calls,
        "image": ended.rendering.digest if isinstance(ended.rendering, Rendered) else None,
        "notes": list(ended.rendering.notes) if isinstance(ended.rendering, Rendered) else [],
        **_verdict(ended.verdict),
    }


def _chosen(program: Program, episode: Any) -> list[Any]:
    return [episode.picture(selection.img_id) for selection in program.references]


def _verdict(verdict: Any) -> dict[str, Any]:
    if not isinstance(verdict, Score):
        return {"unscored": verdict.reason}
    return {
        "kscore": kscore(verdict),
        "kscore_renormalized": kscore(verdict, NotApplicable.RENORMALIZED),
        **{dimension.value: getattr(verdict, dimension.value) for dimension in Dimension},
        "failed": [f"{d.dimension.value}: {d.requirement} ({d.detail})" for d in verdict.diagnostics if not d.passed],
    }


def run_all(cases: Sequence[RecipeCase], folder: Path, workers: int) -> Iterator[dict[str, Any]]:
    """Result rows as they come, in the order of ``cases``."""
    with ProcessPoolExecutor(workers, initializer=prepare, initargs=(str(folder),)) as pool:
        for position, rows in enumerate(pool.map(run_case, cases, chunksize=2), start=1):
            if sys.stderr.isatty():
                print(f"\r{position}/{len(cases)}", end="", file=sys.stderr, flush=True)
            yield from rows


# ---- the report -------------------------------------------------------------------------------------------------------


def report(rows: Sequence[dict[str, Any]]) -> str:
    """The tables: KScore by system and track under both conventions, dimensions, and the paired difference."""
    lines = [f"{'KScore':28}{'rows':>6}{'unscored':>10}  {'release':24}{'renormalized':24}"]
    for system in SYSTEMS:
        own = [row for row in rows if row["system"] == system]
        for name, part in (("", own), *((track, _where(own, "track", track)) for track in _values(own, "track"))):
            lines.append(_score_line(f"{system} {name}".strip(), part))
    lines += ["", f"{'dimension':28}" + "".join(f"{dimension.value:>20}" for dimension in Dimension)]
    for system in SYSTEMS:
        own = [row for row in rows if row["system"] == system and "kscore" in row]
        lines.append(f"{system:28}" + "".join(f"{_mean_of(own, dimension.value):>20}" for dimension in Dimension))
    lines += ["", _paired(rows), "", _by_family(rows)]
    return "\n".join(lines)


def _where(rows: Sequence[dict[str, Any]], key: str, value: str) -> list[dict[str, Any]]:
    return [row for row in rows if row[key] == value]


def _values(rows: Sequence[dict[str, Any]], key: str) -> list[str]:
    return sorted({row[key] for row in rows})


def _score_line(name: str, rows: Sequence[dict[str, Any]]) -> str:
    scored = [row for row in rows if "kscore" in row]
    if not scored:
        return f"{name:28}{len(rows):>6}{len(rows):>10}"
    estimates = [mean_interval([row[key] for row in scored]) for key in ("kscore", "kscore_renormalized")]
    return f"{name:28}{len(rows):>6}{len(rows) - len(scored):>10}  " + "".join(f"{estimate!s:24}" for estimate in estimates)


def _mean_of(rows: Sequence[dict[str, Any]], key: str) -> str:
    values = [row[key] for row in rows if row[key] is not None]
    return f"{sum(values) / len(values):.3f} (n={len(values)})" if values else "none"


def _paired(rows: Sequence[dict[str, Any]]) -> str:
    scores = {
        system: {row["id"]: row["kscore"] for row in rows if row["system"] == system and "kscore" in row} for system in SYSTEMS
    }
    both = [key for key in scores["expert"] if key in scores["raw"]]
    if not both:
        return "no row was scored for both systems"
    found = compare([scores["expert"][key] for key in both], [scores["raw"][key] for key in both])
    return (
        f"expert - raw on the same {len(both)} rows: {found.difference}, p {found.p:.4f} "
        f"(better {found.wins}, equal {found.ties}, worse {found.losses})"
    )


def _by_family(rows: Sequence[dict[str, Any]]) -> str:
    lines = [f"{'family':28}{'rows':>6}{'expert':>10}{'raw':>10}"]
    for family in _values(rows, "family"):
        part = [row for row in rows if row["family"] == family and "kscore" in row]
        means = []
        for system in SYSTEMS:
            scores = [row["kscore"] for row in part if row["system"] == system]
            means.append(f"{sum(scores) / len(scores):.3f}" if scores else "none")
        lines.append(f"{family:28}{len(part) // 2:>6}" + "".join(f"{mean:>10}" for mean in means))
    return "\n".join(lines)


def write(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """``rows.jsonl`` and ``worst.png``, the expert's worst rows with what failed in them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    worst = sorted(
        (row for row in rows if row["system"] == "expert" and row.get("image")), key=lambda row: row.get("kscore", 0)
    )
    contact_sheet(worst[:_WORST], folder).save(folder / "worst.png")


def contact_sheet(rows: Sequence[dict[str, Any]], folder: Path) -> Any:
    """Thumbnails with request and failures underneath, four in a line."""
    import textwrap

    from PIL import Image, ImageDraw

    side, foot = 300, 150
    sheet = Image.new("RGB", (4 * (side + 10), max(1, -(-len(rows) // 4)) * (side + foot)), "white")
    pen = ImageDraw.Draw(sheet)
    for position, row in enumerate(rows):
        x, y = position % 4 * (side + 10), position // 4 * (side + foot)
        with Image.open(folder / "images" / f"{row['image']}.png") as image:
            sheet.paste(image.convert("RGB").resize((side, side)), (x, y))
        text = f"{row['id']} {row.get('kscore', 'unscored')} | {row['request']} | {'; '.join(row.get('failed', []))}"
        lines = textwrap.wrap(text.encode("ascii", "replace").decode(), 50)[:12]
        pen.multiline_text((x, y + side + 2), "\n".join(lines), fill="black")
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="folder for rows.jsonl, images and worst.png")
    chosen = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.out or Path(scratch)
        rows = list(run_all(heldout_cases(chosen.rows, chosen.seed), folder, chosen.workers))
        if chosen.out:
            write(rows, chosen.out)
    print(report(rows))
    print(f"\n{chosen.rows} requests, seed {chosen.seed}, {time.perf_counter() - began:.0f} s, generator sketch, judge pixel")


if __name__ == "__main__":
    main()
