"""Trajectories under a guide: the best of several attempts behind the lesson that the worst one gives."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from genevolve.cli.sft import make_trajectories
from genevolve.evolution import write_guided
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.tiny import tiny_tokenizer
from genevolve.train.cases import generated, taught
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.sft_data import read_corpus


def recipe(**data: Any) -> Recipe:
    return changed(
        load_recipe("atlas-smoke"), {"data": {"teacher": "careless", "detail": "brief", "guided": 4, "attempts": 2, **data}}
    )


def rows(folder: Path, chosen: Recipe) -> list[dict[str, Any]]:
    path = folder / "dataset" / "sft_guided.jsonl"
    path.parent.mkdir(parents=True)
    count = asyncio.run(write_guided(chosen, path))
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(found) == count
    return found


def test_the_best_attempt_stands_behind_the_lesson_of_the_worst(tmp_path: Path) -> None:
    chosen = changed(recipe(), {"experience": {"guide_characters": 700, "min_gap": 0.05}})
    found = rows(tmp_path, chosen)
    assert found, "half of the calls left out make attempts that differ"
    for row in found:
        assert row["best_reward"] > row["worst_reward"]
        system, request, *rest = row["messages"]
        guide = system["content"].partition("# Decision guide")[2].partition("# Tools")[0]
        assert "- Focus: " in guide and len(guide) <= 700
        assert request == {"role": "user", "content": row["prompt"]} and rest[-1]["role"] == "assistant"
        assert not any("Decision guide" in message["content"] for message in rest)


def test_a_teacher_without_faults_has_no_lesson_to_give(tmp_path: Path) -> None:
    assert rows(tmp_path, recipe(teacher="offline", guided=2)) == []


def test_its_requests_are_those_of_the_cold_start() -> None:
    texts = {case.text for case in taught(12, 0)}
    assert len(texts) == 12
    for validation in (False, True):
        assert not texts & {case.text for case in generated(12, 0, validation=validation)}


def test_the_cold_start_learns_them_beside_the_others(tmp_path: Path) -> None:
    chosen = recipe(cases=3, validation=0, guided=3)
    folder = make_trajectories(chosen, tmp_path)
    path = folder / "sft_guided.jsonl"
    before = path.read_bytes()
    corpus = read_corpus(folder, ChatTemplate(tiny_tokenizer()), cutoff=10_000, vision=False)
    guided = [one for one in corpus.train if "sft_guided" in one.place]
    assert len(guided) == len(before.splitlines()) and len(corpus.train) > len(guided) > 0
    assert make_trajectories(chosen, tmp_path) == folder and path.read_bytes() == before
