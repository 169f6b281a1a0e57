"""Self-evolution as a whole on a tiny model: attempts, lessons, checkpoints, resume, bad input."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.app.evolve import evolve, put_together
from genevolve.cli.main import cli
from genevolve.core.case import Case
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Boundary, ToolFailure
from genevolve.core.protocols import ImageCase, Rendering, RenderOrder
from genevolve.core.score import NotApplicable, Score, Unscored
from genevolve.core.turn import Turn
from genevolve.experience.bundle import Bundle
from genevolve.experience.memory import Memory
from genevolve.experience.pairing import Pair, PairRule
from genevolve.experience.summariser import NotSummarised
from genevolve.policies.local.trace import Trace
from genevolve.run.folder import RunFolder
from genevolve.run.limits import BudgetExhausted
from genevolve.tools.search import search_call
from genevolve.train.attempt import Attempt
from genevolve.train.cases import generated
from genevolve.train.components import TrainingComponents
from genevolve.train.evaluate import evaluation_of
from genevolve.train.evolve import MEMORY, evolve_policy, known_identity
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.records import guided_rows, read_disagreement, read_episodes
from genevolve.train.reward import Reward, RewardRule, reward_of, reward_rule
from genevolve.train.rollout import Rollout, StepWork
from genevolve.train.scoring import scored_logprobs
from genevolve.train.step_log import StepLog
from genevolve.train.tally import metrics, tally
from genevolve.world.contrast.summarise import Contrast
from genevolve.world.recipes.source import AtlasRequests
from genevolve.world.sketch import Sketch
from tests.experience import bundles as made
from tests.scripted import ScriptedSampler

SMOKE = load_recipe("atlas-smoke")


def spoilt(episode: str, text: str) -> str:
    """Every second attempt answers vaguely instead of well, with the same references."""
    odd = int(episode.rpartition("row")[2]) % 2 if "row" in episode else 0
    if not odd or "<answer>" not in text:
        return text
    answer = json.loads(text.partition("<answer>")[2].partition("</answer>")[0])
    chosen = ("the first", "the second")[: len(answer["reference_images"])]
    named = "".join(f" and {word} reference image" for word in chosen)
    return f"<answer>{json.dumps(answer | {'gen_prompt': f'A nice picture of some things that look good{named}'})}</answer>"


@contextmanager
def scripted(recipe: Recipe, folder: RunFolder) -> Iterator[TrainingComponents]:
    with put_together(recipe, folder) as members:
        own = members.sampler
        sampler = ScriptedSampler(
            members.loaded.model, own.engine, own.template, members.loaded.tokenizer, own.sampling, spoil=spoilt
        )
        yield replace(members, sampler=sampler, setup=replace(members.setup, policy=sampler))


def roll(recipe: Recipe, folder: Path, step: int = 0, rule: RewardRule | None = None, **changes: Any) -> Any:
    """(attempts, members' memory size, folder of the step log) of one step."""
    cases = generated(AtlasRequests(), 2, 0, validation=False)
    run = RunFolder(folder)
    with run.held(), scripted(recipe, run) as members:
        setup = replace(members.setup, **changes)
        rollout = Rollout(
            setup=setup,
            sampler=members.sampler,
            runner=members.runner,
            cases={},
            rule=rule or reward_rule(recipe),
            experience=members.experience,
            step_log=StepLog(folder / "steps", system=setup.system, detail=setup.detail),
            journal=members.journal,
        )
        attempts = members.runner.run(
            rollout.step(StepWork(step=step, cases=tuple(case for case in cases for _ in range(2)), size=2))
        )
        assert members.experience is not None and members.experience.memory is not None
        return attempts, members.experience.memory.entries(), members


def test_a_step_teaches_the_groups_that_differ(tmp_path: Path) -> None:
    gate = changed(SMOKE, {"experience": {"gate": 0.0}})
    attempts, entries, _ = roll(gate, tmp_path)
    rewards = [one.value for one in attempts]
    assert all(reward is not None for reward in rewards)
    assert rewards[0] > rewards[1] and rewards[2] > rewards[3]
    assert entries, "a good and a bad attempt make a lesson"
    for one in attempts:
        assert one.guide_ids is not None and len(one.guide_ids) > len(one.tokens.prompt)
    episodes = read_episodes(tmp_path / "steps" / "000000")
    assert [one["reward"]["value"] for one in episodes] == rewards
    assert all(one["lesson"] is not None for one in episodes)


def test_the_teacher_reads_a_lesson_that_the_student_never_sees(tmp_path: Path) -> None:
    attempts, _, members = roll(changed(SMOKE, {"experience": {"gate": 0.0}}), tmp_path)
    decode = members.loaded.tokenizer.decode
    for one in attempts:
        student, teacher = decode(one.tokens.prompt), decode(one.guide_ids)
        guide = teacher.partition("# Tools")[0]
        assert teacher.endswith(student.partition("# Tools")[2]), "after the guide both read the same"
        lesson = next(line for line in guide.splitlines() if "Focus" in line)
        assert lesson not in student and lesson not in decode(one.tokens.completion)


def test_ids_are_those_of_the_conversation_and_observations_carry_no_loss(tmp_path: Path) -> None:
    attempts, _, members = roll(SMOKE, tmp_path)
    tokenizer = members.loaded.tokenizer
    for one, episode in zip(attempts, read_episodes(tmp_path / "steps" / "000000"), strict=True):
        spoken = tokenizer.decode([t for t, own in zip(one.tokens.completion, one.tokens.mask, strict=True) if own])
        said = [m["content"] + "<|im_end|>" for m in episode["messages"] if m["role"] == "assistant"]
        assert spoken == "".join(said)
        scored = scored_logprobs(members.loaded.model, one.tokens.prompt, one.tokens.completion, temperature=1.0)
        own = torch.tensor(one.tokens.mask, dtype=torch.bool)
        assert torch.allclose(scored[own], torch.tensor(one.tokens.logprobs)[own], atol=1e-4)
        assert all(logprob == 0.0 for logprob, m in zip(one.tokens.logprobs, one.tokens.mask, strict=True) if not m)


class Down:
    """A judge that answers only after ``failures`` calls."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.calls = 0

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        self.calls += 1
        self.left -= 1
        if self.left >= 0:
            return Unscored(reason="503", retryable=True)
        return Score(faithfulness=1.0, visual_correctness=1.0, text_accuracy=None, aesthetics=1.0, judge="test")


def test_a_judge_that_comes_back_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genevolve.train.rollout._PAUSE", 0.01)
    judge = Down(6)
    attempts, _, _ = roll(SMOKE, tmp_path, rule=RewardRule(patience=30.0), image_judge=judge)
    assert all(one.value is not None for one in attempts)
    assert judge.calls == 6 + 4


def test_a_judge_that_stays_down_stops_the_run_and_scores_nothing(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"not one of 4 episodes could be scored .*503.*resume"):
        roll(SMOKE, tmp_path, rule=RewardRule(patience=0.0), image_judge=Down(1000))


class Paid:
    """A generator whose money is used up after ``most`` images."""

    def __init__(self, most: int = 1000) -> None:
        self.left = most
        self.prompts: list[str] = []

    async def generate(self, order: RenderOrder) -> Rendering:
        if not self.left:
            raise BudgetExhausted("generator: all calls are used")
        self.left -= 1
        await asyncio.sleep(0.01)  # others come to be in flight
        self.prompts.append(order.prompt)
        return await Sketch().generate(order)


class PaidSummariser(Contrast):
    calls = 0

    async def summarise(self, pair: Pair) -> Bundle | NotSummarised:
        PaidSummariser.calls += 1
        return await super().summarise(pair)


def test_a_step_that_is_repeated_pays_for_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets end it in mid-step, twice; what was answered is kept and counted, whatever was in flight with it."""
    gate = changed(SMOKE, {"experience": {"gate": 0.0, "summariser": {"member": f"{__name__}:PaidSummariser"}}})
    calm, _, _ = roll(gate, tmp_path / "calm", generator=Paid(), image_judge=Down(0))
    lessons, paid, judge = PaidSummariser.calls, [], Down(0)
    for most in (1, 2):
        generator = Paid(most)
        with pytest.raises(BudgetExhausted):
            roll(gate, tmp_path / "cut", generator=generator, image_judge=judge)
        paid += generator.prompts
    assert len(paid) == 3 and PaidSummariser.calls == lessons
    last = Paid()
    found, _, members = roll(gate, tmp_path / "cut", generator=last, image_judge=judge)
    assert len(last.prompts) == 1 and judge.calls == 4
    assert [(one.value, one.trace, one.guide_ids) for one in found] == [(one.value, one.trace, one.guide_ids) for one in calm]
    assert members.setup.crossings[Boundary.GENERATOR].calls == 4, "what was paid before is counted"
    again, _, members = roll(gate, tmp_path / "cut", generator=Paid(0), image_judge=judge)
    assert [one.value for one in again] == [one.value for one in calm] and judge.calls == 4
    assert members.setup.crossings[Boundary.GENERATOR].calls == members.setup.crossings[Boundary.IMAGE_JUDGE].calls == 4
    assert PaidSummariser.calls == 2 * lessons, "lessons of a pair are made once"


def test_what_was_kept_counts_only_while_the_policy_says_the_same(tmp_path: Path) -> None:
    first = Paid()
    roll(SMOKE, tmp_path, generator=first)
    path = tmp_path / "attempts.0.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if line.get("row") == "step0.process0.row1" and line["entry"]["kind"] == "replied":
            line["entry"]["text"] += " or so"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    second = Paid()
    roll(SMOKE, tmp_path, generator=second)
    assert len(first.prompts) == 4 and len(second.prompts) == 1
    third = Paid(0)
    roll(SMOKE, tmp_path, generator=third)
    assert not third.prompts, "the newer course is known, too"


@pytest.mark.parametrize("line", ["[]", "{}", '{"step": 0, "row": "a", "case": "b", "place": 0, "entry": {"kind": "odd"}}'])
def test_a_damaged_journal_of_attempts_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "attempts.0.jsonl").write_text(f"{line}\n")
    with pytest.raises(UsageError, match=r"attempts\.0\.jsonl"):
        roll(SMOKE, tmp_path)


