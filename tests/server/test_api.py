"""The JSON API of the page: ask, follow live, list, search, look at files."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from genevolve.app.story import picture_story
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.store.images import ImageStore
from genevolve.store.journal import records
from tests.conftest import png
from tests.server.conftest import Served
from tests.server.running import Held, profile_of, running


@pytest.fixture
def client(served: Served) -> Any:
    with httpx.Client(base_url=served.address, timeout=30) as asking:
        yield asking


def made(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    """A generation that is finished."""
    taken = client.post("/api/generations", json=fields)
    assert taken.status_code == 202, taken.text
    generation: dict[str, Any] = taken.json()["generations"][0]
    events = stream(client, generation["links"]["events"])
    assert events[-1][1] == "end"
    return events[-1][2]  # type: ignore[no-any-return]


def stream(client: httpx.Client, address: str, **headers: str) -> list[tuple[str, str, Any]]:
    """(id, event, data) of a stream to its end."""
    text = client.get(address, headers=headers).text.replace("\r\n", "\n")
    blocks = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in text.split("\n\n") if block]
    return [(block["id"], block["event"], json.loads(block["data"])) for block in blocks if "event" in block]


def test_a_generation_is_on_disk_before_it_is_acknowledged(served: Served, client: httpx.Client) -> None:
    taken = client.post("/api/generations", json={"request": "a blue tub", "seed": 7, "n": 2, "size": "128x96"})
    names = [each["id"] for each in taken.json()["generations"]]
    lines = {record["row"]: record for record in records(served.out / "journal.jsonl") if "request" in record}
    assert [(lines[name]["request"]["seed"], lines[name]["request"]["size"]) for name in names] == [
        (7, [128, 96]),
        (8, [128, 96]),
    ]
    assert lines[names[0]]["about"] == {"profile": "fake", "via": "api"}


def test_steps_come_live_and_are_the_same_afterwards(served: Served, client: httpx.Client) -> None:
    taken = client.post("/api/generations", json={"request": "a green barrel"}).json()["generations"][0]
    live = stream(client, taken["links"]["events"])
    kinds = [data["step"] for _, event, data in live if event == "step"]
    assert kinds == ["action", "found", "action", "found", "program", "picture", "program_verdict", "verdict"] or kinds == [
        "action", "found", "action", "found", "program", "program_verdict", "picture", "verdict",
    ]  # fmt: skip
    found = next(data for _, _, data in live if data.get("step") == "found" and data["pictures"])
    program = next(data for _, _, data in live if data.get("step") == "program")
    assert program["reference_images"][0] == {"img_id": "IMG_001", "note": "shape", **{
        key: value for key, value in found["pictures"][0].items() if key != "img_id"
    }}  # fmt: skip
    assert client.get(found["pictures"][0]["image"]).headers["content-type"] == "image/png"
    again = stream(client, taken["links"]["events"])
    assert again == live
    assert stream(client, taken["links"]["events"], **{"last-event-id": live[4][0]}) == live[5:]


def test_a_finished_generation(served: Served, client: httpx.Client) -> None:
    whole = made(client, request="a brown door", seed=3)
    assert (whole["state"], whole["seed"], whole["profile"]) == ("done", 3, "fake")
    assert whole["result"]["score"]["kscore"] == whole["result"]["score"]["kscore"]
    assert "local_path" not in whole["result"]["references"][0]
    assert client.get(whole["links"]["self"]).json() == whole
    page = client.get(whole["links"]["page"])
    assert "a brown door" in page.text and page.headers["content-type"] == "text/html; charset=utf-8"
    image = Image.open(io.BytesIO(client.get(whole["links"]["image"]).content))
    assert image.format == "PNG"
    small = client.get(whole["links"]["image"] + "?side=192")
    assert Image.open(io.BytesIO(small.content)).format == "JPEG"
    assert "immutable" in small.headers["cache-control"]
    assert client.get(whole["links"]["image"] + "?side=193").status_code == 400
    rounds = client.get(f"/api/generations/{whole['id']}/files/round-1.webp")
    assert Image.open(io.BytesIO(rounds.content)).format == "WEBP"


def test_downloads_tell_their_story(served: Served, client: httpx.Client, tmp_path: Path) -> None:
    """In every format, and in the file that lies in the directory; what is stored by its digest stays as it was drawn."""
    whole = made(client, request="a yellow door", seed=4)
    for kind in ("png", "jpeg", "webp"):
        path = tmp_path / f"door.{kind}"
        path.write_bytes(client.get(f"/api/generations/{whole['id']}/files/image.{kind}").content)
        told = picture_story(path)
        assert told.story is not None and (told.story.request, told.story.seed) == ("a yellow door", 4)
        assert told.story.made_by.profile == "offline" and told.infotext is not None
        assert told.infotext.prompt == whole["result"]["program"]["gen_prompt"]
    assert picture_story(served.out / "images" / f"{whole['id']}.png").story == told.story
    drawn = tmp_path / "round.png"
    drawn.write_bytes(client.get(f"/api/generations/{whole['id']}/files/round-1.png").content)
    assert picture_story(drawn).story is None
    answer = client.post("/v1/images/generations", json={"prompt": "a yellow gate", "output_format": "jpeg"}).json()
    drawn.write_bytes(base64.b64decode(answer["data"][0]["b64_json"]))
    story = picture_story(drawn).story
    assert story is not None and story.gen_prompt == answer["data"][0]["revised_prompt"]


def test_references_lead_the_pictures(served: Served, client: httpx.Client) -> None:
    files = [("reference", ("my_lamp.png", png(size=(80, 40)), "image/png"))]
    taken = client.post("/api/generations", data={"request": "like my lamp", "size": "auto"}, files=files)
    whole = stream(client, taken.json()["generations"][0]["links"]["events"])[-1][2]
    assert whole["references"] == ["my lamp"]
    assert Image.open(io.BytesIO(client.get(f"/api/generations/{whole['id']}/files/IMG_001.png").content)).size == (80, 40)


def test_listing_and_search(served: Served, client: httpx.Client) -> None:
    names = [made(client, request=f"a walnut number {n}")["id"] for n in range(3)]
    assert [each["id"] for each in client.get("/api/generations?q=WALNUT+number").json()["generations"]] == names[::-1]
    first = client.get("/api/generations?q=walnut&limit=2").json()
    assert [each["id"] for each in first["generations"]] == names[:0:-1]
    rest = client.get(f"/api/generations?q=walnut&limit=2&before={first['next']}").json()
    assert ([each["id"] for each in rest["generations"]], rest["next"]) == (names[:1], None)
    assert client.get("/api/generations?q=walnut+pear").json()["generations"] == []
    for limit in ("0", "101", "x", "-1"):
        assert client.get(f"/api/generations?limit={limit}").status_code == 400


def test_rounds_of_one_request(served: Served, client: httpx.Client) -> None:
    """They are of this generation alone; nothing else is made anew for it."""
    whole = made(client, request="a purple fence", takes=2)
    assert [step["step"] for step in whole["steps"]].count("picture") == 2
    assert "revision" in whole["result"]
    assert "revision" not in made(client, request="a purple gate")["result"]
    refused = client.post("/api/generations", json={"request": "a fence", "rounds": 99})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "rounds")


def test_a_change_of_a_picture(served: Served, client: httpx.Client) -> None:
    first = made(client, request="a white shed", size="160x128", seed=5)
    second = made(client, request="now a red shed", after=first["id"])
    assert (second["after"], second["size"], second["seed"]) == (first["id"], [160, 128], 5)
    assert first["after"] is None
    before = second["result"]["after"][0]
    assert before["request"] == "a white shed"
    assert client.get(before["image"]).content == client.get(first["links"]["image"]).content
    assert client.get(f"/api/generations/{second['id']}/files/IMG_002.png").content
    for name in ("none", "../x", second["id"][:-1]):
        assert client.post("/api/generations", json={"request": "red", "after": name}).status_code == 404


def test_health(client: httpx.Client) -> None:
    assert client.get("/api/health").json()["profiles"] == ["fake"]


def test_cancelling(tmp_path: Path) -> None:
    held = Held(images=ImageStore(tmp_path / "images"))
    held.hold()
    profile, _ = profile_of(tmp_path, generator=held)
    with running(tmp_path, profile) as address, httpx.Client(base_url=address, timeout=30) as client:
        taken = client.post("/api/generations", json={"request": "a grey gate"}).json()["generations"][0]
        assert client.delete(taken["links"]["self"]).status_code == 202
        held.go.set()
        ended = stream(client, taken["links"]["events"])[-1][2]
        assert (ended["state"], ended["error"], ended["links"]["image"]) == ("failed", "it was cancelled", None)
        assert client.get(ended["links"]["page"]).status_code == 200
        assert client.delete(taken["links"]["self"]).status_code == 409
        assert client.delete("/api/generations/none").status_code == 404


class Breaking:
    """A generator with a fault of its own."""

    async def generate(self, order: RenderOrder) -> Rendering:
        raise RuntimeError("a fault in a plug-in")


def test_a_fault_of_a_member_is_told(tmp_path: Any) -> None:
    profile, _ = profile_of(tmp_path, generator=Breaking())
    with running(tmp_path, profile) as address, httpx.Client(base_url=address, timeout=30) as client:
        whole = made(client, request="a cup")
        assert whole["state"] == "failed"
        assert "a fault in a plug-in" in whole["error"]
        assert whole["links"]["image"] is None
        assert client.get(f"/api/generations/{whole['id']}/files/image.png").status_code == 404
