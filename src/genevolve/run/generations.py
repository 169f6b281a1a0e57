"""A directory of ``generate``: every generation that it holds, read back from the journal, so that none is ever lost."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.event import Answer, Event, ImageScored, NotRendered, Rendered, Replied, Returned, Reviewed
from genevolve.core.picture import Picture
from genevolve.core.request import Earlier, Request
from genevolve.core.round import Round, best
from genevolve.core.score import Score, Unscored
from genevolve.core.turn import Turn
from genevolve.run.folder import RunFolder
from genevolve.store.images import ImageStore
from genevolve.store.journal import Journal, records
from genevolve.store.wire import BadEntry, entry_from_json, entry_to_json, request_from_json, request_to_json

CANCELLED = "cancelled"  # the key of a journal's line that says: no more of this generation
_FIRST = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the journal says of one generation: its ``events``, and what they came to under whichever limits it had.

    ``made`` is the digest of what made it (``run.again``), empty where that is not written down.
    """

    request: Request
    made: str = ""
    events: tuple[Event, ...] = ()
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Picture, ...] = ()
    rounds: tuple[Round, ...] = ()

    @property
    def best(self) -> Round | None:
        """The round that is its result."""
        return best(self.rounds) if self.rounds else None

    @property
    def prompt(self) -> str:
        answered = [turn.action.program.prompt for turn in self.turns if isinstance(turn.action, Answer)]
        return self.best.program.prompt if self.best else (answered or [""])[-1]

    @property
    def digest(self) -> str | None:
        """That of its image, None where there is none."""
        return self.best.rendering.digest if self.best and isinstance(self.best.rendering, Rendered) else None

    @property
    def verdict(self) -> Score | Unscored | None:
        return self.best.image_score if self.best else None

    @property
    def problem(self) -> str:
        return self.best.rendering.reason if self.best and isinstance(self.best.rendering, NotRendered) else ""

    @property
    def earlier(self) -> Earlier | None:
        """What a follow-up goes on from; None without an image that an answer was drawn to."""
        answers = [turn for turn in self.turns if isinstance(turn.action, Answer) and turn.action.program == self._program]
        if self.best is None or self.digest is None or not answers:
            return None
        return Earlier(
            request=self.request,
            turns=(*(turn for turn in self.turns if turn.observation is not None), answers[-1]),
            pictures=self.pictures,
            picture=Picture(title="The picture so far", digest=self.digest, source=f"generation {self.request.id}"),
            seed=self.request.seed + self.best.take,
        )

    @property
    def _program(self) -> object:
        return self.best.program if self.best else None

    def followed_by(self, event: Event) -> "Recorded":
        """With one event more."""
        known = replace(self, events=(*self.events, event))
        match event:
            case Replied(text=text, action=action, usage=usage):
                return replace(known, turns=(*self.turns, Turn(text=text, action=action, usage=usage)))
            case Returned(result=result) if self.turns:
                seen = replace(result, first=len(self.pictures) if result.pictures else 0)
                turns = (*self.turns[:-1], replace(self.turns[-1], observation=seen))
                return replace(known, turns=turns, pictures=(*self.pictures, *result.pictures))
            case Rendered() | NotRendered():
                return replace(known, rounds=self._drawn(event))
            case ImageScored(result=score) if self.rounds:
                return replace(known, rounds=(*self.rounds[:-1], replace(self.rounds[-1], image_score=score)))
            case Reviewed(result=score) if self.rounds:
                return replace(known, rounds=(*self.rounds[:-1], replace(self.rounds[-1], review=score)))
        return known

    def _drawn(self, drawn: Rendered | NotRendered) -> tuple[Round, ...]:
        """The rounds with one picture more: of a new answer, of another seed, or of a try after one that failed."""
        answered = [turn.action.program for turn in self.turns if isinstance(turn.action, Answer)]
        if not answered:
            return self.rounds
        last = self.rounds[-1] if self.rounds else None
        if last is None or last.program != answered[-1]:
            return (*self.rounds, Round(program=answered[-1], rendering=drawn))
        if isinstance(last.rendering, NotRendered):
            return (*self.rounds[:-1], replace(last, rendering=drawn))
        return (*self.rounds, Round(program=last.program, take=last.take + 1, rendering=drawn))


