"""The tool ``search``: facts from a text search, several queries at once."""

import json
from collections.abc import Sequence

from genevolve.core.event import Boundary, Failed, QueryHits, ToolCall, ToolResult
from genevolve.core.tool import Arguments, BadCall, Desk, Finds, Tool, json_kind, words
from genevolve.protocol.blocks import facts_blocks, facts_of
from genevolve.protocol.detail import Detail

NAME = "search"
DEFAULT_TOP_K = 5
MAX_TOP_K = 10
MAX_QUERIES = 5
TOP_K = {"type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "default": DEFAULT_TOP_K}
_SHOWN = 80


def search_call(queries: tuple[str, ...], top_k: int = DEFAULT_TOP_K) -> ToolCall:
    return ToolCall(name=NAME, arguments={"queries": list(queries), "top_k": top_k})


def search_result(results: Sequence[QueryHits]) -> ToolResult:
    return ToolResult(tool=NAME, facts=tuple(results))


def queries_of(call: ToolCall) -> tuple[str, ...]:
    queries = call.arguments.get("queries")
    return tuple(map(str, queries)) if isinstance(queries, list | tuple) else ()


def top_k_of(call: ToolCall) -> int:
    return int(str(call.arguments.get("top_k", DEFAULT_TOP_K)))


def _read(arguments: Arguments) -> Arguments:
    return {"queries": _queries(arguments.get("queries")), "top_k": read_top_k(arguments)}


def _queries(value: object) -> list[str]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise BadCall(f'"queries" must be a list of one or more strings, not {json_kind(value)}')
    if len(listed) > MAX_QUERIES:
        raise BadCall(f'"queries" holds {len(listed)} entries; ask at most {MAX_QUERIES} at once')
    return [words(query, "queries") for query in listed]


def read_top_k(arguments: Arguments) -> int:
    """The number of results that a call asks for. Raises ``BadCall``."""
    value = arguments.get("top_k", DEFAULT_TOP_K)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_TOP_K:
        raise BadCall(f'"top_k" is {json.dumps(value)[:_SHOWN]}; it must be a whole number from 1 to {MAX_TOP_K}')
    return value


async def _run(call: ToolCall, desk: Desk) -> ToolResult | Failed:
    """All queries at once. One that fails is shown as such; the call fails only if all do."""
    queries, top_k = queries_of(call), top_k_of(call)

    async def one(query: str) -> QueryHits | Failed:
        hits = await desk.cross(Boundary.SEARCH, lambda: desk.text_search.search(query, top_k))
        return hits if isinstance(hits, Failed) else QueryHits(query=query, hits=tuple(hits)[:top_k])

    answers = await desk.all_ended(map(one, queries))
    failures = [answer for answer in answers if isinstance(answer, Failed)]
    if len(failures) == len(answers):
        return failures[0]
    return search_result(
        [
            QueryHits(query=query, error=answer.message) if isinstance(answer, Failed) else answer
            for query, answer in zip(queries, answers, strict=True)
        ]
    )


def _render(result: ToolResult, detail: Detail) -> str:
    return facts_blocks(result.facts, detail)


def _read_back(body: str) -> ToolResult | None:
    facts = facts_of(body) if body.startswith("--- search ") else ()
    return search_result(facts) if facts else None


SEARCH = Tool(
    name=NAME,
    description="Look up facts that must be visible in the image. Returns titles, urls and snippets.",
    purpose="facts that must be visible (who, where, which one, what exactly a text says): use `search`",
    brief='Look up facts: <tool_call>{"name": "search", "arguments": {"queries": ["…"]}}</tool_call>',
    parameters={
        "queries": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_QUERIES},
        "top_k": TOP_K,
    },
    required=("queries",),
    finds=Finds.FACTS,
    boundary=None,  # query by query, so that one failure is not all of them
    read=_read,
    asked=queries_of,
    run=_run,
    render=_render,
    read_back=_read_back,
)
