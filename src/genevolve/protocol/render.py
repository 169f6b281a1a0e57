"""An episode as the messages that a policy reads. Pure: the same episode always gives the same messages."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files

from genevolve.core.episode import Episode, Limits
from genevolve.core.event import (
    DEFAULT_TOP_K,
    MAX_QUERIES,
    MAX_TOP_K,
    SKILLS,
    ImageResults,
    ImageSearchCall,
    Mistake,
    Observation,
    QueryHits,
    Refusal,
    SearchCall,
    SkillCall,
    SkillText,
    TextHit,
    TextResults,
    ToolCall,
    ToolFailure,
)
from genevolve.core.message import Message, Role
from genevolve.core.picture import Picture
from genevolve.protocol.detail import BRIEF_HITS, Detail, extract
from genevolve.protocol.escape import bracketed, escape, one_line
from genevolve.protocol.listing import SUPPLIED, picture_line


def tool_schemas() -> list[dict[str, object]]:
    """The three tools as JSON function schemas, in the native form of Qwen3 chat templates."""
    top_k = {"type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "default": DEFAULT_TOP_K}
    queries = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_QUERIES}
    return [
        _schema(
            "search",
            "Look up facts that must be visible in the image. Returns titles, urls and snippets.",
            {"queries": queries, "top_k": top_k},
            ["queries"],
        ),
        _schema(
            "image_search",
            "Find reference images. Returns images with ids that the answer may select.",
            {"query": {"type": "string"}, "top_k": top_k},
            ["query"],
        ),
        _schema(
            "query_knowledge",
            "Read the guidance of one generation skill.",
            {"skill_name": {"type": "string", "enum": list(SKILLS)}},
            ["skill_name"],
        ),
    ]


def _schema(name: str, description: str, properties: dict[str, object], required: list[str]) -> dict[str, object]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def default_system_prompt(limits: Limits, *, native_tools: bool = False, detail: Detail = Detail.FULL) -> str:
    """The built-in system prompt, with the tools and budgets filled in.

    ``native_tools``: the tools go to the model through the API's own tool calls, so the prompt does not describe them.
    """
    budgets = _budgets(limits)
    if detail is Detail.BRIEF:
        return _template("system_brief").format(skills=", ".join(SKILLS), **budgets)
    tools = "\n".join(json.dumps(schema) for schema in tool_schemas())
    calling = _template("calling_native" if native_tools else "calling").format(tools=tools, **budgets)
    return _template("system").format(calling=calling, **budgets)


def _budgets(limits: Limits) -> dict[str, int]:
    return {
        "max_tool_calls": limits.max_tool_calls,
        "max_turns": limits.max_turns,
        "max_references": limits.max_references,
    }


def _template(name: str) -> str:
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def messages(episode: Episode, *, system: str, detail: Detail = Detail.FULL) -> tuple[Message, ...]:
    """The conversation so far, ready for the policy's next reply (or, once the episode is done, for the record)."""
    return tuple(_messages(episode, system, detail))


def _messages(episode: Episode, system: str, detail: Detail) -> Iterator[Message]:
    yield Message(role=Role.SYSTEM, text=system)
    yield Message(role=Role.USER, text=_request(episode, detail), images=_digests(episode.request.references))
    for turn in episode.turns:
        yield Message(role=Role.ASSISTANT, text=turn.text)
        if turn.observation is not None:
            shown = turn.observation.pictures if isinstance(turn.observation, ImageResults) else ()
            yield Message(role=Role.USER, text=observation_message(turn.observation, detail), images=_digests(shown))
    if episode.outcome is None and episode.answer_forced:
        yield Message(role=Role.USER, text=_template("forced").format(**_budgets(episode.limits)))


def _digests(pictures: Sequence[Picture]) -> tuple[str, ...]:
    """The images that a message names, in its order; whether a policy looks at them is that policy's setting."""
    return tuple(picture.digest for picture in pictures)


def _request(episode: Episode, detail: Detail) -> str:
    text = escape(episode.request.text)
    if not episode.request.references:
        return text
    return f"{text}{SUPPLIED}{_pictures(0, episode.request.references, detail)}"


def observation_message(observation: Observation, detail: Detail = Detail.FULL) -> str:
    return f"<tool_response>\n{observation_text(observation, detail)}\n</tool_response>"


def observation_text(observation: Observation, detail: Detail = Detail.FULL) -> str:
    match observation:
        case TextResults(results=results):
            shown = _each_hit_once(results) if detail is Detail.BRIEF else results
            return "\n\n".join(_query_block(result, detail) for result in shown)
        case ImageResults():
            return _image_block(observation, detail)
        case SkillText(skill_name=name, text=text):
            return f"## Skill Guidance\n\n=== Skill: {name} ===\n{text}"
        case Mistake(problems=problems):
            listed = "\n".join(f"- {one_line(problem)}" for problem in problems)
            return f"--- this reply was not accepted ---\n{listed}\nMend this and reply again.\n--- end ---"
        case Refusal(reason=reason):
            return f"--- this call was refused: {one_line(reason)} ---"
        case ToolFailure(call=call, message=message):
            return _failure(call, message)


def _each_hit_once(results: Sequence[QueryHits]) -> Iterator[QueryHits]:
    """The best few hits of each query that no query before it has shown."""
    seen: set[TextHit] = set()
    for result in results:
        fresh = tuple(hit for hit in result.hits if hit not in seen)[:BRIEF_HITS]
        seen.update(fresh)
        yield replace(result, hits=fresh)


def _query_block(result: QueryHits, detail: Detail) -> str:
    if result.error:
        return f"--- search error for {bracketed(result.query)}: {one_line(result.error)} ---"
    lines = [f"--- search result for {bracketed(result.query)} ---"]
    brief = detail is Detail.BRIEF
    for number, hit in enumerate(result.hits, start=1):
        snippet = extract(hit.snippet, result.query) if brief else hit.snippet
        lines += [f"{number}. title: {one_line(hit.title)}"]
        lines += [] if brief else [f"  url: {one_line(hit.url)}"]
        lines += [f"  snippet: {one_line(snippet)}"]
    if not result.hits:
        lines.append("(no results)")
    return "\n".join([*lines, "--- end of search result ---"])


def _image_block(results: ImageResults, detail: Detail) -> str:
    lines = [f"--- image search result for {bracketed(results.query)} ---"]
    lines.append(_pictures(results.first, results.pictures, detail) or "(no results)")
    return "\n".join([*lines, "--- end of image search result ---"])


def _pictures(first: int, pictures: Sequence[Picture], detail: Detail) -> str:
    return "\n".join(picture_line(position, picture, detail) for position, picture in enumerate(pictures, start=first))


def _failure(call: ToolCall, message: str) -> str:
    match call:
        case SearchCall(queries=queries):
            return "\n\n".join(f"--- search error for {bracketed(query)}: {one_line(message)} ---" for query in queries)
        case ImageSearchCall(query=query):
            return f"--- image search error for {bracketed(query)}: {one_line(message)} ---"
        case SkillCall(skill_name=name):
            return f"--- skill error for {bracketed(name)}: {one_line(message)} ---"
