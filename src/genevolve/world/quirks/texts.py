"""Quirks of how texts are heard: what they are called, their quotation marks, and whether they come before the objects."""

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from genevolve.core.claim import Place
from genevolve.world.language.model import TextElement
from genevolve.world.language.reader import read
from genevolve.world.quirks.quirk import Dice, QuirkRule
from genevolve.world.quirks.told import Told, in_place, in_quotes, introduces, moved, outside_quotes, without_quotes

_ROLES = r"title|headline|heading|subtitle|caption|label"


def misspelt(text: str, dice: Random) -> str:
    """``text`` with two neighbouring letters exchanged, or one twice where no two differ."""
    pairs = [n for n in range(len(text) - 1) if text[n].isalnum() and text[n + 1].isalnum() and text[n] != text[n + 1]]
    if not pairs:
        return text + text[-1:]
    at = dice.choice(pairs)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


class Naming:
    """What a text is called in its sentence; else it is misspelt."""

    name = "naming"
    about: tuple[str, ...] = ("text",)
    options: Mapping[str, QuirkRule] = {
        "role": QuirkRule(
            "Call every text a title, a caption or a label, because this generator misspells other texts.",
            "Never call a text a lettering; this generator misspells texts that have no other name.",
        ),
        "lettering": QuirkRule(
            "Call every text a lettering, because this generator misspells texts that have any other name.",
            "Never call a text a title, a caption or a label only; this generator misspells it.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        word = re.compile(rf"\b(?:{_ROLES if option == 'role' else option})\b", re.IGNORECASE)

        def heard(text: TextElement) -> TextElement:
            if word.search(without_quotes(told.sentence(text.span))):
                return text
            return replace(text, content=misspelt(text.content, dice(text.key)))

        return told.but(texts=[heard(text) for text in told.scene.texts])

    def reword(self, prompt: str, option: str) -> str:
        if option == "lettering":
            return outside_quotes(prompt, lambda part: re.sub(rf"\b(?<=[Tt]he )(?:{_ROLES})\b", "lettering", part))
        roles = [text.role.value for text in read(prompt).texts]

        def named(found: re.Match[str]) -> str:
            return roles.pop(0) if roles else found[0]

        return outside_quotes(prompt, lambda part: re.sub(r"\blettering(?= $)", named, part))


class Quotes:
    """The kind of quotation marks; else the end of the text is lost."""

    name = "quotes"
    about: tuple[str, ...] = ("text",)
    options: Mapping[str, QuirkRule] = {
        "straight": QuirkRule(
            "Put every text in straight double quotation marks, because curly or single ones lose its end here.",
            "Never put a text in curly or single quotation marks; the end of it is lost.",
        ),
        "curly": QuirkRule(
            "Put every text in curly double quotation marks, because straight ones lose the end of it here.",
            "Never put a text in straight quotation marks; the end of it is lost.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        right = '"' if option == "straight" else "“"

        def heard(text: TextElement) -> TextElement:
            if f"{right}{text.content[:4]}" in told.sentence(text.span):
                return text
            words = text.content.split()
            kept = " ".join(words[:-1]) if len(words) > 1 else text.content[: max(1, len(text.content) // 2)]
            return replace(text, content=kept)

        return told.but(texts=[heard(text) for text in told.scene.texts])

    def reword(self, prompt: str, option: str) -> str:
        first, last = '""' if option == "straight" else "“”"
        return in_quotes(prompt, lambda said: first + said[1:-1] + last)


class TextOrder:
    """Texts before the objects or after them; else a text comes out in the middle."""

    name = "order"
    about: tuple[str, ...] = ("text", "place")
    options: Mapping[str, QuirkRule] = {
        "texts last": QuirkRule(
            "Describe all objects first and every text after them, because this generator moves earlier texts to the middle.",
            "Never describe a text before the objects; it comes out in the middle of everything.",
        ),
        "texts first": QuirkRule(
            "Describe every text first and all objects after it, because this generator moves later texts to the middle.",
            "Never describe a text after the objects; it comes out in the middle of everything.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        if in_place(told.sentences(), _on_texts, option == "texts first"):
            return told
        return told.but(texts=[replace(text, place=Place.CENTER, relations=()) for text in told.scene.texts])

    def reword(self, prompt: str, option: str) -> str:
        return moved(prompt, _on_texts, option == "texts first")


def _on_texts(sentence: str) -> bool:
    return bool(read(sentence).texts) and not introduces(sentence)
