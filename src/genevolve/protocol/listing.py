"""Pictures as lines of a message, and back. ``full``: id, title and addresses. ``brief``: the title, and behind it the number.

A small model copies what follows a name that it has just written; a number before the name it cannot find again
(docs/ablation.md). So in the brief form ``Flag of Chad (2)`` is the picture IMG_002.
"""

import re
from dataclasses import dataclass

from genevolve.core.picture import Picture, image_id
from genevolve.protocol.detail import Detail
from genevolve.protocol.escape import one_line, unescape

SUPPLIED = "\n\nReference images supplied with this request:\n"
SO_FAR = (
    "\n\nThis asks for a change of your last picture. Answer with a whole new program: change what is asked, and keep "
    "everything else as it was. All that was found before still holds, and its images can still be selected.\n"
    "The picture so far, and after it images supplied with this request:\n"
)
_FULL = re.compile(
    r"^IMG_(?P<number>\d+): title: ?(?P<title>.*)(?:\n  url: ?(?P<url>.*)\n"
    r"  local_path: ?(?P<path>.*)\n  page_url: ?(?P<page>.*))?$",
    re.MULTILINE,
)
_BRIEF = re.compile(r"(?P<title>.*) \((?P<number>[1-9]\d{0,5})\)")
_SEARCH = re.compile(
    r"^--- image search result for \[.*\] ---\n(?P<lines>(?:.*\n)*?)--- end of image search result ---$", re.MULTILINE
)
_DIGEST = re.compile(r"images/(\w+)\.png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """``position`` is 0-based over all pictures of the episode."""

    position: int
    picture: Picture

    @property
    def img_id(self) -> str:
        return image_id(self.position)


def picture_line(position: int, picture: Picture, detail: Detail) -> str:
    """The line (``full``: four lines) that names the picture at the 0-based ``position`` of an episode."""
    title = one_line(picture.title)
    if detail is Detail.BRIEF:
        return f"{title} ({position + 1})"
    return (
        f"{image_id(position)}: title: {title}\n  url: {one_line(picture.url)}\n"
        f"  local_path: {one_line(picture.local_path)}\n  page_url: {one_line(picture.page_url)}"
    )


def listed(message: str) -> tuple[Listed, ...]:
    """The pictures that ``message`` lists, in its order: of a search, or supplied with a request.

    No title makes one form of the other: in the full form every fourth line (``local_path``) is ours. What a user writes above
    the heading of his pictures names none.
    """
    heading, supplied = message.rpartition(SUPPLIED)[1:]
    searched = None if heading else _SEARCH.search(message)
    lines = searched["lines"] if searched else supplied if heading else ""
    return tuple(_brief(lines, first=None if searched else 0) or _full(supplied))


def listed_so_far(message: str) -> tuple[Listed, ...]:
    """The picture that a follow-up is about, and those that the user handed over with it; none where it is no follow-up."""
    lines = message.rpartition(SO_FAR)[2] if SO_FAR in message else ""
    return tuple((lines and _brief(lines, first=None)) or _full(lines))


def _full(message: str) -> list[Listed]:
    return [Listed(position=int(line["number"]) - 1, picture=_picture(line)) for line in _FULL.finditer(message)]


def _picture(line: re.Match[str]) -> Picture:
    stored = _DIGEST.search(line["path"] or "")
    return Picture(
        title=unescape(line["title"]),
        digest=stored[1] if stored else "",
        source="",
        url=unescape(line["url"] or ""),
        page_url=unescape(line["page"] or ""),
    )


def _brief(text: str, first: int | None) -> list[Listed]:
    """The pictures if all lines are some and count upwards, from the 0-based ``first`` if that is known; else none."""
    lines = text.removesuffix("\n").split("\n")
    matched = [match for line in lines if (match := _BRIEF.fullmatch(line))]
    if len(matched) < len(lines):
        return []
    positions = [int(line["number"]) - 1 for line in matched]
    start = positions[0] if first is None else first
    if positions != list(range(start, start + len(lines))):
        return []
    titles = (unescape(line["title"]) for line in matched)
    return [
        Listed(position=position, picture=Picture(title=title, digest="", source=""))
        for position, title in zip(positions, titles, strict=True)
    ]
