"""Things made of other things ("a castle made of sandwiches"): the outline of the one, filled with pictures of the other."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.icons import FILLED, PAINTED
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.phrases import NounPhrase
from genevolve.world.language.vocabulary import Vocabulary

WHOLLY = word_set("entirely completely wholly only just up")  # made … of
_OUTLINED = "openmoji:"  # pictograms whose lines are apart from their areas


@cache
def _thin() -> frozenset[str]:
    data = tomllib.loads(files(__package__).joinpath("built.toml").read_text("utf-8"))
    return frozenset(data["thin"].split())


def filled_look(look: str, made_of: str) -> str | None:
    """The pictogram ``look`` filled with pictures of what it is ``made_of``; None where one of them is not fit for that."""
    entry = lookup(made_of, Vocabulary.ICONS)
    tile = entry.looks[0] if entry is not None and not entry.kind else ""
    plain = look.startswith(_OUTLINED) and look.removeprefix(_OUTLINED) not in _thin()
    return f"{FILLED}{look}|{tile}" if plain and tile.startswith(_OUTLINED) else None


def filled_looks(looks: Sequence[str], made_of: str) -> tuple[str, ...]:
    """Those of ``looks`` that can be filled, filled; ``looks`` themselves where it is made of nothing that is told."""
    if not made_of:
        return tuple(looks)
    return tuple(filled for look in looks if (filled := filled_look(look, made_of)) is not None)


def parts_of(look: str) -> tuple[str, str]:
    """The outline of a filled look and what fills it; any other look, without its coloured parts, and nothing."""
    if look.startswith(PAINTED):
        return look.removeprefix(PAINTED).partition("|")[0], ""
    shape, _, tile = look.removeprefix(FILLED).partition("|")
    return (shape, tile) if look.startswith(FILLED) else (look, "")


def names_material(word: str, made_of: str) -> bool:
    """Whether ``word`` is a name for what something is made of: "donuts" of a doughnut."""
    named, meant = lookup(word, Vocabulary.ICONS), lookup(made_of, Vocabulary.ICONS)
    return named is not None and meant is not None and named.noun == meant.noun


def build(obj: ObjectDraft, phrase: NounPhrase) -> bool:
    """Takes ``phrase`` for what ``obj`` is made of, if that can be drawn."""
    plain = phrase.known and not (obj.of or obj.colour)
    entry = lookup(obj.noun, Vocabulary.ICONS) if plain else None
    if entry is None or entry.kind or filled_look(entry.looks[0], phrase.noun) is None or phrase.noun == obj.noun:
        return False
    obj.made_of = phrase.noun
    return True
