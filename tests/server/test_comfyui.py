"""The nodes for ComfyUI, loaded and run as ComfyUI does it, against a real server."""

import io
import json
import math
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from PIL import Image

from genevolve.core.protocols import ImageCase
from genevolve.core.score import Unscored
from genevolve.store.images import ImageStore
from tests.conftest import FakeWorld, Scripted
from tests.paths import ROOT
from tests.server.comfyui import ExecutionBlocker, Interrupted, Loaded, Running, loaded
from tests.server.conftest import Served
from tests.server.running import Held, profile_of, running

PACKAGE = ROOT / "integrations" / "comfyui"
TOKEN = "a-token-of-this-test-0123456789"


@pytest.fixture
def comfy() -> Running:
    return Running()


@pytest.fixture(params=["V3", "V1"])
def nodes(request: pytest.FixtureRequest, comfy: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, Loaded]]:
    for name in ("GENEVOLVE_SERVER", "GENEVOLVE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with loaded(PACKAGE, comfy, v3=request.param == "V3") as found:
        yield found


def test_both_interfaces_offer_the_same(comfy: Running) -> None:
    with loaded(PACKAGE, comfy, v3=True) as new, loaded(PACKAGE, comfy, v3=False) as old:
        assert list(new) == list(old) == ["GenEvolveAgent", "GenEvolveProgram"]
        for name, node in new.items():
            assert (node.inputs, node.outputs, node.names) == (old[name].inputs, old[name].outputs, old[name].names)
            assert node.category == old[name].category == "GenEvolve"


def test_the_agent_makes_a_picture(nodes: Mapping[str, Loaded], served: Served, comfy: Running) -> None:
    mine = torch.rand(2, 40, 80, 3)
    made = nodes["GenEvolveAgent"].run(
        request="a cup like mine", server=served.address, width=128, height=96, seed=7, references=mine
    )
    assert "first reference image" in made["prompt"] and 0 <= made["score"] <= 1
    assert made["references"].shape[0] >= 1
    with httpx.Client(base_url=served.address) as asking:
        whole = asking.get(f"/api/generations/{made['id']}").json()
        drawn = Image.open(io.BytesIO(asking.get(whole["links"]["image"]).content)).convert("RGB")
        first = Image.open(io.BytesIO(asking.get(f"/api/generations/{made['id']}/files/IMG_001.png").content))
    assert (whole["seed"], whole["size"], whole["references"]) == (7, [128, 96], ["reference 1", "reference 2"])
    assert made["image"].shape == (1, drawn.height, drawn.width, 3)
    assert bytes((made["image"][0] * 255).round().byte().numpy().tobytes()) == drawn.tobytes()
    assert first.tobytes() == bytes((mine[0] * 255).round().byte().numpy().tobytes())
    changed = nodes["GenEvolveAgent"].run(request="now red", server=served.address, after=made["id"])
    with httpx.Client(base_url=served.address) as asking:
        assert asking.get(f"/api/generations/{changed['id']}").json()["after"] == made["id"]


def test_the_program_is_for_a_sampler_of_ones_own(nodes: Mapping[str, Loaded], served: Served) -> None:
    before = len(served.world.asked)
    made = nodes["GenEvolveProgram"].run(request="a cup", server=served.address)
    asked = served.world.asked[before:]
    assert asked and not [each for each in asked if each.startswith("render")]
    assert "cup" in made["prompt"]
    assert torch.equal(made["reference 1"], made["references"][:1]) and made["reference 3"] is None


class Unsure(FakeWorld):
    async def judge_image(self, case: ImageCase) -> Unscored:
        return Unscored(reason="too little is known", judge="unsure")


def test_nobody_could_judge_and_nothing_was_chosen(nodes: Mapping[str, Loaded], tmp_path: Path) -> None:
    plain = json.dumps({"gen_prompt": "a plain white cup on a table", "reference_images": []})
    policy, judge = Scripted(lambda call: f"<answer>{plain}</answer>"), Unsure(images=ImageStore(tmp_path / "images"))
    profile, _ = profile_of(tmp_path, policy=policy, image_judge=judge)
    with running(tmp_path, profile) as address:
        made = nodes["GenEvolveAgent"].run(request="a cup", server=address)
        assert math.isnan(made["score"]) and made["verdict"] == "nobody could judge: too little is known"
        assert isinstance(made["references"], ExecutionBlocker) and made["references"].message is None
        assert [nodes["GenEvolveProgram"].run(request="a cup", server=address)[f"reference {n}"] for n in (1, 2, 3)] == [
            None
        ] * 3


def test_an_interruption_ends_the_generation(nodes: Mapping[str, Loaded], comfy: Running, tmp_path: Path) -> None:
    held = Held(images=ImageStore(tmp_path / "images"))
    held.hold()
    profile, _ = profile_of(tmp_path, generator=held)
    with running(tmp_path, profile) as address:

        def press() -> None:
            while not comfy.progress or comfy.progress[-1][0] < 5:
                time.sleep(0.01)
            comfy.interrupt = True

        pressing = threading.Thread(target=press)
        pressing.start()
        with pytest.raises(Interrupted):
            nodes["GenEvolveAgent"].run(request="a cup", server=address)
        pressing.join()
        held.go.set()
        name = httpx.get(f"{address}/api/generations").json()["generations"][0]["id"]
        httpx.get(f"{address}/api/generations/{name}/events")
        assert httpx.get(f"{address}/api/generations/{name}").json()["error"] == "it was cancelled"
    assert comfy.progress == sorted(comfy.progress)


def test_what_is_wrong_is_said_in_words(nodes: Mapping[str, Loaded], served: Served) -> None:
    agent = nodes["GenEvolveAgent"]
    for fields, told in (
        ({"request": "  "}, "request is empty"),
        ({"request": "a cup", "width": 512}, "set both, or both to 0"),
        ({"request": "a cup", "references": torch.zeros(6, 8, 8, 3)}, "takes up to 5"),
        ({"request": "a cup", "profile": "none"}, "profile is 'none'; this server has fake"),
        ({"request": "a cup", "width": 8, "height": 8}, "GenEvolve: size is"),
        ({"request": "a cup", "server": "ftp://x"}, "server is 'ftp://x'; write it as http://127.0.0.1:8400"),
        ({"request": "a cup", "server": "http://127.0.0.1:9"}, r"no GenEvolve server answers at http://127\.0\.0\.1:9 .*serve"),
    ):
        with pytest.raises((RuntimeError, ValueError), match=told):
            agent.run(**{"server": served.address, **fields})


def test_the_token(nodes: Mapping[str, Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the environment, and is sent to the server that the environment names alone."""
    profile, _ = profile_of(tmp_path)
    with running(tmp_path, profile, token=TOKEN) as address:
        with pytest.raises(RuntimeError, match="wants its token: set GENEVOLVE_TOKEN"):
            nodes["GenEvolveAgent"].run(request="a cup", server=address)
        monkeypatch.setenv("GENEVOLVE_TOKEN", TOKEN)
        with pytest.raises(RuntimeError, match="GENEVOLVE_SERVER alone"):
            nodes["GenEvolveAgent"].run(request="a cup", server=address)
        monkeypatch.setenv("GENEVOLVE_SERVER", f"{address}/")
        assert nodes["GenEvolveAgent"].run(request="a cup")["image"].shape[0] == 1


class Elsewhere(BaseHTTPRequestHandler):
    """A server of somebody else that wants to know the token, or sends callers on."""

    seen: list[Any]
    to = ""

    def do_POST(self) -> None:
        self.seen.append(self.headers.get("authorization"))
        self.send_response(307 if self.to else 200)
        self.send_header("location", self.to)
        self.end_headers()
        self.wfile.write(b"" if self.to else b"<html>")

    def log_message(self, *_: Any) -> None:
        return


def test_no_other_server_hears_the_token(nodes: Mapping[str, Loaded], monkeypatch: pytest.MonkeyPatch) -> None:
    strange: Any = type("Strange", (Elsewhere,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), strange) as other:
        there = f"http://127.0.0.1:{other.server_port}"
        sending: Any = type("Sending", (Elsewhere,), {"seen": [], "to": there})
        with ThreadingHTTPServer(("127.0.0.1", 0), sending) as own:
            for server in (other, own):
                threading.Thread(target=server.serve_forever, daemon=True).start()
            monkeypatch.setenv("GENEVOLVE_TOKEN", TOKEN)
            monkeypatch.setenv("GENEVOLVE_SERVER", f"http://127.0.0.1:{own.server_port}")
            with pytest.raises(RuntimeError, match="is no GenEvolve server"):
                nodes["GenEvolveProgram"].run(request="a cup", server=there)
            with pytest.raises(RuntimeError, match="answered with 307"):
                nodes["GenEvolveProgram"].run(request="a cup")
            for server in (other, own):
                server.shutdown()
    assert (strange.seen, sending.seen) == ([None], [f"Bearer {TOKEN}"])


def test_the_package_is_one_for_the_registry() -> None:
    told = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"name", "version", "license", "description"} <= told["project"].keys()
    assert told["project"]["dependencies"] == [] and {"PublisherId", "DisplayName"} <= told["tool"]["comfy"].keys()
