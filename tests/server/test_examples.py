"""What ``docs/serve.md`` shows is run: curl, OpenAI's client, MCP, against a server on 127.0.0.1."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from genevolve.cli.main import cli
from tests.conftest import png
from tests.paths import ROOT
from tests.server.conftest import Served
from tests.test_docs import blocks, commands

PAGE = ROOT / "docs" / "serve.md"
SHOWN = "http://127.0.0.1:8400"
CURL = [command for block in blocks(PAGE, "sh") for command in commands(block) if command[0] == "curl"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("command", CURL, ids=range(len(CURL)))
def test_curl(served: Served, command: list[str], tmp_path: Path) -> None:
    (tmp_path / "cup.png").write_bytes(png())
    asked = [word.replace(SHOWN, served.address) for word in command]
    done = subprocess.run([*asked, "--fail-with-body", "--silent"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "error" not in json.loads(done.stdout)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # a script ends; its client is closed with the process
@pytest.mark.parametrize("number", range(2))
def test_python(served: Served, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    text = blocks(PAGE, "py")[number].replace(SHOWN, served.address)
    exec(compile(text, str(PAGE), "exec"), names := {"__name__": "page"})
    shown = capsys.readouterr().out
    assert ("image_generation.completed" in shown) if number == 0 else ("['image', 'resource_link', 'text']" in shown)
    if "client" in names:
        names["client"].close()  # type: ignore[attr-defined]


def test_the_command_of_an_assistant() -> None:
    (text,) = blocks(PAGE, "json")
    command = json.loads(text)["mcpServers"]["genevolve"]
    assert command["command"] == "genevolve"
    cli.commands[command["args"][0]].make_context("mcp", command["args"][1:])


def test_every_tool_and_path_is_described(served: Served) -> None:
    from genevolve.server.api import Api
    from genevolve.server.assistant import Assistant
    from genevolve.server.guard import Access
    from genevolve.server.images_api import ImagesApi

    told = PAGE.read_text(encoding="utf-8")
    studio: object = None
    routes = [*Api(studio=studio, access=Access()).routes(), *ImagesApi(studio=studio, access=Access()).routes()]  # type: ignore[arg-type]
    for route in routes:
        path = re.sub(r"\{name\}", "ID", re.sub(r"\{file\}", "NAME", route.path)).removesuffix("/{model:path}")
        assert path in told, path
    tools = Assistant(studio, lambda name, file: "").server()._tool_manager.list_tools()  # type: ignore[arg-type]
    assert all(f"`{tool.name}`" in told for tool in tools)
