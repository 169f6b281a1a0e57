"""Each command of an episode carried out: what the outside world says to it, as an event."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genevolve.core.case import Hidden, TruthFile, TruthImage
from genevolve.core.episode import Episode
from genevolve.core.errors import SafetyRefusal
from genevolve.core.event import (
    Boundary,
    Event,
    Failed,
    ImageScored,
    NotRendered,
    ProgramScored,
    Rendered,
    Replied,
    Returned,
    Reviewed,
    ToolCall,
    png,
)
from genevolve.core.program import Program
from genevolve.core.protocols import (
    ImageCase,
    ImageJudge,
    PolicyCall,
    ProgramCase,
    ProgramJudge,
    ReferenceImage,
    Rendering,
    RenderOrder,
)
from genevolve.core.score import Score, Unscored
from genevolve.protocol.parse import parse
from genevolve.protocol.render import messages
from genevolve.run.boundary import SingleTry, cross
from genevolve.run.components import Components
from genevolve.store.decode import WEB_FORMATS, NotAnImage, decode


async def ask(episode: Episode, forced: bool, setup: Components) -> Event:
    """The policy's next reply."""
    call = PolicyCall(
        episode_id=episode.request.id,
        turn=len(episode.turns),
        forced=forced,
        messages=messages(episode, system=setup.system, detail=setup.detail),
        tools=tuple(tool.schema for tool in episode.tools),
        seed=episode.request.seed,
    )
    reply = await setup.cross(Boundary.POLICY, lambda: setup.policy.reply(call))
    if isinstance(reply, Failed):
        return reply
    cap = episode.limits.max_reply_characters
    action = parse(reply.text, episode.tools, max_characters=cap, may_keep=bool(episode.rounds))
    return Replied(text=reply.text[:cap], action=action, usage=reply.usage)


async def use(call: ToolCall, episode: Episode, setup: Components) -> Event:
    """What the tool answers; its failure is something that the policy is told."""
    tool = episode.tools.tool(call.name)
    if tool.boundary is None:
        found = await cross(Boundary.TOOL, SingleTry(), lambda: tool.run(call, setup))
    else:
        found = await setup.cross(tool.boundary, lambda: tool.run(call, setup))
    return found if isinstance(found, Failed) else Returned(result=found)


async def render(program: Program, episode: Episode, setup: Components, take: int = 0) -> Rendered | NotRendered:
    """Render ``program`` with the pictures that ``episode`` found, and store the image; each ``take`` has its own seed."""
    crowded = _crowded_out(program, episode, setup)

    async def attempt() -> Rendering | NotRendered:
        order = _order(program, episode, setup, take)
        try:
            return await setup.generator.generate(order if crowded else replace(order, edit=_so_far(program, episode, setup)))
        except SafetyRefusal as refusal:
            return NotRendered(reason=str(refusal), refused=True)

    rendering = await setup.cross(Boundary.GENERATOR, attempt)
    match rendering:
        case Failed(message=message, retryable=retryable):
            return NotRendered(reason=message, retryable=retryable)
        case NotRendered():
            return rendering
    try:
        image = await asyncio.to_thread(decode, rendering.data, formats=WEB_FORMATS)
    except NotAnImage as problem:
        return NotRendered(reason=f"the generator returned something that is not an image: {problem}", retryable=True)
    stored = png(setup.images.put(image.png))
    return Rendered(artifacts=stored, notes=(*crowded, *rendering.notes), cost=rendering.cost, credits=rendering.credits)


def _order(program: Program, episode: Episode, setup: Components, take: int) -> RenderOrder:
    """What is asked for when ``program`` is drawn. Raises ``ServiceError`` when a stored image is gone."""
    return RenderOrder(
        prompt=program.prompt,
        references=selected_references(program, episode, setup),
        size=episode.request.size,
        seed=episode.request.seed + take,
    )


async def shapes_of(episode: Episode, setup: Components) -> str | None:
    """The picture that is the result of ``episode`` as an SVG drawing, of a generator that draws shapes (``takes.vectors``);
    None where there is no picture. Raises ``ServiceError`` when a stored image is gone."""
    chosen = episode.best
    if chosen is None or not isinstance(episode.rendering, Rendered):
        return None
    drawn: str = await setup.generator.vector(_order(chosen.program, episode, setup, chosen.take))  # type: ignore[attr-defined]
    return drawn


