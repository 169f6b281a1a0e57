"""What counts as an outage: what a service did not answer, and nobody answered later."""

import pytest

from genevolve.core.episode import Episode, Limits
from genevolve.core.event import Boundary, Event, Failed, QueryHits, Replied, Returned, TextHit, ToolResult
from genevolve.core.picture import Picture
from genevolve.core.replay import replay
from genevolve.core.request import Request
from genevolve.core.tool import Tool, Toolbox
from genevolve.tools.image_search import image_result, image_search_call
from genevolve.tools.search import search_call, search_result
from genevolve.tools.skills import skill_call
from genevolve.tools.standard import STANDARD

HIT = TextHit(title="Oslo", url="u", snippet="It is in Norway.")


async def _none(call: object, desk: object) -> ToolResult:
    raise AssertionError


BROWSE = Tool(name="browse", label="page", description="Reads.", parameters={"url": {"type": "string"}}, run=_none)
TOOLS = Toolbox((*STANDARD.tools, BROWSE))


def episode(*events: Event) -> Episode:
    return replay(Request(id="r", text="a picture"), Limits(), TOOLS, events)


def searched(*queries: str, error: str = "", failed: str = "") -> list[Event]:
    """A search, of whose queries ``failed`` was not answered."""
    facts = [QueryHits(query=q, error=error) if q == failed else QueryHits(query=q, hits=(HIT,)) for q in queries]
    return [Replied(text="…", action=search_call(queries)), Returned(result=search_result(facts))]


def failing(call: Replied, boundary: Boundary, *, retryable: bool = True, message: str = "HTTP 429") -> list[Event]:
    return [call, Failed(boundary=boundary, message=message, retryable=retryable)]


IMAGES = Replied(text="…", action=image_search_call("flag of Norway"))
FACTS = Replied(text="…", action=search_call(("capital", "colours")))
PAGE = Replied(text="…", action=TOOLS.call("browse", {"url": "https://a.org/x"}))
FOUND: list[Event] = [
    Replied(text="…", action=image_search_call("Flag  of norway")),
    Returned(result=image_result("Flag  of norway", (Picture(title="Flag", digest="0" * 64, source="web"),))),
]


def test_what_was_answered_is_no_outage() -> None:
    nothing = Returned(result=image_result("flag of Norway"))
    assert episode(*searched("capital"), IMAGES, nothing).degraded == ()


def test_each_query_that_no_service_answered_is_told_once() -> None:
    again = failing(FACTS, Boundary.SEARCH, message="HTTP\n503")
    found = episode(*searched("capital", "colours", failed="colours", error="HTTP 429"), *again)
    assert found.degraded == ("search for “colours” was not answered: HTTP 429",), "“capital” had been answered before"
    assert episode(*again).degraded == (
        "search for “capital” was not answered: HTTP 503",
        "search for “colours” was not answered: HTTP 503",
    )


def test_a_query_that_was_answered_later_is_no_outage() -> None:
    failed = failing(IMAGES, Boundary.IMAGE_SEARCH)
    assert len(episode(*failed).degraded) == 1
    assert episode(*failed, *FOUND).degraded == ()
    assert len(episode(*failed, *searched("flag of Norway")).degraded) == 1, "another tool has not brought the picture"


@pytest.mark.parametrize("boundary", [Boundary.SEARCH, Boundary.IMAGE_SEARCH, Boundary.SKILLS])
def test_searches_and_skills_fail_for_reasons_of_their_own(boundary: Boundary) -> None:
    calls = {
        Boundary.SEARCH: FACTS,
        Boundary.IMAGE_SEARCH: IMAGES,
        Boundary.SKILLS: Replied(text="…", action=skill_call("text_rendering")),
    }
    assert episode(*failing(calls[boundary], boundary, retryable=False, message="no picture could be downloaded")).degraded


def test_a_page_that_is_not_there_is_an_answer() -> None:
    out = failing(PAGE, Boundary.TOOL, message="a.org took longer than 20 s")
    gone = failing(PAGE, Boundary.TOOL, retryable=False, message="a.org answers with status 404")
    assert episode(*out).degraded == ("page for “https://a.org/x” was not answered: a.org took longer than 20 s",)
    assert episode(*gone).degraded == episode(*out, *gone).degraded == ()
