"""What a quirk is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from genevolve.world.quirks.told import Told

Dice = Callable[[str], Random]  # the dice of one quirk for one key of the scene


@dataclass(frozen=True, slots=True)
class QuirkRule:
    """What a generator with an option wants (``advice``) and what must not be left out (``guard``), as sentences for a policy.

    Both name the wording that is wanted and not the one that spoils it: a small model reads which words are there before it
    reads what is said of them.
    """

    advice: str
    guard: str


class Quirk(Protocol):
    """A habit that generators can have, in one of several ways: its ``options``, each with the rule that writers must follow.

    It must show in the picture when a prompt does not follow the rule, and following it must cost nothing but knowing it.
    ``about`` are the kinds of requirements that fail then, the most likely first.
    """

    name: str
    about: tuple[str, ...]
    options: Mapping[str, QuirkRule]

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        """``told`` without what its wording does not earn by ``option``."""
        ...

    def reword(self, prompt: str, option: str) -> str:
        """``prompt``, saying the same by the rule of ``option``."""
        ...
