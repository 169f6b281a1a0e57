"""Icon sets in Iconify's JSON format as pictures: many SVG drawings in one file. Nothing in the file is trusted.

The format is that of the npm packages ``@iconify-json/…`` (file ``icons.json``, licence in ``info.json`` beside it) and of the
sets that Iconify's tools export (licence under ``info``).
"""

import re
import xml.etree.ElementTree as Xml
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.store.user_file import json_value

MAX_BYTES = 96 * 1024 * 1024
MAX_ICONS = 20_000
SIDE = 512  # pixels of the longer side
_MAX_BODY = 256 * 1024
_MAX_COPIES = 64  # of parts within one drawing
_MOST_PARENTS = 8
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINK = re.compile(r"url\(\s*['\"]?\s*(?!#)", re.IGNORECASE)
_SHAPES = frozenset(
    (
        "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "defs", "linearGradient", "radialGradient",
        "stop", "clipPath", "mask", "use", "symbol", "title", "desc",
    )
)  # fmt: skip
_COPIED = "use"
_INK = "#3a3f4b"  # of a set that leaves its colour open


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """A drawing: ``body`` is checked SVG, ``box`` its (left, top, width, height), ``turned`` in quarters clockwise."""

    name: str
    body: str
    box: tuple[float, float, float, float]
    turned: int = 0
    mirrored: bool = False
    upside_down: bool = False

    def svg(self) -> str:
        """The whole drawing as an SVG file whose longer side is ``SIDE`` pixels."""
        left, top, width, height = self.box
        moves = []
        if self.turned or self.mirrored or self.upside_down:
            x, y = left + width / 2, top + height / 2
            scale = f"scale({-1 if self.mirrored else 1} {-1 if self.upside_down else 1})"
            moves = [f"translate({x} {y})", f"rotate({90 * self.turned})", scale, f"translate({-x} {-y})"]
        if self.turned % 2:
            left, top, width, height = left + (width - height) / 2, top + (height - width) / 2, height, width
        factor = SIDE / max(width, height)
        body = f'<g transform="{" ".join(moves)}">{self.body}</g>' if moves else self.body
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" width="{width * factor}" height="{height * factor}" '
            f'color="{_INK}">{body}</svg>'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IconSet:
    """``licence`` is what the set says of itself ("Apache 2.0, Google Inc"), empty where it says nothing."""

    prefix: str
    licence: str
    icons: tuple[Icon, ...]
    refused: tuple[tuple[str, str], ...]  # (name, why)


def read_set(path: Path) -> IconSet:
    """The set in ``path``, its icons sorted by name, aliases among them. Raises ``UsageError`` naming what is wrong."""
    value = _object(path)
    icons = value.get("icons")
    if not isinstance(icons, dict) or not icons:
        raise UsageError(f'{path} is no icon set: it has no "icons" as Iconify\'s JSON files have them')
    said = value.get("aliases")
    aliases: dict[str, Any] = said if isinstance(said, dict) else {}
    if len(icons) + len(aliases) > MAX_ICONS:
        raise UsageError(f"{path} has {len(icons) + len(aliases):,} icons; at most {MAX_ICONS:,} are read")
    found: list[Icon] = []
    refused: list[tuple[str, str]] = []
    for name in sorted({*icons, *aliases}):
        icon = _icon(name, icons, aliases, value)
        found += [icon] if isinstance(icon, Icon) else []
        refused += [(name[:80], icon)] if isinstance(icon, str) else []
    prefix = value.get("prefix")
    return IconSet(
        prefix=prefix if isinstance(prefix, str) and _NAME.fullmatch(prefix) else path.stem,
        licence=_licence(value.get("info"), path),
        icons=tuple(found),
        refused=tuple(refused),
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} has more than {MAX_BYTES:,} bytes")
        value = json_value(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({str(error)[:120]})") from None
    if not isinstance(value, dict):
        raise UsageError(f"{path} is no icon set: it holds no JSON object")
    return value


def _licence(info: object, path: Path) -> str:
    if not isinstance(info, dict):
        beside = path.with_name("info.json")
        info = _object(beside) if beside.is_file() and not beside.is_symlink() else {}
    licence, author = info.get("license"), info.get("author")
    said = [part.get(key) for part, key in ((licence, "title"), (author, "name")) if isinstance(part, dict)]
    return ", ".join(" ".join(text.split())[:80] for text in said if isinstance(text, str))


def _icon(name: str, icons: Mapping[str, Any], aliases: Mapping[str, Any], defaults: Mapping[str, Any]) -> Icon | str | None:
    """The icon of a name, why it cannot be used, or None for one that its set hides."""
    if not _NAME.fullmatch(name):
        return "its name is none of small letters, digits and hyphens"
    row = list(_ancestry(name, icons, aliases))
    if not row or "body" not in row[-1]:
        return "what it is an alias of is not there"
    if any(entry.get("hidden") is True for entry in row):
        return None
    body = row[-1]["body"]
    fault = _fault(body)
    if fault:
        return fault
    box = tuple(_measure(key, row, defaults) for key in ("left", "top", "width", "height"))
    if None in box or not (0 < box[2] <= 10_000 and 0 < box[3] <= 10_000 and 1 / 20 <= box[2] / box[3] <= 20):  # type: ignore[operator]
        return "its size cannot be used"
    icon = Icon(name=name, body=body, box=box)  # type: ignore[arg-type]
    for entry in reversed(row):
        turned = entry.get("rotate")
        icon = replace(
            icon,
            turned=(icon.turned + (turned if isinstance(turned, int) else 0)) % 4,
            mirrored=icon.mirrored != (entry.get("hFlip") is True),
            upside_down=icon.upside_down != (entry.get("vFlip") is True),
        )
    return icon


def _ancestry(name: str, icons: Mapping[str, Any], aliases: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The entry of ``name``, of what it is an alias of, and so on to the icon itself."""
    for _ in range(_MOST_PARENTS):
        entry = icons.get(name)
        if isinstance(entry, dict):
            yield entry
            return
        entry = aliases.get(name)
        if not isinstance(entry, dict) or not isinstance(entry.get("parent"), str):
            return
        yield entry
        name = entry["parent"]


def _measure(key: str, row: list[dict[str, Any]], defaults: Mapping[str, Any]) -> float | None:
    standard = 16 if key in ("width", "height") else 0
    value = next((entry[key] for entry in (*row, defaults) if key in entry), standard)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 10_000
    return float(value) if usable else None


def _fault(body: object) -> str:
    """What is wrong with the SVG of an icon: anything but plain shapes, links that leave it, too many copies of a part."""
    if not isinstance(body, str) or len(body) > _MAX_BODY or "<!" in body or "<?" in body:
        return "its drawing is no plain SVG"
    try:
        root = Xml.fromstring(f'<svg xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>')
    except Xml.ParseError:
        return "its drawing is no SVG"
    copies = 0
    for part in root.iter():
        if part is not root and part.tag not in _SHAPES:
            return f"its drawing has <{str(part.tag)[:30]}>, which is not drawn"
        copies += part.tag == _COPIED
        for key, value in part.attrib.items():
            linked = key.rpartition("}")[2] == "href" and not value.startswith("#")
            if linked or key.lower().startswith("on") or _LINK.search(value):
                return "its drawing refers to something outside of it"
    nested = any(inner.tag == _COPIED for group in root.iter("defs") for inner in group.iter())
    return "its drawing copies parts too often" if copies > _MAX_COPIES or (nested and copies > 8) else ""
