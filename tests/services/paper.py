"""The paper's services together, for whole runs: policy, Serper, image host, Qwen-Image-Edit and judges, with faults.

Every answer is a function of its request, so that a run that was interrupted must end like one that was not.
"""

import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from tests.services import chat_server, serper
from tests.services.chat_server import ChatServer, failing, message
from tests.services.qwen import QwenEdit
from tests.services.thread import serving
from tests.services.wire import Handler, Rejected, Reply, Request, Server

Key = tuple[str, str, int]  # what was asked for, of which row, in which turn
JUDGE_KEY = "sk-judge-key-0123456789"
_PLACE = re.compile(r"place\d+")
_RETRY = failing(429, "slow down", retry_after="0.02")
PROFILE = """
extends = "paper"
[policy]
base_url = "{policy}/v1"
model = "test-model"
[search]
base_url = "{search}"
[image_search]
base_url = "{search}"
[generator]
urls = ["{generator}"]
[image_judge]
base_url = "{judge}/v1"
model = "test-model"
api_key_env = "JUDGE_API_KEY"
[program_judge]
base_url = "{judge}/v1"
model = "test-model"
api_key_env = "JUDGE_API_KEY"
[fetch]
allow_private = true
[cache]
mode = "{cache}"
"""
ROLES = ("policy", "search", "image_search", "generator", "image_judge", "program_judge")
LIMITS = "[limits.{role}]\nmax_concurrency = 8\nmax_attempts = 8\nbase_backoff = 0.01\n"
ENVIRON = {"OPENAI_API_KEY": chat_server.KEY, "SERPER_API_KEY": serper.KEY, "JUDGE_API_KEY": JUDGE_KEY}


def place_in(text: str) -> str:
    found = _PLACE.search(text)
    if found is None:
        raise Rejected(f"no place in {text[:80]!r}")
    return found[0]


def number_of(place: str) -> int:
    return int(place.removeprefix("place"))


def plan(body: dict[str, Any]) -> dict[str, Any]:
    """The policy: search, image search, answer."""
    place = place_in(body["messages"][1]["content"])
    turn = sum(each["role"] == "assistant" for each in body["messages"])
    calls = (
        {"name": "search", "arguments": {"queries": [f"facts of {place}", f"colours of {place}"]}},
        {"name": "image_search", "arguments": {"query": f"picture of {place}", "top_k": 1}},
    )
    if turn < len(calls):
        return message(f"<think>Step {turn}.</think><tool_call>{json.dumps(calls[turn])}</tool_call>")
    prompt = f"The first reference image, large, in the center, showing {place}, on a plain white background."
    program = {"gen_prompt": prompt, "reference_images": [{"img_id": "IMG_001", "note": "its shape"}]}
    return message(f"<answer>{json.dumps(program)}</answer>")


def judge(body: dict[str, Any]) -> dict[str, Any]:
    """Levels that depend on the request; both judges, told apart by whether they are shown an image."""
    content = body["messages"][1]["content"]
    level = number_of(place_in(str(content))) % 3 / 2
    if isinstance(content, str):
        return message(json.dumps({"constraints": [], "sufficiency": level, "rationale": "It says enough."}))
    scores = {"faithfulness": level, "visual_correctness": 1, "text_accuracy": None, "aesthetics": 0.5}
    return message(json.dumps({**scores, "text_accuracy_na": True, "rationale": "It shows it."}))


def picture(request: Request) -> Reply:
    """An image of each place. Every third is broken in full size and whole as a thumbnail; some come slowly."""
    place = place_in(request.path)
    number = number_of(place)
    if number % 3 == 0 and "thumb" not in request.path:
        return failing(500)
    buffer = io.BytesIO()
    Image.new("RGB", (48 + number % 16, 40), (number * 7 % 256, 90, 200)).save(buffer, "PNG")
    return Reply(body=buffer.getvalue(), content_type="image/png", drip=0.0002 if number % 5 == 0 else 0.0)


