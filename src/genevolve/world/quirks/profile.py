"""The hidden habits of one generator: an option of every quirk, drawn from a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from genevolve.core.errors import UsageError
from genevolve.world.language.model import Scene
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.quirks.objects import Bodies, Colours, Footing, Numbers, References
from genevolve.world.quirks.places import Frame, RelationSentence
from genevolve.world.quirks.quirk import Dice, Quirk, QuirkRule
from genevolve.world.quirks.setting import Background, SpoilingWord, StyleSentence
from genevolve.world.quirks.texts import Naming, Quotes, TextOrder
from genevolve.world.quirks.told import Told

_HEARD: tuple[Quirk, ...] = (
    SpoilingWord(),
    Numbers(),
    Colours(),
    References(),
    Bodies(),
    Footing(),
    RelationSentence(),
    Naming(),
    Quotes(),
    Frame(),
    TextOrder(),
    Background(),
    StyleSentence(),
)
QUIRKS: Mapping[str, Quirk] = {quirk.name: quirk for quirk in _HEARD}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuirkProfile:
    """``chosen`` has an option of each quirk by the quirk's name."""

    chosen: Mapping[str, str]

    @classmethod
    def drawn(cls, number: int) -> "QuirkProfile":
        """The profile ``number``, the same on every machine. Raises ``UsageError`` for what is no number from 0 on."""
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise UsageError(f"quirks = {number!r}: a profile of quirks is a whole number from 0 on; leave it out for none")
        dice = Random(f"quirks {number}")
        return cls(chosen={name: dice.choice(sorted(quirk.options)) for name, quirk in QUIRKS.items()})

    def heard(self, prompt: str, vocabulary: Vocabulary, seed: int) -> Scene:
        """What such a generator makes of ``prompt``; ``seed`` decides how what it mistakes comes out."""
        told = Told.read(prompt, vocabulary)
        for name, option in self.chosen.items():
            told = QUIRKS[name].hear(told, option, _dice(seed, name))
        return told.scene

    def reworded(self, prompt: str) -> str:
        """``prompt`` by the rules, as somebody writes it who knows them. What it leaves open stays open."""
        for quirk in (*_HEARD[1:], _HEARD[0]):
            if quirk.name in self.chosen:
                prompt = quirk.reword(prompt, self.chosen[quirk.name])
        return prompt

    def rules(self) -> Mapping[str, QuirkRule]:
        """What a writer must know, by the name of the quirk."""
        return {name: QUIRKS[name].options[option] for name, option in self.chosen.items()}


def _dice(seed: int, quirk: str) -> Dice:
    return lambda key: Random(f"{seed} {quirk} {key}")


def kept_rules(prompt: str, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> frozenset[tuple[str, str]]:
    """(quirk, option) of every rule that ``prompt`` keeps, for quirks of which it breaks the rule of another option."""
    whole = Told.read(prompt, vocabulary).scene
    kept = {
        name: [option for option in quirk.options if QuirkProfile(chosen={name: option}).heard(prompt, vocabulary, 0) == whole]
        for name, quirk in QUIRKS.items()
    }
    return frozenset((name, option) for name, own in kept.items() if len(own) < len(QUIRKS[name].options) for option in own)