def test_a_failed_render_is_unscored_not_zero(tmp_path: Path) -> None:
    class Sometimes:
        calls = 0

        async def generate(self, order: RenderOrder) -> Rendering:
            Sometimes.calls += 1
            if Sometimes.calls == 1:
                raise ServiceError("out of memory", retryable=False)
            return await Sketch().generate(order)

    attempts, _, _ = roll(SMOKE, tmp_path, rule=RewardRule(patience=0.0), generator=Sometimes())
    assert sum(one.value is None for one in attempts) == 1


def outage(attempt: Attempt) -> Attempt:
    """``attempt`` as it would be if one more search had not been answered."""
    failed = Turn(
        text="…",
        action=search_call(("one more",)),
        observation=ToolFailure(call=search_call(("one more",)), message="HTTP 429"),
    )
    return replace(attempt, episode=replace(attempt.episode, turns=(failed, *attempt.episode.turns)))


PARTS = (made.images("flag of Norway"), made.answer())


def test_an_attempt_that_met_an_outage_has_no_reward_and_makes_no_lesson() -> None:
    best, worst = (
        Attempt(name=name, case=Case(id=name, text="x"), episode=episode, reward=Reward(value=None))
        for name, episode in (("best", made.good()), ("worst", made.attempt(*PARTS, failed=[made.IDENTITY])))
    )
    cases = [(best, worst), (outage(best), worst), (best, outage(worst))]
    found = []
    for group in cases:
        attempts = [replace(one, reward=reward_of(one.episode, alpha=0.0, convention=NotApplicable.RELEASE)) for one in group]
        found.append([one.value is None for one in attempts])
        assert bool(PairRule(min_gap=-1.0, reference_is_protocol=False).pick([attempts]).pairs) is (group is cases[0])
    assert found == [[False, False], [True, False], [False, True]]
    reason = reward_of(outage(worst).episode, alpha=0.5, convention=NotApplicable.RELEASE).reason
    assert reason == "degraded by an outage: search for “one more” was not answered: HTTP 429"


