"""Everything that a run works with, built once and shared by all its episodes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from genevolve.core.episode import Episode, Limits, start
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary, Failed, Payment
from genevolve.core.protocols import Generator, ImageJudge, ImageSearch, Policy, ProgramJudge, Skills, TextSearch
from genevolve.core.request import Request
from genevolve.core.tool import Toolbox
from genevolve.protocol.detail import Detail
from genevolve.run.boundary import Crossing, SingleTry, cross
from genevolve.run.limits import RateLimiter
from genevolve.run.together import all_ended
from genevolve.run.traces import Traces
from genevolve.services.secrets import cleaned
from genevolve.store.images import ImageStore
from genevolve.store.vectors import VECTOR_KINDS, check_vectors

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLimits:
    """What a generator takes, as far as it says so. ``sides``: the fewest and the most pixels of a side. ``references``:
    infinite where it takes any number."""

    name: str = "the generator"
    sides: tuple[int, int] | None = None
    references: float | None = None
    edits: bool = False  # it is handed the picture that a follow-up changes
    vectors: bool = False  # it gives its picture as shapes, too

    def check_size(self, size: tuple[int, int], *, setting: str = "--size") -> None:
        """Raises ``UsageError`` for a size that would be refused when everything before the image is paid for."""
        if self.sides is not None and not all(self.sides[0] <= side <= self.sides[1] for side in size):
            raise UsageError(
                f"{setting} is {size[0]}x{size[1]}, which {self.name} does not draw: each side must have {self.sides[0]} to "
                f"{self.sides[1]} pixels"
            )

    def check_kind(self, kind: str, *, setting: str = "--format") -> None:
        """Raises ``UsageError`` for a file of shapes where the generator draws pixels alone, or that cannot be written here."""
        if kind in VECTOR_KINDS:
            if not self.vectors:
                raise UsageError(
                    f"{setting} {kind}: {self.name} draws pixels and has no shapes to write; choose png, jpg or webp, or the "
                    "generator sketch, which draws posters, cards and charts in shapes"
                )
            check_vectors(kind, setting=setting)

    def check_references(self, count: int) -> None:
        """Raises ``UsageError`` for more references than the generator takes."""
        if self.references is not None and count > self.references:
            raise UsageError(f"the program has {count} references; {self.name} takes at most {self.references}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """One member of each role. ``system`` is the system prompt; a missing ``crossings`` entry means a plain, single try.

    Without a ``program_judge`` programs are not scored; without a ``reviewer`` the policy reads what the ``image_judge`` says.
    """

    policy: Policy
    text_search: TextSearch
    image_search: ImageSearch
    skills: Skills
    generator: Generator
    image_judge: ImageJudge
    program_judge: ProgramJudge | None
    images: ImageStore
    limits: Limits
    system: str
    tools: Toolbox  # what the policy may call
    detail: Detail = Detail.FULL  # how much observations tell the policy
    crossings: Mapping[Boundary, Crossing] = field(default_factory=dict)
    searches: Mapping[Boundary, RateLimiter] = field(default_factory=dict)  # gates behind the searches' caches
    redact: Callable[[str], str] = str  # takes keys out of what is recorded
    fetch: Callable[[str], Awaitable[str]] | None = None  # a web image's URL → its digest in ``images``
    takes: OrderLimits = field(default_factory=OrderLimits)  # of the generator
    reviewer: ImageJudge | None = None  # whose verdict the policy reads before it revises
    traces: Traces | None = None  # who is told of every span

    def begin(self, request: Request) -> Episode:
        """A fresh episode for ``request`` with the limits and tools of this run. Raises ``UsageError`` for a request whose
        image the generator would refuse: nothing is paid for it."""
        self.takes.check_size(request.size, setting=f"the size of {request.id!r}")
        return start(request, self.limits, self.tools)

    async def cross(self, boundary: Boundary, attempt: Callable[[], Awaitable[T]]) -> T | Failed:
        """``attempt`` under the limits of ``boundary``, without keys in what it gives; see ``run.boundary.cross``."""
        result = await cross(boundary, self.crossings.get(boundary, SingleTry()), attempt)
        return cleaned(result, self.redact)

    async def all_ended(self, calls: Iterable[Awaitable[T]]) -> list[T]:
        """As ``run.together.all_ended``, for tools."""
        return await all_ended(calls)

    def charge(self, paid: Payment) -> None:
        """Count calls that an earlier part of a resumed run made, so that budgets hold over restarts."""
        gate = self.searches.get(paid.boundary) or self.crossings.get(paid.boundary)
        if isinstance(gate, RateLimiter):
            gate.charge(calls=paid.calls, money=paid.cost)
