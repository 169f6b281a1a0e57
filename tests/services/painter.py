"""A policy that looks at its pictures, a generator, and a judge that is a vision model, over HTTP and over several rounds.

Each picture has one colour, which says of which place and version it is. The policy is only answered when it was shown the
very picture of its last answer with the verdict on it; the judge judges by the colour alone. Every answer is a function of its
request, so that a run that was interrupted must end like one that was not.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import png
from tests.services import chat_server, openai_images
from tests.services.chat_server import ChatServer, message
from tests.services.openai_images import OpenAIImages, problem
from tests.services.thread import serving
from tests.services.wire import Rejected, Reply, Request, Server, answer

Key = tuple[str, str, int]  # who was asked, about which place, which version or turn
JUDGE_KEY = "sk-judge-key-0123456789"
ENVIRON = {"POLICY_KEY": chat_server.KEY, "JUDGE_KEY": JUDGE_KEY, "OPENAI_API_KEY": openai_images.KEY}
CHECKS = ("quantity_counting", "spatial_layout", "text_rendering")
_STEP = 40  # between the colours of two versions
PROFILE = """
extends = "offline"
program_judge = "lint"
[policy]
member = "chat"
base_url = "{policy}/v1"
model = "test-model"
api_key_env = "POLICY_KEY"
observe = "images"
price = {{prompt_per_million = 1.0, completion_per_million = 2.0}}
[generator]
member = "openai"
base_url = "{generator}/v1"
model = "gpt-image-2"
[image_judge]
member = "vlm"
base_url = "{judge}/v1"
model = "test-model"
api_key_env = "JUDGE_KEY"
[limits.policy]
max_concurrency = 8
max_attempts = 2
base_backoff = 0.01
[limits.generator]
max_concurrency = 8
max_attempts = 2
base_backoff = 0.01
{budget}
[limits.image_judge]
max_concurrency = 8
max_attempts = 2
base_backoff = 0.01
"""


def colour(place: int, version: int) -> tuple[int, int, int]:
    return (version * _STEP, 20 + place * 10, 200)


def seen_in(rgb: tuple[int, int, int]) -> tuple[int, int]:
    """(place, version): colours are off by a little where a picture was sent as JPEG."""
    return round((rgb[1] - 20) / 10), round(rgb[0] / _STEP)


def asked_of(text: str) -> int:
    found = re.search(r"place(\d+)", text)
    if found is None:
        raise Rejected(f"no place in {text[:80]!r}")
    return int(found[1])


def version_in(text: str) -> int:
    found = re.findall(r"Version (\d+)", text)
    if not found:
        raise Rejected(f"no version in {text[:80]!r}")
    return int(found[-1])


def said(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@dataclass
class Painter:
    """The three services. ``refused`` and ``away`` are (place, version) that the generator declines, or does not answer."""

    refused: frozenset[tuple[int, int]] = frozenset()
    away: set[tuple[int, int]] = field(default_factory=set)
    keys: list[Key] = field(default_factory=list)
    images: OpenAIImages = field(default_factory=OpenAIImages)
    servers: dict[str, Server] = field(default_factory=dict)

    def policy(self) -> ChatServer:
        server = ChatServer(answers=lambda body: self._reply(body, server.images[-1]))
        return server

    def _reply(self, body: dict[str, Any], images: list[Any]) -> dict[str, Any]:
        """A first answer; after each verdict a skill is read, and another one follows."""
        messages = body["messages"]
        place = asked_of(said(messages[1]["content"]))
        turns = [each for each in messages if each["role"] == "assistant"]
        self.keys.append(("policy", f"place{place}", len(turns)))
        drafts = [each for each in turns if "Version" in said(each["content"])]
        reviews = [each for each in messages if "as a judge sees it" in said(each["content"])]
        if len(drafts) != len(reviews):
            raise Rejected(f"{len(drafts)} answers and {len(reviews)} verdicts")
        self._check_reviews(place, reviews, images)
        if reviews and messages[-1] is reviews[-1]:
            call = {"name": "query_knowledge", "arguments": {"skill_name": CHECKS[len(reviews) - 1]}}
            return message(f"<think>I look.</think><tool_call>{json.dumps(call)}</tool_call>")
        prompt = f"Version {len(drafts) + 1}: one large poster of place{place} in the center of a plain white background."
        return message(f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': []})}</answer>")

    def _check_reviews(self, place: int, reviews: list[dict[str, Any]], images: list[Any]) -> None:
        """Each verdict comes with the picture that it is about, and says what failed there; a refusal comes without one."""
        shown = [seen_in(rgb) for _, _, rgb in images]
        for version, review in enumerate(reviews, start=1):
            text = said(review["content"])
            if (place, version) in self.refused:
                if "declined" not in text:
                    raise Rejected("the refusal was not told")
                continue
            if not shown or shown.pop(0) != (place, version):
                raise Rejected(f"the picture of version {version} of place{place} is not shown, or another is")
            if f"check {version + 1} of place{place}" not in text or "truth" in text:
                raise Rejected(f"the verdict on version {version} is not told: {text[:200]}")
        if shown:
            raise Rejected(f"pictures without a verdict: {shown}")

    def generator(self, request: Request) -> Reply:
        reply = self.images(request)
        if request.method == "GET":
            return reply
        prompt = str(self.images.asked[-1][1]["prompt"])
        made = (asked_of(prompt), version_in(prompt))
        self.keys.append(("generator", f"place{made[0]}", made[1]))
        if made in self.refused:
            raise problem("Your request was rejected by the safety system.", code="moderation_blocked")
        if made in self.away:
            return chat_server.failing(503)
        drawn = base64.b64encode(png(colour(*made), size=(64, 64))).decode()
        return answer({"created": 1, "data": [{"b64_json": drawn}], "usage": {"input_tokens": 50, "output_tokens": 4160}})

    def judge(self) -> ChatServer:
        server = ChatServer(key=JUDGE_KEY, answers=lambda body: self._verdict(body, server.images[-1]))
        return server

    def _verdict(self, body: dict[str, Any], images: list[Any]) -> dict[str, Any]:
        """Of version n of three checks n are met. With the truth beside it the judge is stricter in its words alone."""
        place, version = seen_in(images[0][2])
        if place != asked_of(str(body["messages"][1])):
            raise Rejected("the picture of another request")
        known = "truth" if len(images) > 1 else ""
        self.keys.append(("judge with truth" if known else "judge", f"place{place}", version))
        constraints = [
            {
                "requirement": f"check {number} of place{place}", "words": f"place{place}" if number == 1 else "poster",
                "skill": skill, "dimension": "faithfulness", "met": number <= version,
                "seen": f"{known} version {version}".strip(),
            }
            for number, skill in enumerate(CHECKS, start=1)
        ]  # fmt: skip
        levels = {
            "faithfulness": (version - 1) / 2,
            "visual_correctness": 1,
            "text_accuracy": None,
            "aesthetics": 0.5,
        }
        told = {**levels, "text_accuracy_na": True, "rationale": f"{known} It shows version {version}.".strip()}
        return message(json.dumps({**told, "hard_constraints": constraints}))

    def rejections(self) -> list[str]:
        """What was asked that no real service would answer; to decline a picture is no such thing."""
        found = (reason for server in self.servers.values() for reason in server.rejections)
        return [reason for reason in found if "safety system" not in reason]

    def profile(self, path: Path, *, budget: str = "") -> Path:
        urls = {name: server.url for name, server in self.servers.items()}
        path.write_text(PROFILE.format(**urls, budget=budget))
        return path


def answered(records: Iterator[dict[str, Any]]) -> Counter[Key]:
    """What the journal says was answered. A refusal is an answer; an outage is none."""
    found: Counter[Key] = Counter()
    replies: Counter[str] = Counter()
    version: dict[str, int] = {}
    known: set[str] = set()  # whose final judge sees more than the policy may read
    for record in records:
        if "request" in record:
            continue
        entry, place = record["entry"], str(record["row"])
        match entry["kind"]:
            case "replied":
                found["policy", place, replies[place]] += 1
                replies[place] += 1
                if "Version" in entry["text"]:
                    version[place] = version_in(entry["text"])
            case "rendered":
                found["generator", place, version[place]] += 1
            case "not_rendered" if entry["refused"]:
                found["generator", place, version[place]] += 1
            case "reviewed" if "faithfulness" in entry["result"]:
                found["judge", place, version[place]] += 1
                known.add(place)
            case "image_scored" if "faithfulness" in entry["result"]:
                found["judge with truth" if place in known else "judge", place, version[place]] += 1
    return found


@contextmanager
def painting(painter: Painter, wrap: Callable[[Any], Any] = lambda handler: handler) -> Iterator[Painter]:
    with serving(wrap(painter.policy()), wrap(painter.generator), wrap(painter.judge())) as started:
        painter.servers = dict(zip(("policy", "generator", "judge"), started, strict=True))
        yield painter
