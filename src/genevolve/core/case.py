"""A case: one request, and apart from it what only judges and statistics may know. Suites, training and data sets share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genevolve.core.claim import Claim
from genevolve.core.picture import Picture
from genevolve.core.request import DEFAULT_SIZE, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthFile:
    """A ground truth that exists: the path of an image file."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthImage:
    """A ground truth that exists and lies in no file of its own (in a table): a clean PNG file."""

    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthProgram:
    """A ground truth that is still to be drawn. ``references`` are looks, in the order of the ordinals in ``prompt``."""

    prompt: str
    references: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a good trajectory does: the skills it reads, and for each thing that needs a reference the looks that count.

    ``looks`` are all looks that occur in the intended picture: a reference that shows one of them is not a wrong one.
    """

    skills: tuple[str, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()
    looks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {"skills": list(self.skills), "references": [list(r) for r in self.references], "looks": list(self.looks)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Never shown to an agent. ``family`` groups requests that need the same; ``claims`` None means that nobody wrote them
    down; ``fields`` are carried through to the results. ``pictures`` are image files that lie in the case's row itself, by the
    name of their field."""

    track: str = ""
    category: str = ""
    difficulty: str = ""
    family: str = ""
    entities: tuple[str, ...] = ()
    claims: tuple[Claim, ...] | None = None
    truth: TruthFile | TruthImage | TruthProgram | None = None
    needs: Needs | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that the request needs, where that is known."""
        return self.needs.skills if self.needs is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``id`` and ``text`` are all that the system under test may see."""

    id: str
    text: str
    hidden: Hidden = Hidden()

    def request(
        self,
        name: str | None = None,
        *,
        seed: int,
        size: tuple[int, int] = DEFAULT_SIZE,
        references: tuple[Picture, ...] = (),
    ) -> Request:
        """The request of this case under ``name`` (None: its id): nothing hidden goes into it."""
        return Request(id=name or self.id, text=self.text, references=references, size=size, seed=seed)
