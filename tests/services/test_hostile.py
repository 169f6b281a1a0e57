"""Each kind of client against servers that break HTTP in every way of ``hostile.FAULTS``."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx
import pytest

from genevolve.app.registry import gathered
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import ToolCall
from genevolve.core.protocols import ImageCase
from genevolve.generators import comfyui, fitting
from genevolve.generators.comfyui import ComfyUI
from genevolve.generators.gemini import GeminiImage
from genevolve.generators.openai_images import OpenAIImages
from genevolve.generators.qwen_service import QwenEditService
from genevolve.judges.vlm import VlmJudge
from genevolve.services.chat import ChatEndpoint
from genevolve.services.endpoint import ChatSettings
from genevolve.services.http import new_client
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore
from genevolve.tools import serper
from genevolve.tools.browse import browse
from genevolve.tools.fetch import FetchLimits, ImageFetcher
from genevolve.tools.serper import SerperImageSearch, SerperSearch
from tests.conftest import png
from tests.generators.test_comfyui import GRAPH
from tests.services.hostile import (
    EARLY,
    ENDLESS,
    FAULTS,
    LASTING,
    Fault,
    Good,
    Line,
    hangs_up,
    promises_more_than_it_sends,
    resets_in_the_body,
    serving,
)
from tests.services.orders import order
from tests.services.pictures import encoded, noise

LONG, SHORT = 30.0, 0.3  # seconds for a whole call: of faults that end by themselves, and of those that a limit must end
CAP = 2**20  # bytes of a reply
BUFFERS = 2**24  # bytes that lie in the buffers of the system when a connection is cut
SECRETS = Secrets({"OPENAI_API_KEY": "sk-test-12345", "SERPER_API_KEY": "serper-12345", "GEMINI_API_KEY": "gemini-12345"})
PICTURE = encoded(size=(64, 64))
BASE64 = base64.b64encode(PICTURE).decode()
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a client is made of."""

    url: str
    client: httpx.AsyncClient
    folder: Path
    time: float
    price: Price = FREE

    @property
    def fetcher(self) -> ImageFetcher:
        return ImageFetcher(
            store=ImageStore(self.folder / "images"), allow_private=True, limits=FetchLimits(max_bytes=CAP, timeout=self.time)
        )


def settings(tools: Tools) -> dict[str, Any]:
    return {"base_url": f"{tools.url}/v1", "model": "m", "api_key_env": "OPENAI_API_KEY", "timeout": tools.time}


async def chat(tools: Tools) -> object:
    endpoint = ChatEndpoint(ChatSettings(setting="policy", **settings(tools)), SECRETS, tools.client)
    return await endpoint.complete([{"role": "user", "content": "hi"}])


async def judge(tools: Tools) -> object:
    chosen = gathered(VlmJudge, settings(tools))
    member = VlmJudge(client=tools.client, secrets=SECRETS, environ={}, **chosen)
    return await member.judge_image(ImageCase(request="a red house", image=png((200, 30, 30))))


async def search(tools: Tools) -> object:
    member = SerperSearch(client=tools.client, secrets=SECRETS, environ={}, base_url=tools.url)
    return await member.search("red house", 3)


async def image_search(tools: Tools) -> object:
    async with aclosing(tools.fetcher) as fetcher:
        member = SerperImageSearch(client=tools.client, secrets=SECRETS, environ={}, fetcher=fetcher, base_url=tools.url)
        return await member.search_images("red house", 1)


async def download(tools: Tools) -> object:
    async with aclosing(tools.fetcher) as fetcher:
        return await fetcher.fetch(f"{tools.url}/a.png")


async def page(tools: Tools) -> object:
    async with aclosing(tools.fetcher) as fetcher:
        tool = browse(fetcher, max_bytes=CAP, timeout=tools.time)
        return await tool.run(ToolCall(name="browse", arguments={"url": f"{tools.url}/page"}), None)  # type: ignore[arg-type]


async def openai(tools: Tools) -> object:
    member = OpenAIImages(client=tools.client, secrets=SECRETS, base_url=tools.url, timeout=tools.time, price=tools.price)
    return await member.generate(order())


async def gemini(tools: Tools) -> object:
    member = GeminiImage(client=tools.client, secrets=SECRETS, base_url=tools.url, timeout=tools.time, price=tools.price)
    return await member.generate(order())


async def qwen(tools: Tools) -> object:
    member = QwenEditService(client=tools.client, secrets=SECRETS, urls=[tools.url], timeout=tools.time, price=tools.price)
    return await member.generate(order())


async def comfy(tools: Tools) -> object:
    path = tools.folder / "workflow.json"
    path.write_text(json.dumps(GRAPH), encoding="utf-8")
    member = ComfyUI(
        client=tools.client, secrets=SECRETS, workflow=str(path), base_url=tools.url, timeout=tools.time, price=tools.price
    )
    return await member.generate(order())


