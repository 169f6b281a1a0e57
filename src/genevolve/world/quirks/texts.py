"""Quirks of how texts are heard: what they are called, their quotation marks, and whether they come before the objects."""

import re
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from genevolve.core.claim import Place
from genevolve.world.language.model import TextElement
from genevolve.world.language.reader import read
from genevolve.world.quirks.quirk import Dice
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
    options: Mapping[str, str] = {
        "role": "Call every text a title, a caption or a label, because this generator misspells texts under other names.",
        "lettering": "Call every text a lettering, never a title or a caption, because this generator misspells those.",
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
    options: Mapping[str, str] = {
        "straight": 'Put every text in straight double quotation marks, "like this", because other marks lose its end.',
        "curly": "Put every text in curly quotation marks, “like this”, because straight ones lose its end here.",
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
    options: Mapping[str, str] = {
        "texts last": "Describe all objects first and every text after them, because this generator moves early texts.",
        "texts first": "Describe every text first and the objects after them, because this generator moves late texts.",
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        if in_place(told.sentences(), _on_texts, option == "texts first"):
            return told
        return told.but(texts=[replace(text, place=Place.CENTER, relations=()) for text in told.scene.texts])

    def reword(self, prompt: str, option: str) -> str:
        return moved(prompt, _on_texts, option == "texts first")


def _on_texts(sentence: str) -> bool:
    return bool(read(sentence).texts) and not introduces(sentence)
