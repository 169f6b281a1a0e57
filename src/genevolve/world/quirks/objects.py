"""Quirks of how objects are heard: numbers, colours, references, bodies, footing."""

import re
from collections.abc import Mapping
from dataclasses import replace

from genevolve.world.language.colours import SYNONYMS
from genevolve.world.language.model import AmbiguityKind, SceneObject
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import NUMBERS
from genevolve.world.quirks.quirk import Dice, QuirkRule
from genevolve.world.quirks.told import Told, outside_quotes

_WORD = re.compile(rf"\b({'|'.join(NUMBERS[2:])})\b", re.IGNORECASE)
_DIGIT = re.compile(r"(?<![\w.,+-])(\d{1,2})(?![\w]|[.,]\d)")
_HUES = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")


class Numbers:
    """Numbers as words or as digits; else one more or one fewer comes out."""

    name = "numbers"
    about: tuple[str, ...] = ("count",)
    options: Mapping[str, QuirkRule] = {
        "words": QuirkRule(
            "Write every number of objects out in letters, such as two, three, four or five of them.",
            "Never leave the letters out of a number of objects; write it as two, three, four or five.",
        ),
        "digits": QuirkRule(
            "Write every number of objects in digits, as a figure that counts them, in each sentence.",
            "Never leave the digits out of a number of objects; write it as a figure that counts them.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        right = _WORD if option == "words" else _DIGIT

        def heard(obj: SceneObject) -> SceneObject:
            number = obj.count.number
            if number is None or number < 2 or right.search(told.words(obj.span)):
                return obj
            return replace(obj, count=replace(obj.count, number=number + dice(obj.key).choice((-1, 1))))

        return told.but(objects=[heard(obj) for obj in told.scene.objects])

    def reword(self, prompt: str, option: str) -> str:
        def word(found: re.Match[str]) -> str:
            return NUMBERS[int(found[1])] if 2 <= int(found[1]) < len(NUMBERS) else found[0]

        def digit(found: re.Match[str]) -> str:
            return str(NUMBERS.index(found[1].lower()))

        change = (_DIGIT, word) if option == "words" else (_WORD, digit)
        spans = [obj.span for obj in read(prompt).objects if (obj.count.number or 0) > 1]
        for span in sorted(spans, key=lambda span: span.start, reverse=True):
            said = change[0].sub(change[1], prompt[span.start : span.end], count=1)
            said = said[:1].upper() + said[1:] if prompt[span.start].isupper() else said
            prompt = prompt[: span.start] + said + prompt[span.end :]
        return prompt


class Colours:
    """An object's colour before or behind its noun; else it comes out in another colour."""

    name = "colours"
    about: tuple[str, ...] = ("colour",)
    options: Mapping[str, QuirkRule] = {
        "before": QuirkRule(
            "Put every colour directly before its noun, so that the noun follows its colour at once.",
            "Never let a noun go ahead of its colour; put each colour directly before its noun.",
        ),
        "behind": QuirkRule(
            "Put the word coloured behind every noun that has a colour, and the colour after that word.",
            "Never leave out the word coloured; put it behind every noun that has a colour.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        def heard(obj: SceneObject) -> SceneObject:
            if obj.colour is None or (_hue(obj, told.words(obj.span)) is not None) == (option == "before"):
                return obj
            return replace(obj, colour=dice(obj.key).choice([hue for hue in _HUES if hue not in (obj.colour or "")]))

        return told.but(objects=[heard(obj) for obj in told.scene.objects])

    def reword(self, prompt: str, option: str) -> str:
        move = _behind if option == "behind" else _before
        for obj in reversed(read(prompt).objects):
            before, after = prompt[: obj.span.start], prompt[obj.span.end :]
            if obj.colour is not None:
                prompt = before + move(obj, prompt[obj.span.start : obj.span.end], after)
        return prompt


def _hue(obj: SceneObject, said: str) -> re.Match[str] | None:
    """The colour of ``obj`` in the words ``said``, under any of its names."""
    names = [str(obj.colour), *(name for name, meant in SYNONYMS.items() if meant == obj.colour)]
    return re.search(rf"\b(?:{'|'.join(map(re.escape, names))})\b ?", said, re.IGNORECASE)


def _behind(obj: SceneObject, said: str, after: str) -> str:
    """ "Two red cars" as "Two cars coloured red"."""
    hue = _hue(obj, said)
    if hue is None:
        return said + after
    return f"{_articled(said[: hue.start()] + said[hue.end() :])} coloured {hue[0].strip()}{after}"


def _before(obj: SceneObject, said: str, after: str) -> str:
    """ "Two cars coloured red" as "Two red cars"."""
    told = re.match(r"\s+(?:(?:coloured|colored|painted|in)\s+)", after)
    hue = _hue(obj, after[told.end() :]) if told else None
    if told is None or hue is None or hue.start():
        return said + after
    noun = said.lower().rfind(obj.noun.lower()[:3])
    return _articled(f"{said[:noun]}{hue[0].strip()} {said[noun:]}") + after[told.end() + len(hue[0].rstrip()) :]


def _articled(said: str) -> str:
    """With "a" or "an" at its start as the next word wants it."""
    found = re.match(r"(an?) (\w)", said, re.IGNORECASE)
    if found is None:
        return said
    article = "an" if found[2].lower() in "aeiou" else "a"
    return (article.capitalize() if found[1][0].isupper() else article) + said[found.end(1) :]


class References:
    """The words that bind an object to its reference image; else it is drawn without it."""

    name = "references"
    about: tuple[str, ...] = ("identity", "presence")
    options: Mapping[str, QuirkRule] = {
        "copied from": QuirkRule(
            'Bind what a reference shows with the words "copied from", in every sentence that names a reference.',
            'Never bind a reference without the words "copied from"; put them before each reference that is named.',
        ),
        "as in": QuirkRule(
            'Bind what a reference shows with the words "as in", in every sentence that names a reference.',
            'Never bind a reference without the words "as in"; put them before each reference that is named.',
        ),
    }
    _BOUND = re.compile(r"\b(?:copied from|as in|shown in|taken from|from|in)(?= the \w+ reference image)", re.IGNORECASE)

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        def heard(obj: SceneObject) -> SceneObject:
            after = told.prompt[obj.span.start :][: len(told.sentence(obj.span))]
            found = self._BOUND.search(after)
            bound = obj.reference is None or (found is not None and found[0].lower() == option)
            return obj if bound else replace(obj, reference=None)

        return told.but(objects=[heard(obj) for obj in told.scene.objects])

    def reword(self, prompt: str, option: str) -> str:
        return outside_quotes(prompt, lambda said: self._BOUND.sub(option, said))


class Bodies:
    """The word that keeps people and animals whole."""

    name = "bodies"
    about: tuple[str, ...] = ("body",)
    options: Mapping[str, QuirkRule] = {
        "proportions": QuirkRule(
            "Name the natural proportions of every person and every animal, beside a complete and undistorted body.",
            "Never leave out the natural proportions of a person or an animal; name them with each body.",
        ),
        "anatomy": QuirkRule(
            "Name the correct anatomy of every person and every animal, beside a complete and undistorted body.",
            "Never leave out the correct anatomy of a person or an animal; name it with each body.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        word = re.compile(rf"\b{option}\b", re.IGNORECASE)
        every = any(sentence.lower().startswith("all bodies") and word.search(sentence) for sentence in told.sentences())
        bodies = [obj for obj in told.scene.objects if obj.body_described and not every]
        return told.leaving_open(
            AmbiguityKind.LOOSE_BODY, [obj.key for obj in bodies if not word.search(told.sentence(obj.span))]
        )

    def reword(self, prompt: str, option: str) -> str:
        said, wanted = ("natural proportions", "correct anatomy")[:: 1 if option == "anatomy" else -1]
        return outside_quotes(prompt, lambda part: part.replace(said, wanted))


class Footing:
    """The word that puts things on the ground; else they float."""

    name = "footing"
    about: tuple[str, ...] = ("material",)
    options: Mapping[str, QuirkRule] = {
        "shadow": QuirkRule(
            "Say where each thing stands: on the ground, with a soft contact shadow under its feet.",
            "Never leave out the ground under a thing: say that it has a soft contact shadow there.",
        ),
        "floor": QuirkRule(
            "Say where each thing stands: on the floor, with that floor under its feet.",
            "Never leave out the ground under a thing: say that it is the floor it stands on.",
        ),
    }
    _SHADOW = re.compile(r"(?:standing on the ground with|casting) (?:a )?soft contact shadows?")
    _STANDS = re.compile(r"\b(stands?) on the ground with (?:a )?soft contact shadows?")
    _ALL = "Everything is firmly grounded, with soft contact shadows."

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        word = re.compile(rf"\b{option}s?\b", re.IGNORECASE)
        every = any(part.lower().startswith("everything") and word.search(part) for part in told.sentences())
        standing = [obj for obj in told.scene.objects if obj.grounded and not every]
        return told.leaving_open(
            AmbiguityKind.FLOATING, [obj.key for obj in standing if not word.search(told.sentence(obj.span))]
        )

    def reword(self, prompt: str, option: str) -> str:
        if option == "floor":
            prompt = prompt.replace(self._ALL, "Everything is firmly on the floor.")
            return self._SHADOW.sub("standing on the floor", self._STANDS.sub(r"\1 on the floor", prompt))
        prompt = prompt.replace("Everything is firmly on the floor.", self._ALL)
        prompt = prompt.replace("standing on the floor", "standing on the ground with a soft contact shadow")
        return re.sub(r"\b(stands?) on the floor\b", r"\1 on the ground with a soft contact shadow", prompt)
