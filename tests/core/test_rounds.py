"""Several rounds in one episode: what is shown, when it ends, which round counts, and how it is replayed."""

import pytest

from genevolve.core.command import CallPolicy, Done, JudgeImage, Render, ReviewImage
from genevolve.core.episode import Episode, Goal, IllegalEvent, Limits, aimed, command, start, step
from genevolve.core.event import (
    Boundary,
    Event,
    Failed,
    ImageScored,
    KeepBest,
    Mistake,
    NotRendered,
    Rendered,
    Replied,
    Review,
    Reviewed,
    Stopped,
    png,
)
from genevolve.core.outcome import Termination
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.core.score import Diagnostic, Dimension, Score, Unscored, kscore
from genevolve.core.tool import Toolbox
from genevolve.protocol.parse import parse
from genevolve.tools.standard import STANDARD
from tests.conftest import tool_call

REQUEST = Request(id="r", text="three apples")
SEARCH = Replied(text="", action=parse(tool_call("search", '{"queries": ["q"]}'), STANDARD))
KEEP = Replied(text='<answer>{"keep": true}</answer>', action=KeepBest())


def answer(number: int) -> Replied:
    text = f'<answer>{{"gen_prompt": "Version {number}: exactly three red apples in a row.", "reference_images": []}}</answer>'
    return Replied(text=text, action=parse(text, STANDARD))


def rendered(number: int) -> Rendered:
    return Rendered(artifacts=png(f"{number:064x}"))


def score(*, met: int, of: int = 4, visual: float = 0.5) -> Score:
    checks = tuple(
        Diagnostic(
            skill="quantity_counting",
            dimension=Dimension.FAITHFULNESS,
            requirement=f"check {n}",
            passed=n < met,
            detail="" if n < met else "two",
        )
        for n in range(of)
    )
    return Score(
        faithfulness=1.0,
        visual_correctness=1.0 if met == of else visual,
        text_accuracy=None,
        aesthetics=1.0,
        judge="j",
        diagnostics=checks,
    )


def scored(**how: float) -> ImageScored:
    return ImageScored(result=score(**how))  # type: ignore[arg-type]


def after(*events: Event, rounds: int = 3, reviewed: bool = False, **limits: int) -> Episode:
    episode = aimed(
        start(REQUEST, Limits(rounds=rounds, **limits), STANDARD), Goal.SCORE, judge_program=False, reviewed=reviewed
    )
    for event in events:
        episode = step(episode, event)
    return episode


FIRST = (answer(1), rendered(1), scored(met=2))


def test_one_round_ends_after_its_verdict_as_ever() -> None:
    done = after(*FIRST, rounds=1)
    assert command(done) == Done() and done.turns[-1].observation is None


def test_what_failed_is_shown_and_another_answer_is_taken() -> None:
    asked = after(*FIRST)
    assert command(asked) == CallPolicy(forced=False) and asked.outcome is None
    shown = asked.turns[-1].observation
    assert isinstance(shown, Review)
    assert [check.requirement for check in shown.failed] == ["check 2", "check 3"] and len(shown.passed) == 2
    assert (shown.round, shown.most, shown.digest) == (1, 3, f"{1:064x}")
    again = step(asked, answer(2))
    wanted = command(again)
    assert isinstance(wanted, Render) and wanted.program.prompt.startswith("Version 2")


def test_it_ends_when_nothing_fails_when_the_policy_keeps_and_when_all_rounds_are_used() -> None:
    assert command(after(answer(1), rendered(1), scored(met=4))) == Done()
    kept = after(*FIRST, KEEP)
    assert command(kept) == Done() and kept.outcome is not None and kept.outcome.termination is Termination.ANSWER
    assert command(after(*FIRST, answer(1))) == Done(), "the same program again keeps it"
    used = after(*FIRST, answer(2), rendered(2), scored(met=2), answer(3), rendered(3), scored(met=2))
    assert command(used) == Done() and len(used.rounds) == 3


def test_the_best_round_is_the_result_and_of_equals_the_first() -> None:
    second = (answer(2), rendered(2))
    better = after(*FIRST, *second, scored(met=3, visual=0.5), KEEP)
    assert better.program is not None and better.program.prompt.startswith("Version 2")
    worse = after(*FIRST, *second, scored(met=1, visual=0.0), KEEP)
    assert worse.program is not None and worse.program.prompt.startswith("Version 1")
    assert isinstance(worse.verdict, Score) and kscore(worse.verdict) == pytest.approx(0.6)
    equal = after(*FIRST, *second, scored(met=2), KEEP)
    assert equal.best is equal.rounds[0]


def test_the_policy_reads_the_review_and_never_the_final_verdict() -> None:
    seen = Score(
        faithfulness=1.0, visual_correctness=0.0, text_accuracy=None, aesthetics=1.0, judge="other",
        diagnostics=(Diagnostic(skill="", dimension=Dimension.FAITHFULNESS, requirement="what it may know", passed=False),),
    )  # fmt: skip
    drawn = after(answer(1), rendered(1), reviewed=True)
    assert isinstance(command(drawn), ReviewImage)
    judged = step(drawn, Reviewed(result=seen))
    assert isinstance(command(judged), JudgeImage)
    asked = step(judged, scored(met=2))
    shown = asked.turns[-1].observation
    assert isinstance(shown, Review) and [check.requirement for check in shown.failed] == ["what it may know"]
    assert isinstance(asked.verdict, Score) and asked.verdict.judge == "j"


