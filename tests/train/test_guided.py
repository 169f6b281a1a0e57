"""Trajectories under a guide: the best of several attempts behind the lesson that the worst one gives."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from genevolve.app.assemble import assemble
from genevolve.app.demonstrations import make_demonstrations, write_guided, write_recovery
from genevolve.app.profile import load_profile
from genevolve.core.case import Case
from genevolve.core.episode import Goal, start
from genevolve.core.event import ToolFailure
from genevolve.core.request import Request
from genevolve.core.turn import Turn
from genevolve.policies.local.sampler import ChatSampler
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.tiny import tiny_tokenizer
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.store.images import ImageStore
from genevolve.tools.search import search_call
from genevolve.tools.standard import STANDARD
from genevolve.train.cases import for_imitation, generated
from genevolve.train.kept import AttemptJournal
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.recovery import RecoveryDemonstrations
from genevolve.train.sft_data import read_corpus
from genevolve.world.contrast.summarise import Contrast
from genevolve.world.expert import ExpertPolicy
from genevolve.world.recipes.source import AtlasRequests
from genevolve.world.sketch import Sketch


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
    texts = {case.text for case in for_imitation(AtlasRequests(), 12, 0)}
    assert len(texts) == 12
    for validation in (False, True):
        assert not texts & {case.text for case in generated(AtlasRequests(), 12, 0, validation=validation)}


def test_the_cold_start_learns_them_beside_the_others(tmp_path: Path) -> None:
    chosen = recipe(cases=3, validation=0, guided=3)
    folder = make_demonstrations(chosen, tmp_path)
    path = folder / "sft_guided.jsonl"
    before = path.read_bytes()
    corpus = read_corpus(folder, ChatTemplate(tiny_tokenizer()), cutoff=10_000, vision=False)
    guided = [one for one in corpus.train if "sft_guided" in one.place]
    assert len(guided) == len(before.splitlines()) and len(corpus.train) > len(guided) > 0
    assert make_demonstrations(chosen, tmp_path) == folder and path.read_bytes() == before


def test_a_teacher_that_strays_shows_how_to_end(tmp_path: Path) -> None:
    chosen = recipe(guided=2, recovery=10)
    path = tmp_path / "dataset" / "sft_recovery.jsonl"
    path.parent.mkdir()
    count = asyncio.run(write_recovery(chosen, path))
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(found) == count > 5
    assert not {row["prompt"] for row in found} & {case.text for case in for_imitation(AtlasRequests(), 2, chosen.data.seed)}
    corpus = read_corpus(path, ChatTemplate(tiny_tokenizer()), cutoff=20_000, vision=False)
    to_the_end = 0
    for row, transcript in zip(found, corpus.train, strict=True):
        replies = [message for message in row["messages"] if message["role"] == "assistant"]
        idle = [message["content"] for message in replies if message.get("weight") == 0]
        assert idle and all("query_knowledge" in text for text in idle) and "<answer>" in replies[-1]["content"]
        learnt = tiny_tokenizer().decode([t for t, kept in zip(transcript.ids, transcript.mask, strict=True) if kept])
        assert replies[-1]["content"] in learnt and learnt.count("<|im_end|>") == len(replies) - len(idle)
        forced = "No further tool call" in row["messages"][-2]["content"]
        to_the_end += forced
        assert forced == (len(replies) == 8), "the demand stands where an episode would have it"
    assert to_the_end


def test_a_straying_teacher_is_shown_in_training_what_it_is_shown_in_an_episode(tmp_path: Path) -> None:
    """The demand of the last turn included: ids of the row are the ids that a policy in the teacher's place is asked with."""

    class Parrot:
        """An engine that says what the row says."""

        def __init__(self, replies: list[str]) -> None:
            self.replies = iter(replies)

        async def sample(self, key: str, ids: Any, sampling: Any, images: Any = ()) -> Sampled:
            said = template.reply(next(self.replies))
            return Sampled(ids=tuple(said), logprobs=(-1.0,) * len(said), cut=False)

        def forget(self, key: str | None = None) -> None:
            """Nothing is kept."""

        async def reload_weights(self) -> None:
            """There are no weights."""

    async def replayed() -> list[int]:
        profile = load_profile("laptop")
        async with assemble(profile, ImageStore(tmp_path / "images"), policy=speaker) as setup:
            await drive(start(Request(id="again", text=row["prompt"]), setup.limits, STANDARD), setup)
        trace = speaker.take("again")
        assert trace is not None
        return trace.ids

    path = tmp_path / "dataset" / "sft_recovery.jsonl"
    path.parent.mkdir()
    asyncio.run(write_recovery(recipe(guided=0, recovery=8), path))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    row = next(row for row in rows if "No further tool call" in row["messages"][-2]["content"])
    template = ChatTemplate(tiny_tokenizer())
    speaker = ChatSampler(
        Parrot([m["content"] for m in row["messages"] if m["role"] == "assistant"]), template, tiny_tokenizer(), Sampling()
    )
    alone = tmp_path / "row.jsonl"
    alone.write_text(json.dumps(row) + "\n")
    (transcript,) = read_corpus(alone, template, cutoff=20_000, vision=False).train
    assert asyncio.run(replayed()) == list(transcript.ids)


