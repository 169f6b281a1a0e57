"""The tools of the assistant, called by the SDK's own client: in this process, over HTTP, over standard input and output."""

import asyncio
import base64
import io
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from PIL import Image

from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.server.assistant import Assistant
from genevolve.server.studio import opened
from genevolve.store.journal import records
from tests.conftest import png
from tests.paths import ROOT
from tests.server.conftest import Served
from tests.server.running import PATIENCE, profile_of

REQUEST = "a fine kettle"


def pictures(result: Any) -> list[Image.Image]:
    found = [block for block in result.content if isinstance(block, types.ImageContent)]
    assert all(len(block.data) < 2**20 for block in found)
    return [Image.open(io.BytesIO(base64.b64decode(block.data))) for block in found]


def said(result: Any) -> Any:
    return json.loads(next(block.text for block in result.content if isinstance(block, types.TextContent)))


def rooted(*folders: Path) -> Any:
    async def roots(context: Any) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=folder.as_uri()) for folder in folders])  # type: ignore[arg-type]

    return roots


def inside(
    tmp_path: Path,
    work: Callable[[Client], Any],
    *,
    allowed: Sequence[Path] = (),
    mode: str = "auto",
    members: Mapping[str, Any] = MappingProxyType({}),
    **client: Any,
) -> Any:
    """``work`` with a client of tools that were started by it."""

    async def run() -> Any:
        out = tmp_path / "out"
        profile, _ = profile_of(out, **members)
        async with opened(out, {"fake": profile}) as studio:
            tools = Assistant(studio, lambda name, file: f"file:///{name}/{file}", local=True, allowed=allowed)
            async with Client(tools.server(), mode=mode, **client) as asking:
                return await work(asking)

    return asyncio.run(asyncio.wait_for(run(), PATIENCE))


async def asked(client: Client, name: str = "generate_image", **arguments: Any) -> Any:
    return await client.call_tool(name, arguments)


def test_a_picture_over_http_with_progress(served: Served) -> None:
    steps: list[tuple[float, str | None]] = []

    async def noted(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, message))

    async def run() -> Any:
        async with Client(f"{served.address}/mcp") as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == {
                "generate_image", "revise_image", "search_pictures", "read_trajectory",
            }  # fmt: skip
            return await client.call_tool("generate_image", {"request": REQUEST, "size": "1600x1200"}, progress_callback=noted)

    result = asyncio.run(run())
    assert not result.is_error
    (preview,) = pictures(result)
    assert preview.format == "JPEG" and max(preview.size) <= 768
    link = next(block for block in result.content if isinstance(block, types.ResourceLink))
    told = said(result)
    assert str(link.uri) == f"{served.address}/api/generations/{told['generation'].removeprefix('generation:')}/files/image.png"
    assert "kettle" in told["gen_prompt"]
    assert [number for number, _ in steps] == sorted({number for number, _ in steps}) and len(steps) == 8
    assert any("program: The first reference image" in (message or "") for _, message in steps)


class Noisy:
    """A generator of pictures that no format makes small."""

    async def generate(self, order: RenderOrder) -> Rendering:
        noise = random.Random(3).randbytes(1600 * 1200 * 3)
        buffer = io.BytesIO()
        Image.frombytes("RGB", (1600, 1200), noise).save(buffer, "PNG", compress_level=0)
        return Rendering(data=buffer.getvalue())


def test_previews_are_small_whatever_the_picture_is(tmp_path: Path) -> None:
    async def ask(client: Client) -> Any:
        return await asked(client, request="noise", size="1600x1200")

    (preview,) = pictures(inside(tmp_path, ask, members={"generator": Noisy()}))
    assert 256 <= max(preview.size) <= 768


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_references_of_the_client_s_roots(tmp_path: Path, mode: str) -> None:
    """Of those alone, whatever a name or a link says."""
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
        (folder / "lamp.png").write_bytes(png())
    (mine / "link.png").symlink_to(other / "lamp.png")
    (mine / "notes.txt").write_text("no image")

    async def ask(client: Client) -> list[Any]:
        tried = [
            (mine / "lamp.png").as_uri(), str(mine / "lamp.png"), "lamp.png", "../other/lamp.png", str(other / "lamp.png"),
            (other / "lamp.png").as_uri(), "link.png", "notes.txt", "missing.png", "/etc/passwd", str(mine), "\x00",
        ]  # fmt: skip
        return [await asked(client, request="like this", references=[each]) for each in tried]

    results = inside(tmp_path, ask, mode=mode, list_roots_callback=rooted(mine))
    assert [result.is_error for result in results] == [False] * 3 + [True] * 9
    given = [record["request"]["references"] for record in records(tmp_path / "out" / "journal.jsonl") if "request" in record]
    assert [[picture["title"] for picture in each] for each in given] == [["lamp"]] * 3


def test_a_client_without_roots(tmp_path: Path) -> None:
    (tmp_path / "lamp.png").write_bytes(png())

    async def ask(client: Client) -> Any:
        return await asked(client, request="like this", references=[str(tmp_path / "lamp.png")])

    refused = inside(tmp_path, ask)
    assert refused.is_error and "--allow" in refused.content[0].text
    assert not inside(tmp_path, ask, allowed=[tmp_path]).is_error


