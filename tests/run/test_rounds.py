"""Several rounds carried out: what the policy reads and judges may know; a refusal, an outage, an empty budget, kills."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from genevolve.core.case import Hidden
from genevolve.core.claim import Counted, Subject
from genevolve.core.episode import Episode, Goal, Limits, aimed
from genevolve.core.errors import SafetyRefusal, ServiceError
from genevolve.core.event import Event, Rendered
from genevolve.core.message import Message
from genevolve.core.protocols import ImageCase, PolicyCall, Rendering, RenderOrder, Reply
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.core.score import Diagnostic, Dimension, Score, Unscored
from genevolve.protocol.observations import observation_of
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.limits import BudgetExhausted
from genevolve.run.record import unfinished
from genevolve.run.result import result
from tests.conftest import png

REQUEST = Request(id="r", text="exactly three apples")
NOTHING = Hidden()
KNOWN = Hidden(claims=(Counted(subject=Subject(key="a", label="apple", looks=()), count=3),))


@dataclass
class Answers:
    """Answers with version after version, and keeps all that it was shown."""

    calls: list[tuple[Message, ...]] = field(default_factory=list)

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call.messages)
        made = sum("Version" in message.text for message in call.messages)
        return Reply(text=f'<answer>{{"gen_prompt": "Version {made + 1}: exactly three red apples in a row."}}</answer>')


@dataclass
class Draws:
    """Draws, unless ``trouble`` raises for the number of the picture."""

    trouble: Callable[[int], None] = lambda number: None
    drawn: int = 0

    async def generate(self, order: RenderOrder) -> Rendering:
        self.drawn += 1
        self.trouble(self.drawn)
        return Rendering(data=png((self.drawn, 2, 3)))


@dataclass
class Counts:
    """Of the n-th picture n of four checks are met; it keeps the cases that it was given."""

    cases: list[ImageCase] = field(default_factory=list)

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        self.cases.append(case)
        met = len(self.cases)
        checks = tuple(
            Diagnostic(skill="quantity_counting", dimension=Dimension.FAITHFULNESS, requirement=f"check {n}", passed=n < met)
            for n in range(4)
        )
        return Score(
            faithfulness=0.5, visual_correctness=0.5, text_accuracy=None, aesthetics=1.0, judge="counts", diagnostics=checks
        )


def with_rounds(setup: Components, policy: Answers, generator: Draws, judge: Counts) -> Components:
    limits = Limits(rounds=3)
    return replace(setup, policy=policy, generator=generator, image_judge=judge, limits=limits, program_judge=None)


def ended(setup: Components, hidden: Hidden = NOTHING, events: list[Event] | None = None) -> Episode:
    kept: list[Event] = [] if events is None else events
    return asyncio.run(drive(setup.begin(REQUEST), setup, keep=kept.append, hidden=hidden))


def test_the_policy_reads_what_failed_sees_the_picture_and_the_best_round_is_the_result(setup: Components) -> None:
    policy = Answers()
    done = ended(with_rounds(setup, policy, Draws(), Counts()))
    assert len(done.rounds) == 3 and done.best is done.rounds[2] and len(policy.calls) == 3
    shown = policy.calls[1][-1]
    first = done.rounds[0].rendering
    assert isinstance(first, Rendered) and shown.images == (first.digest,)
    read = observation_of(shown.text, done.tools)
    assert read is not None and read.kind == "review"
    assert [check.requirement for check in read.failed] == ["check 1", "check 2", "check 3"]
    assert '{"keep": true}' in shown.text and "best so far: round 2" in policy.calls[2][-1].text
    found = result(done, image_path=None)["revision"]
    assert [each["best_so_far"] for each in found["rounds"]] == [1, 2, 3] and found["ended"] == "all rounds are used"


def test_with_one_round_nothing_is_said_of_rounds(setup: Components) -> None:
    policy = Answers()
    done = ended(replace(with_rounds(setup, policy, Draws(), Counts()), limits=Limits()))
    assert len(policy.calls) == 1 and "revision" not in result(done, image_path=None)


def test_what_only_the_final_judge_may_know_never_reaches_the_policy(setup: Components) -> None:
    judge = Counts()
    done = ended(with_rounds(setup, Answers(), Draws(), judge), hidden=KNOWN)
    assert [case.claims for case in judge.cases[:2]] == [None, KNOWN.claims]
    assert all(each.review is not None and each.image_score is not None for each in done.rounds)


def test_another_reviewer_speaks_to_the_policy_and_does_not_score(setup: Components) -> None:
    final, reviewer = Counts(), Counts()
    done = ended(replace(with_rounds(setup, Answers(), Draws(), final), reviewer=reviewer))
    assert len(reviewer.cases) == len(final.cases) == len(done.rounds) == 3


def _refuses(number: int) -> None:
    if number == 2:
        raise SafetyRefusal("not this one")


def _is_away(number: int) -> None:
    if number == 2:
        raise ServiceError("503", retryable=True)


def _is_spent(number: int) -> None:
    if number == 3:
        raise BudgetExhausted("generator: 2 of 2 is spent; raise limits.generator.budget_money to go on")


def test_a_refusal_is_told_and_the_next_answer_is_drawn(setup: Components) -> None:
    policy = Answers()
    done = ended(with_rounds(setup, policy, Draws(_refuses), Counts()))
    assert "declined it: not this one" in policy.calls[2][-1].text
    assert len(done.rounds) == 3 and done.best is done.rounds[2]


def test_an_outage_ends_the_revising_and_is_tried_again_when_asked(setup: Components) -> None:
    events: list[Event] = []
    away = with_rounds(setup, Answers(), Draws(_is_away), Counts())
    done = ended(away, events=events)
    assert done.best is done.rounds[0] and done.outcome is not None and not done.outcome.error
    assert unfinished(result(done, image_path=None))
    again = resume(away.begin(REQUEST), events, forget_failures=True)
    whole = asyncio.run(drive(again, away))
    assert len(whole.rounds) == 3 and not unfinished(result(whole, image_path=None))


def test_a_budget_that_ends_in_the_middle_leaves_the_best_picture(setup: Components) -> None:
    done = ended(with_rounds(setup, Answers(), Draws(_is_spent), Counts()))
    assert done.best is done.rounds[1] and done.outcome is not None and "budget_money" in done.outcome.stopped
    with pytest.raises(BudgetExhausted):  # nothing is there yet: the run stops, as ever
        ended(with_rounds(setup, Answers(), Draws(lambda number: _is_spent(3)), Counts()))


class _Killed(Exception):
    pass


@pytest.mark.parametrize("hidden", [NOTHING, KNOWN])
def test_a_kill_after_any_event_loses_nothing_and_repeats_nothing(setup: Components, hidden: Hidden) -> None:
    whole: list[Event] = []
    expected = ended(with_rounds(setup, Answers(), Draws(), Counts()), hidden, whole)
    for survivors in range(len(whole)):
        policy, generator, judge = Answers(), Draws(), Counts()
        again = with_rounds(setup, policy, generator, judge)
        kept = _until(survivors, again, hidden)
        done = asyncio.run(drive(resume(again.begin(REQUEST), kept), again, keep=kept.append, hidden=hidden))
        assert len(kept) == len(whole) and (len(policy.calls), generator.drawn) == (3, 3), survivors
        assert done.program == expected.program and len(done.rounds) == 3


def _until(number: int, setup: Components, hidden: Hidden) -> list[Event]:
    """The first ``number`` events of a run that was killed after them."""
    kept: list[Event] = []

    async def run() -> None:
        episode = aimed(setup.begin(REQUEST), Goal.SCORE, judge_program=False, reviewed=hidden.claims is not None)

        def keep(event: Event) -> None:
            kept.append(event)
            if len(kept) == number:
                raise _Killed

        if number:
            with pytest.raises(_Killed):
                await drive(episode, setup, keep=keep, hidden=hidden)

    asyncio.run(run())
    return kept