def test_a_refusal_is_told_and_an_outage_is_not() -> None:
    declined = after(answer(1), NotRendered(reason="not this person", refused=True))
    shown = declined.turns[-1].observation
    assert isinstance(shown, Review) and shown.refused == "not this person" and command(declined) == CallPolicy(forced=False)
    away = after(answer(1), NotRendered(reason="503", retryable=True))
    assert command(away) == Done() and away.turns[-1].observation is None
    later = after(*FIRST, answer(2), NotRendered(reason="503", retryable=True))
    assert command(later) == Done() and later.best is later.rounds[0] and later.rounds[-1].halted == "503"


def test_what_ends_a_revision_leaves_the_picture_that_is_there() -> None:
    gone = after(*FIRST, Failed(boundary=Boundary.POLICY, message="503", retryable=True))
    assert gone.outcome is not None and gone.outcome.termination is Termination.ANSWER and "503" in gone.outcome.stopped
    assert gone.outcome.error == "" and gone.program is not None
    spent = after(*FIRST, answer(2), Stopped(reason="limits.generator.budget_money"))
    assert command(spent) == Done() and spent.best is spent.rounds[0]
    with pytest.raises(IllegalEvent):
        after(Stopped(reason="nothing is there yet"))


def test_budgets_are_of_each_round() -> None:
    hopeless = Replied(text="x", action=parse("x", STANDARD))
    asked = after(hopeless, *FIRST, max_turns=3, max_tool_calls=1)
    assert not asked.answer_forced and command(step(asked, hopeless)) == CallPolicy(forced=False)
    forced = step(step(asked, hopeless), hopeless)
    assert command(forced) == CallPolicy(forced=True)
    ended = step(forced, hopeless)
    assert ended.outcome is not None and ended.outcome.termination is Termination.ANSWER and ended.outcome.stopped


def test_nothing_can_be_kept_before_there_is_a_picture() -> None:
    early = after(KEEP)
    assert isinstance(early.turns[-1].observation, Mistake)
    assert parse(KEEP.text, STANDARD).kind == "malformed" and parse(KEEP.text, STANDARD, may_keep=True) == KeepBest()


UNJUDGED = ImageScored(result=Unscored(reason="503", retryable=True))
SEEN = Reviewed(result=score(met=2))
TAKES = (*FIRST, rendered(2), scored(met=1), answer(2), rendered(3), scored(met=4))
TOLD: list[tuple[Event, ...]] = [
    (*FIRST, answer(2), rendered(2), scored(met=3), answer(3), rendered(3), scored(met=4)),
    (answer(1), rendered(1), SEEN, scored(met=2), answer(2), rendered(2), SEEN, scored(met=2), KEEP),
    (*FIRST, Failed(boundary=Boundary.POLICY, message="503", retryable=True), answer(2), rendered(2), scored(met=4)),
    (*FIRST, answer(2), Stopped(reason="no money"), rendered(2), scored(met=4)),
    (answer(1), rendered(1), UNJUDGED, scored(met=2), answer(2), rendered(2), scored(met=4)),
    (answer(1), NotRendered(reason="503", retryable=True), rendered(1), scored(met=2), KEEP),
    TAKES,
]


@pytest.mark.parametrize("events", TOLD)
@pytest.mark.parametrize("forget", [False, True])
def test_a_journal_that_was_cut_anywhere_leads_to_where_it_was(events: tuple[Event, ...], forget: bool) -> None:
    """Whatever failed and was tried again in between, and wherever it was killed: the rest leads to the same end."""
    box, limits = Toolbox(STANDARD.tools), Limits(rounds=3, takes=2 if events is TAKES else 1)
    reviewed = any(isinstance(event, Reviewed) for event in events)
    whole = resume(start(REQUEST, limits, box), events, forget_failures=forget)
    for cut in range(len(events)):
        episode = resume(start(REQUEST, limits, box), events[:cut], forget_failures=forget)
        episode = aimed(episode, Goal.SCORE, judge_program=False, reviewed=reviewed)
        if cut and isinstance(events[cut - 1], Failed) and not forget:
            continue  # it ended there until it was asked to try failures again
        rest = events[cut:]
        for place, event in enumerate(rest):
            ends = isinstance(event, Failed | Stopped) and place + 1 < len(rest)
            episode = episode if ends else step(episode, event)
        assert (episode.rounds, episode.turns) == (whole.rounds, whole.turns), cut


def test_takes_draw_one_answer_with_other_seeds_until_nothing_fails() -> None:
    again = after(*FIRST, rounds=2, takes=2)
    wanted = command(again)
    assert wanted == Render(program=again.rounds[0].program, take=1) and again.turns[-1].observation is None
    right = step(step(again, rendered(2)), scored(met=4))
    assert command(right) == Done() and right.best is right.rounds[1]
    asked = step(step(again, rendered(2)), scored(met=1, visual=0.0))
    shown = asked.turns[-1].observation
    assert isinstance(shown, Review) and shown.digest == f"{1:064x}", "the best take is shown"
    assert command(asked) == CallPolicy(forced=False)
    second = step(asked, answer(2))
    assert command(second) == Render(program=second.rounds[-1].program)
    away = step(again, NotRendered(reason="503", retryable=True))
    assert command(away) == Done() and away.best is away.rounds[0]
