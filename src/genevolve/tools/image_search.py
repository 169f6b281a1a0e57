"""The tool ``image_search``: pictures that an answer may select."""

from collections.abc import Sequence

from genevolve.core.detail import Detail
from genevolve.core.event import Boundary, ToolCall, ToolFailure, ToolResult
from genevolve.core.picture import Picture
from genevolve.core.tool import Arguments, Desk, Finds, Tool, words
from genevolve.protocol.blocks import failure_of, pictures_block, pictures_of
from genevolve.tools.search import DEFAULT_TOP_K, TOP_K, read_top_k, top_k_of

NAME = "image_search"


def image_search_call(query: str, top_k: int = DEFAULT_TOP_K) -> ToolCall:
    return ToolCall(name=NAME, arguments={"query": query, "top_k": top_k})


def image_result(query: str, pictures: Sequence[Picture] = (), first: int = 0) -> ToolResult:
    return ToolResult(tool=NAME, about=query, pictures=tuple(pictures), first=first)


def query_of(call: ToolCall) -> str:
    return str(call.arguments.get("query", ""))


def _read(arguments: Arguments) -> Arguments:
    return {"query": words(arguments.get("query"), "query"), "top_k": read_top_k(arguments)}


def _asked(call: ToolCall) -> tuple[str, ...]:
    return (query_of(call),)


async def _run(call: ToolCall, desk: Desk) -> ToolResult:
    query, top_k = query_of(call), top_k_of(call)
    return image_result(query, tuple(await desk.image_search.search_images(query, top_k))[:top_k])


def _render(result: ToolResult, detail: Detail) -> str:
    return pictures_block(result, detail)


def _read_back(body: str) -> ToolResult | ToolFailure | None:
    if failed := failure_of(IMAGE_SEARCH, body):
        return failed
    return pictures_of(NAME, body) if body.startswith("--- image search result") else None


IMAGE_SEARCH = Tool(
    name=NAME,
    label="image search",
    description="Find reference images. Returns images with ids that the answer may select.",
    purpose="how something specific looks (a flag, a landmark, a person, a product, a rare animal): use `image_search` and "
    "choose by title",
    brief='Find pictures: <tool_call>{"name": "image_search", "arguments": {"query": "…"}}</tool_call>',
    parameters={"query": {"type": "string"}, "top_k": TOP_K},
    required=("query",),
    finds=Finds.PICTURES,
    boundary=Boundary.IMAGE_SEARCH,
    read=_read,
    asked=_asked,
    run=_run,
    render=_render,
    read_back=_read_back,
)
