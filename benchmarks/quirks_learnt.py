"""What did trainings against a generator with quirks learn, and from what? ``python benchmarks/quirks_learnt.py RUN [RUN …]``

``RUN`` are training directories of ``genevolve evolve`` against one profile of quirks. Printed for each quirk: the share of
attempts that keep its rule, of those whose wording decides it, in the first two steps and in the last two; and how often a
lesson told the generator's own option, and how often another one. Then the tokens that the teacher moved most under its
lessons: how often they were sampled, and the mean of log q - log p in nats.
"""

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genevolve.world.quirks.profile import QUIRKS, QuirkProfile, kept_rules

LEAST = 8  # times that a token was sampled
MOST = 14  # tokens that are shown


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    content = path.read_bytes()
    yield from map(json.loads, (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines())


def bullets(value: object) -> Iterator[str]:
    """Every sentence of a lesson."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        else:
            for inner in value.values():
                yield from bullets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from bullets(inner)


def told(lesson: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(quirk, option) of every rule that a lesson holds."""
    said = set(bullets(lesson["bundle"]))
    options = ((name, option, rule) for name, quirk in QUIRKS.items() for option, rule in quirk.options.items())
    return {(name, option) for name, option, rule in options if {rule.advice, rule.guard} & said}


def attempts(runs: list[Path]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """(step, number of steps, attempt) of every run."""
    for run in runs:
        files = sorted(run.glob("steps/*/episodes.*.jsonl.gz"))
        steps = 1 + max(int(path.parent.name) for path in files)
        for path in files:
            yield from ((int(path.parent.name), steps, one) for one in read_lines(path))


def by_quirk(runs: list[Path], chosen: Mapping[str, str]) -> None:
    kept: dict[tuple[str, str], list[bool]] = defaultdict(list)
    lessons: Counter[tuple[str, bool]] = Counter()
    for step, steps, one in attempts(runs):
        for name, option in told(one["lesson"]) if one.get("lesson") else ():
            lessons[name, chosen[name] == option] += 1
        when = "first" if step < 2 else "last" if step >= steps - 2 else ""
        if when and one.get("program"):
            found = kept_rules(one["program"]["gen_prompt"])
            for name in {name for name, _ in found}:
                kept[name, when].append((name, chosen[name]) in found)
    print("| habit | kept at first | kept at last | told rightly | told wrongly |\n|---|---|---|---|---|")
    for name in chosen:
        shares = [share(kept[name, when]) for when in ("first", "last")]
        print(f"| {name} | {' | '.join(shares)} | {lessons[name, True]} | {lessons[name, False]} |")


def share(found: list[bool]) -> str:
    return f"{sum(found) / len(found):.2f} of {len(found)}" if found else "–"


def by_token(runs: list[Path]) -> None:
    moved: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for path in run.glob("steps/*/teacher.*.jsonl"):
            for row in read_lines(path):
                for token, student, teacher in zip(row["tokens"], row["student"], row["teacher"], strict=True):
                    moved[token].append(teacher - student)
    sums = sorted((sum(values), token) for token, values in moved.items() if len(values) >= LEAST)
    for title, found in (("less likely under the lesson", sums[:MOST]), ("likelier", sums[::-1][:MOST])):
        shown = (f"{token!r} {len(moved[token])} × {total / len(moved[token]):+.2f}" for total, token in found)
        print(f"\n{title}: {', '.join(shown)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path)
    runs = parser.parse_args().runs
    numbers = {json.loads((run / "run.json").read_text(encoding="utf-8"))["recipe"]["evolve"]["quirks"] for run in runs}
    if len(numbers) != 1 or None in numbers:
        parser.error(f"RUN: trainings against one profile of quirks are needed, these have {sorted(map(str, numbers))}")
    chosen = QuirkProfile.drawn(numbers.pop()).chosen
    by_quirk(runs, chosen)
    by_token(runs)


if __name__ == "__main__":
    main()
