"""Does a wording say what its recipe says, and nothing that has to be found out?"""

import re
from collections.abc import Iterator

from genevolve.world.recipes import wording
from genevolve.world.recipes.picture import IntendedPicture
from genevolve.world.recipes.recipe import RequestRecipe

_TELLING = re.compile(r"\.\w{2,}|\+?\d+|\b[A-Z][\w’'-]*(?:\.[A-Z]\.?)*")  # a domain, a number, a name
_AMOUNTS = {2: ("pair", "couple", "both"), 6: ("half a dozen",), 12: ("dozen",)}
_OPENERS = {"The", "A", "An", "I", "Its"}


def answers(made: RequestRecipe) -> Iterator[str]:
    """What an agent has to find out, and what a request therefore must not say."""
    for figure in made.picture.figures:
        if figure.said and figure.name and figure.name.casefold() not in figure.said.casefold():
            of = figure.name.rpartition(" of ")[2].removeprefix("the ")
            if of.casefold() not in figure.said.casefold():
                yield of
    for words in made.picture.words:
        if words.described:
            yield words.text


def unfaithful(text: str, made: RequestRecipe) -> Iterator[str]:
    """What a wording lost or gave away. It may put things in its own way, so this looks for what cannot be put otherwise."""
    lowered = text.casefold()
    for answer in answers(made):
        if re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", lowered):
            yield f"it says {answer!r}, which has to be found out"
    yield from _lost_words(text, made.picture)
    yield from _lost_figures(text, lowered, made.picture)


def _lost_words(text: str, picture: IntendedPicture) -> Iterator[str]:
    for words in picture.words:
        if not words.described and words.text not in text:
            yield f"the text {words.text!r} is not there"
        for name in _telling(words.described):
            if name.casefold() not in text.casefold():
                yield f"{name!r} of {words.described!r} is not there"


def _lost_figures(text: str, lowered: str, picture: IntendedPicture) -> Iterator[str]:
    for figure in picture.figures:
        for name in _telling(figure.said):
            if name.casefold() not in lowered:
                yield f"{name!r} of {figure.said!r} is not there"
        names = (figure.noun, figure.plural)
        if not figure.said and not any(name.casefold() in lowered for name in names):
            yield f"{figure.noun!r} is not there"
        if figure.number > 1 and not _counted(figure.number, lowered):
            yield f"there is no number {figure.number}"
        if figure.colour and not _coloured(figure.colour, lowered):
            yield f"the colour {figure.colour} is not there"
    if picture.backdrop and not _coloured(picture.backdrop, lowered):
        yield f"the background {picture.backdrop} is not there"


def _telling(said: str) -> list[str]:
    return [name for name in _TELLING.findall(said) if name not in _OPENERS]


def _counted(number: int, lowered: str) -> bool:
    ways = (str(number), wording.NUMBERS[number], *_AMOUNTS.get(number, ()))
    return any(re.search(rf"\b{way}\b", lowered) for way in ways)


def _coloured(colour: str, lowered: str) -> bool:
    ways = {colour, *wording.COLOUR_WORDS.get(colour, ())}
    return any(way in lowered for way in {*ways, *(way.replace("grey", "gray") for way in ways)})