def test_outages_are_counted_in_logs_and_leave_evaluations() -> None:
    whole = Attempt(
        name="a", case=Case(id="a", text="x"), episode=made.good(), reward=Reward(value=1.0, image=1.0), trace=Trace.blank(0)
    )
    out = replace(outage(whole), case=Case(id="b", text="x"), reward=Reward(value=None, reason="degraded"))
    assert metrics([tally([whole, out], 2)])["rollout/degraded"] == 1
    found = evaluation_of([replace(whole, trace=None), replace(out, trace=None)])
    assert (found.unscored, found.degraded, found.means["reward"], found.judges) == (1, 1, 1.0, ("test",))
    assert found.to_json()["degraded"] == 1


def train(recipe: Recipe, folder: Path, *, stop_after: int | None = None) -> dict[str, torch.Tensor]:
    """Run the recipe scripted; the trained weights."""

    class Stop(Exception):
        pass

    def on_step(step: int, steps: int, logs: Any) -> None:
        if stop_after is not None and step >= stop_after and "loss" in logs:
            raise Stop

    run = RunFolder(folder)
    training = generated(AtlasRequests(), 4, 0, validation=False)
    with run.held(), scripted(recipe, run) as members:
        with suppress(Stop):
            evolve_policy(
                recipe,
                members,
                training=training,
                validation=(),
                folder=run,
                about={},
                on_step=on_step,
            )
        return {name: p.detach().clone() for name, p in members.loaded.model.named_parameters() if p.requires_grad}


