"""The prompt pool: what is refused and why, duplicates, samples, requests of one's own, and parts."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.data.divide import divide
from genevolve.data.duplicates import Seen
from genevolve.data.pool import PromptFilter, apportioned, fault_of, sample
from genevolve.data.prompts import make_recipes, wording_by
from genevolve.data.records import Prompt, TrajectoryRow
from genevolve.data.splits import SHARES, Split, split_of_entity, splits_of
from genevolve.data.stage import Stage, run_stage, source_rows, unseen
from genevolve.store.journal import records
from genevolve.world.recipes.source import AtlasRequests

SOURCE = AtlasRequests()
GOOD = "Please draw a poster with three red foxes in a row and the title 'HELLO'."


def rule(prompt: object, **row: Any) -> str | None:
    found = fault_of(Prompt.from_json({"id": "1", "prompt": prompt, **row}), PromptFilter(), tuple(SOURCE.private_words()))
    return found.rule if found else None


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        (GOOD, None), ("", "empty"), (None, "empty"), (7, "empty"), ("\x00" * 40, "unreadable"), ("A red fox.", "too_short"),
        (GOOD + " very" * 160, "too_long"), ("Bitte zeichne ein Bild mit drei Füchsen und dem Titel.", "not_english"),
        ("Нарисуй трёх лисиц в ряд и заголовок сверху на плакате", "not_english"),
        ("Dibuja un cartel con tres zorros en fila y el título encima", "not_english"),
        (GOOD + " Use IMG_001 for it.", "leaked_markup"), (GOOD + " See https://a.b/c", "leaked_markup"),
        (GOOD + ' {"gen_prompt": 1}', "leaked_markup"), (GOOD + " <tool_call>", "leaked_markup"),
    ],
)  # fmt: skip
def test_what_is_refused(prompt: object, why: str | None) -> None:
    assert rule(prompt) == why


def test_what_only_the_recipe_may_know_is_refused() -> None:
    hidden = {"recipe": {}, "answers": ["Burkina Faso"]}
    assert rule(GOOD.replace("red foxes", "flags of Burkina faso"), hidden=hidden) == "leaked_answer"
    assert rule(GOOD.replace("red foxes", "flags of Burkina Fasoland"), hidden=hidden) is None
    assert rule(GOOD + " It needs spatial_layout.", hidden=hidden) == "leaked_field"
    assert rule(GOOD + " It needs spatial_layout.", hidden={}) is None


def test_near_duplicates_are_found_and_others_are_not(tmp_path: Path) -> None:
    words = [f"word{n}" for n in range(40)]
    with Seen(tmp_path / "scratch") as seen:
        assert seen.find_or_add("a", " ".join(words)) is None
        exact = seen.find_or_add("b", " ".join(words).upper() + "!")
        assert exact and exact.exact and exact.of == "a"
        near = seen.find_or_add("c", " ".join([*words[:20], "other", *words[21:]]))
        assert near and not near.exact and 0.8 < near.likeness < 0.9
        assert seen.find_or_add("d", " ".join([*words[:20], *(f"new{n}" for n in range(20))])) is None
        assert [twin.of for twin in seen.alike(" ".join(words))] == ["a"]


def test_of_many_planted_near_duplicates_none_is_missed() -> None:
    """At the likeness of the bound or above; the words are compared, so that nothing else is called a duplicate."""
    dice = random.Random(4)
    with Seen(near=0.75) as seen:
        originals = [[f"w{dice.randrange(5000)}" for _ in range(30)] for _ in range(300)]
        assert not any(seen.find_or_add(str(n), " ".join(words)) for n, words in enumerate(originals))
        for number, words in enumerate(originals):
            changed = [*words[:-1], "changed"] if number % 2 else ["changed", *words]
            twin = seen.find_or_add(f"{number}'", " ".join(changed))
            assert twin is not None and twin.of == str(number) and twin.likeness >= 0.75


def prompts(folder: Path, count: int = 90, seed: int = 1) -> Path:
    with Stage(folder / "recipes.jsonl", {}) as stage:
        make_recipes(stage, SOURCE, count=count, seed=seed, knowledge=0.6, shares=SHARES, provenance={}, on_row=unseen)
        stage.finish()
    with Stage(folder / "pool.jsonl", {}) as stage:
        run_stage(stage, map(Prompt.from_json, records(folder / "recipes.jsonl")), wording_by(SOURCE), unseen)
        stage.finish()
    return folder / "pool.jsonl"


def test_a_sample_keeps_the_shares(tmp_path: Path) -> None:
    pool = prompts(tmp_path)
    with Stage(tmp_path / "half.jsonl", {}) as stage:
        sample(stage, pool, 45, 3, unseen)
    before, after = (Counter(row["eval_type"] for row in records(path)) for path in (pool, tmp_path / "half.jsonl"))
    assert after.total() == 45
    assert all(abs(after[track] - before[track] / 2) <= 6 for track in before)
    assert {row["rule"] for row in records(tmp_path / "half.rejected.jsonl")} == {"not_sampled"}


def test_places_are_apportioned_exactly() -> None:
    dice = random.Random(0)
    for _ in range(200):
        sizes: dict[tuple[str, ...], int] = {(str(n),): dice.randrange(1, 40) for n in range(dice.randrange(1, 12))}
        total = dice.randrange(0, sum(sizes.values()) + 5)
        quotas = apportioned(sizes, total)
        assert sum(quotas.values()) == min(total, sum(sizes.values()))
        assert all(quotas[key] <= sizes[key] for key in sizes)


def test_recipes_belong_to_one_part_and_cover_it(tmp_path: Path) -> None:
    rows = list(records(prompts(tmp_path)))
    assert all(splits_of(row["entities"]) == {Split(row["view"])} for row in rows)
    assert {row["view"] for row in rows} == {*Split}
    assert len({row["category"] for row in rows}) == 16
    assert 0.5 < sum(row["eval_type"] == "Knowledge-Anchored" for row in rows) / len(rows) < 0.7


def entity(view: Split, number: int = 0) -> str:
    return [name for n in range(400) if split_of_entity(name := f"thing:{n}") is view][number]


def placed(tmp_path: Path, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with Stage(tmp_path / "split.jsonl", {}) as stage:
        divide(stage, map(TrajectoryRow.from_json, rows), scratch=tmp_path / "scratch", on_row=unseen)
    return list(records(tmp_path / "split.jsonl")), list(records(tmp_path / "split.rejected.jsonl"))


def lesson(key: str, prompt: str, entities: list[str], **more: Any) -> dict[str, Any]:
    return {"id": f"{key}.0", "prompt_id": key, "prompt": prompt, "entities": entities, "truth": {}, **more}


def test_the_split_goes_by_entities(tmp_path: Path) -> None:
    kept, rejected = placed(
        tmp_path,
        [
            lesson("a", GOOD, [entity(Split.SFT)]),
            lesson("b", "A wholly different request about two blue boats at sea.", [entity(Split.HELDOUT)]),
            lesson("c", "Yet another one, of a clock on the wall of a kitchen.", [entity(Split.SFT), entity(Split.HELDOUT)]),
            lesson("d", GOOD + " Thanks", [entity(Split.EVOLVE)]),
            {**lesson("e", "A tall tower in the rain beside a green field.", [entity(Split.EVOLVE)]), "truth": {}},
        ],
    )
    assert {row["prompt_id"]: row["view"] for row in kept} == {"a": "sft", "b": "heldout", "e": "evolve"}
    assert {row["id"]: row["rule"] for row in rejected} == {
        "c.0": "entities_of_two_views", "d.0": "prompt_of_another_view"
    }  # fmt: skip


def test_a_prompt_that_is_like_rows_of_two_parts_is_found(tmp_path: Path) -> None:
    """Most alike is a row of its own part; another part's row is still too near."""
    words = [f"word{n}" for n in range(40)]
    first, second = " ".join(words), " ".join([*words[:38], "x", "y"])
    between = " ".join([*words[:39], "y"])
    kept, rejected = placed(
        tmp_path,
        [
            lesson("a", first, [entity(Split.SFT)]),
            lesson("b", between, [entity(Split.SFT, 1)]),
            lesson("c", second, [entity(Split.EVOLVE)]),
        ],
    )
    assert [row["prompt_id"] for row in kept] == ["a", "b"]
    assert [row["rule"] for row in rejected] == ["prompt_of_another_view"]


