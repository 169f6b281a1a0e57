"""Where the requests of a data set come from when nobody brings their own: the role ``requests``.

A source draws recipes, puts them into words, and says what judges may know of each. This part of the project knows none:
the offline one lives with the offline world and is handed in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from genevolve.core.case import Case, Needs
from genevolve.data.labels import Difficulty, Track
from genevolve.data.records import RecipeKnowledge
from genevolve.data.splits import Split


class DrawnRecipe(Protocol):
    """What any source says of a request before it is worded."""

    @property
    def seed(self) -> int: ...
    @property
    def track(self) -> Track: ...
    @property
    def family(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def difficulty(self) -> Difficulty: ...
    @property
    def entities(self) -> tuple[str, ...]: ...
    def to_json(self) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a trajectory of a stored recipe is held against: ``needs`` where the recipe says what the picture shows, the
    ``texts`` of the picture, the skill that matters most and all that help."""

    needs: Needs | None = None
    texts: tuple[str, ...] = ()
    dominant: str | None = None
    skills: tuple[str, ...] = ()


class RequestSource(Protocol):
    """Draws, words and knows requests. The same seeds give the same requests on every machine."""

    @property
    def realiser(self) -> str:
        """What the source's own wording is called in each row."""
        ...

    def families(self, track: Track) -> Sequence[str]:
        """The task families of a track, in a fixed order."""
        ...

    def draw(self, split: Split, track: Track, family: str, first: int, tries: int) -> DrawnRecipe | None:
        """The first recipe of ``family`` that is about entities of ``split`` alone, from number ``first`` on."""
        ...

    def read(self, value: object) -> DrawnRecipe:
        """A stored recipe. Raises ``ValueError`` for what is none of this version."""
        ...

    def word(self, recipe: DrawnRecipe, dice: Random) -> str:
        """The recipe as a request. Raises ``ValueError`` where no wording is found."""
        ...

    def known(self, recipe: DrawnRecipe) -> RecipeKnowledge:
        """What the recipe knows and a request must not give away."""
        ...

    def lost(self, text: str, recipe: DrawnRecipe) -> Iterator[str]:
        """What a wording by somebody else lost or gave away."""
        ...

    def private_words(self) -> Iterator[str]:
        """Words that occur in recipes and never in what people ask for, in lower case."""
        ...

    def expected(self, stored: object) -> Expected:
        """What the stored recipe of a row expects of a trajectory; nothing where it is no recipe of this source."""
        ...

    def look(self, url: str) -> str | None:
        """The look that a picture of this source shows, by its address; None for a picture of others."""
        ...

    def cases(self, count: int, seed: int, split: Split) -> Sequence[Case]:
        """Cases about entities of ``split`` alone, for training and validation. Raises ``UsageError``."""
        ...
