"""The roles that have members: each a protocol of one method. Members raise ``genevolve.core.errors`` errors, never invent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from genevolve.core.claim import Claim
from genevolve.core.event import TextHit, Usage
from genevolve.core.message import Message
from genevolve.core.picture import Picture
from genevolve.core.program import Program
from genevolve.core.score import ProgramScore, Score, Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCall:
    """All that a policy may see. ``turn`` is 0-based; ``forced`` means that only an answer will be taken.

    ``tools`` are the JSON schemas of the episode's tools, for policies that call them through an API of their own.
    """

    episode_id: str
    turn: int
    forced: bool
    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, object], ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``text`` is the whole reply: its thoughts, and one tool call or the answer. ``usage`` is what it cost."""

    text: str
    usage: Usage = field(default_factory=Usage)


class Policy(Protocol):
    """Who plans: one reply to the messages so far, a tool call or the answer. Raises errors of ``core.errors``."""

    async def reply(self, call: PolicyCall) -> Reply: ...


class TextSearch(Protocol):
    """At most ``top_k`` pages for a query, the best first; none where nothing fits."""

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]: ...


class ImageSearch(Protocol):
    """Finds pictures and puts their decoded bytes into the image store before it names them."""

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]: ...


class Skills(Protocol):
    """The guidance of one skill as plain text. Raises ``ServiceError`` where it cannot be read."""

    async def guidance(self, skill_name: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceImage:
    """A selected reference with its bytes (a PNG or JPEG file), as generators and judges get it."""

    picture: Picture
    note: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOrder:
    """What a generator is asked for. ``size`` is (width, height) in pixels; ``references`` are in ordinal order.

    ``edit``: the picture that is to be changed, for generators that declare ``edits``.
    """

    prompt: str
    references: tuple[ReferenceImage, ...]
    size: tuple[int, int]
    seed: int
    edit: ReferenceImage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """An encoded image file; ``notes`` say plainly what could not be drawn and what stands in its place.

    ``credits`` name the works of others in it and their licences.
    """

    data: bytes
    notes: tuple[str, ...] = ()
    cost: float = 0.0
    credits: tuple[str, ...] = ()


class Generator(Protocol):
    """A program to an encoded image. Raises ``SafetyRefusal`` where the content is declined.

    It may have ``sides``, the fewest and most pixels of a side that it draws, and ``max_references``: what it does not take is
    then refused before anything is paid. ``math.inf`` references are any number: then all that a user hands over find room.
    With ``edits = True`` it is handed the picture that a follow-up changes, as ``RenderOrder.edit``. One that draws shapes has
    ``async def vector(order) -> str``: what it draws for the order, as an SVG file with a ``viewBox`` from 0 0 in pixels.
    ``trained = False`` says that no trained model draws: signed pictures tell it.
    """

    async def generate(self, order: RenderOrder) -> Rendering: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCase:
    """What an image judge sees. ``claims`` None means: derive them from the request. ``ground_truth`` is an image file.

    Of a follow-up ``request`` tells the first request and all changes in one text, and ``wishes`` holds them one by one.
    """

    request: str
    image: bytes
    ground_truth: bytes | None = None
    claims: tuple[Claim, ...] | None = None
    own_references: tuple[ReferenceImage, ...] = ()
    chosen: tuple[ReferenceImage, ...] = ()  # pictures of the user's libraries that the program took
    wishes: tuple[str, ...] = ()


class ImageJudge(Protocol):
    """A score of an image, or ``Unscored`` with the reason; never a made-up number."""

    async def judge_image(self, case: ImageCase) -> Score | Unscored: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCase:
    """What a program judge sees: the program, the titles of its references, and the facts and skills it could use.

    ``request`` and ``wishes`` are as in ``ImageCase``.
    """

    request: str
    program: Program
    references: tuple[Picture, ...]
    facts: tuple[TextHit, ...] = ()
    skills: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


class ProgramJudge(Protocol):
    """Whether a program suffices, or ``Unscored`` with the reason; never a made-up number."""

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored: ...