def test_requests_of_ones_own(tmp_path: Path) -> None:
    given = tmp_path / "own.jsonl"
    rows = [
        {"id": "mine", "question": GOOD, "category": "animals", "entities": [entity(Split.HELDOUT)]},
        {"id": "mine", "prompt": "The same id as the row above, which is not possible."},
        {"prompt": GOOD + "!"},
        {"prompt": 5},
        {"id": 9, "prompt": "A countries and flags poster for the hall, with a large globe."},
    ]
    given.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"prompt": ')
    arguments = ["data", "prompts", "--out", str(tmp_path / "out"), "--input", str(given)]
    assert exit_code(lambda: cli.main(arguments, standalone_mode=False)) == 0
    kept = list(source_rows(tmp_path / "out" / "prompts.jsonl", "prompts"))
    assert [row["id"] for row in kept] == ["mine", "9"] and kept[0]["view"] == "heldout"
    whys = [row["rule"] for name in ("worded", "prompts") for row in records(tmp_path / "out" / f"{name}.rejected.jsonl")]
    assert whys == ["unreadable_row", "unreadable_row", "unreadable_row", "exact_duplicate"]


def test_a_stage_waits_for_the_one_before(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        next(source_rows(tmp_path / "recipes.jsonl", "recipes"))
    (tmp_path / "recipes.jsonl").write_text('{"id": "1"}\n')
    with pytest.raises(UsageError, match="not finished"):
        next(source_rows(tmp_path / "recipes.jsonl", "recipes"))


def test_a_stage_whose_input_changed_says_so(tmp_path: Path) -> None:
    Stage(tmp_path / "a.jsonl", {"source": "1"}).__exit__(None, None, None)
    with pytest.raises(UsageError, match="begun from rows that have changed"):
        Stage(tmp_path / "a.jsonl", {"source": "2"})


def test_a_finished_stage_that_lost_rows_says_so(tmp_path: Path) -> None:
    pool = prompts(tmp_path, count=4)
    pool.write_text("".join(pool.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(UsageError, match="finished with 4 rows and now holds 2"):
        Stage(pool, {})


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    with Stage(tmp_path / "a.jsonl", {}), pytest.raises(UsageError, match="another genevolve process"):
        Stage(tmp_path / "a.jsonl", {})
