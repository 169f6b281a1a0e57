"""The tool ``draft``: the policy draws a layout as SVG, or sets a text exactly, and the picture is a reference like any other.

Off by default; a profile offers it with ``tools = ["search", "image_search", "query_knowledge", "draft"]``. A generator that is
shown long texts and layouts gets them right where words alone leave them open (GenClaw works like this).
"""

import asyncio
from functools import partial
from importlib.util import find_spec
from xml.sax.saxutils import escape

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import ToolCall, ToolResult
from genevolve.core.picture import Picture
from genevolve.core.tool import Arguments, BadCall, Desk, Finds, Tool, words
from genevolve.store.codec import NotAnImage
from genevolve.store.decoders import draw_apart
from genevolve.store.drawing import DrawTerms
from genevolve.store.faces import HEAVY, SANS, font
from genevolve.store.images import ImageStore

NAME, SOURCE = "draft", "drawn by the agent"
SIDES = (256, 2048)
_TITLE = 200  # characters
_MOST_LINES, _LONGEST_LINE = 40, 80
_UNIT, _MARGIN, _LEADING = 64, 1.0, 1.3  # pixels at which lines are measured; the rest in ems


def draft(images: ImageStore, side: int = 1024) -> Tool:
    """The tool. ``side``: the pixels of the longer side of what is drawn. Raises ``UsageError``."""
    if not SIDES[0] <= side <= SIDES[1]:
        raise UsageError(f"draft: side is {side}; drafts have {SIDES[0]} to {SIDES[1]} pixels on their longer side")
    if find_spec("resvg_py") is None:
        raise UsageError("the tool draft needs the package resvg-py: pip install 'genevolve[services]'")
    return Tool(
        name=NAME,
        description="Draw a reference image of your own: a layout as SVG (shapes and text, no pictures), or lines of text that "
        "are set exactly. Returns an image with an id that the answer may select.",
        purpose="a layout of several things, or a long text that must be right to the letter: draw it with `draft` and select "
        "the drawing as a reference",
        brief='Draw a reference: <tool_call>{"name": "draft", "arguments": {"title": "…", "text": "…"}}</tool_call>',
        parameters={
            "title": {"type": "string", "description": "what the drawing shows"},
            "svg": {"type": "string", "description": "a whole SVG with a viewBox"},
            "text": {"type": "string", "description": "lines to set instead, dark on white"},
        },
        required=("title",),
        finds=Finds.OTHER,
        read=_read,
        asked=_asked,
        run=partial(_run, images, DrawTerms(side=side)),
    )


def _read(arguments: Arguments) -> Arguments:
    title = " ".join(words(arguments.get("title"), "title").split())[:_TITLE]
    given = [key for key in ("svg", "text") if arguments.get(key) is not None]
    if len(given) != 1:
        raise BadCall('draft needs either "svg" (a layout) or "text" (lines to set), and not both')
    drawn = words(arguments.get(given[0]), given[0])
    if given == ["text"]:
        lines = drawn.splitlines()
        if len(lines) > _MOST_LINES or max(map(len, lines)) > _LONGEST_LINE:
            raise BadCall(f'"text" has at most {_MOST_LINES} lines of {_LONGEST_LINE} characters each; break it into lines')
    return {"title": title, given[0]: drawn}


def _asked(call: ToolCall) -> tuple[str, ...]:
    return (str(call.arguments.get("title", "")),)


async def _run(images: ImageStore, terms: DrawTerms, call: ToolCall, desk: Desk) -> ToolResult:
    title = str(call.arguments["title"])
    digest, (width, height) = await asyncio.to_thread(_drawn, images, terms, call.arguments)
    return ToolResult(
        tool=NAME,
        about=title,
        text=f"It is drawn, {width}×{height} pixels.",
        pictures=(Picture(title=title, digest=digest, source=SOURCE),),
    )


def _drawn(images: ImageStore, terms: DrawTerms, arguments: Arguments) -> tuple[str, tuple[int, int]]:
    svg = str(arguments["svg"]) if "svg" in arguments else set_lines(str(arguments["text"]).splitlines())
    try:
        drawn = draw_apart(svg, terms)
    except NotAnImage as problem:
        raise ServiceError(f"this is not drawn: {problem}") from None
    return images.put(drawn.png), drawn.size


def set_lines(lines: list[str]) -> str:
    """``lines`` as an SVG: one under another in the middle, black on white, on a canvas that they fill."""
    ems = [font(HEAVY, _UNIT).getlength(line) / _UNIT for line in lines]
    width = max(*ems, 1.0) + 2 * _MARGIN
    height = max(_LEADING * len(lines) + _MARGIN, width / 4)
    first = (height - _LEADING * len(lines)) / 2 + 0.97  # of the baseline; capitals stand in the middle of their line
    places = ((first + _LEADING * row) * 10 for row in range(len(lines)))
    rows = "".join(
        f'<text x="{width * 5:.2f}" y="{y:.2f}">{escape(line)}</text>' for y, line in zip(places, lines, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * 10:.2f} {height * 10:.2f}">'
        f'<g font-family="{SANS}" font-weight="800" font-size="10" text-anchor="middle" xml:space="preserve">{rows}</g></svg>'
    )
