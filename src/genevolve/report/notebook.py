"""A generation as a notebook shows it: its picture, verdict and program, and the request with what became of its words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genevolve.core.episode import Episode
from genevolve.core.event import Rendered
from genevolve.core.ledger import Ledger
from genevolve.core.round import failures
from genevolve.core.score import NotApplicable, Score, kscore
from genevolve.report.environment import templates
from genevolve.report.generations import variations_shown
from genevolve.report.trajectory import data_url
from genevolve.run.folder import RunFolder
from genevolve.run.result import failure

_SIDE = 768  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPart:
    """A piece of the request, and what became of it; ``fate`` is empty for what stands between."""

    text: str
    fate: str = ""
    becomes: str = ""
    lost: bool = False


def generation_html(episode: Episode, others: Sequence[Episode], folder: RunFolder, page: Path) -> str:
    """A part of a page, everything in it escaped; ``others`` are the further variations of the call, the best first."""
    drawn, verdict = episode.rendering, episode.verdict
    score = verdict if isinstance(verdict, Score) else None
    judged = f"judge {score.judged_by}" if score else ""
    told = f"KScore {kscore(score, NotApplicable.RENORMALIZED):.2f} ({judged})" if score else f"Unscored: {_reason(episode)}"
    return (
        templates()
        .get_template("generation.html")
        .render(
            image=data_url(folder.images, drawn.digest, _SIDE) if isinstance(drawn, Rendered) else "",
            request=episode.request.text,
            error=failure(episode),
            verdict=told,
            parts=list(request_parts(episode.request.text, verdict.ledger)),
            lost=verdict.ledger.summary() if verdict.ledger is not None and verdict.ledger.losses() else "",
            failed=[f"{found.requirement}: {found.detail}" for found in failures(score)] if score else [],
            prompt=episode.program.prompt if episode.program else "",
            others=variations_shown((episode, *others), folder, "").shown[1:],
            page=str(page),
        )
    )


def _reason(episode: Episode) -> str:
    verdict = episode.verdict
    return "" if isinstance(verdict, Score) else verdict.reason


def request_parts(text: str, ledger: Ledger | None) -> Iterator[RequestPart]:
    """``text`` in pieces: what an entry of the ledger covers, and what lies between; together they are ``text``.

    Of a follow-up the ledger reads all requests as one text: its entries are no pieces of this one, and are left out.
    """
    place = 0
    for entry in ledger.entries if ledger is not None else ():
        if entry.start < place or text[entry.start : entry.end] != entry.words:
            continue
        yield RequestPart(text=text[place : entry.start])
        yield RequestPart(text=entry.words, fate=entry.fate.value, becomes=entry.becomes, lost=entry.lost)
        place = entry.end
    yield RequestPart(text=text[place:])
