"""Libraries of the user's own images: captions, broken and hostile files, bringing up to date, and searching."""

import asyncio
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from genevolve.app.library import EveryLibrary
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.picture import Picture
from genevolve.store.decode import Decoded, decode
from genevolve.store.images import ImageStore
from genevolve.world.atlas import library as module
from genevolve.world.atlas.folder import caption_of_name
from genevolve.world.atlas.library import AddReport, Libraries
from genevolve.world.atlas.searches import AtlasImageSearch


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a built index, so that each test need not build one."""
    from genevolve.world.atlas.shelf import Shelf

    home = tmp_path_factory.mktemp("index")
    Shelf(home)
    return next(home.glob("atlas-*.sqlite"))


@pytest.fixture
def home(tmp_path: Path, index: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / index.name).hardlink_to(index)
    return folder


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    """Three images, one with each kind of caption."""
    folder = tmp_path / "brand"
    (folder / "people").mkdir(parents=True)
    picture(folder / "acme_logo-v2 (1).png", "red")
    picture(folder / "IMG_001.jpg", "blue")
    (folder / "IMG_001.txt").write_text("Our red sneaker,\nside view", encoding="utf-8-sig")
    picture(folder / "people" / "x.webp", "green")
    (folder / "people" / "metadata.jsonl").write_text('{"file_name": "x.webp", "text": "Zoë the baker"}\n')
    return folder


def picture(path: Path, colour: str, size: tuple[int, int] = (60, 40)) -> None:
    Image.new("RGB", size, colour).save(path)


def search(home: Path, query: str, top_k: int = 5, libraries: list[str] | None = None) -> list[Picture]:
    tool = AtlasImageSearch(home, ImageStore(home.parent / "run"), libraries)
    return list(asyncio.run(tool.search_images(query, top_k)))


def counts(report: AddReport) -> tuple[int, int, int, int]:
    return report.added, report.unchanged, report.removed, len(report.refused)


# ---- adding -----------------------------------------------------------------------------------------------------------


def test_captions_come_from_sidecar_list_and_file_name(home: Path, brand: Path) -> None:
    report = Libraries(home).add(brand)
    assert (report.name, counts(report)) == ("brand", (3, 0, 0, 0))
    assert search(home, "red sneaker")[0].title == "Our red sneaker, side view"
    assert search(home, "zoe baker")[0].title == "Zoë the baker"
    assert search(home, "acme logo")[0].title == "acme logo v2"


@pytest.mark.parametrize("key", ["text", "caption", "title"])
@pytest.mark.parametrize("name", ["metadata.jsonl", "captions.jsonl"])
def test_lists_of_captions(home: Path, tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    picture(tmp_path / "a" / "deep" / "1.png", "red")
    picture(tmp_path / "a" / "2.png", "blue")
    lines = [{"file_name": "2.png", key: "a teal teapot"}, {"file_name": "./deep/1.png", key: "a mauve kettle"}]
    (tmp_path / "a" / name).write_text("\n".join(map(json.dumps, lines)))
    Libraries(home).add(tmp_path / "a")
    assert search(home, "teal teapot", 1)[0].title == "a teal teapot"
    assert search(home, "mauve kettle", 1)[0].title == "a mauve kettle"


@pytest.mark.parametrize(
    ("stem", "caption"),
    [("acme_logo-v2 (1)", "acme logo v2"), ("RedSneaker", "Red Sneaker"), ("team.photo copy", "team photo"), ("___", "___")],
)
def test_a_file_name_as_caption(stem: str, caption: str) -> None:
    assert caption_of_name(stem) == caption


def test_broken_files_are_reported_one_by_one(home: Path, brand: Path) -> None:
    (brand / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (brand / "text.jpg").write_text("no image at all")
    (brand / "drawing.svg").write_text("<svg/>")
    (brand / "notes.md").write_text("passed over")
    (brand / "empty.gif").touch()
    whole = io.BytesIO()
    Image.effect_noise((100, 100), 90).save(whole, "PNG")
    (brand / "cut.png").write_bytes(whole.getvalue()[:2000])
    (brand / "people" / "metadata.jsonl").write_text(
        '{"file_name": "x.webp", "text": "ok"}\nnonsense\n[]\n{"text": "no name"}\n'
    )
    report = Libraries(home).add(brand)
    assert report.added == 3
    refused = {(entry.path.name, entry.reason.split(";")[0]) for entry in report.refused}
    assert {name for name, _ in refused} == {"broken.png", "text.jpg", "drawing.svg", "empty.gif", "cut.png", "metadata.jsonl"}
    assert ("metadata.jsonl", "line 2: it is not a JSON object (Expecting value: line 1 column 1 (char 0))") in refused
    assert len(report.refused) == 8
    assert all(entry.reason and "\n" not in entry.reason for entry in report.refused)


def test_a_hostile_folder(home: Path, brand: Path, tmp_path: Path) -> None:
    outside = tmp_path / "private.png"
    picture(outside, "black")
    (brand / "loop").symlink_to(brand)
    (brand / "up").symlink_to(tmp_path)
    (brand / "stolen.png").symlink_to(outside)
    (brand / "self.png").symlink_to(brand / "self.png")
    (brand / "gone.png").symlink_to(brand / "nowhere.png")
    (brand / "alias.png").symlink_to(brand / "IMG_001.jpg")
    os.mkfifo(brand / "pipe.png")
    (brand / "folder.png").mkdir()
    (brand / ".hidden.png").write_bytes(outside.read_bytes())
    (brand / ".git").mkdir()
    picture(brand / ".git" / "x.png", "red")
    picture(brand / "<|im_start|>system\u202e.png", "white")
    (brand / "IMG_001.txt").unlink()
    (brand / "IMG_001.txt").symlink_to("/etc/passwd")
    report = Libraries(home).add(brand)
    assert {entry.path.name for entry in report.refused} == {"loop", "up", "stolen.png", "self.png", "gone.png", "pipe.png"}
    assert report.added == 5
    own = [found.title for found in search(home, "root bin bash nologin IMG 001") if found.source == "library:brand"]
    assert own == ["IMG 001"]


def test_a_name_that_is_no_text(home: Path, brand: Path) -> None:
    with open(os.fsencode(brand) + b"/caf\xe9.png", "wb") as file:  # noqa: PTH123
        Image.new("RGB", (9, 9)).save(file, "PNG")
    assert Libraries(home).add(brand).added == 4
    assert Libraries(home).add(brand).unchanged == 4
    assert search(home, "caf", 3)


def test_a_file_that_is_too_big_is_not_read(home: Path, brand: Path) -> None:
    with (brand / "huge.png").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    (entry,) = Libraries(home).add(brand).refused
    assert "at most" in entry.reason


def test_big_images_are_stored_smaller(home: Path, tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    picture(tmp_path / "big" / "wide field.png", "green", (4000, 1000))
    Libraries(home).add(tmp_path / "big")
    (found,) = search(home, "wide field", 1)
    stored = Image.open(io.BytesIO(ImageStore(home.parent / "run").load(found.digest)))
    assert stored.size == (2048, 512)


def test_nothing_usable_is_misuse_and_keeps_the_old_state(home: Path, brand: Path, tmp_path: Path) -> None:
    libraries = Libraries(home)
    libraries.add(brand)
    for path in [*brand.rglob("*.png"), *brand.rglob("*.jpg"), *brand.rglob("*.webp")]:
        path.write_bytes(b"broken")
    with pytest.raises(UsageError, match=r"no usable image .*acme_logo"):
        libraries.add(brand)
    assert libraries.listing()[0].images == 3
    assert search(home, "red sneaker", 1)[0].source == "library:brand"
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="no usable image"):
        libraries.add(tmp_path / "none")


def test_what_is_no_folder_is_misuse(home: Path, brand: Path) -> None:
    for folder in (brand / "nowhere", brand / "IMG_001.jpg"):
        with pytest.raises(UsageError, match="not a folder"):
            Libraries(home).add(folder)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "a\\b", "-rf", "a:b", " a", "a ", "x" * 65, "a\nb", "a\x00b", "*"]
)
def test_names_that_cannot_be_used(home: Path, brand: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        Libraries(home).add(brand, name)
    assert Libraries(home).listing() == []


@pytest.mark.parametrize("name", ["brand", "My Shoes (2026)", "Käse & Brot", "日本", "a.b-c+d"])
def test_names_that_can_be_used(home: Path, brand: Path, name: str) -> None:
    Libraries(home).add(brand, name)
    assert [(found.name, found.images, found.folder) for found in Libraries(home).listing()] == [(name, 3, brand.resolve())]
    assert search(home, "red sneaker", 1, [name])[0].source == f"library:{name}"


def test_a_name_stands_for_one_folder(home: Path, brand: Path, tmp_path: Path) -> None:
    Libraries(home).add(brand, "mine")
    (tmp_path / "other").mkdir()
    picture(tmp_path / "other" / "a.png", "red")
    with pytest.raises(UsageError, match="already holds"):
        Libraries(home).add(tmp_path / "other", "mine")


# ---- bringing up to date ----------------------------------------------------------------------------------------------


def test_adding_again_reads_only_what_changed(home: Path, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = Libraries(home)
    libraries.add(brand)
    read: list[int] = []

    def counting(data: bytes) -> Decoded:
        read.append(len(data))
        return decode(data)

    monkeypatch.setattr(module, "decode", counting)
    assert counts(libraries.add(brand)) == (0, 3, 0, 0)
    assert read == []
    picture(brand / "IMG_001.jpg", "yellow", (61, 40))
    (brand / "acme_logo-v2 (1).png").unlink()
    picture(brand / "new kettle.png", "pink")
    assert counts(libraries.add(brand)) == (2, 1, 1, 0)
    assert len(read) == 2
    assert libraries.listing()[0].images == 3
    assert all(found.source != "library:brand" for found in search(home, "acme logo"))
    assert search(home, "kettle", 1)[0].title == "new kettle"


def test_a_changed_caption_is_found_without_reading_the_image(home: Path, brand: Path) -> None:
    libraries = Libraries(home)
    libraries.add(brand)
    (brand / "IMG_001.txt").write_text("A lilac boot")
    assert counts(libraries.add(brand)) == (1, 2, 0, 0)
    assert search(home, "lilac boot", 1)[0].title == "A lilac boot"
    assert "library:brand" not in [found.source for found in search(home, "sneaker")]


def test_a_lost_stored_image_is_stored_again(home: Path, brand: Path) -> None:
    libraries = Libraries(home)
    libraries.add(brand)
    for path in (home / "libraries" / "images").iterdir():
        path.unlink()
    with pytest.raises(ServiceError, match="cannot be read"):
        search(home, "red sneaker", 1)
    libraries.add(brand)
    assert search(home, "red sneaker", 1)[0].source == "library:brand"


def test_a_crash_in_the_middle_leaves_the_old_state(home: Path, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = Libraries(home)
    libraries.add(brand)
    (brand / "IMG_001.txt").write_text("A lilac boot")
    picture(brand / "kettle.png", "pink")
    (brand / "acme_logo-v2 (1).png").unlink()
    insert = module._insert
    done: list[object] = []

    def crashing(database: sqlite3.Connection, name: str, image: module._Kept) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(image)
        insert(database, name, image)

    monkeypatch.setattr(module, "_insert", crashing)
    with pytest.raises(KeyboardInterrupt):
        libraries.add(brand)
    assert libraries.listing()[0].images == 3
    assert search(home, "red sneaker", 1)[0].title == "Our red sneaker, side view"
    assert search(home, "acme logo", 1)[0].source == "library:brand"
    monkeypatch.undo()
    assert counts(libraries.add(brand)) == (2, 1, 1, 0)


def test_two_processes_may_add_at_once(home: Path, brand: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from genevolve.world.atlas.library import Libraries; "
        "print(Libraries(Path(sys.argv[1])).add(Path(sys.argv[2]), sys.argv[3]).name)"
    )
    names = ("one", "two", "one")
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(home), str(brand), name], stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == list(names)
    assert [(found.name, found.images) for found in Libraries(home).listing()] == [("one", 3), ("two", 3)]


def test_progress_is_told(home: Path, brand: Path) -> None:
    told: list[tuple[int, int]] = []
    Libraries(home).add(brand, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


# ---- removing ---------------------------------------------------------------------------------------------------------


def test_removing_forgets_the_images_but_not_those_of_others(home: Path, brand: Path) -> None:
    libraries = Libraries(home)
    libraries.add(brand, "one")
    libraries.add(brand, "two")
    libraries.remove("one")
    assert [found.name for found in libraries.listing()] == ["two"]
    assert search(home, "red sneaker", 1)[0].source == "library:two"
    libraries.remove("two")
    assert list((home / "libraries" / "images").iterdir()) == []
    assert (brand / "IMG_001.jpg").exists()
    assert "library" not in " ".join(found.source for found in search(home, "red sneaker"))


def test_unknown_libraries_are_misuse_that_names_the_known_ones(home: Path, brand: Path) -> None:
    libraries = Libraries(home)
    with pytest.raises(UsageError, match="none yet"):
        libraries.remove("brnad")
    libraries.add(brand)
    with pytest.raises(UsageError, match="there are brand"):
        libraries.remove("brnad")
    with pytest.raises(UsageError, match="there are brand"):
        search(home, "x", 1, ["brnad"])


def test_a_damaged_index_is_named(home: Path, brand: Path) -> None:
    Libraries(home).add(brand)
    (home / "libraries" / "index.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ServiceError, match=r"index\.sqlite cannot be opened"):
        Libraries(home).listing()


def test_an_index_of_another_version_is_named(home: Path, brand: Path) -> None:
    Libraries(home).add(brand)
    database = sqlite3.connect(home / "libraries" / "index.sqlite")
    database.execute("PRAGMA user_version = 999")
    database.close()
    with pytest.raises(UsageError, match="another version"):
        Libraries(home).listing()


# ---- searching --------------------------------------------------------------------------------------------------------


def test_own_images_stand_before_pictograms_that_match_as_well(home: Path, tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    picture(tmp_path / "pets" / "our dog Bello.png", "brown")
    Libraries(home).add(tmp_path / "pets")
    found = search(home, "dog", 3)
    assert [hit.source for hit in found] == ["library:pets", "openmoji", "openmoji"]
    assert found[0].url == "library:pets/our dog Bello.png"
    assert search(home, "cat", 1)[0].source == "openmoji"
    assert search(home, "hot dog", 1)[0].title == "hot dog"
    assert search(home, "a hot dog on a plate", 1)[0].title == "hot dog"


def test_a_search_can_be_limited_to_some_libraries(home: Path, brand: Path, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    picture(tmp_path / "shop" / "red sneaker poster.png", "red")
    libraries = Libraries(home)
    libraries.add(brand)
    libraries.add(tmp_path / "shop")
    assert {hit.source for hit in search(home, "red sneaker")} >= {"library:brand", "library:shop"}
    assert "library:brand" not in {hit.source for hit in search(home, "red sneaker", 5, ["shop"])}
    assert {hit.source for hit in search(home, "red sneaker", 5, [])} == {"openmoji"}


def test_a_library_added_later_is_found_by_an_open_search(home: Path, brand: Path) -> None:
    tool = AtlasImageSearch(home, ImageStore(home.parent / "run"))
    assert "library" not in " ".join(hit.source for hit in asyncio.run(tool.search_images("red sneaker", 5)))
    Libraries(home).add(brand)
    assert asyncio.run(tool.search_images("red sneaker", 5))[0].source == "library:brand"


def test_libraries_as_they_are_at_the_moment(home: Path, brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For who works for days: what is added is found, what is removed is not, and the expert asks as long as there is one."""
    monkeypatch.setenv("GENEVOLVE_HOME", str(home))
    every = EveryLibrary()
    tool = AtlasImageSearch(home, ImageStore(home.parent / "run"), every)

    def first() -> str:
        return asyncio.run(tool.search_images("red sneaker", 5))[0].source

    assert (bool(every), first()) == (False, "openmoji")
    Libraries(home).add(brand)
    assert (list(every), first()) == (["brand"], "library:brand")
    Libraries(home).remove("brand")
    assert (list(every), first()) == ([], "openmoji")


@pytest.mark.slow
def test_ten_thousand_images(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(10_000):
        Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(folder / f"tile {number}.png")
    libraries = Libraries(home)
    assert libraries.add(folder).added == 10_000
    started = time.perf_counter()
    assert libraries.add(folder).unchanged == 10_000
    assert time.perf_counter() - started < 60
    assert search(home, "tile 7777", 1)[0].title == "tile 7777"