@dataclass(slots=True)
class Found:
    """Serper that finds one page and one image of each place."""

    host: str
    account: serper.Serper = field(default_factory=serper.Serper)

    def __call__(self, request: Request) -> Reply:
        place = place_in(request.body.decode())
        self.account.organic = [
            {"title": f"About {place}", "link": f"https://example.org/{place}", "snippet": f"{place} is red."}
        ]
        urls = {"imageUrl": f"{self.host}/{place}.png", "thumbnailUrl": f"{self.host}/thumb/{place}.png"}
        self.account.images = [{"title": f"A view of {place}", "link": f"https://example.org/{place}", **urls}]
        return self.account(request)


@dataclass(slots=True)
class Faulty:
    """``inner`` with faults on a schedule: each request meets the faults in turn, starting at a place of its own."""

    inner: Handler
    on: bool = True
    met: Counter[int] = field(default_factory=Counter)

    def __call__(self, request: Request) -> Reply:
        digest = zlib.crc32(request.path.encode() + request.body)
        turn = digest + self.met[digest]
        self.met[digest] += 1
        reply = self.inner(request)
        if not self.on:
            return reply
        faults = (reply, _RETRY, reply, failing(500), replace(reply, cut_after=len(reply.body) // 2), reply)
        late = replace(faults[turn % len(faults)], delay=turn % 4 * 0.004)
        return replace(late, drip=0.0003) if turn % 7 == 0 and len(reply.body) < 2000 else late


@dataclass(slots=True)
class Paper:
    """All servers, running. ``asked`` is every request so far, as what it asked for."""

    servers: dict[str, Server]
    faults: list[Faulty]

    def asked(self) -> list[Key]:
        return [
            key for name, server in self.servers.items() for request in list(server.requests) if (key := _key(name, request))
        ]

    def rejections(self) -> list[str]:
        return [reason for server in self.servers.values() for reason in server.rejections]

    def requests(self) -> int:
        return sum(len(server.requests) for server in self.servers.values())

    def forget(self) -> None:
        for server in self.servers.values():
            server.requests.clear()

    def profile(self, path: Path, *, cache: str = "off") -> Path:
        urls = {name: server.url for name, server in self.servers.items()}
        path.write_text(PROFILE.format(**urls, cache=cache) + "".join(LIMITS.format(role=role) for role in ROLES))
        return path


def _key(name: str, request: Request) -> Key | None:
    if name == "pictures":
        return None  # costs nothing
    text = request.body.decode()
    if name == "policy":
        body = request.json()
        return "policy", place_in(body["messages"][1]["content"]), text.count('"role":"assistant"')
    if name == "search":
        query = request.json()["q"]
        return query.split(" of ")[0], place_in(query), 0
    if name == "judge":
        name = "program_judge" if isinstance(request.json()["messages"][1]["content"], str) else "image_judge"
        return name, place_in(str(request.json()["messages"][1])), 0
    return name, place_in(text), 0


def answered(record: dict[str, Any], replies: Counter[str]) -> list[Key]:
    """The keys that a journal record answers; ``replies`` counts the policy's for each row."""
    if "request" in record:
        return []
    entry = record["entry"]
    place = record["row"].removesuffix("-s0")  # as benchmarks call the rows of their first seed
    match entry["kind"]:
        case "replied":
            replies[place] += 1
            return [("policy", place, replies[place] - 1)]
        case "returned" if entry["result"]["facts"]:
            return [(each["query"].split(" of ")[0], place, 0) for each in entry["result"]["facts"]]
        case "returned":
            return [("picture", place, 0)]
        case "rendered":
            return [("generator", place, 0)]
        case "image_scored":
            return [("image_judge", place, 0)]
        case "program_scored":
            return [("program_judge", place, 0)]
    raise AssertionError(f"a failure was recorded: {entry}")


@contextmanager
def paper_services() -> Iterator[Paper]:
    policy = Faulty(ChatServer(answers=plan))
    judges = Faulty(ChatServer(answers=judge, key=JUDGE_KEY))
    generator = Faulty(QwenEdit())
    with serving(picture) as (pictures,):
        search = Faulty(Found(pictures.url))
        with serving(policy, search, generator, judges) as started:
            names = ("policy", "search", "generator", "judge")
            servers = {**dict(zip(names, started, strict=True)), "pictures": pictures}
            yield Paper(servers=servers, faults=[policy, judges, generator, search])
