"""The earlier generations of a directory, as its page shows them: the newest first."""

from collections.abc import Sequence

from genevolve.core.episode import Episode
from genevolve.core.event import Rendered
from genevolve.core.score import NotApplicable, Score, Unscored, kscore
from genevolve.report.trajectory import EarlierOne, Variation, Variations, data_url
from genevolve.run.folder import RunFolder
from genevolve.run.generations import Recorded, page_of

_SIDE = 320  # pixels: twice what is shown, for screens that have them
_MOST_PICTURES = 100  # further ones are told in words, so that the page stays of a size that opens


def earlier_ones(earlier: Sequence[Recorded], folder: RunFolder) -> tuple[EarlierOne, ...]:
    newest_first = tuple(reversed(earlier))
    return tuple(_shown(each, folder, pictured=place < _MOST_PICTURES) for place, each in enumerate(newest_first))


def variations_shown(best_first: Sequence[Episode], folder: RunFolder, stopped: str) -> Variations:
    """The variations of one call, where there are several, and why there are no more."""
    several = best_first if len(best_first) > 1 else ()
    return Variations(shown=tuple(_variation(episode, folder) for episode in several), stopped=stopped)


def _variation(episode: Episode, folder: RunFolder) -> Variation:
    drawn = episode.rendering
    return Variation(
        name=episode.request.id,
        seed=episode.request.seed,
        verdict=_told(episode.verdict),
        data=data_url(folder.images, drawn.digest, _SIDE) if isinstance(drawn, Rendered) else "",
        page=page_of(folder, episode.request.id).relative_to(folder.path).as_posix(),
    )


def _shown(each: Recorded, folder: RunFolder, *, pictured: bool) -> EarlierOne:
    page = page_of(folder, each.request.id)
    return EarlierOne(
        request=each.request.text,
        prompt=each.prompt,
        verdict=f"{_verdict(each)} · {each.request.size[0]}×{each.request.size[1]}, seed {each.request.seed}",
        data=data_url(folder.images, each.digest, _SIDE) if each.digest and pictured else "",
        page=page.relative_to(folder.path).as_posix() if page.is_file() else "",
    )


def _verdict(each: Recorded) -> str:
    if each.verdict is not None:
        return _told(each.verdict)
    return each.problem or "it did not come to its end"


def _told(verdict: Score | Unscored) -> str:
    match verdict:
        case Score() as score:
            return f"KScore {kscore(score, NotApplicable.RENORMALIZED):.2f}"
        case Unscored(reason=reason):
            return f"unscored: {reason}"
