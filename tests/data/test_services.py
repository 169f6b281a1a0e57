"""The realiser and the judge of lessons that ask a chat model, against a strict server: right answers, wrong ones, faults."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from genevolve.data.audit import Quality
from genevolve.data.audit_vlm import judgement
from genevolve.judges.vlm.answer import BadAnswer
from genevolve.protocol.escape import unescape
from genevolve.world.recipes.faithful import unfaithful
from genevolve.world.recipes.recipe import recipe_from_json
from tests.services.chat_server import BROKEN_JSON, KEY, ChatServer, failing, message
from tests.services.thread import serving
from tests.services.wire import Reply, Server

PLAN = """
[recipes]
count = 6
[prompts]
realiser = "llm"
attempts = 2
[prompts.llm]
base_url = "{url}/v1"
model = "test-model"
api_key_env = "TEXT_KEY"
[teach]
workers = 1
[audit]
judge = "vlm"
[audit.vlm]
base_url = "{url}/v1"
model = "test-model"
api_key_env = "TEXT_KEY"
[limits.realiser]
base_backoff = 0.01
[limits.audit]
base_backoff = 0.01
"""
GOOD: dict[str, Any] = dict.fromkeys(Quality, 1) | {"reasons": {}}


def genevolve(*arguments: object) -> int:
    return exit_code(lambda: cli.main([str(argument) for argument in arguments], standalone_mode=False))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def draft_of(body: dict[str, Any]) -> str:
    found = re.fullmatch(r"<draft>\n(.*)\n</draft>", body["messages"][1]["content"], re.DOTALL)
    assert found
    return unescape(found[1])


def reworded(body: dict[str, Any]) -> dict[str, Any]:
    return message(json.dumps({"request": f"Dear friends, here is my wish. {draft_of(body)} It would make me glad."}))


class Folder:
    """A plan whose services are ``server``."""

    def __init__(self, path: Path, server: Server) -> None:
        self.out = path / "out"
        self.plan = path / "plan.toml"
        self.plan.write_text(PLAN.format(url=server.url))

    def stage(self, name: str, *options: str) -> int:
        return genevolve("data", name, "--out", self.out, "--plan", self.plan, *options)

    def why(self, name: str) -> dict[str, int]:
        why: dict[str, int] = json.loads((self.out / f"{name}.funnel.json").read_text())["why_not"]
        return why


@pytest.fixture(scope="module", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_KEY", KEY)
        patch.setenv("GENEVOLVE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six prompts, worded offline and taught."""
    out = tmp_path_factory.mktemp("lessons") / "out"
    for name, *options in (("recipes", "--count", 6), ("prompts",), ("teach", "--workers", 1)):
        assert genevolve("data", name, "--out", out, *options) == 0
    return out


def test_a_model_words_the_recipes(tmp_path: Path) -> None:
    chat = ChatServer(answers=reworded)
    with serving(chat) as (server,):
        server.script.extend([None, failing(429, retry_after="0.01"), BROKEN_JSON, None, failing(500)])
        folder = Folder(tmp_path, server)
        assert folder.stage("recipes") == 0
        assert folder.stage("prompts") == 0
        asked = len(chat.bodies)
        assert folder.stage("prompts") == 0
        assert len(chat.bodies) == asked == 6
    assert not server.rejections
    kept = rows(folder.out / "prompts.jsonl")
    assert len(kept) == 6
    assert all(row["prompt"].startswith("Dear friends") for row in kept)
    assert all(re.match(r"llm:test-model@http://.* prompt=\w{8}", row["provenance"]["realiser"]) for row in kept)
    sent = json.dumps(chat.bodies)
    assert not any(field in sent for field in ("factual_grounding", "-Anchored", "claims", "openmoji"))


