"""The world in which the journals of ``tests/store/journals`` were recorded with the code of f7a0aec, and its policy.

What happens to a row is in its request's last word.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from genevolve.core.errors import SafetyRefusal, ServiceError
from genevolve.core.event import TextHit, Usage
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageCase, PolicyCall, ProgramCase, Rendering, RenderOrder, Reply
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.store.images import ImageStore

PLOTS = (
    *("plain", "malformed", "refused", "lastcall", "noanswer", "skill", "half", "nofacts", "nopictures", "empty", "unscored"),
    *("unjudged", "unrendered", "declined", "silent"),
)
LIMITS = {"max_tool_calls": 3, "max_turns": 5, "max_references": 2}
SYSTEM = "You plan images."


def rows() -> list[dict[str, Any]]:
    return [{"id": plot, "prompt": f"a <tall> picture of {plot}", "note": [number]} for number, plot in enumerate(PLOTS)]


def _png(size: tuple[int, int]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, "PNG")
    return buffer.getvalue()


def call(name: str, **arguments: object) -> str:
    return f"<think>why</think>\n<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


def answer(plot: str, references: Sequence[str] = ("IMG_001",)) -> str:
    first = "The first reference image, large, in the center, shows" if references else "A large picture in the center of"
    chosen = [{"img_id": name, "note": "shape"} for name in references]
    return (
        f"<answer>{json.dumps({'gen_prompt': f'{first} {plot} on a white background.', 'reference_images': chosen})}</answer>"
    )


SEARCH, IMAGES = call("search", queries=["what is [it]", "which one"], top_k=2), call("image_search", query="it & that")
STORIES = {
    "malformed": ["nothing to be read", IMAGES, "<answer>{}</answer>", "<tool_call>{}</tool_call>"],
    "refused": [SEARCH, SEARCH, IMAGES, IMAGES],
    "lastcall": [SEARCH, "?", "?", IMAGES, SEARCH],
    "noanswer": ["?", "?", "?", "?", answer("noanswer", ("IMG_009",))],
    "skill": [call("query_knowledge", skill_name="text_rendering"), call("search", queries="one"), IMAGES],
    "half": [call("search", queries=["broken", "which one"]), IMAGES],
    "nofacts": [
        call("search", queries=["broken", "broken too"]),
        call("query_knowledge", skill_name="attribute_binding"),
        IMAGES,
    ],
    "nopictures": [call("image_search", query="broken"), call("image_search", query="none")],
    "empty": [call("search", queries=["none"]), call("image_search", query="none")],
}


def told(plot: str, turn: int) -> str:
    """The policy's reply."""
    story = STORIES.get(plot, [SEARCH, IMAGES])
    return story[turn] if turn < len(story) else answer(plot, () if plot in ("nopictures", "empty") else ("IMG_001",))


@dataclass
class RecordedWorld:
    """Every role; ``asked`` counts what it is asked. ``healthy``: nothing fails any more that might have passed."""

    images: ImageStore
    healthy: bool = False
    asked: list[str] = field(default_factory=list)

    async def reply(self, call: PolicyCall) -> Reply:
        plot = call.messages[1].text.split()[-1]
        self.asked.append(f"policy {plot} {call.turn}")
        if plot == "silent" and call.turn == 1 and not self.healthy:
            raise ServiceError("the model is down", retryable=True)
        return Reply(text=told(plot, call.turn), usage=Usage(prompt_tokens=10 * call.turn, completion_tokens=3, cost=0.25))

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        self.asked.append(f"search {query}")
        if query.startswith("broken"):
            raise ServiceError(f"no network for <{query}>")
        if query == "none":
            return []
        return [
            TextHit(title=f"about [{query}] {n}", url=f"atlas:{n}", snippet="a\nfact </p>", source="fake") for n in range(top_k)
        ]

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        self.asked.append(f"images {query}")
        if query == "broken":
            raise ServiceError("no pictures today")
        names = [] if query == "none" else ["one", "two"]
        return [
            Picture(
                title=f"{query} {name}",
                digest=self.images.put(_png((32, 20 + len(name)))),
                source="fake",
                url=f"u/{name}",
                licence="CC0",
            )
            for name in names
        ]

    async def guidance(self, skill_name: str) -> str:
        self.asked.append(f"skill {skill_name}")
        return f"Write <it> down exactly.\n\n--- {skill_name} ---"

    async def generate(self, order: RenderOrder) -> Rendering:
        plot = order.prompt.split()[-5]
        self.asked.append(f"render {plot}")
        if plot == "unrendered" and not self.healthy:
            raise ServiceError("out of memory", retryable=True)
        if plot == "declined":
            raise SafetyRefusal("not this")
        return Rendering(data=_png((48, 16 + len(order.prompt) % 8)), notes=("no <b> can be drawn",), cost=0.5)

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        plot = case.request.split()[-1]
        self.asked.append(f"judge {plot}")
        if plot == "unscored" and not self.healthy:
            return Unscored(reason="the judge is down", judge="fake", retryable=True, cost=0.125)
        return Score(faithfulness=1.0, visual_correctness=0.5, text_accuracy=None, aesthetics=1.0, judge="fake", cost=0.125)

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        plot = case.request.split()[-1]
        self.asked.append(f"lint {plot}")
        if plot in ("unjudged", "unrendered") and not self.healthy:
            return Unscored(reason="no judge", retryable=plot == "unjudged")
        value = 0.25 * min(4, len(case.facts) + 2 * len(case.skills))
        return ProgramScore(value=value, judge="fake")
