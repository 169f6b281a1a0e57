"""What the policy was shown, back from text: the inverse of ``genevolve.protocol.render``'s request and observations.

Text that has none of the known shapes (another system's observation, a forced-answer message) is None, never guessed at.
"""

import re
from dataclasses import dataclass

from genevolve.core.event import Mistake, Observation, Refusal
from genevolve.core.picture import Picture
from genevolve.core.tool import Toolbox
from genevolve.protocol.blocks import result_of
from genevolve.protocol.escape import unescape
from genevolve.protocol.listing import SO_FAR, SUPPLIED, Listed, listed, listed_so_far
from genevolve.protocol.review import review_of_text

_RESPONSE = re.compile(r"\A\s*<tool_response>\n(?P<body>.*?)\n?</tool_response>\s*\Z", re.DOTALL)
_REVIEW = re.compile(r"\A<tool_response>\n(?P<body>--- your picture of .*?)\n</tool_response>\n\n", re.DOTALL)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """The user's words and the pictures that his message lists: the one that is to be changed, and those handed over now."""

    text: str
    so_far: Listed
    supplied: tuple[Listed, ...] = ()


def follow_up_of(message: str) -> FollowUp | None:
    """The follow-up that a user message asks for, or None where it is none."""
    shown = listed_so_far(message)
    if not shown:
        return None
    return FollowUp(text=unescape(message.rpartition(SO_FAR)[0]), so_far=shown[0], supplied=shown[1:])


def observation_of(message: str, tools: Toolbox) -> Observation | None:
    """The observation that a user message shows, or None. A result is read by that of ``tools`` which it is one of."""
    if shown := _REVIEW.match(message):
        return review_of_text(shown["body"])
    if not (response := _RESPONSE.match(message)):
        return None
    body = response["body"]
    if (mistake := _mistake(body)) is not None:
        return mistake
    if shown := _REFUSED.match(body):
        return Refusal(reason=unescape(shown["reason"]))
    return next((found for tool in tools if (found := result_of(tool, body)) is not None), None)


def not_accepted(message: str) -> bool:
    """Whether a user message turns a reply down: as a mistake, or as a call that is not executed."""
    response = _RESPONSE.match(message)
    return response is not None and bool(_REFUSED.match(response["body"]) or response["body"].startswith(_REJECTED))


def _mistake(body: str) -> Mistake | None:
    if not body.startswith(_REJECTED):
        return None
    problems = (line[2:] for line in body.splitlines() if line.startswith("- "))
    return Mistake(problems=tuple(map(unescape, problems)))