def recorded(folder: RunFolder) -> tuple[Recorded, ...]:
    """The generations in ``folder``, the oldest first. Raises ``UsageError`` for a directory of another command and for a
    journal that is damaged."""
    if of_a_file(folder):
        raise UsageError(f"--out {folder.path} holds a run over a file: choose another directory")
    return read_back(folder)


def of_a_file(folder: RunFolder) -> bool:
    """Whether another command than ``generate`` works in it."""
    about = folder.described() or {}
    return "input" in about or "until" in about


def read_back(folder: RunFolder) -> tuple[Recorded, ...]:
    """As ``recorded``, of any journal."""
    found: dict[str, Recorded] = {}
    finished: dict[str, Earlier] = {}
    for record in records(folder.journal):
        key = str(record.get("row"))
        try:
            if "request" in record:
                request = request_from_json(record["request"], finished)
                about = record.get("about")
                made = str(about.get("made", "")) if isinstance(about, dict) else ""
                found[key] = Recorded(request=request, made=made, pictures=request.pictures)
            elif key in found and CANCELLED not in record:
                found[key] = found[key].followed_by(entry_from_json(record.get("entry")))
                if (earlier := found[key].earlier) is not None:
                    finished[key] = earlier
        except BadEntry:
            raise UsageError(
                f"--out {folder.path}: the journal of generation {key!r} cannot be read; choose another directory"
            ) from None
    return tuple(found.values())


def free_id(folder: RunFolder, taken: Sequence[str]) -> str:
    """``image``, ``image-2``, …: none that is ``taken`` or that an image has already."""
    number = 1
    shown = {path.stem for path in folder.images.folder.glob(f"{_FIRST}*.*")}
    while (name := _FIRST if number == 1 else f"{_FIRST}-{number}") in {*taken, *shown}:
        number += 1
    return name


def carried_over(chain: Sequence[Recorded], images: ImageStore, folder: RunFolder) -> tuple[Recorded, ...]:
    """Generations of another directory, each after the one that it follows, with ids that are free in ``folder``, and their
    images in it. Raises ``ServiceError`` where an image is gone."""
    taken = [each.request.id for each in read_back(folder)]
    made: list[Recorded] = []
    for each in chain:
        named = replace(each.request, id=free_id(folder, taken), after=made[-1].earlier if made else None)
        taken.append(named.id)
        for digest in (*(picture.digest for picture in each.pictures), *filter(None, [each.digest])):
            folder.images.put(images.load(digest))
        made.append(replace(each, request=named, pictures=_renamed(each, named)))
    return tuple(made)


def _renamed(each: Recorded, request: Request) -> tuple[Picture, ...]:
    return (*request.pictures, *each.pictures[len(each.request.pictures) :])


def write_down(journal: Journal, known: Recorded) -> None:
    """The records of a generation, as its own journal has them."""
    journal.append({"row": known.request.id, "request": request_to_json(known.request)})
    for event in known.events:
        journal.append({"row": known.request.id, "entry": entry_to_json(event)})


def page_of(folder: RunFolder, name: str) -> Path:
    """The whole page of generation ``name``."""
    return folder.path / "pages" / f"{name}.html"


def keep_page(folder: RunFolder, earlier: tuple[Recorded, ...]) -> None:
    """Keep the page of a directory from before each generation had its own: it shows the last one."""
    if earlier and folder.page.exists() and not (kept := page_of(folder, earlier[-1].request.id)).exists():
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(folder.page, kept)


def keep_result(folder: RunFolder, result: dict[str, Any]) -> None:
    """Add one line to ``results.jsonl``."""
    with Journal(folder.results) as results:
        results.append(result)
