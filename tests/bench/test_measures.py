"""What an episode did, counted: scripted episodes with known counts."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from genevolve.bench.behaviour import Counts, behaviour, totals
from genevolve.bench.measures.wise_judge import read_scores
from genevolve.core.case import Needs
from genevolve.core.episode import Episode, Limits, start
from genevolve.core.errors import ServiceError
from genevolve.core.event import Usage
from genevolve.core.picture import Picture
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.tools.standard import STANDARD
from tests.conftest import FakeWorld, Scripted, plain_script, tool_call, with_policy

NEEDS = Needs(skills=("text_rendering", "spatial_layout"), references=(("openmoji:A",), ("openmoji:B", "openmoji:B2")),
              looks=("openmoji:A", "openmoji:B", "openmoji:B2"))  # fmt: skip


def run(setup: Components, limits: Limits | None = None) -> Episode:
    begun = start(Request(id="r", text="a poster of Lima"), limits or Limits(), STANDARD)
    return asyncio.run(drive(begun, setup))


def answer(prompt: str, *ids: str) -> str:
    listed = ", ".join(f'{{"img_id": "{name}", "note": ""}}' for name in ids)
    return f'<answer>{{"gen_prompt": "{prompt}", "reference_images": [{listed}]}}</answer>'


ONE = "The first reference image stands large in the middle of a white page."
PLAIN = "A large red apple stands in the middle of a white page."


def test_a_mark_that_is_given_twice_is_no_mark() -> None:
    marks = '"consistency": 1, "realism": 2, "aesthetic": 1'
    assert read_scores(f"{{{marks}}}")["consistency"] == 1
    with pytest.raises(ValueError, match="not JSON alone"):
        read_scores(f'{{{marks}, "consistency": 2}}')


def shelf(setup: Components, world: FakeWorld, *looks: str) -> Components:
    """An image search that finds pictures of these looks, whatever is asked."""

    class Shelf:
        async def search_images(self, query: str, top_k: int) -> list[Picture]:
            found = await FakeWorld.search_images(world, query, top_k)
            return [replace(found[0], url=look) for look in looks]

    return replace(setup, image_search=Shelf())


def scripted(setup: Components, *replies: str) -> Components:
    return with_policy(setup, lambda call: replies[min(call.turn, len(replies) - 1)])


def test_calls_and_hits(setup: Components) -> None:
    found = behaviour(run(with_policy(setup, plain_script)))
    assert (found["turns"], found["tool_calls"]) == (3, 2)
    assert (found["queries"], found["query_hits"], found["image_queries"], found["image_query_hits"]) == (2, 2, 1, 1)
    assert (found["references"], found["skills_read"], found["faults"], found["no_program"]) == (1, [], {}, False)
    assert "wanted" not in found


def test_searches_that_find_nothing_are_no_hits(setup: Components) -> None:
    class Nothing:
        async def search(self, query: str, top_k: int) -> list[Any]:
            return []

        async def search_images(self, query: str, top_k: int) -> list[Any]:
            return []

    empty = replace(setup, text_search=Nothing(), image_search=Nothing())
    replies = (tool_call("search", '{"queries": ["a", "b"]}'), tool_call("image_search", '{"query": "a"}'), answer(PLAIN))
    found = behaviour(run(scripted(empty, *replies)))
    assert (found["queries"], found["query_hits"], found["image_queries"], found["image_query_hits"]) == (2, 0, 1, 0)


def test_references_against_what_the_case_needs(setup: Components, world: FakeWorld) -> None:
    replies = (tool_call("image_search", '{"query": "a"}'), answer(ONE, "IMG_002"))
    found = behaviour(run(scripted(shelf(setup, world, "openmoji:X", "openmoji:B2", "openmoji:A"), *replies)), NEEDS)
    assert (found["wanted"], found["wanted_shown"], found["wanted_chosen"], found["references_right"]) == (2, 2, 1, 1)
    found = behaviour(
        run(scripted(shelf(setup, world, "openmoji:X", "openmoji:B2"), replies[0], answer(ONE, "IMG_001"))), NEEDS
    )
    assert (found["wanted_shown"], found["wanted_chosen"], found["references_right"], found["references"]) == (1, 0, 0, 1)


def test_skill_routing(setup: Components) -> None:
    reads = [tool_call("query_knowledge", f'{{"skill_name": "{name}"}}') for name in ("text_rendering", "quantity_counting")]
    found = behaviour(run(scripted(setup, *reads, reads[0], answer(PLAIN))), NEEDS)
    assert found["skill_calls"] == 3 and found["skills_read"] == ["text_rendering", "quantity_counting"]
    assert found["skills_right"] == 1 and found["skills_needed"] == ["text_rendering", "spatial_layout"]


def test_program_faults_by_rule(setup: Components) -> None:
    leaking = answer("The first reference image IMG_001 stands in the middle of a white page.", "IMG_009")
    found = behaviour(run(scripted(setup, leaking, "what?", answer(PLAIN))))
    assert found["faults"] == {"leaked_id": 1, "unknown_reference": 1} and found["malformed"] == 1
    assert found["no_program"] is False


def test_an_answer_that_stays_invalid(setup: Components) -> None:
    trajectory = run(scripted(setup, answer("too short")), Limits(max_turns=3))
    found = behaviour(trajectory)
    assert found["faults"] == {"underspecified_prompt": 3} and found["no_program"] is True and found["references"] == 0


def test_refused_and_failed_calls(setup: Components) -> None:
    class Down:
        async def search(self, query: str, top_k: int) -> list[Any]:
            raise ServiceError("the search is down")

    call = tool_call("search", '{"queries": ["a"]}')
    broken = replace(setup, text_search=Down())
    found = behaviour(run(scripted(broken, call, call, answer(PLAIN)), Limits(max_tool_calls=1)))
    assert (found["tool_failures"], found["refused"], found["tool_calls"]) == (1, 1, 1)


def test_tokens_and_cost(setup: Components) -> None:
    class Priced:
        async def reply(self, call: PolicyCall) -> Reply:
            return Reply(text=answer(PLAIN), usage=Usage(prompt_tokens=100, completion_tokens=20, cost=0.25))

    found = behaviour(run(replace(setup, policy=Priced())))
    assert (found["prompt_tokens"], found["completion_tokens"], found["policy_cost"]) == (100, 20, 0.25)
    assert (found["image_cost"], found["judge_cost"]) == (0.0, 0.0)


def test_totals_add_everything() -> None:
    rows: list[Counts] = [
        {"a": 1, "b": ["x", "y"], "c": {"r": 2, "s": 1}, "d": True, "e": 0.5},
        {"a": 2, "b": [], "c": {}, "d": False, "e": 1.0},
    ]
    assert totals(rows) == pytest.approx({"a": 3, "b": 2, "c": 3, "d": 1, "e": 1.5})


def test_a_scripted_policy_is_seen_once_a_turn(setup: Components) -> None:
    policy = Scripted(plain_script)
    found = behaviour(run(replace(setup, policy=policy)))
    assert found["turns"] == len(policy.calls)
