"""Trajectories of teachers that revise: audited answer by answer, exported, read back, and learnt where they brought more."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.case import Case, Hidden
from genevolve.core.event import Review
from genevolve.core.score import Diagnostic, Dimension, Score
from genevolve.data.audit_checks import conversation_of
from genevolve.data.collect import collected
from genevolve.data.export import ExportSource, export
from genevolve.data.export_parquet import write_parquet
from genevolve.data.records import Collected, TrajectoryRow
from genevolve.data.stage import unseen
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.tiny import tiny_tokenizer
from genevolve.protocol.render import observation_message
from genevolve.run.components import Components
from genevolve.tools.standard import STANDARD
from genevolve.train.sft_data import read_corpus
from tests.data.test_audit import PROMPT, REFUSED, answer, assistant, conversation, lesson, marks, response, rule
from tests.data.test_formats import examples, lines, split_row
from tests.run.test_rounds import Answers, Counts, Draws, ended, with_rounds
from tests.run.test_rounds import _is_away as away

FAILED = Diagnostic(skill="spatial_layout", dimension=Dimension.FAITHFULNESS, requirement="in the middle", passed=False)
KEEP = assistant('<think>Good.</think><answer>{"keep": true}</answer>')
OTHER = f"{PROMPT} It stands in the middle, alone and upright."
SEARCH = '{"queries": ["Chad flag colours"]}'


def review(number: int = 1, best: int = 1) -> dict[str, str]:
    shown = observation_message(Review(round=number, most=3, best=best, failed=(FAILED,)), STANDARD)
    return {"role": "user", "content": f"{shown}\n\nYou may look again."}


def two(*ending: dict[str, str]) -> list[dict[str, str]]:
    return conversation(answer(), review(), *(ending or (answer(OTHER),)))


# ---- the audit ----------------------------------------------------------------------------------------------------------


def test_an_answer_that_was_reviewed_may_be_followed_by_another_or_be_kept() -> None:
    assert rule(two()) is None and rule(two(KEEP)) is None
    look = '<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "spatial_layout"}}</tool_call>'
    assert rule(two(assistant(look), response("## Skill Guidance"), answer(OTHER))) is None
    assert rule(two(answer(OTHER), review(2, best=1), KEEP)) is None


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        (conversation(answer(), response("more"), answer(OTHER)), "incomplete_tool_loop"),
        (conversation(answer(), {"role": "user", "content": "the same at night"}, answer(OTHER)), "incomplete_tool_loop"),
        (conversation(KEEP), "incomplete_tool_loop"),
        (two(answer(OTHER), review(2)), "incomplete_tool_loop"),
        (two(KEEP, review(2)), "incomplete_tool_loop"),
        (conversation(answer(f"{PROMPT} Use IMG_001."), review(), answer(OTHER)), "url_or_id_leakage"),
        (conversation(answer("The first reference image."), review(), KEEP), "underspecified_program"),
        (two(answer(OTHER, "IMG_009")), "invalid_reference_selection"),
    ],
)  # fmt: skip
def test_every_answer_is_checked_and_nothing_else_may_follow_one(messages: list[dict[str, str]], name: str) -> None:
    assert rule(messages) == name


def test_the_program_is_that_of_the_best_round() -> None:
    last = conversation_of(two())
    assert last.program is not None and last.program.prompt == OTHER
    first: dict[str, object] = {"gen_prompt": PROMPT, "reference_images": [{"img_id": "IMG_001", "note": "the flag"}]}
    known = conversation_of(two(), first)
    assert known.program is not None and known.program.prompt == PROMPT, "what the episode came to is known"
    kept = conversation_of(two(answer(OTHER), review(2, best=2), KEEP))
    assert kept.program is not None and kept.program.prompt == OTHER
    assert conversation_of(two(KEEP)).program == conversation_of(conversation()).program


def test_a_refused_answer_is_no_round() -> None:
    found = conversation_of(conversation(answer("short"), response(REFUSED), answer(), review(), KEEP))
    assert len(found.programs) == 1 and found.program is not None and found.mistakes == 1
    assert rule(conversation(answer("short"), response(REFUSED), answer(), review(), KEEP)) is None


def test_marks_of_a_revising_teacher_are_those_of_its_result() -> None:
    one, several = marks(lesson()), marks(lesson(two(KEEP)))
    assert one.levels == several.levels


# ---- collecting ---------------------------------------------------------------------------------------------------------


class Worse(Counts):
    """The second picture is worse than the first, the third better."""

    async def judge_image(self, case: Any) -> Score:
        found = await super().judge_image(case)
        assert isinstance(found, Score)
        return replace(found, visual_correctness=(0.5, 0.0, 1.0)[len(self.cases) - 1])


CASE = Case(id="p.0", text="exactly three apples", hidden=Hidden(fields={"prompt_id": "p", "seed": 0}))


def kept(setup: Components, judge: Counts, draws: Draws | None = None) -> Collected:
    revising = with_rounds(setup, Answers(), draws or Draws(), judge)
    return collected(CASE, ended(revising), revising, made_by={})


def test_replies_of_a_round_that_brought_nothing_are_context(setup: Components) -> None:
    found = kept(setup, Worse())
    assert found.messages is not None
    said = [message for message in found.messages if message.role == "assistant"]
    assert [message.context for message in said] == [False, True, False]
    assert found.program is not None and "Version 3" in str(found.program)
    again = Collected.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found


def test_a_teacher_whose_revising_an_outage_has_ended_is_tried_again(setup: Components) -> None:
    found = kept(setup, Counts(), Draws(away))
    assert found.termination == "error" and "503" in str(found.error)


# ---- export, import, learning -------------------------------------------------------------------------------------------


def revised(folder: Path) -> dict[str, Any]:
    """A lesson whose second round brought nothing, and whose third is the result."""
    row = split_row(0, "sft", folder)
    second, third = (
        f"<think>Again.</think><answer>{json.dumps({'gen_prompt': f'Version {n}: one apple on a plain white page.'})}</answer>"
        for n in (2, 3)
    )
    more = [
        {"role": "user", **review(1), "images": []},
        {"role": "assistant", "content": second, "images": [], "weight": 0},
        {"role": "user", **review(2, best=1), "images": []},
        {"role": "assistant", "content": third, "images": []},
    ]
    return {**row, "messages": [*row["messages"], *more]}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    source = ExportSource(lessons=tmp_path / "lessons", truths=tmp_path / "truths")
    rows = [TrajectoryRow.from_json(revised(tmp_path)), TrajectoryRow.from_json(split_row(1, "sft", tmp_path))]
    chat = [tool.schema for tool in STANDARD]
    export(rows, source, tmp_path / "dataset", chat=chat, on_row=unseen)
    write_parquet(tmp_path / "dataset")
    return tmp_path / "dataset"


def test_what_is_not_to_be_imitated_is_said_in_every_form(dataset: Path) -> None:
    plain = lines(dataset / "sft.jsonl")
    assert [message.get("weight") for message in plain[0]["messages"][2:]] == [None] * 4 + [0] + [None] * 2
    assert not any("weight" in message for message in plain[1]["messages"])
    chat = lines(dataset / "chat" / "sft.jsonl")[0]["messages"]
    assert [message["role"] for message in chat[-5:]] == ["assistant", "user", "assistant", "user", "assistant"]
    for path in (dataset / "sft.jsonl", dataset / "chat" / "sft.jsonl", dataset / "parquet" / "sft.parquet"):
        first, second = examples(path)
        assert (sorted(first.context), sorted(second.context)) == ([2], []), path
        assert [m["content"] for m in first.messages[3:]] == [m["content"] for m in plain[0]["messages"][3:]], path


def test_rounds_that_brought_something_are_learnt_and_verdicts_are_not(dataset: Path) -> None:
    tokenizer = tiny_tokenizer()
    corpus = read_corpus(dataset / "sft.jsonl", ChatTemplate(tokenizer), cutoff=20_000, vision=False)
    one = corpus.train[0]
    learnt = tokenizer.decode([token for token, own in zip(one.ids, one.mask, strict=True) if own])
    assert "Seen." in learnt and "Version 3" in learnt
    assert "Version 2" not in learnt and "as a judge sees it" not in learnt and "look again" not in learnt
    assert "as a judge sees it" in tokenizer.decode(one.ids) and not corpus.left_out


@pytest.mark.slow
def test_a_careless_teacher_revises_in_a_build(tmp_path: Path) -> None:
    from genevolve.app.data import build_data

    changes: dict[str, dict[str, Any]] = {
        "recipes": {"count": 6, "shares": {"sft": 1.0}},
        "teach": {"profile": "careless", "detail": "brief", "rounds": 2},
        "audit": {"each": 0.0, "total": 0.0},
        "export": {"images": "none", "parquet": False},
    }
    built = asyncio.run(asyncio.to_thread(build_data, None, tmp_path, changes=changes))
    rows = lines(built.folder / "sft.jsonl")
    assert any("as a judge sees it" in message["content"] for row in rows for message in row["messages"])
    assert json.loads((built.folder / "made_by.json").read_text())["settings"]["teach"]["rounds"] == 2
