"""The chat policy against a strict endpoint: what it sends, what it makes of replies, and how it fails."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.app.registry import gathered
from genevolve.core.episode import Episode, Goal, Limits, start
from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.event import Boundary, Malformed, Usage
from genevolve.core.message import Message, Role
from genevolve.core.outcome import Termination
from genevolve.core.picture import Picture
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.core.request import Request
from genevolve.policies.chat import ChatPolicy, Observe, Tools
from genevolve.policies.chat.native import from_native, to_native
from genevolve.protocol.parse import parse
from genevolve.protocol.render import default_system_prompt
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.limits import RateLimiter, ServiceLimits, SharedLimits
from genevolve.services.chat import WireCall
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import REDACTED, Secrets
from genevolve.store.images import ImageStore
from genevolve.tools.image_search import image_search_call
from genevolve.tools.standard import STANDARD
from tests.conftest import FakeWorld, png
from tests.services import wire
from tests.services.chat_server import FAULTS, FILTERED, KEY, MODEL, ChatServer, call, failing, message, said
from tests.services.wire import Server, answer

ENVIRON = {"OPENAI_API_KEY": KEY}
SYSTEM, USER, ASSISTANT = Role.SYSTEM, Role.USER, Role.ASSISTANT
ANSWER = (
    '<answer>{"gen_prompt": "The first reference image, large, in the center, on white.", '
    '"reference_images": [{"img_id": "IMG_001", "note": "shape"}]}</answer>'
)


def say(*texts: str) -> tuple[Message, ...]:
    """A conversation: system, then user and assistant in turn."""
    roles = (SYSTEM, *([USER, ASSISTANT] * len(texts)))
    return tuple(Message(role=role, text=text) for role, text in zip(roles, texts, strict=False))


def ask(*messages: Message, forced: bool = False, seed: int = 7) -> PolicyCall:
    chosen = messages or say("You plan images.", "Draw a fox.")
    return PolicyCall(episode_id="e", turn=0, forced=forced, messages=tuple(chosen), seed=seed)


def reply(
    server: ChatServer,
    *script: wire.Reply | None,
    call: PolicyCall | None = None,
    images: ImageStore | None = None,
    **settings: Any,
) -> Reply:
    environ = settings.pop("environ", ENVIRON)

    async def scenario() -> Reply:
        async with Server(server, script=list(script)) as running, new_client() as client:
            chosen = {"base_url": f"{running.url}/v1", "model": MODEL, **settings}
            policy = ChatPolicy(
                client=client,
                secrets=Secrets(environ),
                environ=environ,
                images=images or ImageStore(Path("none")),
                **gathered(ChatPolicy, chosen),
            )
            try:
                return await policy.reply(call or ask())
            finally:
                assert len(running.requests) <= 1, "an attempt is one request"

    return asyncio.run(scenario())


# ---- what is sent


def test_the_request_carries_the_conversation_and_the_sampling_defaults() -> None:
    server = ChatServer(["Hello."])
    got = reply(server, call=ask(*say("You plan images.", "Draw a fox.", "<think>hm</think>x", "go on")))
    assert got == Reply(text="Hello.", usage=Usage(prompt_tokens=120, completion_tokens=30, cost=0.0))
    assert server.bodies == [
        {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "You plan images."},
                {"role": "user", "content": "Draw a fox."},
                {"role": "assistant", "content": "<think>hm</think>x"},
                {"role": "user", "content": "go on"},
            ],
            "temperature": 0.6,
            "top_p": 0.9,
            "max_tokens": 4096,
            "seed": 7,
        }
    ]


def test_every_sampling_setting_reaches_the_server() -> None:
    server = ChatServer(extra_fields=frozenset({"top_k", "chat_template_kwargs"}))
    reply(
        server,
        temperature=1.0,
        max_tokens=99,
        max_tokens_field="max_completion_tokens",
        stop=("</tool_call>",),
        omit=("top_p", "seed"),
        extra_body={"top_k": 20, "chat_template_kwargs": {"enable_thinking": False}},
    )
    (body,) = server.bodies
    del body["messages"], body["model"]
    assert body == {
        "temperature": 1.0,
        "max_completion_tokens": 99,
        "stop": ["</tool_call>"],
        "top_k": 20,
        "chat_template_kwargs": {"enable_thinking": False},
    }


def test_prices_become_cost_with_cached_tokens_at_their_own_price() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 800}}
    price = Price(prompt_per_million=10.0, completion_per_million=40.0, cached_per_million=1.0)
    got = reply(ChatServer([message("x", usage=usage)]), price=price)
    assert (got.usage.prompt_tokens, got.usage.completion_tokens) == (1000, 500)
    assert got.usage.cost == pytest.approx(0.002 + 0.0008 + 0.02)


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": "many", "completion_tokens": -4}, {"prompt_tokens": True}])
def test_a_server_that_does_not_count_is_no_failure(usage: object) -> None:
    assert reply(ChatServer([message("x", usage=usage)])).usage == Usage()


def test_neighbouring_user_messages_can_be_joined() -> None:
    messages = (*say("s", "one"), Message(role=USER, text="two"))
    server = ChatServer()
    reply(server, call=ask(*messages), alternate_roles=True)
    assert server.bodies[0]["messages"][1:] == [{"role": "user", "content": "one\n\ntwo"}]


# ---- addresses and keys


def test_address_and_model_may_come_from_the_environment() -> None:
    async def scenario() -> None:
        async with Server(ChatServer()) as running, new_client() as client:
            environ = {**ENVIRON, "OPENAI_BASE_URL": f"{running.url}/v1", "GENEVOLVE_MODEL": MODEL}
            policy = ChatPolicy(client=client, secrets=Secrets(environ), environ=environ, images=ImageStore(Path("none")))
            await policy.reply(ask())
            assert await policy.endpoint.models() == (MODEL,)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": None}, r"policy\.base_url .* OPENAI_BASE_URL"),
        ({"model": None}, r"policy\.model .* GENEVOLVE_MODEL"),
        ({"base_url": "ftp://x/v1"}, r"policy\.base_url"),
        ({"base_url": "http://[::1"}, r"policy\.base_url"),
        ({"base_url": "https://me:hunter22@x.example/v1"}, r"policy\.base_url"),
        ({"base_url": "https://x.example/v1", "environ": {}}, "OPENAI_API_KEY"),
        ({"temperature": -1.0}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_unusable_settings_are_named_before_anything_is_sent(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        reply(ChatServer(), **settings)
    assert "hunter22" not in str(caught.value)


def test_a_plain_local_server_needs_no_key_but_a_refusal_names_the_variable() -> None:
    assert reply(ChatServer(["ok"], key="EMPTY"), environ={}).text == "ok"
    with pytest.raises(AuthError, match="OPENAI_API_KEY"):
        reply(ChatServer(["ok"]), environ={})
    with pytest.raises(AuthError, match="MY_KEY") as caught:
        reply(ChatServer(["ok"]), environ={"MY_KEY": "sk-wrong-key"}, api_key_env="MY_KEY")
    assert REDACTED in str(caught.value), "the server echoed the key"
    assert "sk-wrong-key" not in str(caught.value)


def test_settings_of_the_client_library_are_not_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "proj", "OPENAI_BASE_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    assert reply(ChatServer(["ok"])).text == "ok", "the server rejects the organisation headers"


def test_an_unknown_model_or_path_is_a_misuse() -> None:
    with pytest.raises(UsageError, match=r"check policy\.model and policy\.base_url"):
        reply(ChatServer(), model="no-such-model")


# ---- faults


@pytest.mark.parametrize("fault", FAULTS)
def test_what_may_pass_is_retryable(fault: str) -> None:
    with pytest.raises(ServiceError) as caught:
        reply(ChatServer(), FAULTS[fault])
    assert caught.value.retryable
    assert not isinstance(caught.value, SafetyRefusal)
    assert "policy (test-model at http://127.0.0.1" in str(caught.value)


def test_retry_after_is_handed_on() -> None:
    with pytest.raises(ServiceError) as caught:
        reply(ChatServer(), failing(429, retry_after="11"))
    assert caught.value.retry_after == 11.0


def test_a_reply_that_does_not_come_is_given_up_in_time() -> None:
    with pytest.raises(ServiceError, match=r"0\.1 seconds") as caught:
        reply(ChatServer(), dataclasses.replace(said("late"), delay=3.0), timeout=0.1)
    assert caught.value.retryable


@pytest.mark.parametrize(
    "refusal",
    [
        FILTERED,
        said("half a", finish_reason="content_filter"),
        said(None, refusal="I cannot help with that."),
        failing(400, "policy", code="content_policy_violation"),
        answer({"error": {"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, status=400),
    ],
)
def test_a_safety_block_is_a_refusal_of_its_own(refusal: wire.Reply) -> None:
    with pytest.raises(SafetyRefusal) as caught:
        reply(ChatServer(), refusal)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": [None]},
        {"choices": [{"finish_reason": "stop"}]},
        {"choices": {}},
        {"choices": [{"message": {"content": 5}}]},
        {"choices": [{"message": {"content": [{"text": "x"}]}}]},
        {"choices": [{"message": {"content": "", "tool_calls": [{"id": "a"}]}}]},
        {"choices": [{"message": {"content": "", "tool_calls": "search"}}]},
        {"error": {"message": "model overloaded"}},
    ],
)
def test_replies_of_another_shape_are_failures_not_empty_texts(odd: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as caught:
        reply(ChatServer(), answer(odd))
    assert caught.value.retryable


def test_other_errors_of_the_request_are_not_retried() -> None:
    with pytest.raises(ServiceError, match="context length") as caught:
        reply(ChatServer(), failing(400, "maximum context length is 8192", code="context_length_exceeded"))
    assert not caught.value.retryable


# ---- what replies become


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        (message(None), ""),
        (message(ANSWER, reasoning_content="Let me see."), f"<think>\nLet me see.\n</think>\n{ANSWER}"),
        (message(ANSWER, reasoning="Let me see."), f"<think>\nLet me see.\n</think>\n{ANSWER}"),
        (message(ANSWER, reasoning_content={"steps": []}), ANSWER),
        (message(ANSWER, reasoning=True), ANSWER),
        (message(None, reasoning_content="Let me", finish_reason="length"), "<think>\nLet me"),
        (message('<answer>{"gen_pro', finish_reason="length"), '<answer>{"gen_pro'),
        (message([{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "ab"),  # type: ignore[arg-type]
        (message(f"my key is {KEY}"), f"my key is {REDACTED}"),
        (message("half \ud83d"), "half ?"),
    ],
)
def test_texts(completion: dict[str, Any], text: str) -> None:
    assert reply(ChatServer([completion])).text == text


def test_a_cut_reply_is_malformed_for_the_protocol_and_says_why() -> None:
    for completion in (
        message('<answer>{"gen_pro', finish_reason="length"),
        message(None, reasoning_content="I'll <answer>", finish_reason="length"),
    ):
        assert isinstance(parse(reply(ChatServer([completion])).text, STANDARD), Malformed)


# ---- images


def picture_message(count: int, store: ImageStore) -> Message:
    digests = tuple(store.put(png((n * 20, 0, 0), (1600, 800))) for n in range(count))
    lines = "\n".join(f"IMG_{n + 1:03d}: title: fox\n  url: x" for n in range(count))
    return Message(role=USER, text=f"<tool_response>\n{lines}\n</tool_response>", images=digests)


def test_images_are_shown_small_after_their_ids_and_at_most_five(tmp_path: Path) -> None:
    store, server = ImageStore(tmp_path), ChatServer()
    shown = picture_message(7, store)
    reply(server, call=ask(*say("s", "u", "a"), shown), images=store, observe=Observe.IMAGES)
    (images,) = server.images
    assert [(kind, size) for kind, size, _ in images] == [("image/jpeg", (768, 384))] * 5
    assert [colour[0] // 10 for _, _, colour in images] == [0, 2, 4, 6, 8]
    parts = server.bodies[0]["messages"][-1]["content"]
    assert parts[0] == {"type": "text", "text": shown.text}
    assert [part["text"] for part in parts[1::2]] == [f"IMG_00{n}:" for n in range(1, 6)]


def test_of_a_long_conversation_the_newest_images_are_shown(tmp_path: Path) -> None:
    store, server = ImageStore(tmp_path), ChatServer()
    messages = [*say("s", "u", "a"), picture_message(3, store), Message(role=ASSISTANT, text="b"), picture_message(3, store)]
    reply(server, call=ask(*messages), images=store, observe="images", max_total_images=4, max_side=64)
    contents = [entry["content"] for entry in server.bodies[0]["messages"]]
    assert [sum(part["type"] == "image_url" for part in content) for content in contents if isinstance(content, list)] == [1, 3]


def test_a_text_policy_is_shown_no_image_and_reads_no_file() -> None:
    server = ChatServer()
    reply(server, call=ask(*say("s"), Message(role=USER, text="u", images=("0" * 64,))))
    assert server.images == [[]]


def test_a_lost_image_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="cannot be read"):
        reply(
            ChatServer(),
            call=ask(*say("s"), Message(role=USER, text="u", images=("0" * 64,))),
            images=ImageStore(tmp_path),
            observe="images",
        )


# ---- whole episodes


def episode(server: ChatServer, world: FakeWorld, setup: Components, *script: wire.Reply | None, **settings: Any) -> Episode:
    """Drive a whole episode with ``server`` as the policy, behind a gate."""

    async def nap(seconds: float) -> None:
        await asyncio.sleep(0)

    async def scenario() -> Episode:
        async with Server(server, script=list(script)) as running, new_client() as client:
            native = settings.get("tools") is Tools.NATIVE
            policy = ChatPolicy(
                client=client,
                secrets=Secrets(ENVIRON),
                environ=ENVIRON,
                images=world.images,
                **gathered(ChatPolicy, {"base_url": f"{running.url}/v1", "model": MODEL, **settings}),
            )
            limits = Limits(max_turns=4)
            whole = dataclasses.replace(
                setup,
                policy=policy,
                limits=limits,
                system=default_system_prompt(limits, STANDARD, native_tools=native),
                crossings={Boundary.POLICY: RateLimiter("policy", ServiceLimits(), SharedLimits(sleep=nap))},
            )
            own = Picture(title="our logo", digest=world.images.put(png()), source="request")
            ended = await drive(
                start(Request(id="r", text="Draw a fox.", references=(own,)), limits, STANDARD), whole, goal=Goal.PROGRAM
            )
            assert not running.rejections
            return ended

    return asyncio.run(scenario())


TEXT_CALL = '<think>look</think><tool_call>{"name": "image_search", "arguments": {"query": "fox"}}</tool_call>'


def test_an_episode_survives_one_of_every_fault(world: FakeWorld, setup: Components) -> None:
    server = ChatServer([TEXT_CALL, ANSWER])
    ended = episode(server, world, setup, None, *list(FAULTS.values())[:4], None)
    assert ended.outcome is not None
    assert ended.outcome.termination is Termination.ANSWER
    assert len(server.bodies) == 2, "each turn was answered once"


def test_an_episode_in_text_with_images(world: FakeWorld, setup: Components) -> None:
    server = ChatServer([TEXT_CALL, ANSWER])
    ended = episode(server, world, setup, observe=Observe.IMAGES)
    assert [len(images) for images in server.images] == [1, 2], "the request's own picture, then also the one found"
    assert ended.outcome is not None
    assert ended.program is not None


def native(name: str = "image_search", arguments: str = '{"query": "fox"}', id: str = "call_XyZ") -> dict[str, Any]:
    return message(None, tool_calls=[call(name, arguments, id)])


def test_an_episode_with_native_tools(world: FakeWorld, setup: Components) -> None:
    server = ChatServer([native(), native("query_knowledge", '{"skill_name": "text_rendering"}'), message(ANSWER)])
    ended = episode(server, world, setup, tools=Tools.NATIVE, observe=Observe.IMAGES)
    assert ended.outcome is not None
    assert ended.outcome.termination is Termination.ANSWER
    assert ended.turns[0].action == image_search_call(query="fox")
    last = server.bodies[-1]
    assert last["tools"] == [tool.schema for tool in STANDARD]
    assert "tool_choice" not in last
    assert "<tools>" not in last["messages"][0]["content"]
    roles = [entry["role"] for entry in last["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "user", "assistant", "tool"], "images follow the tool message"
    called, told = last["messages"][2:4]
    assert called["tool_calls"][0]["function"] == {"name": "image_search", "arguments": '{"query": "fox"}'}
    assert told["tool_call_id"] == called["tool_calls"][0]["id"]
    assert told["content"].startswith("--- image search result for [fox] ---")
    assert "tool_response" not in told["content"]
    assert len(server.images[-1]) == 2


def test_native_mistakes_are_answered_and_the_last_turn_offers_no_tool(world: FakeWorld, setup: Components) -> None:
    both = message(
        "Two at once.", tool_calls=[call("search", '{"queries": ["a"]}', "one"), call("search", '{"queries": ["b"]}', "two")]
    )
    server = ChatServer([both, native("search", '{"queries": [}'), native("no_such_tool", "{}"), message("I give up.")])
    ended = episode(server, world, setup, tools=Tools.NATIVE)
    assert [isinstance(turn.action, Malformed) for turn in ended.turns] == [True] * 4
    first, second, third, forced = server.bodies
    told = second["messages"][-2:]
    assert [entry["role"] for entry in told] == ["tool", "tool"], "each call of the two is answered"
    assert "2 blocks" in told[0]["content"]
    assert second["messages"][-3]["content"] == "Two at once."
    assert third["messages"][-1]["role"] == "user", "a call that cannot be read is text, and so is what is said to it"
    assert "does not hold valid JSON" in str(ended.turns[1].action)
    assert "no tool 'no_such_tool'" in forced["messages"][-2]["content"]
    assert forced["tool_choice"] == "none"
    assert "tool_choice" not in first


@given(st.text(), st.text(), st.sampled_from(["", "</tool_call>", "<answer>{}</answer>", "</think>", "<tool_call>", "<think>"]))
def test_whatever_a_native_call_says_it_is_one_call_there_and_back(before: str, after: str, tag: str) -> None:
    query = f"x{before}{tag}{after}".encode("utf-8", "replace").decode()
    arguments = json.dumps({"query": query}, ensure_ascii=False)
    text = from_native("", [WireCall(id="a", name="image_search", arguments=arguments)])
    assert parse(text, STANDARD) == image_search_call(query=query.strip())
    (sent,) = to_native([Message(role=ASSISTANT, text=text)], [text])
    assert json.loads(sent["tool_calls"][0]["function"]["arguments"]) == {"query": query}


def test_a_call_that_gives_a_key_twice_stays_text() -> None:
    """The protocol has refused it: history must not say that the last one was meant."""
    text = '<tool_call>\n{"name": "search", "arguments": {"queries": ["a"]}, "arguments": {"queries": ["b"]}}\n</tool_call>'
    assert to_native([Message(role=ASSISTANT, text=text)], [text]) == [{"role": "assistant", "content": text}]


def test_thinking_is_recorded_but_not_sent_back_with_native_tools(world: FakeWorld, setup: Components) -> None:
    thinking = message(
        "So:", reasoning_content="A fox. </think> or <tool_call>?", tool_calls=[call("image_search", '{"query": "fox"}')]
    )
    server = ChatServer([thinking, message(ANSWER)])
    ended = episode(server, world, setup, tools=Tools.NATIVE)
    assert "A fox." in ended.turns[0].text
    assert ended.turns[0].action == image_search_call(query="fox")
    assert server.bodies[1]["messages"][2]["content"] == "So:"


def test_extra_fields_of_tool_calls_are_sent_back(world: FakeWorld, setup: Components) -> None:
    extra = {"extra_content": {"google": {"thought_signature": "skip"}}}
    bodies: list[Sequence[dict[str, Any]]] = []

    class Gemini(ChatServer):
        def _complete(self, body: dict[str, Any]) -> wire.Reply:
            bodies.append(body["messages"])
            return said(None, tool_calls=[call("image_search", '{"query": "fox"}')]) if len(bodies) == 1 else said(ANSWER)

    episode(Gemini(), world, setup, tools=Tools.NATIVE, tool_call_extra=extra)
    assert bodies[1][2]["tool_calls"][0]["extra_content"] == extra["extra_content"]
