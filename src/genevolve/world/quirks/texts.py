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
            "Call every text a title, a caption or a label, whatever it says and wherever it stands.",
            "Never leave a text without its role; call it a title, a caption or a label.",
        ),
        "lettering": QuirkRule(
            "Call every text a lettering, whatever it says and wherever it stands, each time it is named.",
            "Never leave a text without the word lettering; call each of them a lettering.",
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
            'Write quotation marks straight and double, such as "text", at the beginning and at the end.',
            'Never write other quotation marks than straight ones, such as "text", at the beginning and the end.',
        ),
        "curly": QuirkRule(
            "Write quotation marks curly and double, such as “text”, at the beginning and at the end.",
            "Never write other quotation marks than curly ones, such as “text”, at the beginning and the end.",
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
            "Keep every text for later: describe all objects, and after the last object the texts.",
            "Never describe an object behind a text; keep every text for later than all objects.",
        ),
        "texts first": QuirkRule(
            "Open with the texts: describe every text, and after the last text the objects.",
            "Never describe a text behind an object; open with the texts, ahead of all objects.",
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
