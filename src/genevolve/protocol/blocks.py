"""The blocks that observations are made of, and back: text, facts, pictures, failures. Every tool's result can be shown so.

The reconstruction is exact up to what the text does not carry: the source and licence of a picture, the source of a hit.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.core.event import QueryHits, TextHit, ToolCall, ToolFailure, ToolResult
from genevolve.core.picture import Picture
from genevolve.core.tool import BadCall, Tool
from genevolve.protocol.detail import BRIEF_HITS, Detail, extract
from genevolve.protocol.escape import bracketed, escape_lines, one_line, unescape
from genevolve.protocol.listing import listed, picture_line

_HIT = re.compile(r"^\d+\. title: ?(?P<title>.*)\n(?:  url: ?(?P<url>.*)\n)?  snippet: ?(?P<snippet>.*)$", re.MULTILINE)
_QUERY = re.compile(
    r"^--- search result for \[(?P<query>[^\n]*)\] ---\n(?P<body>.*?)^--- end of search result ---$"
    r"|^--- search error for \[(?P<failed>[^\n]*?)\]: (?P<error>[^\n]*) ---$",
    re.MULTILINE | re.DOTALL,
)
_IMAGES = re.compile(r"^--- image search result for \[(?P<query>[^\n]*)\] ---\n", re.MULTILINE)
_RULE = re.compile(r"^(?=---)", re.MULTILINE)
_RULED = re.compile(r"^ (?=---)", re.MULTILINE)


def result_text(tool: Tool, result: ToolResult, detail: Detail) -> str:
    """``result`` as the policy reads it."""
    return tool.render(result, detail) if tool.render is not None else "\n\n".join(_blocks(tool, result, detail))


def _blocks(tool: Tool, result: ToolResult, detail: Detail) -> Iterator[str]:
    nothing = "" if result.facts or result.pictures else "(no results)"
    yield text_block(tool.shown_name, result.about, result.text or nothing)
    if result.facts:
        yield facts_blocks(result.facts, detail)
    if result.pictures:
        yield pictures_block(result, detail)


def result_of(tool: Tool, body: str) -> ToolResult | ToolFailure | None:
    """What a tool has said in ``body``, or None: the inverse of ``result_text`` and ``failure_text``."""
    if tool.read_back is not None:
        return tool.read_back(body)
    return failure_of(tool, body) or _result_of(tool, body)


def _result_of(tool: Tool, body: str) -> ToolResult | None:
    if (shown := text_of(tool.shown_name, body)) is None:
        return None
    about, text, rest = shown
    pictures = pictures_of(tool.name, rest)
    found, first = (pictures.pictures, pictures.first) if pictures else ((), 0)
    text = "" if text == "(no results)" else text
    return ToolResult(tool=tool.name, about=about, text=text, facts=facts_of(rest), pictures=found, first=first)


# ---- text -------------------------------------------------------------------------------------------------------------


def text_block(label: str, about: str, text: str) -> str:
    """Several lines of ``text`` between two rules, which no line of it can imitate."""
    lines = _RULE.sub(" ", escape_lines(text))
    return f"--- {label} result for {bracketed(about)} ---\n{lines}\n--- end of {label} result ---"


def text_of(label: str, body: str) -> tuple[str, str, str] | None:
    """(what it is about, the text, what follows the block), or None."""
    opening, ending = f"--- {label} result for [", f"\n--- end of {label} result ---"
    if not body.startswith(opening) or (end := body.find(ending)) < 0:
        return None
    heading, _, lines = body[len(opening) : end].partition("\n")
    if not heading.endswith("] ---"):
        return None
    about = unescape(heading.removesuffix("] ---").strip())
    return about, unescape(_RULED.sub("", lines)), body[end + len(ending) :].lstrip("\n")


# ---- facts ------------------------------------------------------------------------------------------------------------


def facts_blocks(facts: Sequence[QueryHits], detail: Detail) -> str:
    """One block for each query; in the brief form each hit once."""
    shown = _each_hit_once(facts) if detail is Detail.BRIEF else facts
    return "\n\n".join(_query_block(found, detail) for found in shown)


def _each_hit_once(facts: Sequence[QueryHits]) -> Iterator[QueryHits]:
    """The best few hits of each query that no query before it has shown."""
    seen: set[TextHit] = set()
    for found in facts:
        fresh = tuple(hit for hit in found.hits if hit not in seen)[:BRIEF_HITS]
        seen.update(fresh)
        yield replace(found, hits=fresh)


def _query_block(found: QueryHits, detail: Detail) -> str:
    if found.error:
        return f"--- search error for {bracketed(found.query)}: {one_line(found.error)} ---"
    lines = [f"--- search result for {bracketed(found.query)} ---"]
    brief = detail is Detail.BRIEF
    for number, hit in enumerate(found.hits, start=1):
        snippet = extract(hit.snippet, found.query) if brief else hit.snippet
        lines += [f"{number}. title: {one_line(hit.title)}"]
        lines += [] if brief else [f"  url: {one_line(hit.url)}"]
        lines += [f"  snippet: {one_line(snippet)}"]
    if not found.hits:
        lines.append("(no results)")
    return "\n".join([*lines, "--- end of search result ---"])


def facts_of(body: str) -> tuple[QueryHits, ...]:
    return tuple(map(_query, _QUERY.finditer(body)))


def _query(block: re.Match[str]) -> QueryHits:
    if block["failed"] is not None:
        return QueryHits(query=unescape(block["failed"]), error=unescape(block["error"]))
    hits = tuple(
        TextHit(title=unescape(hit["title"]), url=unescape(hit["url"] or ""), snippet=unescape(hit["snippet"]))
        for hit in _HIT.finditer(block["body"])
    )
    return QueryHits(query=unescape(block["query"]), hits=hits)


# ---- pictures ---------------------------------------------------------------------------------------------------------


def pictures_block(result: ToolResult, detail: Detail) -> str:
    lines = [f"--- image search result for {bracketed(result.about)} ---"]
    lines.append(picture_lines(result.first, result.pictures, detail) or "(no results)")
    return "\n".join([*lines, "--- end of image search result ---"])


def picture_lines(first: int, pictures: Sequence[Picture], detail: Detail) -> str:
    return "\n".join(picture_line(position, picture, detail) for position, picture in enumerate(pictures, start=first))


def pictures_of(tool: str, body: str) -> ToolResult | None:
    """The pictures that ``body`` lists, as a result of ``tool``."""
    if not (opening := _IMAGES.search(body)):
        return None
    found = listed(body)
    first = found[0].position if found else 0
    return ToolResult(tool=tool, about=unescape(opening["query"]), pictures=tuple(one.picture for one in found), first=first)


# ---- failures ---------------------------------------------------------------------------------------------------------


def failure_text(tool: Tool, failure: ToolFailure) -> str:
    """One line for each thing that was asked for."""
    message = one_line(failure.message)
    return "\n\n".join(
        f"--- {tool.shown_name} error for {bracketed(subject)}: {message} ---" for subject in tool.subjects(failure.call)
    )


def failure_of(tool: Tool, body: str) -> ToolFailure | None:
    """The failure that ``body`` tells; its call has what was asked for under the tool's first parameter."""
    opening = f"--- {tool.shown_name} error for ["
    if not body.startswith(opening) or not body.endswith(" ---"):
        return None
    subject, parted, message = body[len(opening) : -len(" ---")].partition("]: ")
    if not parted or "\n" in subject:
        return None
    named: dict[str, object] = dict.fromkeys(list(tool.parameters)[:1], unescape(subject))
    try:
        call = tool.call(named)
    except BadCall:  # it takes more than one argument, and the text has only one
        call = ToolCall(name=tool.name, arguments=named)
    return ToolFailure(call=call, message=unescape(message))