def test_wordings_that_do_not_fit_are_asked_for_again_and_then_rejected(tmp_path: Path) -> None:
    asked: dict[str, int] = {}

    def careless(body: dict[str, Any]) -> dict[str, Any]:
        draft = draft_of(body)
        asked[draft] = asked.get(draft, 0) + 1
        if len(asked) % 2:
            return message(json.dumps({"request": "Please make something nice for the wall of my office, thank you."}))
        good = json.dumps({"request": draft})
        return message("Sure! Here it is: a poster." if len(asked) % 4 else good[:-1] + good.replace("{", ", "))

    with serving(ChatServer(answers=careless)) as (server,):
        folder = Folder(tmp_path, server)
        assert folder.stage("recipes") == 0
        assert folder.stage("prompts") == 0
    assert len(asked) == 12
    assert folder.why("worded") == {"unfaithful_wording": 6}
    details = [row["detail"] for row in rows(folder.out / "worded.rejected.jsonl")]
    assert all("is not there" in detail or "not JSON" in detail for detail in details)


@pytest.mark.parametrize("failing_first", [False, True])
def test_the_budget_of_a_stage_holds_over_restarts(tmp_path: Path, *, failing_first: bool) -> None:
    """Each answer is kept and each call is counted, also those that failed; the same command goes on once there is room."""
    chat = ChatServer(answers=reworded)
    with serving(chat) as (server,):
        folder = Folder(tmp_path, server)
        plan = folder.plan.read_text()
        assert folder.stage("recipes") == 0
        if failing_first:
            server.script.extend([failing(503)] * 40)
            folder.plan.write_text(plan.replace("[limits.realiser]", "[limits.realiser]\nmax_attempts = 1"))
            assert folder.stage("prompts") == 1
            server.script.clear()
        before = len(server.requests)
        folder.plan.write_text(plan.replace("[limits.realiser]", f"[limits.realiser]\nbudget_calls = {before + 2}"))
        for _ in range(3):
            assert folder.stage("prompts") == 2
            assert len(server.requests) == before + 2
        folder.plan.write_text(plan)
        assert folder.stage("prompts") == 0
        assert len(chat.bodies) == len({draft_of(body) for body in chat.bodies}) == 6


def test_what_is_under_way_when_a_stage_fails_is_kept(tmp_path: Path) -> None:
    """One call fails while five are being answered: they are paid for, and not asked again."""
    slow_refusal = replace(failing(400), delay=0.2)
    with serving(ChatServer(answers=reworded)) as (server,):
        folder = Folder(tmp_path, server)
        folder.plan.write_text(folder.plan.read_text().replace("[limits.realiser]", "[limits.realiser]\nmax_attempts = 1"))
        assert folder.stage("recipes") == 0
        server.script.extend([failing(503)] + [slow_refusal] * 5)
        assert folder.stage("prompts") == 1
        assert folder.stage("prompts") == 0
        assert len(server.requests) == 6 + 1
    assert folder.why("worded") == {"realiser_refused": 5}


def test_a_realiser_that_cannot_be_reached_stops_the_stage_and_loses_nothing(tmp_path: Path) -> None:
    chat = ChatServer(answers=reworded)
    with serving(chat) as (server,):
        folder = Folder(tmp_path, server)
        folder.plan.write_text(folder.plan.read_text().replace("[limits.realiser]", "[limits.realiser]\nmax_attempts = 2"))
        assert folder.stage("recipes") == 0
        server.script.extend([None] * 3 + [failing(503)] * 40)
        assert folder.stage("prompts") == 1
        assert not (folder.out / "worded.funnel.json").exists()
        server.script.clear()
        assert folder.stage("prompts") == 0
        drafts = [draft_of(body) for body in chat.bodies]
    assert len(drafts) == len({*drafts}) == 6
    assert len(rows(folder.out / "prompts.jsonl")) == 6


def test_a_key_of_the_environment_is_not_sent_to_an_address_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    plan = tmp_path / "plan.toml"
    llm = '[prompts.llm]\nbase_url = "https://x.test/v1"\nmodel = "m"\n'
    plan.write_text(f'[recipes]\ncount = 1\n[prompts]\nrealiser = "llm"\n{llm}')
    assert genevolve("data", "recipes", "--out", tmp_path / "out", "--plan", plan) == 0
    assert genevolve("data", "prompts", "--out", tmp_path / "out", "--plan", plan) == 2
    assert "prompts.llm.api_key_env" in capsys.readouterr().err


