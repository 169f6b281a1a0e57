"""What the policy was shown, back from text: the inverse of ``genevolve.protocol.render``'s request and observations.

The reconstruction is exact up to what the text does not carry: the source and licence of a picture, the source of a hit.
Text that has none of the known shapes (another system's observation, a forced-answer message) is None, never guessed at.
"""

import re
from dataclasses import dataclass

from genevolve.core.event import (
    ImageResults,
    ImageSearchCall,
    Mistake,
    Observation,
    QueryHits,
    Refusal,
    SkillCall,
    SkillText,
    TextHit,
    TextResults,
    ToolFailure,
)
from genevolve.core.picture import Picture
from genevolve.protocol.escape import unescape
from genevolve.protocol.listing import SUPPLIED, listed

_RESPONSE = re.compile(r"\A\s*<tool_response>\n(?P<body>.*?)\n?</tool_response>\s*\Z", re.DOTALL)
_HIT = re.compile(r"^\d+\. title: ?(?P<title>.*)\n(?:  url: ?(?P<url>.*)\n)?  snippet: ?(?P<snippet>.*)$", re.MULTILINE)
_QUERY = re.compile(
    r"^--- search result for \[(?P<query>[^\n]*)\] ---\n(?P<body>.*?)^--- end of search result ---$"
    r"|^--- search error for \[(?P<failed>[^\n]*?)\]: (?P<error>[^\n]*) ---$",
    re.MULTILINE | re.DOTALL,
)
_IMAGES = re.compile(r"\A--- image search result for \[(?P<query>[^\n]*)\] ---\n")
_IMAGE_ERROR = re.compile(r"\A--- image search error for \[(?P<query>.*?)\]: (?P<error>.*) ---\Z")
_SKILL = re.compile(r"\A## Skill Guidance\n\n=== Skill: (?P<name>\S+) ===\n(?P<text>.*)\Z", re.DOTALL)
_SKILL_ERROR = re.compile(r"\A--- skill error for \[(?P<name>.*?)\]: (?P<error>.*) ---\Z")
_REFUSED = re.compile(r"\A--- this call was refused: (?P<reason>.*) ---\Z")
_REJECTED = "--- this reply was not accepted ---\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The user's words and the pictures that came with them, ids ``IMG_001`` onwards."""

    text: str
    supplied: tuple[Picture, ...] = ()


def request_of(message: str) -> Asked:
    """The request in the first user message. A user who writes the heading himself without pictures keeps his words."""
    text, heading, _ = message.rpartition(SUPPLIED)
    supplied = tuple(found.picture for found in listed(message)) if heading else ()
    if not supplied:
        return Asked(text=unescape(message))
    return Asked(text=unescape(text), supplied=supplied)


def observation_of(message: str) -> Observation | None:
    """The observation that a user message shows, or None."""
    if not (response := _RESPONSE.match(message)):
        return None
    body = response["body"]
    if body.startswith(_REJECTED):
        return _mistake(body)
    if shown := _SKILL.match(body):
        return SkillText(skill_name=shown["name"], text=shown["text"])
    if shown := _REFUSED.match(body):
        return Refusal(reason=unescape(shown["reason"]))
    if shown := _SKILL_ERROR.match(body):
        return ToolFailure(call=SkillCall(skill_name=unescape(shown["name"])), message=unescape(shown["error"]))
    return _images(body) or _texts(body)


def _mistake(body: str) -> Mistake:
    problems = (line[2:] for line in body.splitlines() if line.startswith("- "))
    return Mistake(problems=tuple(map(unescape, problems)))


def _images(body: str) -> ImageResults | ToolFailure | None:
    if failed := _IMAGE_ERROR.match(body):
        return ToolFailure(call=ImageSearchCall(query=unescape(failed["query"])), message=unescape(failed["error"]))
    if not (opening := _IMAGES.match(body)):
        return None
    found = listed(body)
    first = found[0].position if found else 0
    return ImageResults(query=unescape(opening["query"]), pictures=tuple(one.picture for one in found), first=first)


def _texts(body: str) -> TextResults | None:
    results = tuple(map(_query, _QUERY.finditer(body)))
    return TextResults(results=results) if results else None


def _query(block: re.Match[str]) -> QueryHits:
    if block["failed"] is not None:
        return QueryHits(query=unescape(block["failed"]), error=unescape(block["error"]))
    hits = tuple(
        TextHit(title=unescape(hit["title"]), url=unescape(hit["url"] or ""), snippet=unescape(hit["snippet"]))
        for hit in _HIT.finditer(block["body"])
    )
    return QueryHits(query=unescape(block["query"]), hits=hits)
