"""Replies of any size and shape: read in linear time, capped by settings, refused in words that the policy reads."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.episode import Goal, Limits
from genevolve.core.event import Malformed, Mistake
from genevolve.core.request import Request
from genevolve.core.tool import Toolbox
from genevolve.policies.chat.native import from_native, to_native
from genevolve.protocol.parse import _unfenced, parse
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.services.chat import WireCall
from genevolve.tools.standard import STANDARD
from tests.conftest import tool_call, with_policy

ANSWER = '<answer>{"gen_prompt": "A red barn on a green hill in bright daylight.", "reference_images": []}</answer>'
LARGE = 200_000  # characters: with more than linear work the test would not end (4,000 took over 70 seconds)


@pytest.mark.parametrize(
    "text",
    [
        "<answer>" + "```json" + "\n" * LARGE,
        "<answer>```" + " " * LARGE + "x```</answer>",
        "<answer>```json" + "\n" * LARGE + "```" + "\n" * LARGE + "x</answer>",
        "<tool_call>" * (LARGE // 11),
        "<think>" * (LARGE // 7),
        "</think>" * (LARGE // 8) + "<answer>" + " " * LARGE,
        "<answer>" + "[" * LARGE,
        "<answer>{" + '"a": 1, ' * (LARGE // 8),
        '<answer>{"gen_prompt": "p", "reference_images": ['
        + ", ".join(f'{{"img_id": "IMG_{n}"}}' for n in range(LARGE // 25))
        + "]}</answer>",
    ],
    ids=range(9),
)
def test_a_large_reply_is_read_in_linear_time(text: str) -> None:
    assert parse(text, STANDARD).kind in ("malformed", "answer")


OLD_FENCE = re.compile(r"\A```(?:json)?\s*(?P<body>.*?)\s*```\Z", re.DOTALL)


@given(st.lists(st.sampled_from(["```", "`", "json", " ", "\n", "\x1c", "\u2003", "{}", "x"]), max_size=9).map("".join))
def test_a_fence_is_taken_off_as_ever(text: str) -> None:
    body = text.strip()
    fenced = OLD_FENCE.match(body)
    assert _unfenced(body) == (fenced["body"] if fenced else body)


def test_a_key_that_is_given_twice_is_refused() -> None:
    for text in (
        '<answer>{"gen_prompt": "a", "gen_prompt": "b"}</answer>',
        '<tool_call>{"name": "search", "arguments": {"queries": ["a"], "queries": ["b"]}}</tool_call>',
    ):
        action = parse(text, STANDARD)
        assert isinstance(action, Malformed) and "more than once" in action.reason
    native = from_native("", [WireCall(id="1", name="search", arguments='{"queries": ["a"], "queries": ["b"]}')])
    assert isinstance(parse(native, STANDARD), Malformed), "nor does the last one win in a native call"


def test_a_reply_that_is_too_long_is_cut_and_the_policy_told(setup: Components) -> None:
    limits = Limits(max_reply_characters=1000)
    run = replace(with_policy(setup, lambda call: ANSWER if call.turn else "x" * 1001), limits=limits)
    ended = asyncio.run(drive(run.begin(Request(id="r", text="a barn")), run, goal=Goal.PROGRAM))
    assert len(ended.turns[0].text) == 1000 and ended.program is not None
    told = ended.turns[0].observation
    assert told == Mistake(problems=("the reply has 1001 characters; at most 1000 are read. Write less",))


def test_a_query_that_is_too_long_is_refused() -> None:
    box = Toolbox(STANDARD.tools, max_argument=50)
    for call in (
        tool_call("search", json.dumps({"queries": ["a", "b" * 51]})),
        tool_call("image_search", f'{{"query": "{"c" * 51}"}}'),
    ):
        action = parse(call, box)
        assert isinstance(action, Malformed) and "holds 51 characters; at most 50 are taken" in action.reason
    assert parse(tool_call("image_search", f'{{"query": "{"c" * 50}"}}'), box).kind == "tool_call"


def test_of_many_native_calls_a_few_are_kept_and_the_reply_says_so() -> None:
    calls = [WireCall(id="1", name="search", arguments='{"queries": ["a"]}')] * 900
    text = from_native("Hm.", calls, most=3)
    assert text.count("<tool_call>") == 3 and "(900 calls came in one reply; the first 3 are kept)" in text
    assert isinstance(parse(text, STANDARD), Malformed)


def test_unclosed_calls_are_sent_back_in_linear_time() -> None:
    from genevolve.core.message import Message, Role

    for text in ("<tool_call>" * 20_000, " " * LARGE + "no end", "<think>" + " " * LARGE):
        (wire,) = to_native([Message(role=Role.ASSISTANT, text=text)], [text])
        assert wire["content"] == text
