"""Learning from several rounds: what an attempt is worth, which tokens are credited, lessons of one attempt, and kills."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.core.errors import ServiceError
from genevolve.core.event import Event, ImageScored, NotRendered, QueryHits, Replied, Returned, Reviewed, Stopped
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.core.score import NotApplicable, Unscored, kscore
from genevolve.experience.pairing import PairRule
from genevolve.policies.local.trace import Trace
from genevolve.protocol.parse import parse
from genevolve.run.folder import RunFolder
from genevolve.tools.search import search_result
from genevolve.tools.standard import STANDARD
from genevolve.train import losses
from genevolve.train.attempt import Attempt
from genevolve.train.cases import generated
from genevolve.train.evolve import known_identity
from genevolve.train.kept import KeptAttempt
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.records import read_episodes
from genevolve.train.reward import Reward, RewardRule, reward_of
from genevolve.train.rollout import Rollout, StepWork
from genevolve.train.scoring import scored_logprobs
from genevolve.train.step_log import StepLog
from genevolve.train.trainer import EvolveTrainer
from genevolve.world.recipes.source import AtlasRequests
from genevolve.world.sketch import Sketch
from tests.core.test_rounds import FIRST, KEEP, SEARCH, after, answer, rendered, score, scored
from tests.scripted import ScriptedSampler
from tests.train.test_evolve import scripted
from tests.train.test_trainer import apart, dense_logprobs
from tests.train.tiny_policies import GROUP, attempt_of, llama, mixed, trainer, weights

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
SMOKE = changed(load_recipe("atlas-smoke"), {"evolve": {"rounds": 2}})
ONE = kscore(score(met=2))
LESS = kscore(score(met=1, visual=0.0))
FULL = kscore(score(met=4))
WORSE, BEST = scored(met=1, visual=0.0), scored(met=4)


def worth(episode: Episode) -> Reward:
    return reward_of(episode, alpha=0.0, convention=NotApplicable.RELEASE)


# ---- the reward


def test_the_reward_is_that_of_the_round_that_was_kept() -> None:
    kept = worth(after(*FIRST, answer(2), rendered(2), WORSE, KEEP))
    assert kept.value == ONE and kept.rounds == (ONE, LESS) and kept.so_far == (ONE, ONE) and kept.gains == (0.0,)
    third = worth(after(*FIRST, answer(2), rendered(2), WORSE, answer(3), rendered(3), BEST))
    assert third.value == FULL and third.rounds == (ONE, LESS, FULL)
    assert list(third.gains) == pytest.approx([0.0, FULL - ONE])
    alone = worth(after(*FIRST, rounds=1))
    assert alone.value == ONE and alone.rounds == alone.so_far == alone.gains == ()


def test_a_round_that_only_looks_better_to_the_reviewer_loses() -> None:
    """The picture is chosen by what the policy reads, and rewarded by the final judge."""
    seen = (Reviewed(result=score(met=2)), ImageScored(result=score(met=3)))
    flattered = (Reviewed(result=score(met=4)), ImageScored(result=score(met=1, visual=0.0)))
    found = worth(after(answer(1), rendered(1), *seen, answer(2), rendered(2), *flattered, reviewed=True))
    assert found.value == LESS and list(found.gains) == pytest.approx([LESS - kscore(score(met=3))])


def test_what_others_ended_has_no_reward_and_the_end_of_its_own_turns_has() -> None:
    away = worth(after(*FIRST, answer(2), NotRendered(reason="503", retryable=True)))
    assert away.value is None and away.retryable and "503" in away.reason
    spent = worth(after(*FIRST, answer(2), Stopped(reason="limits.generator.budget_money")))
    assert spent.value is None and not spent.retryable and "budget_money" in spent.reason
    babble = Replied(text="x", action=parse("x", STANDARD))
    own = worth(after(*FIRST, babble, babble, max_turns=2))
    assert own.value == ONE


def test_a_round_of_which_nothing_is_known_gains_nothing() -> None:
    unjudged = (Reviewed(result=score(met=3)), ImageScored(result=Unscored(reason="it cannot be read")))
    first = (Reviewed(result=score(met=2)), ImageScored(result=score(met=2)))
    last = (Reviewed(result=score(met=4)), BEST)
    found = worth(
        after(answer(1), rendered(1), *first, answer(2), rendered(2), *unjudged, answer(3), rendered(3), *last, reviewed=True)
    )
    assert found.so_far == (ONE, None, FULL) and found.gains == (0.0, 0.0)


# ---- the credit of tokens

FOUND = (SEARCH, Returned(result=search_result(results=(QueryHits(query="q", hits=()),))))


def attempt(episode: Episode, *so_far: float) -> Attempt:
    """Each of its replies has two tokens, and what follows has one."""
    trace = Trace(prompt=[5])
    for _ in episode.turns:
        trace.append_sample((10, 11), (-1.0, -1.0))
        trace.append_context([7])
    return Attempt(name="a", case=Case(id="c", text="t"), episode=episode, reward=Reward(value=1.0, so_far=so_far), trace=trace)


def test_the_gain_of_a_round_is_on_all_its_tokens_and_on_no_others() -> None:
    one = attempt(after(*FIRST, *FOUND, answer(2), rendered(2), BEST), 0.5, 0.75)
    assert one.tokens.replies == [0, 3, 6] and one.tokens.mask == [1, 1, 0] * 3
    assert one.round_gains == [0.0] * 3 + [0.25] * 6
    assert replace(one, trace=one.tokens.cut(4)).round_gains == [0.0] * 3 + [0.25]
    assert replace(one, trace=Trace.blank(1)).round_gains == [0.0]


def test_to_keep_gains_nothing_whatever_the_round_before_has_broken() -> None:
    one = attempt(after(*FIRST, answer(2), rendered(2), WORSE, KEEP), 0.5, 0.25)
    assert one.round_gains == [0.0] * 3 + [-0.25] * 3 + [0.0] * 3


def revised(request: int, member: int) -> Attempt:
    """Members 1 and 3 of a group mended and broke something in the second of two rounds of the same tokens."""
    made = attempt_of(mixed(request, member), request)
    assert made.trace is not None
    second = made.trace.mask.index(1, made.trace.mask.index(0))
    episode = after(*FIRST, answer(2), rendered(2), BEST) if member % 2 else after(*FIRST, rounds=1)
    so_far = {1: (0.25, 0.75), 3: (0.5, 0.25)}.get(member, ())
    reward = replace(made.reward, so_far=so_far)
    return replace(made, episode=episode, reward=reward, guide_ids=None, trace=replace(made.trace, replies=[0, second]))


def rolled(folder: Path, weight: float, make: Any = revised) -> dict[str, torch.Tensor]:
    run = trainer(folder, terms=(), gain_weight=weight)

    def roll(rows: Sequence[Mapping[str, Any]], own: EvolveTrainer) -> list[Attempt]:
        return [make(int(row["number"]), place % GROUP) for place, row in enumerate(rows)]

    run.roll = roll
    run.train()
    return weights(run.model)


def test_the_step_is_that_of_a_dense_reference_with_the_gain_of_each_token(tmp_path: Path) -> None:
    """∇ = -mean over rows of Σ_t (A_i + g·Δ_{round of t}) ∇ log p_t."""
    model = llama()
    rows = [revised(0, member) for member in range(GROUP)]
    advantages = losses.advantages(torch.tensor([one.value for one in rows], dtype=torch.float64), GROUP)
    total = torch.zeros((), dtype=torch.float64)
    for one, advantage in zip(rows, advantages, strict=True):
        trace = one.tokens
        own = dense_logprobs(model, tuple(trace.prompt), tuple(trace.completion), 0.7)
        credit = advantage + 0.8 * torch.tensor(one.round_gains, dtype=torch.float64)
        total = total - (credit * own)[torch.tensor(trace.mask, dtype=torch.bool)].sum() / GROUP
    total.backward()
    expected = {name: p.detach() - 0.05 * p.grad for name, p in model.named_parameters()}
    found = rolled(tmp_path, 0.8)
    rounding = 1e-5 * apart(expected, weights(model))
    assert apart(found, expected) < rounding < apart(found, rolled(tmp_path, 0.0)) / 100


def test_where_nothing_was_revised_the_weight_changes_nothing(tmp_path: Path) -> None:
    def once(request: int, member: int) -> Attempt:
        return replace(revised(request, member), reward=Reward(value=member / 4))

    one, other = rolled(tmp_path, 0.8, once), rolled(tmp_path, 0.0, once)
    assert all(torch.equal(one[name], other[name]) for name in one)


# ---- whole steps


@dataclass
class Vague:
    """``spoil`` of a scripted policy: the first answer of every second attempt is vague, with the same references."""

    answers: Counter[str] = field(default_factory=Counter)

    def __call__(self, episode: str, text: str) -> str:
        odd = "row" in episode and int(episode.rpartition("row")[2]) % 2
        if not odd or '"gen_prompt"' not in text:
            return text
        self.answers[episode] += 1
        if self.answers[episode] > 1:
            return text
        answer = json.loads(text.partition("<answer>")[2].partition("</answer>")[0])
        chosen = ("the first", "the second")[: len(answer["reference_images"])]
        named = "".join(f" and {word} reference image" for word in chosen)
        return f"<answer>{json.dumps(answer | {'gen_prompt': f'A nice picture of some things that look good{named}'})}</answer>"


class Draws:
    """Draws and counts; ``trouble`` raises before the picture of that number."""

    def __init__(self, trouble: Mapping[int, Exception] | None = None) -> None:
        self.trouble = dict(trouble or {})
        self.asked: list[str] = []
        self.drawn: list[str] = []

    async def generate(self, order: RenderOrder) -> Rendering:
        self.asked.append(order.prompt)
        if (problem := self.trouble.pop(len(self.asked), None)) is not None:
            raise problem
        self.drawn.append(order.prompt)
        return await Sketch().generate(order)


def roll(folder: Path, generator: Draws, rule: RewardRule | None = None) -> list[Attempt]:
    """One step with two attempts at one request; the second answers vaguely at first."""
    case = generated(AtlasRequests(), 1, 0, validation=False)[0]
    run = RunFolder(folder)
    with run.held(), scripted(SMOKE, run) as members:
        own = members.sampler
        parts = (own.engine, own.template, members.loaded.tokenizer, own.sampling)
        sampler = ScriptedSampler(members.loaded.model, *parts, spoil=Vague())
        setup = replace(members.setup, policy=sampler, generator=generator, crossings={})  # a single try
        rollout = Rollout(
            setup=setup,
            sampler=sampler,
            runner=members.runner,
            cases={},
            rule=rule or RewardRule(patience=30.0),
            experience=members.experience,
            step_log=StepLog(folder / "steps", system=setup.system, detail=setup.detail),
            journal=members.journal,
        )
        attempts = members.runner.run(rollout.step(StepWork(step=0, cases=(case, case), size=2)))
        for one in attempts:
            check_ids(one, members.loaded)
        return attempts


def check_ids(one: Attempt, loaded: Any) -> None:
    """What carries loss is what the policy said, in all rounds; what it was shown does not; sampled is scored."""
    trace = one.tokens
    spoken = loaded.tokenizer.decode([token for token, own in zip(trace.completion, trace.mask, strict=True) if own])
    assert spoken == "".join(turn.text + "<|im_end|>" for turn in one.episode.turns)
    assert len(trace.replies) == len(one.episode.turns)
    ends = [*trace.replies[1:], len(trace.completion)]
    for turn, begin, end in zip(one.episode.turns, trace.replies, ends, strict=True):
        own = [place for place in range(begin, end) if trace.mask[place]]
        assert loaded.tokenizer.decode([trace.completion[place] for place in own]) == turn.text + "<|im_end|>"
    noted = torch.tensor(trace.mask, dtype=torch.bool)
    found = scored_logprobs(loaded.model, trace.prompt, trace.completion, temperature=1.0)
    assert torch.allclose(found[noted], torch.tensor(trace.logprobs)[noted], atol=1e-4)


def told(attempts: Sequence[Attempt]) -> list[Any]:
    return [(one.value, one.reward.so_far, one.trace, one.round_gains, one.guide_ids) for one in attempts]


def test_a_step_of_two_rounds_learns_from_what_was_mended(tmp_path: Path) -> None:
    attempts = roll(tmp_path, Draws())
    one = attempts[1]
    assert len(one.episode.rounds) == 2 and one.value == one.reward.so_far[1] and one.reward.gains[0] > 0
    assert set(one.round_gains) == {0.0, one.reward.gains[0]} and one.metrics["rounds"] == 2
    lessons = json.loads((tmp_path / "steps" / "000000" / "lessons.0.json").read_text())
    mended = [lesson for lesson in lessons["bundles"] if lesson.get("rounds") == [2, 1]]
    assert len(mended) == 1 and mended[0]["best"] == mended[0]["worst"] == 1
    kept = read_episodes(tmp_path / "steps" / "000000")[1]
    assert kept["reward"]["so_far"] == list(one.reward.so_far)


def test_an_outage_between_two_rounds_is_waited_for_and_the_policy_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genevolve.train.rollout._PAUSE", 0.01)
    calm = roll(tmp_path / "calm", Draws())
    away = Draws({3: ServiceError("503", retryable=True)})
    found = roll(tmp_path / "away", away)
    assert told(found) == told(calm) and (len(away.asked), len(away.drawn)) == (4, 3)
    given_up = roll(tmp_path / "gone", Draws({3: ServiceError("503", retryable=True)}), RewardRule(patience=0.0))
    assert [one.value is None for one in given_up] == [False, True]


class _Killed(Exception):
    pass


@pytest.mark.parametrize("events", [9, 14])
def test_a_step_that_is_repeated_pays_for_no_round_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    """Killed after so many events, in the first round and in the second."""
    calm = roll(tmp_path / "calm", Draws())
    left = iter(range(events))
    with monkeypatch.context() as patched:
        keep = KeptAttempt.keep

        def killed(self: KeptAttempt, event: Event) -> None:
            if next(left, None) is None:
                raise _Killed
            keep(self, event)

        patched.setattr(KeptAttempt, "keep", killed)
        with pytest.raises(_Killed):
            roll(tmp_path / "cut", Draws())
    kept = (tmp_path / "cut" / "attempts.0.jsonl").read_text().count('"kind": "rendered"')
    again = Draws()
    found = roll(tmp_path / "cut", again)
    assert told(found) == told(calm) and len(again.drawn) == 3 - kept


# ---- experience


def judged(episode: Episode, *rounds: float | None) -> Attempt:
    return replace(attempt(episode), reward=Reward(value=0.5, rounds=rounds))


def events(*more: Event) -> Episode:
    return after(*FIRST, answer(2), rendered(2), *more)


def test_rounds_of_an_attempt_are_compared_as_they_were() -> None:
    mended, broken = judged(events(BEST), 0.2, 0.9), judged(events(WORSE, KEEP), 0.9, 0.3)
    pairs = PairRule().pick([[mended, broken]]).pairs
    assert [(pair.best_index, pair.rounds) for pair in pairs] == [(0, (2, 1)), (1, (1, 2))]
    pair = pairs[0]
    assert pair.best.program != pair.worst.program and pair.worst.program == mended.episode.rounds[0].program
    assert len(pair.worst.turns) == 1 and pair.worst.turns[-1].observation is None and len(pair.best.turns) == 2
    assert pairs[1].worst.image_score == WORSE.result and pairs[1].best.image_score == FIRST[-1].result
    assert not PairRule(rounds=False).pick([[mended, broken]]).pairs
    assert not PairRule().pick([[judged(events(BEST), 0.5, 0.6), judged(events(BEST), None, 0.6)]]).pairs


def test_runs_from_before_there_were_rounds_go_on() -> None:
    known = known_identity(load_recipe("atlas-smoke"), ())
    assert "rounds" not in known["evolve"] and "gain" not in known["reward"] and "rounds" not in known["experience"]
    other = known_identity(changed(SMOKE, {"reward": {"gain": 0.5}, "experience": {"rounds": False}}), ())
    assert (other["evolve"]["rounds"], other["reward"]["gain"], other["experience"]["rounds"]) == (2, 0.5, False)