LEARNING = changed(
    SMOKE, {"evolve": {"steps": 3, "save_steps": 1}, "experience": {"gate": 0.0}, "sdl": {"lambda": 0.5, "warmup_steps": 0}}
)


def test_resumed_is_uninterrupted(tmp_path: Path) -> None:
    whole = train(LEARNING, tmp_path / "whole")
    train(LEARNING, tmp_path / "cut", stop_after=2)
    resumed = train(LEARNING, tmp_path / "cut")
    start = train(changed(LEARNING, {"evolve": {"steps": 1}}), tmp_path / "one")
    assert any(not torch.equal(whole[name], start[name]) for name in whole), "training moves the weights"
    for name in whole:
        assert torch.allclose(whole[name], resumed[name], atol=1e-6), name
    logs = [json.loads(line) for line in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()]
    other = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    losses, expected = ([one["loss"] for one in found if "loss" in one] for found in (logs, other))
    assert losses == pytest.approx(expected, abs=1e-5) and len(losses) == 3
    assert any("sdl/token_mean" in one for one in logs)
    first = tmp_path / "cut" / "steps" / "000000"
    assert guided_rows(first, 0) == [0, 1, 2, 3]
    line = read_disagreement(first, 0, 1)
    assert line is not None and sum(line["chosen"]) >= 1
    assert "".join(line["tokens"]).startswith(read_episodes(first)[1]["messages"][2]["content"])
    out = tmp_path / "page.html"
    command = ["experience", "tokens", str(tmp_path / "cut"), "--step", "0", "--row", "1", "--out", str(out)]
    assert cli.main(command, standalone_mode=False) == 0
    assert out.read_text().count('title="log p') == len(line["tokens"])
    with pytest.raises(UsageError, match="no episode"):
        cli.main([*command[:4], "99", *command[5:]], standalone_mode=False)
    with Memory(tmp_path / "cut" / MEMORY) as a, Memory(tmp_path / "whole" / MEMORY) as b:
        assert [(e.request, e.step, e.gap) for e in a.entries()] == [(e.request, e.step, e.gap) for e in b.entries()]


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    train(LEARNING, tmp_path, stop_after=2)
    other = changed(LEARNING, {"evolve": {"learning_rate": 0.5}})
    with pytest.raises(UsageError, match=r"evolve\.learning_rate"):
        train(other, tmp_path)


