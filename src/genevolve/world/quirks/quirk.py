"""What a quirk is."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Protocol

from genevolve.world.quirks.told import Told

Dice = Callable[[str], Random]  # the dice of one quirk for one key of the scene


class Quirk(Protocol):
    """A habit that generators can have, in one of several ways: its ``options``, each with the rule that writers must follow.

    It must show in the picture when a prompt does not follow the rule, and following it must cost nothing but knowing it.
    """

    name: str
    options: Mapping[str, str]

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        """``told`` without what its wording does not earn by ``option``."""
        ...

    def reword(self, prompt: str, option: str) -> str:
        """``prompt``, saying the same by the rule of ``option``."""
        ...
