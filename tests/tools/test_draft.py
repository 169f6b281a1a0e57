"""Drafts: what a policy draws becomes a reference that a generator is handed, over HTTP and after an interruption."""

import asyncio
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genevolve.app.run import run_file
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Failed, Returned, ToolResult
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.core.request import Request
from genevolve.core.tool import BadCall, Toolbox
from genevolve.protocol.observations import observation_of
from genevolve.protocol.render import observation_message
from genevolve.run.components import Components
from genevolve.run.execute import use
from genevolve.store.journal import records
from genevolve.tools.draft import SOURCE, draft
from genevolve.tools.standard import STANDARD
from tests.conftest import png
from tests.services import chat_server
from tests.services.chat_server import ChatServer, message
from tests.services.thread import serving
from tests.services.wire import Rejected

LAYOUT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect x="4" y="4" width="8" height="8" fill="red"/></svg>'


def drafted(setup: Components, side: int = 256, **arguments: str) -> ToolResult | Failed:
    box = Toolbox((*STANDARD.tools, draft(setup.images, side)))
    begun = replace(setup, tools=box).begin(Request(id="r", text="x"))
    event = asyncio.run(use(box.call("draft", {"title": "the layout", **arguments}), begun, setup))
    assert isinstance(event, Returned | Failed)
    return event.result if isinstance(event, Returned) else event


def test_a_draft_is_a_picture_with_an_id_that_is_shown_and_read_back(setup: Components) -> None:
    found = drafted(setup, svg=LAYOUT)
    assert isinstance(found, ToolResult)
    (picture,) = found.pictures
    assert (picture.title, picture.source) == ("the layout", SOURCE)
    with Image.open(io.BytesIO(setup.images.load(picture.digest))) as image:
        assert image.size == (256, 128) and image.getpixel((50, 50)) == (255, 0, 0)
    box = Toolbox((*STANDARD.tools, draft(setup.images)))
    shown = observation_message(replace(found, first=2), box)
    assert "IMG_003: title: the layout\n" in shown
    back = observation_of(shown, box)
    assert isinstance(back, ToolResult) and (back.tool, back.first, back.text) == ("draft", 2, found.text)


def test_lines_are_set_one_under_another_and_fit(setup: Components) -> None:
    found = drafted(setup, text="WIDE MOUTHFULS & <MORE>\n\n  i  \nThe end")
    assert isinstance(found, ToolResult)
    with Image.open(io.BytesIO(setup.images.load(found.pictures[0].digest))) as image:
        ink = image.convert("L").point(lambda grey: 255 if grey < 128 else 0)
        left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
        assert left > 5 and right < image.width - 5 and top > 2 and bottom < image.height - 2
        rows = [any(ink.crop((0, y, image.width, y + 1)).tobytes()) for y in range(image.height)]
    assert sum(now and not before for before, now in zip([False, *rows], rows, strict=False)) in (3, 4), "three lines, a dot"


@pytest.mark.parametrize(
    "arguments",
    [
        {"title": "t"},
        {"title": "t", "svg": LAYOUT, "text": "x"},
        {"title": "", "text": "x"},
        {"title": "t", "text": " "},
        {"title": "t", "svg": 3},
        {"title": "t", "text": "x" * 81},
        {"title": "t", "text": "x\n" * 41},
        {"svg": LAYOUT},
        {"title": "t", "svg": LAYOUT, "size": 3},
    ],
)
def test_calls_of_another_shape_are_mistakes(setup: Components, arguments: dict[str, object]) -> None:
    with pytest.raises(BadCall):
        draft(setup.images).call(arguments)


def test_what_is_not_drawn_is_told_to_the_policy_and_is_no_outage(setup: Components) -> None:
    failed = drafted(setup, svg=LAYOUT.replace("<rect", '<image href="/etc/passwd"/><rect'))
    assert isinstance(failed, Failed) and not failed.outage and "the element image is not drawn" in failed.message


def test_a_side_that_is_too_large_is_refused(setup: Components) -> None:
    with pytest.raises(UsageError, match="side is 4096"):
        draft(setup.images, side=4096)


# ---- a whole run over HTTP ----------------------------------------------------------------------------------------------


@dataclass
class Hands:
    """A generator that keeps what it is handed; it is away until it is not."""

    away: bool = True
    orders: list[RenderOrder] = field(default_factory=list)
    max_references: int = 3

    async def generate(self, order: RenderOrder) -> Rendering:
        if self.away:
            raise ServiceError("503", retryable=True)
        self.orders.append(order)
        return Rendering(data=png(size=order.size))


def layout_then_answer(body: dict[str, Any]) -> dict[str, Any]:
    """A policy that draws, is told what is wrong with it, draws again, and selects what it has drawn."""
    told = [each["content"] for each in body["messages"] if each["role"] == "user"][1:]
    if not told:
        return called({"title": "menu", "svg": LAYOUT.replace("<rect", "<script/><rect")})
    if len(told) == 1:
        if "draft error for [menu]" not in told[0] or "the element script is not drawn" not in told[0]:
            raise Rejected(f"the mistake is not told: {told[0][:300]}")
        return called({"title": "menu", "svg": LAYOUT})
    if "IMG_001: title: menu" not in told[-1]:
        raise Rejected(f"the drawing has no id: {told[-1][:300]}")
    answer = {
        "gen_prompt": "A menu laid out like the first reference image.",
        "reference_images": [{"img_id": "IMG_001", "note": "the layout"}],
    }
    return message(f"<answer>{json.dumps(answer)}</answer>")


def called(arguments: dict[str, str]) -> dict[str, Any]:
    return message(f"<tool_call>{json.dumps({'name': 'draft', 'arguments': arguments})}</tool_call>")


def test_a_chat_policy_draws_and_answers_and_the_drawing_outlives_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICY_KEY", chat_server.KEY)
    chat, hands = ChatServer(layout_then_answer), Hands()
    (tmp_path / "rows.jsonl").write_text('{"id": "one", "prompt": "a menu"}\n')
    with serving(chat) as (server,):
        (tmp_path / "profile.toml").write_text(
            f'extends = "offline"\ntools = ["search", {{member = "draft", side = 512}}]\n[policy]\nmember = "chat"\n'
            f'base_url = "{server.url}/v1"\nmodel = "{chat_server.MODEL}"\napi_key_env = "POLICY_KEY"\n'
            "[limits.generator]\nmax_attempts = 1\n"
        )
        settings: dict[str, Any] = {"out": tmp_path / "out", "profile": str(tmp_path / "profile.toml"), "until": "image"}
        run_file(tmp_path / "rows.jsonl", generator=hands, **settings)
        assert len(chat.bodies) == 3 and not server.rejections
        hands.away = False
        run_file(tmp_path / "rows.jsonl", generator=hands, retry_failed=True, **settings)
        assert len(chat.bodies) == 3, "what the policy said is in the journal"
    ((reference,),) = (order.references for order in hands.orders)
    assert (reference.picture.source, reference.picture.title, reference.note) == (SOURCE, "menu", "the layout")
    with Image.open(io.BytesIO(reference.data)) as image:
        assert image.size == (512, 256) and image.getpixel((100, 100)) == (255, 0, 0)
    (row,) = records(tmp_path / "out" / "results.jsonl")
    assert row["reference_images"][0]["source"] == SOURCE