def test_a_server_elsewhere_reads_no_files(served: Served, tmp_path: Path) -> None:
    """Who asks over HTTP names its own roots: that opens no file of the server's machine."""
    (tmp_path / "lamp.png").write_bytes(png())

    async def run() -> Any:
        async with Client(f"{served.address}/mcp", list_roots_callback=rooted(tmp_path, Path("/"))) as client:
            by_name = await asked(client, request="like this", references=[(tmp_path / "lamp.png").as_uri()])
            data = "data:image/png;base64," + base64.b64encode(png()).decode()
            return by_name, await asked(client, request="like this", references=[data])

    by_name, by_data = asyncio.run(run())
    assert by_name.is_error and "data URL" in by_name.content[0].text
    assert not by_data.is_error


def test_found_pictures_and_earlier_ones_as_references(tmp_path: Path) -> None:
    async def ask(client: Client) -> tuple[Any, Any, Any]:
        found = await asked(client, "search_pictures", query="a tall lamp", count=1)
        first = await asked(client, request="a cup", references=[said(found)[0]["reference"]])
        return found, first, await asked(client, request="again", references=[said(first)["generation"]])

    found, first, second = inside(tmp_path, ask)
    assert said(found)[0]["title"] == "a tall lamp" and len(pictures(found)) == 1
    assert not first.is_error and not second.is_error
    requests = [record["request"] for record in records(tmp_path / "out" / "journal.jsonl") if "request" in record]
    assert [(picture["title"], picture["source"]) for picture in requests[0]["references"]] == [("a tall lamp", "fake")]
    assert requests[1]["references"][0]["title"] == "a cup"


def test_a_picture_is_changed(tmp_path: Path) -> None:
    async def ask(client: Client) -> tuple[Any, Any]:
        first = await asked(client, request="a cup", size="320x256")
        second = await asked(client, "revise_image", generation=said(first)["generation"], change="now a green cup")
        third = await asked(client, "revise_image", generation=said(second)["generation"], change="and a spoon", number=2)
        return second, third

    second, third = inside(tmp_path, ask)
    assert not second.is_error and not third.is_error
    lines = [record for record in records(tmp_path / "out" / "journal.jsonl") if "request" in record]
    asked_for = [(line["request"]["text"], line["request"].get("after"), line["request"]["size"]) for line in lines]
    names = [line["row"] for line in lines]
    assert asked_for == [
        ("a cup", None, [320, 256]), ("now a green cup", names[0], [320, 256]),
        ("and a spoon", names[1], [320, 256]), ("and a spoon", names[1], [320, 256]),
    ]  # fmt: skip
    assert lines[1]["request"]["seed"] == lines[0]["request"]["seed"] == lines[3]["request"]["seed"] - 1


def test_what_cannot_be_changed(tmp_path: Path) -> None:
    async def ask(client: Client) -> list[Any]:
        return [await asked(client, "revise_image", generation=name, change="now green") for name in ("", "none", "../x")]

    assert all(result.is_error for result in inside(tmp_path, ask))


def test_references_that_are_nothing(tmp_path: Path) -> None:
    async def ask(client: Client) -> list[Any]:
        tried = [
            "picture:../../x",
            "picture:" + "0" * 64,
            "generation:x",
            "data:text/html;base64,AAAA",
            "data:image/png;base64,!!",
        ]
        return [await asked(client, request="a cup", references=[each]) for each in tried]

    assert all(result.is_error for result in inside(tmp_path, ask))
    assert not (tmp_path / "out" / "journal.jsonl").read_bytes()


def test_the_trajectory_is_read(tmp_path: Path) -> None:
    async def ask(client: Client) -> tuple[Any, Any, Any]:
        made = await asked(client, request=REQUEST)
        newest = await asked(client, "read_trajectory")
        return newest, await asked(client, "read_trajectory", generation=said(made)["generation"]), made

    newest, named, made = inside(tmp_path, ask)
    assert said(newest) == said(named)
    assert said(named)["id"] == said(made)["generation"].removeprefix("generation:")
    assert [step["step"] for step in said(named)["steps"]][:4] == ["action", "found", "action", "found"]


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    async def ask(client: Client) -> list[Any]:
        wrong: list[dict[str, Any]] = [
            {"request": ""}, {"request": "a cup", "size": "0x0"}, {"request": "a cup", "profile": "none"},
            {"request": "a cup", "number": 99}, {"request": "a cup", "rounds": 0}, {},
        ]  # fmt: skip
        results = [await client.call_tool("generate_image", each) for each in wrong]
        return [*results, await asked(client, "read_trajectory", generation="none")]

    results = inside(tmp_path, ask)
    assert all(result.is_error for result in results)
    assert "size is '0x0'" in results[1].content[0].text


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_standard_input_and_output(tmp_path: Path, mode: str) -> None:
    """The real command with the offline profile, started by the client."""
    (tmp_path / "lamp.png").write_bytes(png())
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "genevolve", "mcp"], cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "GENEVOLVE_HOME": str(tmp_path / "home")},
    )  # fmt: skip

    async def run() -> Any:
        async with Client(started, mode=mode, list_roots_callback=rooted(tmp_path)) as client:
            found = await asked(client, "search_pictures", query="flag of Chad")
            drawn = await asked(
                client, request="a red cup on a table", size="512x512", references=[(tmp_path / "lamp.png").as_uri()]
            )
            return found, drawn

    found, drawn = asyncio.run(asyncio.wait_for(run(), 120))
    assert "Chad" in said(found)[0]["title"]
    assert not drawn.is_error, drawn
    link = next(block for block in drawn.content if isinstance(block, types.ResourceLink))
    with Image.open(Path(str(link.uri).removeprefix("file://"))) as image:
        assert image.size == (512, 512)
    assert (tmp_path / "home" / "mcp" / "journal.jsonl").is_file()
