"""Fixtures that several test files share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import settings

from genevolve.core.episode import Limits
from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageCase, PolicyCall, ProgramCase, Rendering, RenderOrder, Reply
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.run.components import Components
from genevolve.store.images import ImageStore
from genevolve.tools.standard import STANDARD

settings.register_profile("repeatable", derandomize=True, deadline=None)  # the same examples on every machine
settings.load_profile("repeatable")

Script = Callable[[PolicyCall], str]


def png(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (64, 48)) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class Scripted:
    """A policy whose replies are a function of the call; remembers its calls."""

    script: Script
    calls: list[PolicyCall] = field(default_factory=list)

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call)
        return Reply(text=self.script(call))


@dataclass
class FakeWorld:
    """Tools, generator and judges that compute their answers from their input and count how often they are asked."""

    images: ImageStore
    asked: list[str] = field(default_factory=list)

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        self.asked.append(f"search {query}")
        return [TextHit(title=f"about {query}", url="atlas:1", snippet="a fact", source="fake")]

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        self.asked.append(f"images {query}")
        digest = self.images.put(png(size=(32 + len(query), 32)))
        return [Picture(title=query, digest=digest, source="fake")]

    async def guidance(self, skill_name: str) -> str:
        self.asked.append(f"skill {skill_name}")
        return "Write it down exactly."

    async def generate(self, order: RenderOrder) -> Rendering:
        self.asked.append(f"render {order.prompt}")
        return Rendering(data=png(size=(len(order.prompt) % 64 + 16, 32)))

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        self.asked.append(f"judge {case.request}")
        return Score(faithfulness=1.0, visual_correctness=0.5, text_accuracy=None, aesthetics=1.0, judge="fake")

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        self.asked.append(f"lint {case.request}")
        return ProgramScore(value=0.75, judge="fake")


def tool_call(name: str, arguments: str) -> str:
    return f'<think>I need this.</think><tool_call>{{"name": "{name}", "arguments": {arguments}}}</tool_call>'


def plain_script(call: PolicyCall) -> str:
    """Search, then image search, then an answer that uses the image."""
    request = call.messages[1].text.split()[-1]
    match call.turn:
        case 0:
            return tool_call("search", f'{{"queries": ["{request}", "more {request}"]}}')
        case 1:
            return tool_call("image_search", f'{{"query": "{request}"}}')
    prompt = f"The first reference image, large, in the center, showing {request}, on a white background."
    return f'<answer>{{"gen_prompt": "{prompt}", "reference_images": [{{"img_id": "IMG_001", "note": "shape"}}]}}</answer>'


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    return FakeWorld(images=ImageStore(tmp_path / "run" / "images"))


@pytest.fixture
def setup(world: FakeWorld) -> Components:
    """A whole setup of fakes around ``world``."""
    return Components(
        policy=Scripted(plain_script),
        text_search=world,
        image_search=world,
        skills=world,
        generator=world,
        image_judge=world,
        program_judge=world,
        images=world.images,
        limits=Limits(),
        system="You plan images.",
        tools=STANDARD,
    )


def with_policy(setup: Components, script: Script) -> Components:
    return replace(setup, policy=Scripted(script))
