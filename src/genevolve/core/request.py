"""What a user asks for."""

from dataclasses import dataclass

from genevolve.core.picture import Picture

DEFAULT_SIZE = (512, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A plain-language request, with the user's own reference images. ``size`` is (width, height) in pixels."""

    id: str
    text: str
    references: tuple[Picture, ...] = ()
    size: tuple[int, int] = DEFAULT_SIZE
    seed: int = 0
