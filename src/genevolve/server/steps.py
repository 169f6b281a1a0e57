"""What happens in a generation, as pages and assistants show it: one JSON object for each event, with links to its pictures."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from genevolve.core.event import (
    Answer,
    Event,
    Failed,
    ImageScored,
    NotRendered,
    ProgramScored,
    Rendered,
    Replied,
    Returned,
    Reviewed,
    Stopped,
    ToolResult,
)
from genevolve.core.picture import Picture, image_id
from genevolve.core.request import Request
from genevolve.core.turn import Turn
from genevolve.report.trajectory import describe
from genevolve.run.result import judgement, program_judgement
from genevolve.tools.standard import RECORDED

_THOUGHT = re.compile(r"<think>(?P<thought>.*?)</think>", re.DOTALL)
Link = Callable[[str], str]  # the name of a file of the generation → its address


def pictures(request: Request, events: Iterable[Event]) -> dict[str, Picture]:
    """Every picture that an episode knows, by its ``IMG_…``: first those that came with the request, then what was found."""
    known = list(request.pictures)
    for event in events:
        if isinstance(event, Returned):
            known += event.result.pictures
    return {image_id(place): picture for place, picture in enumerate(known)}


def drawings(events: Iterable[Event]) -> dict[str, str]:
    """The digest of each round's picture, by ``round-N``."""
    made = [event for event in events if isinstance(event, Rendered | NotRendered)]
    return {f"round-{n}": event.digest for n, event in enumerate(made, start=1) if isinstance(event, Rendered)}


class Steps:
    """The events of one generation as steps. They are numbered; what a picture is called depends on those before."""

    def __init__(self, request: Request, link: Link) -> None:
        self._link = link
        self._known = [*request.pictures]
        self._rounds = 0
        self._turns = 0

    def each(self, events: Iterable[Event]) -> Iterator[dict[str, Any]]:
        return (self.of(event) for event in events)

    def of(self, event: Event) -> dict[str, Any]:
        """The step of ``event``; events must come in their order."""
        match event:
            case Replied():
                return self._replied(event)
            case Returned(result=result):
                return self._returned(result)
            case Failed(boundary=boundary, message=message, retryable=retryable):
                return {"step": "failed", "service": str(boundary), "message": message, "retryable": retryable}
            case Rendered(notes=notes, credits=credits):
                self._rounds += 1
                image = self._link(f"round-{self._rounds}.png")
                return {
                    "step": "picture",
                    "round": self._rounds,
                    "image": image,
                    "notes": list(notes),
                    "credits": list(credits),
                }
            case NotRendered(reason=reason, refused=refused):
                self._rounds += 1
                return {"step": "no_picture", "round": self._rounds, "message": reason, "refused": refused}
            case ProgramScored(result=result):
                return {"step": "program_verdict", "program_score": program_judgement(result)}
            case Reviewed(result=result):
                return {"step": "review", "round": self._rounds, **judgement(result)}
            case ImageScored(result=result):
                return {"step": "verdict", "round": self._rounds, **judgement(result)}
            case Stopped(reason=reason):
                return {"step": "stopped", "message": reason}

    def _replied(self, event: Replied) -> dict[str, Any]:
        self._turns += 1
        thought = _THOUGHT.search(event.text)
        action, detail = describe(Turn(text=event.text, action=event.action), RECORDED)
        said = {
            "turn": self._turns,
            "thought": thought["thought"].strip() if thought else "",
            "tokens": event.usage.prompt_tokens + event.usage.completion_tokens,
        }
        if not isinstance(event.action, Answer):
            return {"step": "action", **said, "action": action, "detail": detail}
        program = event.action.program
        chosen = [
            {"img_id": selected.img_id, "note": selected.note, **self._named(selected.img_id)}
            for selected in program.references
        ]
        return {"step": "program", **said, "gen_prompt": program.prompt, "reference_images": chosen}

    def _returned(self, found: ToolResult) -> dict[str, Any]:
        first = len(self._known)
        self._known += found.pictures
        facts = [
            {
                "query": answered.query,
                "error": answered.error,
                "hits": [
                    {"title": hit.title, "snippet": hit.snippet, "url": hit.url, "source": hit.source} for hit in answered.hits
                ],
            }
            for answered in found.facts
        ]
        shown = [{"img_id": image_id(place), **self._named(image_id(place))} for place in range(first, len(self._known))]
        return {
            "step": "found",
            "tool": found.tool,
            "about": found.about,
            "text": found.text,
            "facts": facts,
            "pictures": shown,
        }

    def _named(self, img_id: str) -> dict[str, Any]:
        known = {image_id(place): picture for place, picture in enumerate(self._known)}
        if (picture := known.get(img_id)) is None:
            return {}
        shown = {"title": picture.title, "source": picture.source, "url": picture.url, "page_url": picture.page_url}
        return {**shown, "licence": picture.licence, "image": self._link(f"{img_id}.png")}