def judged(
    answers: Callable[[dict[str, Any]], dict[str, Any]], lessons: Path, folder: Path, *script: Reply | None
) -> tuple[Folder, ChatServer]:
    """The lessons, judged one at a time by a model that gives ``answers``."""
    chat = ChatServer(answers=answers)
    shutil.copytree(lessons, folder / "out")
    with serving(chat) as (server,):
        made = Folder(folder, server)
        server.script.extend(script)
        assert made.stage("audit", "--concurrency", "1") == 0
        asked = len(chat.bodies)
        assert made.stage("audit", "--concurrency", "1") == 0
        assert len(chat.bodies) == asked
    assert not server.rejections
    return made, chat


def test_a_model_judges_the_lessons_and_sees_their_references(lessons: Path, tmp_path: Path) -> None:
    folder, chat = judged(lambda body: message(json.dumps(GOOD)), lessons, tmp_path, failing(500), None, BROKEN_JSON)
    kept = rows(folder.out / "audited.jsonl")
    assert len(kept) == len(chat.bodies) == 6
    assert all(row["audit"]["total"] == 6 and row["audit"]["judge"].startswith("audit:test-model@") for row in kept)
    assert sorted(len(shown) for shown in chat.images) == sorted(len(row["references"]) for row in kept)
    assert any(chat.images)
    assert all(body["temperature"] == 0 and body["response_format"] == {"type": "json_object"} for body in chat.bodies)
    assert not any(word in json.dumps(chat.bodies) for word in ("factual_grounding", "-Anchored", '"claims"'))


def test_lessons_are_rejected_with_the_judges_reasons(lessons: Path, tmp_path: Path) -> None:
    answers = iter(
        [
            json.dumps(GOOD),
            json.dumps(GOOD | {"process_quality": 0, "reasons": {"process_quality": "It searched twice."}}),
            json.dumps(GOOD | dict.fromkeys([*Quality][:3], 0.5)),
            *[json.dumps(GOOD)[:-1] + ', "process_quality": 0}', "I like it."] * 2,
            json.dumps(GOOD)[:-1] + ', "process_quality": 0}',
            json.dumps(GOOD | {"supervised_value": 0.5}),
            json.dumps(GOOD),
        ]
    )
    folder, _ = judged(lambda body: message(next(answers)), lessons, tmp_path)
    assert folder.why("audited") == {"low_process_quality": 1, "low_total": 1, "unjudged": 1}
    details = {row["rule"]: row["detail"] for row in rows(folder.out / "audited.rejected.jsonl")}
    assert details["low_process_quality"] == "process_quality: It searched twice."
    assert "'process_quality' more than once" in details["unjudged"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", json.dumps(GOOD | {"supervised_value": 0.75}), json.dumps(GOOD | {"supervised_value": True}),
     json.dumps(GOOD | {"supervised_value": "1"}), json.dumps(GOOD | {"reasons": []}), "x" * 200_000, "[" * 50_000,
     f"```json\n{json.dumps(GOOD)}\n```", json.dumps(GOOD).replace("1", "NaN", 1)],
)  # fmt: skip
def test_answers_that_are_no_judgement(text: str) -> None:
    with pytest.raises(BadAnswer):
        judgement(text)


def test_a_fence_is_taken_only_where_it_is_allowed() -> None:
    assert judgement(f"```json\n{json.dumps(GOOD)}\n```", allow_fence=True).levels == dict.fromkeys(Quality, 1.0)


def test_what_a_wording_lost_is_named(tmp_path: Path) -> None:
    assert genevolve("data", "recipes", "--out", tmp_path, "--count", 60) == 0
    assert genevolve("data", "prompts", "--out", tmp_path) == 0
    for row in rows(tmp_path / "prompts.jsonl"):
        made = recipe_from_json(row["hidden"]["recipe"])
        assert not [*unfaithful(row["prompt"], made)], row["prompt"]
        for words in made.picture.words:
            spoilt = row["prompt"].replace(words.text, "X") if not words.described else f"{row['prompt']} {words.text}"
            assert [*unfaithful(spoilt, made)]
        for figure in made.picture.figures:
            if figure.number > 2 and row["prompt"].count(str(figure.number)) == 0 and not figure.said:
                assert [*unfaithful(re.sub(rf"\b{figure.plural}\b", "things", row["prompt"]), made)]