def test_the_same_command_goes_on_and_another_recipe_is_refused_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = changed(SMOKE, {"data": {"validation": 0}, "evolve": {"save_steps": 1}})
    assert evolve(quick, out=tmp_path, steps=1).steps == 1
    assert evolve(quick, out=tmp_path, steps=2).steps == 2, "a run whose weights do not fall with the steps may be made longer"
    monkeypatch.setattr("genevolve.train.sft.load_model", lambda *_, **__: pytest.fail("a model was loaded"))
    with pytest.raises(UsageError, match=r"input\.evolve\.learning_rate"):
        evolve(changed(quick, {"evolve": {"learning_rate": 0.5}}), out=tmp_path)
    with pytest.raises(UsageError, match="generator 'nothing' is unknown"):
        (tmp_path / "mine.toml").write_text('extends = "offline"\n[generator]\nmember = "nothing"\n')
        evolve(changed(quick, {"evolve": {"profile": str(tmp_path / "mine.toml")}}), out=tmp_path / "new")
    with pytest.raises(UsageError, match="--resume: there is no run in"):
        evolve(quick, out=tmp_path / "none", resume=True)


def test_what_a_run_is_known_by_has_not_changed() -> None:
    """Runs that were begun before losses had names go on: nothing is noted where a recipe has the usual ones."""
    known = known_identity(SMOKE, ())["evolve"]
    assert "losses" not in known and {"requests", "policy_weight", "temperature"} <= known.keys()


def test_the_command_trains_evaluates_and_leaves_an_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evolve", "atlas-smoke", "--out", str(tmp_path / "run"), "--steps", "1"]
    assert cli.main(command, standalone_mode=False) == 0
    adapter = Path(capsys.readouterr().out.strip())
    assert (adapter / "adapter_model.safetensors").is_file()
    evaluations = [json.loads(line) for line in (tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()]
    assert [one["step"] for one in evaluations] == [0, 1]
    assert evaluations[0]["means"]["valid"] == 0.0 and evaluations[0]["unscored"] == 0
    again = tmp_path / "again.toml"
    again.write_text('extends = "atlas-smoke"\n[evolve]\neval_at_start = false\nworkers = 2\n')
    command = ["evolve", str(again), "--out", str(tmp_path / "again"), "--steps", "1"]
    assert cli.main(command, standalone_mode=False) == 0
    (last,) = (json.loads(line) for line in (tmp_path / "again" / "evaluations.jsonl").read_text().splitlines())
    assert last["step"] == 1, "the first evaluation is the same for all runs from one cold start: it can be left out"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[evolve]\nlerning_rate = 1.0", r"evolve\.lerning_rate is not a setting; did you mean 'learning_rate'"),
        ("[sdl]\nlambda = -1", r"sdl\.lambda = -1"),
        ("[experience]\nwhen = 'never'", r"experience\.when = 'never'"),
        ("[experience]\nembedder = {member = 'nothing'}", r"embedder 'nothing' is unknown"),
    ],
)
def test_recipes_are_strict(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "atlas-smoke"\n{text}\n')
    with pytest.raises(UsageError, match=said):
        cli.main(["evolve", str(path), "--out", str(tmp_path / "run")], standalone_mode=False)


def test_a_data_set_without_requests_is_refused(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "a cat"}, {"role": "assistant", "content": "x"}]
    (tmp_path / "sft.jsonl").write_text(json.dumps({"id": "1", "messages": talk}) + "\n")
    with pytest.raises(UsageError, match="holds no requests for self-evolution"):
        evolve(SMOKE, out=tmp_path / "run", data=tmp_path / "sft.jsonl")


def test_two_runs_do_not_share_a_directory(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    with run.held(), pytest.raises(UsageError, match="another genevolve process"):
        evolve(SMOKE, out=tmp_path / "run")
