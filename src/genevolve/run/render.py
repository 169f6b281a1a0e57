"""A program to an image."""

import asyncio

from genevolve.core.episode import Episode
from genevolve.core.errors import SafetyRefusal
from genevolve.core.event import Boundary, Failed
from genevolve.core.program import Program
from genevolve.core.protocols import ReferenceImage, Rendering, RenderOrder
from genevolve.core.trajectory import NotRendered, Rendered
from genevolve.run.components import Components
from genevolve.store.decode import WEB_FORMATS, NotAnImage, decode


async def render(program: Program, episode: Episode, setup: Components) -> Rendered | NotRendered:
    """Render ``program`` with the pictures that ``episode`` found, and store the image."""
    request = episode.request

    async def attempt() -> Rendering | NotRendered:
        order = RenderOrder(
            prompt=program.prompt,
            references=selected_references(program, episode, setup),
            size=request.size,
            seed=request.seed,
        )
        try:
            return await setup.generator.generate(order)
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
    return Rendered(digest=setup.images.put(image.png), notes=rendering.notes, cost=rendering.cost)


def selected_references(program: Program, episode: Episode, setup: Components) -> tuple[ReferenceImage, ...]:
    """The selected pictures with their bytes, in ordinal order. Raises ``Failure`` when a stored image is gone."""
    chosen = ((selection, episode.picture(selection.img_id)) for selection in program.references)
    return tuple(
        ReferenceImage(picture=picture, note=selection.note, data=setup.images.load(picture.digest))
        for selection, picture in chosen
    )
