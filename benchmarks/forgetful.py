"""A generator that is broken on purpose: ``sketch`` that forgets sentences, miscounts and misspells, more so late in a prompt.

``genevolve bench atlas --generator benchmarks.forgetful:Forgetful`` from the root of the repository. What it gets wrong hangs
on the seed and on the words of a sentence alone: the same words fail again, other words or an earlier place may not.
"""

import re
from dataclasses import replace
from random import Random

from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import Sketch

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]{3,})"')
_FAR = 60  # words before a sentence from which on it is forgotten most


class Forgetful:
    """``least`` and ``most`` are the shares of sentences that are forgotten at the start and far into a prompt; half as many
    numbers are wrong, and half as many texts misspelt."""

    parallel = True
    offline = True
    sides = Sketch.sides

    def __init__(self, least: float = 0.1, most: float = 0.5, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> None:
        self._least, self._most = least, most
        self._sketch = Sketch(vocabulary)

    async def generate(self, order: RenderOrder) -> Rendering:
        return await self._sketch.generate(replace(order, prompt=self.remembered(order.prompt, order.seed)))

    def remembered(self, prompt: str, seed: int) -> str:
        """What it draws instead of ``prompt``."""
        kept: list[str] = []
        before = 0
        for sentence in _SENTENCE.split(prompt):
            share = self._least + (self._most - self._least) * min(1.0, before / _FAR)
            before += len(sentence.split())
            dice = Random(f"{seed}\n{sentence}")
            if dice.random() >= share:
                kept.append(_muddled(sentence, dice, share / 2))
        return " ".join(kept) or prompt


def _muddled(sentence: str, dice: Random, share: float) -> str:
    wrong_number, wrong_text = dice.random() < share, dice.random() < share
    if wrong_number:
        sentence = _NUMBER.sub(lambda found: _NUMBERS[_NUMBERS.index(found[0].lower()) - 1], sentence, count=1)
    if wrong_text:
        sentence = _QUOTED.sub(lambda found: f'"{found[1][:1]}{found[1][2:]}"', sentence, count=1)
    return sentence
