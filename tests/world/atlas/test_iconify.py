"""Icon sets in Iconify's format as libraries: what is drawn, what is refused, and the licence that comes along."""

import json
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import UsageError
from genevolve.world.atlas.iconify import read_set
from genevolve.world.atlas.library import Libraries
from genevolve.world.atlas.shelf import Shelf

SQUARE = '<path fill="currentColor" d="M2 2h20v20H2z"/>'
SET: dict[str, Any] = {
    "prefix": "mini",
    "info": {"name": "Mini", "license": {"title": "MIT"}, "author": {"name": "Ada"}},
    "icons": {
        "red-square": {"body": SQUARE},
        "wide-bar": {"body": '<rect width="48" height="24" fill="#08f"/>', "width": 48},
        "secret": {"body": SQUARE, "hidden": True},
    },
    "aliases": {"turned-bar": {"parent": "wide-bar", "rotate": 1}, "loop": {"parent": "loop"}},
    "width": 24,
    "height": 24,
}


def written(folder: Path, **changes: object) -> Path:
    path = folder / "icons.json"
    path.write_text(json.dumps({**SET, **changes}))
    return path


def with_body(folder: Path, body: object) -> Path:
    return written(folder, icons={"bad": {"body": body}, "good": {"body": SQUARE}}, aliases={})


def test_a_set_is_read_with_its_aliases_and_its_licence(tmp_path: Path) -> None:
    found = read_set(written(tmp_path))
    assert [icon.name for icon in found.icons] == ["red-square", "turned-bar", "wide-bar"]
    assert (found.prefix, found.licence) == ("mini", "MIT, Ada")
    assert [name for name, _ in found.refused] == ["loop"]
    assert 'width="256.0" height="512.0"' in next(icon for icon in found.icons if icon.name == "turned-bar").svg()


def test_the_licence_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text(json.dumps({"license": {"title": "Apache 2.0"}, "author": {"name": "Bo"}}))
    path = tmp_path / "icons.json"
    path.write_text(json.dumps({key: value for key, value in SET.items() if key != "info"}))
    assert read_set(path).licence == "Apache 2.0, Bo"


def test_a_set_becomes_a_library_that_is_searched_and_brought_up_to_date(tmp_path: Path) -> None:
    libraries = Libraries(tmp_path / "home")
    first = libraries.add(written(tmp_path))
    assert (first.name, first.added) == ("mini", 3)
    assert libraries.add(written(tmp_path)).name == "mini"
    best = Shelf(tmp_path / "home").pictures("red square", 3)[0]
    assert (best.title, best.source, best.licence) == ("red square", "library:mini", "MIT, Ada")
    assert best.load(64).startswith(b"\x89PNG")
    smaller = libraries.add(written(tmp_path, icons={"red-square": {"body": SQUARE}}, aliases={}))
    assert smaller.removed == 2


@pytest.mark.parametrize(
    "body",
    [
        '<image href="file:///etc/passwd"/>',
        '<use href="other.svg#a"/>',
        '<path style="fill:url(other.svg#a)" d="M0 0h9v9z"/>',
        '<path onload="x()" d="M0 0h9v9z"/>',
        "<script>x()</script>",
        '<!DOCTYPE a [<!ENTITY b "c">]><path d="M0 0"/>',
        '<animate attributeName="x"/>',
        "<path",
        '<use href="#a"/>' * 65,
        17,
    ],
)
def test_what_is_no_plain_drawing_is_refused_and_the_rest_is_kept(tmp_path: Path, body: object) -> None:
    found = read_set(with_body(tmp_path, body))
    assert [icon.name for icon in found.icons] == ["good"] and found.refused[0][0] == "bad"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"icons": {}}', "[" * 100_000])
def test_a_file_that_is_no_set_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "icons.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"icons\.json"):
        Libraries(tmp_path / "home").add(path)
