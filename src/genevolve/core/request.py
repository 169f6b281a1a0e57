"""What a user asks for, and what came before it where he asks for a change."""

from dataclasses import dataclass

from genevolve.core.event import Answer
from genevolve.core.picture import Picture
from genevolve.core.program import Program
from genevolve.core.turn import Turn

DEFAULT_SIZE = (512, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A plain-language request, with the user's own reference images. ``size`` is (width, height) in pixels.

    ``after`` is the generation that it follows up on: then ``text`` says what is to be changed ("the same, but at night").
    """

    id: str
    text: str
    references: tuple[Picture, ...] = ()
    size: tuple[int, int] = DEFAULT_SIZE
    seed: int = 0
    after: "Earlier | None" = None

    @property
    def chain(self) -> "tuple[Earlier, ...]":
        """The generations that it follows, the first one first."""
        return (*self.after.request.chain, self.after) if self.after is not None else ()

    @property
    def wishes(self) -> tuple[str, ...]:
        """What was asked for from the first request on; the last one is this."""
        return (*(each.request.text for each in self.chain), self.text)

    @property
    def whole(self) -> str:
        """All that is asked for, for those who read one text."""
        first, *later = self.wishes
        if not later:
            return first
        listed = "\n".join(f"{number}. {wish}" for number, wish in enumerate(later, start=1))
        return f"{first}\n\n{CHANGES}\n{listed}"

    @property
    def own(self) -> tuple[Picture, ...]:
        """The user's own images, those of the requests that it follows first."""
        return (*(self.after.request.own if self.after is not None else ()), *self.references)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those that its program may select before anything was searched for, in the order of their ids."""
        before = (*self.after.pictures, self.after.picture) if self.after is not None else ()
        return (*before, *self.references)

    @property
    def earlier_turns(self) -> tuple[Turn, ...]:
        """What was done for the requests that it follows."""
        return tuple(turn for each in self.chain for turn in each.turns)


CHANGES = "Then changed, in this order; what a change replaces is no longer asked for, everything else still is:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A finished generation that a request follows up on.

    ``turns`` are the calls that brought something and, last, the answer that ``picture`` was drawn from, with ``seed``.
    ``pictures`` are all that the answer could select, under their ids.
    """

    request: Request
    turns: tuple[Turn, ...]
    pictures: tuple[Picture, ...]
    picture: Picture
    seed: int = 0

    @property
    def program(self) -> Program:
        answer = self.turns[-1].action
        assert isinstance(answer, Answer)
        return answer.program