def _so_far(program: Program, episode: Episode, setup: Components) -> ReferenceImage | None:
    """The picture that a follow-up changes, where the generator edits and was not handed it already."""
    earlier = episode.request.after
    if earlier is None or not setup.takes.edits:
        return None
    if any(episode.picture(selection.img_id) == earlier.picture for selection in program.references):
        return None
    return ReferenceImage(picture=earlier.picture, note="", data=setup.images.load(earlier.picture.digest))


def _crowded_out(program: Program, episode: Episode, setup: Components) -> tuple[str, ...]:
    """A note where the picture that a follow-up changes has no place beside the references."""
    most = setup.takes.references
    if most is None or len(program.references) < most or _so_far(program, episode, setup) is None:
        return ()
    return (
        f"The picture so far was not handed to {setup.takes.name}: the answer's references take all of its {most:g} places.",
    )


def selected_references(program: Program, episode: Episode, setup: Components) -> tuple[ReferenceImage, ...]:
    """The selected pictures with their bytes, in ordinal order. Raises ``ServiceError`` when a stored image is gone."""
    chosen = ((selection, episode.picture(selection.img_id)) for selection in program.references)
    return tuple(
        ReferenceImage(picture=picture, note=selection.note, data=setup.images.load(picture.digest))
        for selection, picture in chosen
    )


async def judge_program(program: Program, episode: Episode, setup: Components, judge: ProgramJudge) -> ProgramScored:
    """The judge's program sufficiency; a judge that fails leaves it unscored."""
    case = ProgramCase(
        request=episode.request.whole,
        wishes=episode.request.wishes,
        program=program,
        references=tuple(episode.picture(selection.img_id) for selection in program.references),
        facts=episode.facts,
        skills=episode.skills,
    )
    score = await setup.cross(Boundary.PROGRAM_JUDGE, lambda: judge.judge_program(case))
    return ProgramScored(result=_unscored(score) if isinstance(score, Failed) else score)


async def judge_image(rendered: Rendered, episode: Episode, setup: Components, hidden: Hidden) -> ImageScored:
    """The judge's score of the stored image; a judge that fails leaves it unscored."""
    truth = _ground_truth(hidden)

    def case() -> ImageCase:
        return replace(_image_case(rendered, episode, setup), claims=hidden.claims, ground_truth=truth)

    return ImageScored(result=await _image_score(setup.image_judge, case, setup))


async def review_image(rendered: Rendered, episode: Episode, setup: Components) -> Reviewed:
    """The verdict that the policy may read: of its own judge, where there is one, and only from what the user has said."""
    judge = setup.reviewer or setup.image_judge
    return Reviewed(result=await _image_score(judge, lambda: _image_case(rendered, episode, setup), setup))


async def _image_score(judge: ImageJudge, case: Callable[[], ImageCase], setup: Components) -> Score | Unscored:
    async def attempt() -> Score | Unscored:
        return await judge.judge_image(case())

    score = await setup.cross(Boundary.IMAGE_JUDGE, attempt)
    return _unscored(score) if isinstance(score, Failed) else score


def _image_case(rendered: Rendered, episode: Episode, setup: Components) -> ImageCase:
    """What can be judged without any truth. Raises ``ServiceError`` when a stored image is gone."""
    own = episode.request.own
    return ImageCase(
        request=episode.request.whole,
        wishes=episode.request.wishes,
        image=setup.images.load(rendered.digest),
        own_references=tuple(ReferenceImage(picture=p, note="", data=setup.images.load(p.digest)) for p in own),
        chosen=_of_libraries(episode, setup),
    )


def _ground_truth(hidden: Hidden) -> bytes | None:
    """An image file; None where there is none, or one that nobody has drawn."""
    match hidden.truth:
        case TruthImage(png=data):
            return data
        case TruthFile(path=path):
            return Path(path).read_bytes()
    return None


def _of_libraries(episode: Episode, setup: Components) -> tuple[ReferenceImage, ...]:
    """The pictures of the user's own libraries that the newest program took: what it names must look like them."""
    taken = episode.rounds[-1].program.references if episode.rounds else ()
    pictures = ((episode.picture(selection.img_id), selection.note) for selection in taken)
    return tuple(
        ReferenceImage(picture=picture, note=note, data=setup.images.load(picture.digest))
        for picture, note in pictures
        if picture.source.startswith("library:")
    )


def _unscored(failure: Failed) -> Unscored:
    return Unscored(reason=failure.message, retryable=failure.retryable)