def always(value: object) -> Good:
    return lambda path: (JSON, json.dumps(value).encode())


def comfy_replies(path: str) -> tuple[str, bytes]:
    image = {"filename": "a.png", "type": "output", "subfolder": ""}
    entry = {"status": {"completed": True}, "outputs": {"9": {"images": [image]}}}
    if path.startswith("/view"):
        return "image/png", PICTURE
    return JSON, json.dumps({"prompt_id": "7"} if path.startswith("/prompt") else {"7": entry}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A client, honest answers to it, where it is lied to, what its errors must name, and the faults that do not matter to
    it."""

    call: Callable[[Tools], Awaitable[object]]
    good: Good
    names: str
    at: str = "/"
    bears: frozenset[str] = frozenset()


_VERDICT = {"faithfulness": 1, "visual_correctness": 1, "text_accuracy": 0, "aesthetics": 1, "text_accuracy_na": True}
_CHAT = {"choices": [{"message": {"content": json.dumps({**_VERDICT, "rationale": "x"})}, "finish_reason": "stop"}]}
_HIT = {"title": "a", "link": "http://x.example/", "snippet": "b", "imageUrl": "http://x.example/a.png"}
_ANY_TYPE = frozenset({"has controls in its type", "has bytes in its type"})
KINDS: Mapping[str, Kind] = {
    "chat": Kind(call=chat, good=always(_CHAT), names="policy.base_url"),
    "judge": Kind(call=judge, good=always(_CHAT), names="image_judge.base_url"),
    "search": Kind(call=search, good=always({"organic": [_HIT]}), names="SERPER_BASE_URL"),
    "image search": Kind(call=image_search, good=always({"images": []}), names="SERPER_BASE_URL"),
    "download": Kind(call=download, good=lambda path: ("image/png", PICTURE), names="", bears=_ANY_TYPE),
    "page": Kind(call=page, good=lambda path: ("text/html", b"<p>Something to read, and more of it.</p>"), names=""),
    "openai": Kind(call=openai, good=always({"data": [{"b64_json": BASE64}]}), names="generator.base_url"),
    "openai, the picture": Kind(
        call=openai,
        good=lambda path: ("image/png", PICTURE) if path == "/a.png" else always({"data": [{"url": "http://{host}/a.png"}]})(path),
        names="generator.base_url",
        at="/a.png",
        bears=_ANY_TYPE,
    ),
    "gemini": Kind(
        call=gemini,
        good=always({"candidates": [{"content": {"parts": [{"inlineData": {"data": BASE64}}]}}]}),
        names="generator.base_url",
    ),
    "qwen": Kind(call=qwen, good=always({"success": True, "image": BASE64}), names="generator.urls"),
    "comfyui, the workflow": Kind(call=comfy, good=comfy_replies, names="generator.base_url", at="/prompt"),
    "comfyui, the queue": Kind(call=comfy, good=comfy_replies, names="generator.", at="/history"),
    "comfyui, the picture": Kind(
        call=comfy, good=comfy_replies, names="generator.base_url", at="/view", bears=_ANY_TYPE
    ),
}  # fmt: skip
# What is no transport of a service but an answer of it, which is told by other words, or by those of the address itself.
_ANSWERS = frozenset(
    {"has the status 999", "switches protocols", "says an error that is no utf 8", "refuses what it has not read"}
)
_NO_IMAGE = frozenset(
    {"is html", "is html that calls itself right", "is no utf 8", "is empty", "answers no content", "answers partial content"}
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comfyui, "_POLL", (0.001, 0.001))
    monkeypatch.setattr(fitting, "_PAUSE", 0.001)


async def outcome(kind: Kind, name: str, fault: Fault, folder: Path, **how: Any) -> str:
    """What is wrong with what came of one fault; empty where it is as it should be."""
    limit = SHORT if name in ENDLESS else LONG
    async with serving(fault, kind.good, kind.at, **how) as server, new_client(max_reply_bytes=CAP) as client:
        tools = Tools(url=server.url, client=client, folder=folder, time=limit)
        try:
            async with asyncio.timeout(60):
                got = await kind.call(tools)
        except (ServiceError, UsageError) as error:
            most = max(line.sent for line in server.lines)
            greedy = name not in ENDLESS and most > CAP + BUFFERS
            return f"{most:,} bytes were read" if greedy else _odd(error, name, kind)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return "" if name in kind.bears else f"it was taken: {str(got)[:100]}"


def _odd(error: ServiceError | UsageError, name: str, kind: Kind) -> str:
    said = str(error)
    if len(said) > 700 or not said.isprintable():
        return f"it is no line to be shown: {said!r}"
    if kind.names not in said and name not in _ANSWERS | (_NO_IMAGE if kind.bears else frozenset()):
        return f"it does not name {kind.names}: {said}"
    if name in LASTING and isinstance(error, ServiceError) and error.retryable:
        return f"it would be paid for again: {said}"
    return ""


def faulty(kind: Kind, faults: Mapping[str, Fault], folder: Path, **how: Any) -> dict[str, str]:
    """What is wrong, by fault; all of them at once."""

    async def scenario() -> list[str]:
        return await asyncio.gather(*(outcome(kind, name, fault, folder, **how) for name, fault in faults.items()))

    return {name: wrong for name, wrong in zip(faults, asyncio.run(scenario()), strict=True) if wrong}


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_of_a_server_is_told_and_costs_neither_time_nor_memory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[name]
    assert faulty(kind, {"is honest": Line.honest}, tmp_path) == {"is honest": ANY}, "else the faults would show nothing"
    assert not faulty(kind, {each: fault for each, fault in FAULTS.items() if each not in ENDLESS}, tmp_path)
    monkeypatch.setattr(serper, "_TIMEOUT", SHORT)
    monkeypatch.setattr(comfyui, "_REQUEST", SHORT)
    assert not faulty(kind, {each: FAULTS[each] for each in sorted(ENDLESS)}, tmp_path)


@pytest.mark.parametrize("name", ["chat", "download", "openai", "qwen"])
def test_a_server_that_waits_for_no_request_is_told_of(name: str, tmp_path: Path) -> None:
    kind = replace(KINDS[name], bears=frozenset({"answers before the request"}))
    assert not faulty(kind, EARLY, tmp_path, early=True)


def test_a_refusal_is_heard_while_much_is_sent() -> None:
    """What the server says, not that the line broke: it would be tried again else."""

    async def scenario() -> None:
        async with serving(EARLY["refuses what it has not read"], always({}), early=True) as server, new_client() as client:
            member = OpenAIImages(client=client, secrets=SECRETS, base_url=server.url)
            await member.generate(order(noise((700, 700))))

    with pytest.raises(ServiceError) as caught:
        asyncio.run(scenario())
    assert "the request is too large" in str(caught.value)


@pytest.mark.parametrize("name", ["chat", "download", "page", "openai", "qwen"])
@pytest.mark.parametrize("fault", ["honest", "speaks tls nonsense", "hangs up", "has no status line"])
def test_what_is_no_tls_is_told(name: str, fault: str, tmp_path: Path) -> None:
    kind, what = KINDS[name], Line.honest if fault == "honest" else FAULTS[fault]

    async def scenario() -> None:
        async with serving(what, kind.good, early=True) as server, new_client() as client:
            url = server.url.replace("http:", "https:")
            await kind.call(Tools(url=url, client=client, folder=tmp_path, time=LONG))

    with pytest.raises(ServiceError) as caught:
        asyncio.run(scenario())
    assert kind.names in str(caught.value) and str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["openai, the picture", "comfyui, the picture"])
def test_a_picture_that_is_paid_for_is_loaded_again_not_drawn_again(name: str, tmp_path: Path) -> None:
    kind, failures = KINDS[name], iter([resets_in_the_body, promises_more_than_it_sends])

    async def twice(line: Line) -> None:
        await next(failures, Line.honest)(line)

    async def scenario() -> list[str]:
        async with serving(twice, kind.good, kind.at) as server, new_client() as client:
            await kind.call(Tools(url=server.url, client=client, folder=tmp_path, time=LONG))
            return [line.path.partition("?")[0] for line in server.lines]

    paths = asyncio.run(scenario())
    assert paths.count(kind.at) == 3 and len(paths) == len({*paths}) + 2, paths


@pytest.mark.parametrize("name", ["openai", "gemini", "qwen", "openai, the picture", "comfyui, the picture"])
def test_a_picture_that_is_paid_for_and_cannot_be_used_is_counted(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    good = {
        "openai": always({"data": [{"b64_json": "%%%"}]}),
        "gemini": always({"candidates": [{"content": {"parts": [{"inlineData": {"data": "%%%"}}]}}]}),
        "qwen": always({"success": True, "image": "%%%"}),
    }

    async def scenario() -> None:
        fault = Line.honest if name in good else hangs_up
        async with serving(fault, good.get(name, kind.good), kind.at) as server, new_client() as client:
            await kind.call(Tools(url=server.url, client=client, folder=tmp_path, time=LONG, price=Price(per_image=0.25)))

    with pytest.raises(ServiceError) as caught:
        asyncio.run(scenario())
    assert caught.value.cost == 0.25
