"""The episode state machine: budgets, forced turns, mistakes, ids, replay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.command import CallPolicy, Render
from genevolve.core.episode import Episode, IllegalEvent, Limits, command, start, step
from genevolve.core.event import (
    Boundary,
    Event,
    Failed,
    Mistake,
    QueryHits,
    Refusal,
    Replied,
    Returned,
    ToolFailure,
    ToolResult,
)
from genevolve.core.outcome import Termination
from genevolve.core.picture import Picture
from genevolve.core.replay import replay
from genevolve.core.request import Request
from genevolve.protocol.parse import parse
from genevolve.tools.image_search import image_result
from genevolve.tools.search import search_result
from genevolve.tools.standard import STANDARD
from tests.conftest import tool_call

REQUEST = Request(id="r", text="a flag")
PROMPT = "The first reference image, large, in the center, on a white background."
ANSWER = f'<answer>{{"gen_prompt": "{PROMPT}", "reference_images": [{{"img_id": "IMG_001"}}]}}</answer>'


def replied(text: str) -> Replied:
    return Replied(text=text, action=parse(text, STANDARD))


def pictures(count: int) -> tuple[Picture, ...]:
    return tuple(Picture(title=f"picture {n}", digest=f"{n:064x}", source="test") for n in range(count))


def found(count: int = 1) -> Returned:
    return Returned(result=image_result(query="q", pictures=pictures(count)))


SEARCH = replied(tool_call("search", '{"queries": ["q"]}'))
IMAGES = replied(tool_call("image_search", '{"query": "q"}'))
TEXT = Returned(result=search_result(results=(QueryHits(query="q"),)))


def after(*events: Event, limits: Limits | None = None) -> Episode:
    return replay(REQUEST, limits or Limits(), STANDARD, events)


def test_call_result_answer() -> None:
    episode = after(IMAGES, found(2))
    assert episode.picture_ids == ("IMG_001", "IMG_002")
    done = step(episode, replied(ANSWER))
    wanted = command(done)
    assert isinstance(wanted, Render)
    assert done.outcome is not None and done.outcome.termination is Termination.ANSWER
    assert wanted.program.references[0].img_id == "IMG_001"


def test_ids_are_unique_over_several_searches_and_own_references() -> None:
    request = Request(id="r", text="x", references=pictures(2))
    episode = replay(request, Limits(), STANDARD, [IMAGES, found(3), IMAGES, found(1)])
    assert episode.picture_ids == ("IMG_001", "IMG_002", "IMG_003", "IMG_004", "IMG_005", "IMG_006")
    observation = episode.turns[1].observation
    assert isinstance(observation, ToolResult) and observation.first == 5


def test_tool_budget_refuses_and_does_not_execute() -> None:
    limits = Limits(max_tool_calls=1, max_turns=5)
    episode = after(SEARCH, TEXT, limits=limits)
    assert command(episode) == CallPolicy(forced=True)
    refused = step(episode, SEARCH)
    assert isinstance(refused.turns[-1].observation, Refusal)
    assert refused.tool_calls == 1
    assert command(refused) == CallPolicy(forced=True)


def test_tool_call_in_the_last_turn_ends_the_episode_unexecuted() -> None:
    episode = after(SEARCH, TEXT, SEARCH, TEXT, limits=Limits(max_tool_calls=10, max_turns=3))
    assert command(episode) == CallPolicy(forced=True)
    done = step(episode, IMAGES)
    assert done.outcome is not None and done.outcome.termination is Termination.MAX_ROUNDS
    assert "not executed" in done.outcome.error
    assert done.tool_calls == 2


def test_default_budgets_are_ten_calls_and_eleven_turns() -> None:
    events: list[Event] = []
    for _ in range(10):
        assert not after(*events).answer_forced
        events += [SEARCH, TEXT]
    assert command(after(*events)) == CallPolicy(forced=True)
    assert after(*events).last_turn


def test_malformed_reply_is_answered_and_counts() -> None:
    episode = step(start(REQUEST, Limits(), STANDARD), replied("hello"))
    observation = episode.turns[0].observation
    assert isinstance(observation, Mistake) and "tool_call" in observation.problems[0]
    assert command(episode) == CallPolicy(forced=False)
    assert len(episode.turns) == 1


def test_malformed_reply_in_the_last_turn_ends() -> None:
    done = after(replied("hello"), limits=Limits(max_turns=1))
    assert done.outcome is not None and done.outcome.termination is Termination.MAX_ROUNDS


def test_invalid_program_is_answered_with_every_fault_and_can_be_mended() -> None:
    bad = '<answer>{"gen_prompt": "see IMG_001", "reference_images": [{"img_id": "IMG_009"}]}</answer>'
    episode = after(IMAGES, found(), replied(bad))
    observation = episode.turns[-1].observation
    assert isinstance(observation, Mistake)
    rules = {problem.split(":")[0] for problem in observation.problems}
    assert rules == {"underspecified_prompt", "leaked_id", "unknown_reference", "missing_ordinal"}
    done = step(episode, replied(ANSWER))
    assert done.outcome is not None and done.outcome.termination is Termination.ANSWER


def test_invalid_program_in_the_last_turn_is_no_answer() -> None:
    done = after(replied(ANSWER), limits=Limits(max_turns=1))
    assert done.outcome is not None
    assert done.outcome.termination is Termination.NO_ANSWER and done.program is None
    assert "unknown_reference" in done.outcome.error


def test_failed_tool_becomes_an_observation_and_failed_policy_ends() -> None:
    failure = Failed(boundary=Boundary.SEARCH, message="timed out", retryable=True)
    episode = after(SEARCH, failure)
    assert isinstance(episode.turns[-1].observation, ToolFailure)
    assert isinstance(command(episode), CallPolicy)
    done = step(episode, Failed(boundary=Boundary.POLICY, message="server gone", retryable=True))
    assert done.outcome is not None and done.outcome.termination is Termination.ERROR and done.outcome.retryable


@pytest.mark.parametrize(
    ("events", "event"), [((), TEXT), ((SEARCH,), SEARCH), ((IMAGES, found(), replied(ANSWER)), SEARCH)], ids=str
)
def test_events_out_of_place_are_illegal(events: tuple[Event, ...], event: Event) -> None:
    with pytest.raises(IllegalEvent):
        step(after(*events), event)


EVENTS = st.sampled_from(
    [
        SEARCH, IMAGES, replied(ANSWER), replied("nonsense"), TEXT, found(0), found(2),
        Failed(boundary=Boundary.SEARCH, message="x", retryable=False),
    ]
)  # fmt: skip


@given(st.lists(EVENTS, max_size=60), st.integers(0, 4), st.integers(1, 6))
def test_budgets_hold_for_any_history(events: list[Event], max_tool_calls: int, max_turns: int) -> None:
    """Whatever comes, budgets hold, and the journal of accepted events leads to the same state again."""
    limits = Limits(max_tool_calls=max_tool_calls, max_turns=max_turns)
    episode = start(REQUEST, limits, STANDARD)
    accepted: list[Event] = []
    for event in events:
        try:
            episode = step(episode, event)
        except IllegalEvent:
            continue
        accepted.append(event)
        assert episode.tool_calls <= max_tool_calls
        assert len(episode.turns) <= max_turns
        assert len(set(episode.picture_ids)) == len(episode.pictures)
    assert replay(REQUEST, limits, STANDARD, accepted) == episode
    if len(episode.turns) == max_turns:
        assert not isinstance(command(episode), CallPolicy)
