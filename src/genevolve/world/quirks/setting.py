"""Quirks of how the setting is heard, and words that spoil their sentence."""

import re
from collections.abc import Mapping
from dataclasses import replace

from genevolve.world.language.colours import PALETTE
from genevolve.world.quirks.quirk import Dice, QuirkRule
from genevolve.world.quirks.told import Told, in_place, moved, outside_quotes, without_quotes

_PALE = ("cream", "lavender", "light blue", "light green", "light pink", "light yellow")


def _on_background(sentence: str) -> bool:
    return _holds(sentence, "background")


def _on_style(sentence: str) -> bool:
    return _holds(sentence, "style")


class Background:
    """Where the sentence about the background stands; else it gets another colour."""

    name = "background"
    about: tuple[str, ...] = ("beauty", "colour")
    options: Mapping[str, QuirkRule] = {
        "last": QuirkRule(
            "End with the background: describe it in a late sentence, when all objects are described.",
            "Never describe the background early; end with it, when all objects are described.",
        ),
        "first": QuirkRule(
            "Begin with the background: describe it in an early sentence, when no object is described.",
            "Never describe the background late; begin with it, when no object is described yet.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        asked = told.scene.background
        if asked is None or in_place(told.sentences(), _on_background, option == "first"):
            return told
        other = dice("").choice([name for name in _PALE if name in PALETTE and name != asked])
        return Told(told.prompt, replace(told.scene, background=other))

    def reword(self, prompt: str, option: str) -> str:
        return moved(prompt, _on_background, option == "first")


class StyleSentence:
    """Where the sentence about the style stands; else the style is lost."""

    name = "style"
    about: tuple[str, ...] = ("style",)
    options: Mapping[str, QuirkRule] = {
        "last": QuirkRule(
            "Name the style of the whole picture in the final sentence, when everything is told.",
            "Never name the style of the whole picture but in the final sentence, when everything is told.",
        ),
        "first": QuirkRule(
            "Name the style of the whole picture in the opening sentence, ahead of everything else.",
            "Never name the style of the whole picture but in the opening sentence, ahead of everything else.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        if told.scene.style is None or in_place(told.sentences(), _on_style, option == "first"):
            return told
        return Told(told.prompt, replace(told.scene, style=None))

    def reword(self, prompt: str, option: str) -> str:
        return moved(prompt, _on_style, option == "first")


class SpoilingWord:
    """A word that this generator cannot stand: it passes over the whole sentence."""

    name = "word"
    about: tuple[str, ...] = ("text", "presence", "beauty", "material", "colour", "count", "place")
    options: Mapping[str, QuirkRule] = {
        "bold": QuirkRule(
            "Leave the word bold out of every sentence, because this generator passes over the sentences that hold it.",
            "Never write the word bold; everything that its sentence describes is missing from the picture.",
        ),
        "plain": QuirkRule(
            "Leave the word plain out of every sentence, because this generator passes over the sentences that hold it.",
            "Never write the word plain; everything that its sentence describes is missing from the picture.",
        ),
        "soft": QuirkRule(
            "Leave the word soft out of every sentence, because this generator passes over the sentences that hold it.",
            "Never write the word soft; everything that its sentence describes is missing from the picture.",
        ),
    }
    _INSTEAD: Mapping[str, str] = {"soft": "gentle", "Soft": "Gentle"}

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        kept = [part for part in told.sentences() if not _holds(part, option)]
        return told if len(kept) == len(told.sentences()) else Told.read(" ".join(kept), told.scene.vocabulary)

    def reword(self, prompt: str, option: str) -> str:
        def other(found: re.Match[str]) -> str:
            return f"{instead} " if (instead := self._INSTEAD.get(found[1])) else ""

        return outside_quotes(prompt, lambda part: re.sub(rf"\b({option})\b,? ", other, part, flags=re.IGNORECASE))


def _holds(sentence: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", without_quotes(sentence), re.IGNORECASE) is not None
