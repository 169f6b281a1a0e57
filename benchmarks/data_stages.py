"""The offline stages of ``genevolve data`` on many prompts: seconds, CPU time, and whether memory stays flat.

Each stage runs in a process of its own, so that its peak memory is its own. ``teach`` is measured on ``--sample`` prompts (one
process); the audit gets that sample's lessons again and again under new ids, and the split every prompt with one of them in it.

    python benchmarks/data_stages.py --rows 2000 20000 --sample 200
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

STAGES = ("recipes", "prompts", "teach", "audit", "split", "export")
if TYPE_CHECKING:
    from genevolve.data.records import Prompt, TrajectoryRow

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2000, 20000])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stage:
        work(chosen.stage, chosen.folder, chosen.rows[0], chosen.sample)
    else:
        compare(chosen.rows, chosen.sample)


def compare(sizes: list[int], sample: int) -> None:
    measured: dict[int, dict[str, Row]] = {}
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="genevolve-stages-") as folder:
            measured[rows] = {stage: in_process(stage, Path(folder), rows, sample) for stage in STAGES}
    head = "".join(f"{rows:>12,} s {'CPU s':>7} {'rows/s':>8} {'MiB':>6}" for rows in sizes)
    print(f"{'stage':<10}{head}   memory ratio")
    for stage in STAGES:
        found = [measured[rows][stage] for rows in sizes]
        cells = "".join(
            f"{each['seconds']:>14.1f} {each['rows'] / each['seconds']:>9.1f} {each['mib']:>6.0f}" for each in found
        )
        print(f"{stage:<10}{cells}   {found[-1]['mib'] / found[0]['mib']:.2f}")
    whole = sum(each["seconds"] for stage, each in measured[sizes[-1]].items() if stage != "teach")
    rate = measured[sizes[-1]]["teach"]
    print(f"all stages but teach, {sizes[-1]:,} rows: {whole:.0f} s; teach: {rate['seconds'] / rate['rows']:.3f} s a prompt")
    print(f"funnel of the pool: {measured[sizes[-1]]['prompts']['funnel']}")


def _cell(one: Row) -> str:
    return f"{one['seconds']:>14.1f} {one['cpu']:>7.1f} {one['rows'] / one['seconds']:>8.1f} {one['mib']:>6.0f}"


def in_process(stage: str, folder: Path, rows: int, sample: int) -> Row:
    command = [
        sys.executable,
        __file__,
        "--stage",
        stage,
        "--folder",
        str(folder),
        "--rows",
        str(rows),
        "--sample",
        str(sample),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def work(stage: str, folder: Path, rows: int, sample: int) -> None:
    import asyncio

    from genevolve.app.data import DataBuild

    job = DataBuild.prepare(None, folder, changes={"recipes": {"count": rows}, "teach": {"rows": sample, "workers": 1}})
    before = time.perf_counter()
    more: Row = {}
    match stage:
        case "recipes":
            job.recipes()
        case "prompts":
            asyncio.run(job.prompts())
            more = {"funnel": json.loads((folder / "prompts.funnel.json").read_text())["why_not"]}
        case "teach":
            asyncio.run(job.collect())
            rows = sample
        case "audit":
            audit(folder, rows)
        case "split":
            split(folder)
        case "export":
            export(folder)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu": time.process_time(), "mib": peak, **more}))


def collected(folder: Path) -> "Iterator[TrajectoryRow]":
    """The sample's lessons, each with its prompt."""
    from genevolve.data.collect import lessons
    from genevolve.data.records import Prompt
    from genevolve.data.stage import rows_of
    from genevolve.store.journal import records

    prompts = map(Prompt.from_json, rows_of(folder / "prompts.jsonl"))
    return lessons(prompts, records(folder / "lessons" / "results.jsonl"))


def renamed(lesson: "TrajectoryRow", prompt: "Prompt", number: str) -> "TrajectoryRow":
    return replace(lesson, prompt=prompt, collected=replace(lesson.collected, id=f"{number}.0", prompt_id=number))


def audit(folder: Path, rows: int) -> None:
    import asyncio

    from genevolve.data.audit import Thresholds
    from genevolve.data.audit import audit as judge
    from genevolve.data.audit_rules import RuleAuditor
    from genevolve.data.stage import Stage, unseen
    from genevolve.world.lint import LintJudge
    from genevolve.world.recipes.source import AtlasRequests

    again = itertools.chain.from_iterable(collected(folder) for _ in itertools.count())
    lessons = (renamed(row, row.prompt, str(n)) for n, row in enumerate(itertools.islice(again, rows)))
    auditor = RuleAuditor(program_judge=LintJudge(), source=AtlasRequests())
    with Stage(folder / "audited.jsonl", {}) as stage:
        asyncio.run(judge(stage, lessons, auditor, Thresholds(), on_row=unseen))
        stage.finish()


def split(folder: Path) -> None:
    from genevolve.data.divide import divide
    from genevolve.data.records import Prompt, RenderedTruth
    from genevolve.data.stage import Stage, rows_of, unseen

    truth = RenderedTruth(image_path="images/truth.png", digest="", kscore=1.0, judge="pixel")
    lesson = replace(next(collected(folder)), audit={"judge": "rules", "total": 6.0}, truth=truth)
    rows = (renamed(lesson, prompt, prompt.id) for prompt in map(Prompt.from_json, rows_of(folder / "prompts.jsonl")))
    with Stage(folder / "split.jsonl", {}) as stage:
        divide(stage, rows, scratch=folder / "scratch", on_row=unseen)
        stage.finish()


def export(folder: Path) -> None:
    """The imitation part alone: images cost what images cost, whatever the number of rows."""
    from genevolve.data.export import ExportSource
    from genevolve.data.export import export as write
    from genevolve.data.export_parquet import write_parquet
    from genevolve.data.records import TrajectoryRow
    from genevolve.data.splits import Split
    from genevolve.data.stage import rows_of, unseen

    lessons = map(TrajectoryRow.from_json, rows_of(folder / "split.jsonl"))
    rows = (row for row in lessons if row.prompt.split is Split.SFT)
    source = ExportSource(lessons=folder / "lessons", truths=folder / "truths")
    write(rows, source, folder / "dataset", on_row=unseen)
    write_parquet(folder / "dataset")


if __name__ == "__main__":
    main()
