"""Prompts of the user's own: neither the pool nor the stages need the offline world or one of its packages."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genevolve.app.data import DataBuild, build_data
from genevolve.core.errors import UsageError
from genevolve.data.plan import BuildPlan, Changes, PromptsSettings, RecipesSettings
from genevolve.store.journal import records
from genevolve.world.recipes.source import AtlasRequests

CODE = """
import asyncio, importlib, pkgutil, sys
from pathlib import Path
import genevolve.data, genevolve.bench
from genevolve.app.data import DataBuild
for package in (genevolve.data, genevolve.bench):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
build = DataBuild.prepare(None, Path(sys.argv[2]), changes={"prompts": {"input": sys.argv[1]}})
print(asyncio.run(build.prompts()).kept, [name for name in sys.modules if name.startswith("genevolve.world")])
"""


def test_a_pool_of_own_prompts_imports_nothing_of_the_offline_world(tmp_path: Path) -> None:
    given = tmp_path / "own.jsonl"
    texts = ("A poster of a red fox in the snow with the title 'HELLO'.", "Two blue boats at sea in the rain, please.")
    given.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
    command = [sys.executable, "-c", CODE, str(given), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "2 []"


def test_a_plan_is_built_from_a_program_and_goes_on(tmp_path: Path) -> None:
    """As `genevolve data build` does it, with the plan as a value; a second call finds everything done."""
    plan = BuildPlan(recipes=RecipesSettings(count=4), seed=2)
    changes: Changes = {"teach": {"workers": 1}, "render": {"workers": 1, "size": "128x128"}, "export": {"parquet": False}}
    first = build_data(plan, tmp_path, changes=changes)
    assert sum(first.counts.values()) >= 3 and first.folder == tmp_path / "dataset"
    assert first.funnels[0].stage == "recipes" and first.funnels[0].taken == 4
    files = {path: path.read_bytes() for path in first.folder.rglob("*.jsonl")}
    again = build_data(plan, tmp_path, changes=changes)
    assert again.counts == first.counts and {path: path.read_bytes() for path in first.folder.rglob("*.jsonl")} == files


def test_another_source_of_requests_takes_the_place_of_ours(tmp_path: Path) -> None:
    class Mine(AtlasRequests):
        realiser = "mine"

        def private_words(self) -> Iterator[str]:
            yield from "aeiou"  # every prompt gives itself away

    plan = BuildPlan(recipes=RecipesSettings(count=3))
    build = DataBuild.prepare(plan, tmp_path, source=Mine())
    build.recipes()
    assert asyncio.run(build.prompts()).why == {"leaked_field": 3}
    assert {row["provenance"]["realiser"] for row in records(tmp_path / "worded.jsonl")} == {"mine"}


def test_a_change_that_cannot_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"prompts\.min_words"):
        DataBuild.prepare(BuildPlan(prompts=PromptsSettings(max_words=8)), tmp_path, changes={"prompts": {"min_words": 9}})
