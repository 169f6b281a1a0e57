"""One trajectory as a page: the image, its score, the program, and every turn with its pictures."""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from genevolve.core.episode import Episode
from genevolve.core.errors import ServiceError
from genevolve.core.event import Answer, KeepBest, Malformed, NotRendered, Rendered, ToolCall, ToolResult
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import ordinal_phrases
from genevolve.core.round import Round, failures
from genevolve.core.score import NotApplicable, Score, kscore
from genevolve.core.tool import Toolbox
from genevolve.core.turn import Turn
from genevolve.protocol.render import observation_text
from genevolve.report.environment import templates
from genevolve.run.result import result
from genevolve.store.images import ImageStore

THUMBNAIL, FULL = 192, 1280
_THOUGHT = re.compile(r"<think>(?P<thought>.*?)</think>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReference:
    """A picture on the page. ``data`` is a data URL, or empty when the stored file is gone."""

    img_id: str
    title: str
    source: str
    licence: str
    data: str
    chosen: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOne:
    """An earlier generation of the same directory. ``page`` is the address of its whole page, "" where it has none."""

    request: str
    prompt: str
    verdict: str
    data: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One of several images that were made for one request."""

    name: str
    seed: int
    verdict: str
    data: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variations:
    """The best first; none where there is only one. ``stopped`` says why there are fewer than were asked for."""

    shown: tuple[Variation, ...] = ()
    stopped: str = ""


ONE = Variations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A request that this one follows up on, and its picture."""

    request: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCard:
    """One turn: what the policy thought and did, and what it saw."""

    number: int
    action: str
    detail: str
    thought: str
    observation: str
    pictures: tuple[ShownReference, ...]
    mistake: bool


def trajectory_page(
    trajectory: Episode,
    images: ImageStore,
    *,
    about: dict[str, Any],
    earlier: Sequence[EarlierOne] = (),
    newest: str = "",
    variations: Variations = ONE,
) -> str:
    """HTML of the page. ``about`` is what made the run (profile, versions, seed), shown before the ``earlier`` generations of
    the directory. ``newest`` is the address of the directory's own page. ``variations`` are all of one call."""
    episode = trajectory
    rendering = trajectory.rendering
    program = episode.program
    chosen = {selection.img_id: selection.note for selection in program.references} if program else {}
    gallery = TrajectoryGallery(images=images, chosen=chosen)
    image = data_url(images, rendering.digest, FULL) if isinstance(rendering, Rendered) else ""
    page = templates().get_template("trajectory.html")
    return page.render(
        result=result(trajectory, image_path=None),
        image=image,
        prompt=mark_ordinals(program.prompt) if program else "",
        references=[gallery.show(episode.picture_ids.index(img_id), episode.picture(img_id)) for img_id in chosen],
        supplied=[gallery.show(position, picture) for position, picture in _supplied(episode)],
        cards=[card(number, turn, gallery, episode.tools) for number, turn in enumerate(episode.turns, start=1)],
        rounds=_rounds(episode, images),
        about=about,
        earlier=earlier,
        newest=newest,
        variations=variations,
        before=_before(episode, images),
    )


def _before(episode: Episode, images: ImageStore) -> list[Before]:
    """What it follows up on, the first request first."""
    chain = episode.request.chain
    return [Before(request=each.request.text, data=data_url(images, each.picture.digest, THUMBNAIL)) for each in chain]


def _supplied(episode: Episode) -> list[tuple[int, Picture]]:
    """The user's own pictures that came with this request, each with its position."""
    first = len(episode.request.pictures) - len(episode.request.references)
    return list(enumerate(episode.request.references, start=first))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRound:
    """A round on the page: its picture as a data URL ("" where there is none), and what was said of it."""

    number: int
    data: str
    verdict: str
    failed: tuple[str, ...]
    result: bool


def _rounds(episode: Episode, images: ImageStore) -> list[ShownRound]:
    """All rounds, where there could be several."""
    if not episode.limits.several:
        return []
    return [_round(number, each, images, each is episode.best) for number, each in enumerate(episode.rounds, start=1)]


def _round(number: int, made: Round, images: ImageStore, result: bool) -> ShownRound:
    score, drawn = made.told, made.rendering
    failed = tuple(f"{found.requirement}: {found.detail}" for found in failures(score)) if isinstance(score, Score) else ()
    match drawn, score:
        case NotRendered(reason=reason), _:
            verdict = reason
        case _, Score():
            verdict = f"KScore {kscore(score, NotApplicable.RENORMALIZED):.2f}"
        case _:
            verdict = "not judged" if drawn is not None else "not rendered"
    data = data_url(images, drawn.digest, THUMBNAIL) if isinstance(drawn, Rendered) else ""
    return ShownRound(number=number, data=data, verdict=verdict, failed=failed, result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryGallery:
    images: ImageStore
    chosen: dict[str, str]

    def show(self, position: int, picture: Any) -> ShownReference:
        img_id = image_id(position)
        return ShownReference(
            img_id=img_id,
            title=picture.title,
            source=picture.source,
            licence=picture.licence,
            data=data_url(self.images, picture.digest, THUMBNAIL),
            chosen=img_id in self.chosen,
            note=self.chosen.get(img_id, ""),
        )


def card(number: int, turn: Turn, gallery: TrajectoryGallery, tools: Toolbox) -> ResultCard:
    thought = _THOUGHT.search(turn.text)
    seen = turn.observation
    pictures: Sequence[ShownReference] = ()
    if isinstance(seen, ToolResult):
        pictures = [gallery.show(seen.first + offset, picture) for offset, picture in enumerate(seen.pictures)]
    action, detail = describe(turn, tools)
    return ResultCard(
        number=number,
        action=action,
        detail=detail,
        thought=thought["thought"].strip() if thought else "",
        observation=observation_text(seen, tools) if seen is not None else "",
        pictures=tuple(pictures),
        mistake=seen is not None and seen.kind in {"mistake", "refusal", "tool_failure"},
    )


def describe(turn: Turn, tools: Toolbox) -> tuple[str, str]:
    """(what was done, with what) in a few words."""
    match turn.action:
        case ToolCall(name=name) as call:
            tool = tools.tool(name)
            return tool.shown_name, " · ".join(tool.subjects(call))
        case Answer(program=program):
            count = len(program.references)
            return "answer", f"{count} reference image{'s' if count != 1 else ''}"
        case KeepBest():
            return "keep", "the best picture so far"
        case Malformed(reason=reason):
            return "unreadable reply", reason


def mark_ordinals(prompt: str) -> Markup:
    """The prompt with its ordinal phrases marked."""
    parts: list[Markup] = []
    position = 0
    for mention in ordinal_phrases(prompt):
        if mention.start < position:
            continue
        parts += [
            escape(prompt[position : mention.start]),
            Markup("<mark>{}</mark>").format(prompt[mention.start : mention.end]),
        ]
        position = mention.end
    return Markup("").join([*parts, escape(prompt[position:])])


def data_url(images: ImageStore, digest: str, side: int) -> str:
    """The stored image, at most ``side`` pixels wide and high, as a data URL; empty when it cannot be read."""
    from PIL import Image

    try:
        data = images.load(digest)
    except ServiceError:
        return ""
    with Image.open(io.BytesIO(data)) as image:
        if max(image.size) > side:
            image.thumbnail((side, side))
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            data = buffer.getvalue()
    return "data:image/png;base64," + base64.b64encode(data).decode()
