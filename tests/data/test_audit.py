"""The audit: each check finds what it is named for, the offline judge marks down what is worse, reasons are kept."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.case import Case, Hidden
from genevolve.core.episode import Goal
from genevolve.core.errors import SafetyRefusal, ServiceError
from genevolve.core.event import TextHit
from genevolve.core.score import Unscored
from genevolve.data.audit import Marks, Quality, Thresholds, _fault, audit
from genevolve.data.audit_checks import CHECKS, check, conversation_of
from genevolve.data.audit_rules import RuleAuditor
from genevolve.data.collect import collected
from genevolve.data.records import TrajectoryRow
from genevolve.data.stage import Stage, funnel, unseen
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.limits import RateLimiter, ServiceLimits, SharedLimits
from genevolve.store.journal import records
from genevolve.world.lint import LintJudge
from genevolve.world.recipes.source import AtlasRequests
from tests.conftest import tool_call

RULES = RuleAuditor(program_judge=LintJudge(), source=AtlasRequests())
PROMPT = "The flag of Chad, copied from the first reference image, is large in the center of a plain white background."
FOUND = "--- image search result for [flag] ---\nIMG_001: title: flag of Chad\nIMG_002: title: flag of Mali\n--- end ---"


SEARCH, OUT = tool_call("search", '{"queries": ["another fact"]}'), "--- search error for [another fact]: HTTP 429 ---"
REFUSED = "--- this reply was not accepted ---\n- no"


def response(text: str) -> dict[str, str]:
    return {"role": "user", "content": f"<tool_response>\n{text}\n</tool_response>"}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def answer(prompt: str = PROMPT, *ids: str) -> dict[str, str]:
    references = [{"img_id": img_id, "note": "the flag"} for img_id in (ids or ("IMG_001",))]
    return assistant(
        f"<think>Done.</think><answer>{json.dumps({'gen_prompt': prompt, 'reference_images': references})}</answer>"
    )


def conversation(*ending: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "You plan images."},
        {"role": "user", "content": "A poster with the flag of the country whose capital is N'Djamena"},
        assistant(tool_call("search", '{"queries": ["capital N\'Djamena"]}')),
        response(
            "--- search result for [x] ---\n1. title: Chad\n  snippet: Its capital is N'Djamena.\n--- end of search result ---"
        ),
        assistant(tool_call("image_search", '{"query": "flag"}')),
        response(FOUND),
        *(ending or (answer(),)),
    ]


def rule(messages: list[dict[str, str]], ended: str | None = None) -> str | None:
    found = check(conversation_of(messages), ended=ended, max_references=2)
    return found.rule if found else None


def test_a_good_lesson_passes() -> None:
    assert rule(conversation()) is None
    assert rule(conversation(), "answer") is None


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        (conversation()[:-1], "incomplete_tool_loop"),
        (conversation()[:-2], "incomplete_tool_loop"),
        (conversation()[:2], "incomplete_tool_loop"),
        (conversation(assistant("I am done.")), "incomplete_tool_loop"),
        (conversation(answer(), response("more")), "incomplete_tool_loop"),
        (conversation(assistant("<answer>{"), {"role": "user", "content": "go on"}, answer()), "incomplete_tool_loop"),
        (conversation(assistant(SEARCH), response(OUT), answer()), "degraded_by_outage"),
        (conversation(answer(PROMPT, "IMG_009")), "invalid_reference_selection"),
        (conversation(answer(PROMPT + " The second reference image.", "IMG_002", "IMG_001")), "invalid_reference_selection"),
        (conversation(answer(PROMPT, "IMG_001", "IMG_001")), "invalid_reference_selection"),
        (conversation(answer(f"{PROMPT} See https://a.org/b.png")), "url_or_id_leakage"),
        (conversation(answer(f"{PROMPT} Use IMG_001.")), "url_or_id_leakage"),
        (conversation(answer(PROMPT.replace("first reference image", "picture"))), "missing_ordinal_wording"),
        (conversation(answer(f"{PROMPT} And the second reference image.")), "missing_ordinal_wording"),
        (conversation(answer("The first reference image.")), "underspecified_program"),
    ],
)  # fmt: skip
def test_each_check_finds_what_it_is_named_for(messages: list[dict[str, str]], name: str) -> None:
    assert name in CHECKS
    assert rule(messages) == name


def test_a_search_that_was_answered_later_is_no_outage() -> None:
    found = "--- search result for [another fact] ---\n(no results)\n--- end of search result ---"
    assert rule(conversation(assistant(SEARCH), response(OUT), assistant(SEARCH), response(found), answer())) is None


def test_what_a_lesson_says_of_outages_rejects_it() -> None:
    row = TrajectoryRow.from_json(lesson(degraded=["page for “https://a.org” was not answered: it took longer than 20 s"]))
    found = _fault(row, Thresholds())
    assert found is not None and found.rule == "degraded_by_outage" and "20 s" in found.detail
    assert row.to_json()["degraded"] == list(row.collected.degraded) and "degraded" not in row.prompt.more


def test_another_end_than_an_answer_is_incomplete() -> None:
    assert rule(conversation(), "max_rounds_reached") == "incomplete_tool_loop"


# ---- the offline judge --------------------------------------------------------------------------------------------------

FLAG = {"key": "a", "noun": "flag", "looks": ["openmoji:1F1F9-1F1E9"], "reference": True}
RECIPE = {"dominant": "factual_grounding", "secondary": [], "picture": {"figures": [FLAG], "words": []}}
CHAD, MALI = ({"img_id": "IMG_001", "url": f"openmoji:{code}"} for code in ("1F1F9-1F1E9", "1F1F2-1F1F1"))


def lesson(messages: list[dict[str, str]] | None = None, **more: Any) -> dict[str, Any]:
    row = {
        "id": "p.0", "prompt_id": "p", "prompt": "The flag of the country whose capital is N'Djamena, large.",
        "messages": messages or conversation(), "references": [CHAD], "eval_type": "Knowledge-Anchored",
        "termination": "answer", "tool_calls": 2, "hidden": {"recipe": RECIPE},
    }  # fmt: skip
    return {**row, **more}


def marks(row: dict[str, Any]) -> Marks:
    found = asyncio.run(RULES(TrajectoryRow.from_json(row), conversation_of(row["messages"])))
    assert isinstance(found, Marks)
    return found


def test_a_good_lesson_is_exemplary() -> None:
    assert marks(lesson()).levels[Quality.GROUNDING] == marks(lesson()).levels[Quality.PROCESS] == 1.0
    assert marks(lesson()).total >= 5


WORSE: list[tuple[Quality, Callable[[], dict[str, Any]]]] = [
    (Quality.GROUNDING, lambda: lesson(references=[MALI])),
    (Quality.GROUNDING, lambda: lesson(references=[])),
    (Quality.PROCESS, lambda: lesson([*conversation()[:4], *conversation()[2:4], *conversation()[4:]])),
    (Quality.PROCESS, lambda: lesson([*conversation()[:2], assistant("hm"), response(REFUSED),
                                      *conversation()[2:]])),
    (Quality.SKILLS, lambda: lesson(hidden={"recipe": {**RECIPE, "dominant": "text_rendering"}})),
    (Quality.FAITHFULNESS, lambda: lesson(
        hidden={"recipe": {**RECIPE, "picture": {"figures": [FLAG], "words": [{"text": "N'Djamena"}]}}})),
    (Quality.VALUE, lambda: lesson([*conversation()[:2], *conversation()[4:5], response(FOUND), assistant(
        answer()["content"].replace("<think>Done.</think>", ""))])),
]  # fmt: skip


@pytest.mark.parametrize(("quality", "worse"), WORSE, ids=[f"{quality}-{n}" for n, (quality, _) in enumerate(WORSE)])
def test_what_is_worse_is_marked_down_with_a_reason(quality: Quality, worse: Callable[[], dict[str, Any]]) -> None:
    found = marks(worse())
    assert found.levels[quality] < marks(lesson()).levels[quality]
    assert found.reasons[quality]


def test_lessons_of_other_makers_are_judged_by_what_they_show() -> None:
    found = marks(lesson(hidden={}, references=[{"url": "https://a.org/chad.png"}]))
    assert found.levels[Quality.GROUNDING] == 1.0


# ---- the stage ----------------------------------------------------------------------------------------------------------


def audited(folder: Path, rows: list[dict[str, Any]], auditor: Any = RULES, *, bar: Thresholds | None = None) -> dict[str, int]:
    with Stage(folder / "audited.jsonl", {}) as stage:
        asyncio.run(
            audit(
                stage,
                map(TrajectoryRow.from_json, rows),
                auditor,
                bar or Thresholds(),
                on_row=unseen,
                gate=None if auditor is RULES else RateLimiter("audit", ServiceLimits(), SharedLimits()),
            )
        )
        return stage.finish().why


def test_reasons_are_kept_and_counted(tmp_path: Path) -> None:
    rows = [
        lesson(),
        lesson(id="p.1"),
        lesson(id="q.0", prompt_id="q", messages=conversation()[:-1]),
        lesson(id="r.0", prompt_id="r", references=[MALI]),
        lesson(id="s.0", prompt_id="s", termination="error", error="the server is gone"),
        {key: value for key, value in lesson(id="t.0", prompt_id="t").items() if key != "messages"},
    ]
    why = audited(tmp_path, rows)
    assert why == {
        "teacher_failed": 2, "repeated_trajectory": 1, "incomplete_tool_loop": 1, "low_reference_grounding": 1
    }  # fmt: skip
    assert [row["id"] for row in records(tmp_path / "audited.jsonl")] == ["p.0"]
    rejected = {row["id"]: row for row in records(tmp_path / "audited.rejected.jsonl")}
    assert "the server is gone" in rejected["s.0"]["detail"] and "hidden" not in rejected["r.0"]


def test_the_bar_decides(tmp_path: Path) -> None:
    weak = lesson(hidden={"recipe": {**RECIPE, "dominant": "text_rendering", "secondary": ["text_rendering"]}})
    assert audited(tmp_path / "1", [weak]) == {"low_skill_integration": 1}
    assert audited(tmp_path / "2", [weak], bar=replace(Thresholds(), each=0.0, total=3.0)) == {}


def test_a_judge_that_refuses_leaves_one_lesson_unjudged_and_one_that_is_gone_stops(tmp_path: Path) -> None:
    async def squeamish(row: TrajectoryRow, conversation: Any) -> Marks | Unscored:
        if row.prompt_id == "b":
            raise SafetyRefusal("I would rather not")
        if row.prompt_id == "d" and not (tmp_path / "back").exists():
            raise ServiceError("connection refused", retryable=True)
        return Marks(levels=dict.fromkeys(Quality, 1.0), reasons={}, judge="s")

    rows = [lesson(id=f"{name}.0", prompt_id=name, messages=conversation(answer(f"{PROMPT} {name}"))) for name in "abcd"]
    with pytest.raises(ServiceError):
        audited(tmp_path, rows, squeamish)
    (tmp_path / "back").touch()
    assert audited(tmp_path, rows, squeamish) == {"unjudged": 1}
    assert funnel(tmp_path / "audited.jsonl", "audited").kept == 3


def test_a_lesson_is_collected_with_what_no_service_answered(setup: Components) -> None:
    class Out:
        async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
            raise ServiceError("HTTP 429", retryable=True)

    case = Case(id="p.0", text="a picture of it", hidden=Hidden(fields={"prompt_id": "p", "seed": 0}))
    kept = {}
    for name, members in (("well", setup), ("out", replace(setup, text_search=Out()))):
        episode = asyncio.run(drive(members.begin(case.request(seed=0)), members, goal=Goal.PROGRAM))
        kept[name] = collected(case, episode, members, made_by={})
    assert kept["well"].degraded == () and "degraded" not in kept["well"].to_json()
    assert kept["out"].to_json()["degraded"] == [
        f"search for “{query}” was not answered: HTTP 429" for query in ("it", "more it")
    ]
