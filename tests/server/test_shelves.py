"""Libraries and runs, in allowed folders alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from genevolve.app.profile import load_profile
from genevolve.experience.memory import Memory
from genevolve.server.shelves import curves
from tests.conftest import png
from tests.experience.bundles import bundle
from tests.server.running import profile_of, running


def written(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An allowed folder; the libraries of the test lie beside it."""
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    for name in ("allowed/lamps", "secret"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a lamp.png").write_bytes(png(size=(80, 40)))
    return tmp_path / "allowed"


@pytest.fixture
def client(place: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    profile, _ = profile_of(tmp_path / "out")
    with running(tmp_path / "out", profile, allowed=[place]) as address, httpx.Client(base_url=address, timeout=30) as asking:
        yield asking


def test_libraries_of_allowed_folders(client: httpx.Client, place: Path) -> None:
    assert client.get("/api/libraries").json() == {"libraries": [], "allowed": [str(place)]}
    done = client.post("/api/libraries", json={"folder": str(place / "lamps"), "name": "mine"})
    assert done.json() == {"name": "mine", "added": 1, "unchanged": 0, "refused": []}
    (found,) = client.get("/api/libraries").json()["libraries"]
    assert (found["name"], found["images"], found["changeable"]) == ("mine", 1, True)
    assert client.delete("/api/libraries/other").status_code == 404
    assert client.delete("/api/libraries/mine").json() == {"removed": "mine"}
    assert client.get("/api/libraries").json()["libraries"] == []
    assert (place / "lamps" / "a lamp.png").is_file()


@pytest.mark.slow
def test_a_library_that_is_added_while_the_server_works_is_drawn_from(place: Path, tmp_path: Path) -> None:
    """With the offline members: the next request takes the picture of it, and once it is removed the one after does not."""
    out = tmp_path / "out"

    def taken(asking: httpx.Client) -> list[str]:
        asked = asking.post("/api/generations", json={"request": "a lamp on a table", "seed": 1}).json()["generations"][0]
        asking.get(asked["links"]["events"])
        return [each["source"] for each in asking.get(asked["links"]["self"]).json()["result"]["references"]]

    with (
        running(out, load_profile("offline"), allowed=[place]) as address,
        httpx.Client(base_url=address, timeout=90) as asking,
    ):
        assert not any(source.startswith("library:") for source in taken(asking))
        assert asking.post("/api/libraries", json={"folder": str(place / "lamps"), "name": "mine"}).status_code == 200
        assert "library:mine" in taken(asking)
        assert asking.delete("/api/libraries/mine").status_code == 200
        assert not any(source.startswith("library:") for source in taken(asking))


def test_no_other_folder_is_read(client: httpx.Client, place: Path) -> None:
    (place / "way").symlink_to(place.parent / "secret")
    for folder in (place.parent / "secret", place / "way", place / ".." / "secret", "lamps", "", "\0", place / "none"):
        refused = client.post("/api/libraries", json={"folder": str(folder)})
        assert refused.status_code in (400, 403), folder
    assert client.get("/api/libraries").json()["libraries"] == []


def test_nothing_is_allowed_unless_it_is_named(place: Path, tmp_path: Path) -> None:
    from genevolve.app.library import add_library

    add_library(place / "lamps", "mine")
    profile, _ = profile_of(tmp_path / "other")
    with running(tmp_path / "other", profile) as address, httpx.Client(base_url=address, timeout=30) as asking:
        assert asking.post("/api/libraries", json={"folder": str(place / "lamps")}).status_code == 403
        assert asking.get("/api/libraries").json()["libraries"][0]["changeable"] is False
        assert asking.delete("/api/libraries/mine").status_code == 403
        assert asking.get("/api/runs").json() == {"runs": [], "allowed": []}


def test_trainings_and_memories(client: httpx.Client, place: Path) -> None:
    log = written(place / "one" / "log.jsonl", *({"step": n, "loss": 1 / n, "note": "x"} for n in (1, 2)))
    with Memory(place / "set" / "two" / "experience.sqlite", embedder="none", dimension=2) as memory:
        memory.add(bundle("title"), "a sign", np.array([1, 0], dtype=np.float32), 0.5, 3, "g1")
    written(place.parent / "secret" / "log.jsonl", {"step": 1})
    (place / "way").symlink_to(place.parent / "secret")
    runs = {each["name"]: (each["log"], each["memory"]) for each in client.get("/api/runs").json()["runs"]}
    assert runs == {str(place / "one"): (True, False), str(place / "set" / "two"): (False, True)}
    asked = {"name": str(place / "one")}
    assert client.get("/api/runs/log", params=asked).json() == {"curves": {"loss": [[1, 1.0], [2, 0.5]]}}
    with log.open("a", encoding="utf-8") as file:
        file.write('{"step": 3, "loss": 0.25}\n{"step": 4, "lo')
    assert client.get("/api/runs/log", params=asked).json()["curves"]["loss"][-1] == [3, 0.25]
    remembered = client.get("/api/runs/memory", params={"name": str(place / "set" / "two")})
    assert remembered.json()["whole"] == 1
    (entry,) = remembered.json()["entries"]
    assert (entry["request"], entry["gap"], entry["lessons"][0]["part"]) == ("a sign", 0.5, "focus")
    for name in (str(place / "way"), str(place.parent / "secret"), str(place / ".." / "secret"), "", "one"):
        assert client.get("/api/runs/log", params={"name": name}).status_code == 404
    assert client.get("/api/runs/memory", params=asked).status_code == 404


def test_long_curves_are_thinned_between_their_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "log.jsonl", *({"step": n, "loss": n, "flag": True} for n in range(1, 2001)))
    (points,) = curves(path).values()
    assert (points[0], points[-1], len(points)) == ((1, 1), (2000, 2000), 400)