def test_a_straying_teacher_that_met_an_outage_teaches_nothing(setup: Components, tmp_path: Path) -> None:
    made = RecoveryDemonstrations(setup=setup, journal=AttemptJournal(tmp_path / "journal.jsonl"))
    case = Case(id="a", text="a picture of it")
    ended = asyncio.run(drive(setup.begin(case.request(seed=0)), setup, goal=Goal.PROGRAM))
    call = search_call(("one more",))
    failed = Turn(text="…", action=call, observation=ToolFailure(call=call, message="HTTP 429"))
    assert made._row(case, ended, {0}) is not None
    assert made._row(case, replace(ended, turns=(failed, *ended.turns)), {0}) is None


class Meter:
    """Counts what is asked of the members, who are free here and would not be elsewhere; after ``most`` calls of the policy
    it ends the process's work, as a kill would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.most = 10_000
        for member, method in ((ExpertPolicy, "reply"), (Sketch, "generate"), (Contrast, "summarise")):
            monkeypatch.setattr(member, method, self._metered(member.__name__, getattr(member, method)))

    def _metered(self, name: str, method: Any) -> Any:
        async def metered(member: Any, asked: Any) -> Any:
            if name == "ExpertPolicy" and sum(who == name for who, _ in self.asked.elements()) >= self.most:
                raise KeyboardInterrupt
            answer = await method(member, asked)
            self.asked[name, repr(asked)] += 1
            return answer

        return metered


@pytest.mark.parametrize("write", [pytest.param(write_guided, marks=pytest.mark.slow), write_recovery])
def test_a_paid_teacher_is_asked_nothing_twice_after_a_kill(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = changed(recipe(guided=4, recovery=6, attempts=2), {"experience": {"min_gap": 0.05}})
    calm, killed = (tmp_path / name / "dataset" / "sft_rows.jsonl" for name in ("calm", "killed"))
    for path in (calm, killed):
        path.parent.mkdir(parents=True)
    meter = Meter(monkeypatch)
    asyncio.run(write(chosen, calm))
    wanted, meter.asked = meter.asked, Counter()
    meter.most = sum(count for (who, _), count in wanted.items() if who == "ExpertPolicy") // 2
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(write(chosen, killed))
    assert not killed.exists() and 0 < meter.asked.total() < wanted.total()
    meter.most = 10_000
    asyncio.run(write(chosen, killed))
    assert meter.asked == wanted
    assert killed.read_bytes() == calm.read_bytes()
    assert not list(killed.parent.parent.glob("*.journal.jsonl")), "what is whole needs no journal"
