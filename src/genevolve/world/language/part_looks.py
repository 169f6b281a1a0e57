"""Pictures of things whose parts have colours of their own: which parts a picture shows, and the name of the painted look.

A look with coloured parts is written ``painted:openmoji:1F3E0|roof=red;door=blue``; ``world.atlas.painted`` draws it. A word
that chooses another picture of the same ("curly", "beard") is a part without a colour there: ``…|beard=``.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from genevolve.world.language.activities import activities
from genevolve.world.language.icons import CROSSED, DRAWN, PAINTED
from genevolve.world.language.model import NamedPart
from genevolve.world.language.patterns import can_bear, pattern_of

HAIR = "hair"
CROSSED_OUT = "crossed-out"  # a red ring with a bar over the whole picture
_OPENMOJI = "openmoji:"
_BEHIND = ("beard", "curly")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("parts.toml").read_text("utf-8"))


@cache
def _tables() -> dict[str, dict[str, str]]:
    """Look → word → the part that it names."""
    return {
        code: {word: words.split()[0] for words in parts for word in words.split()} for code, parts in _data()["looks"].items()
    }


@cache
def fills() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Code of a pictogram → part → the fills of its file that are this part ("#ea5a47@2": the second of them)."""
    return {
        code: {words.split()[0]: tuple(listed.split()) for words, listed in parts.items()}
        for code, parts in _data()["looks"].items()
    }


@cache
def people() -> frozenset[str]:
    """Codes of the pictograms of people whose hair is a group of its own in their file."""
    return frozenset(_data()["people"]["looks"].split())


def part_of(look: str, word: str) -> str | None:
    """The part of the pictogram ``look`` that ``word`` names."""
    code = look.removeprefix(_OPENMOJI)
    if not look.startswith(_OPENMOJI):
        return None
    if word == HAIR and code in people():
        return HAIR
    return _tables().get(code, {}).get(word)


def names_part(word: str) -> bool:
    """Whether ``word`` names a part of any picture."""
    return word == HAIR or any(word in words for words in _tables().values())


def variant_of(look: str, word: str) -> str | None:
    """The pictogram that shows the same with ``word`` ("beard", "curly", "bald")."""
    code = look.removeprefix(_OPENMOJI)
    doing = activities().get(word)
    found = doing.looks.get(code) if doing is not None else _data()["variants"].get(code, {}).get(word)
    return None if found is None else _OPENMOJI + found


def word_for(word: str) -> str | None:
    """The part that a word of a mood or a head means: "smiling" is "happy"."""
    found = _data()["words"].get(word)
    return None if found is None else str(found)


def variants_of(look: str) -> tuple[str, ...]:
    """Every other picture of the same as the pictogram ``look``."""
    code = look.removeprefix(_OPENMOJI)
    doing = (activity.looks.get(code) for activity in activities().values())
    found = (*_data()["variants"].get(code, {}).values(), *(one for one in doing if one is not None))
    return tuple(_OPENMOJI + one for one in dict.fromkeys(found))


def is_variant(part: NamedPart) -> bool:
    """Whether another picture of the same is taken for it ("a bald man", "a crossed-out car")."""
    return (
        part.name == CROSSED_OUT
        or part.name in activities()
        or pattern_of(part.name) is not None
        or any(part.name in words for words in _data()["variants"].values())
    )


def can_show(look: str, part: NamedPart) -> bool:
    if part.name == CROSSED_OUT:
        return not part.colour and look.startswith((_OPENMOJI, *DRAWN))
    if pattern_of(part.name) is not None:
        return can_bear(look)
    if not part.colour and variant_of(look, part.name) is not None:
        return True
    if not part.colour and look.removeprefix(_OPENMOJI) in _data()["shown"].get(part.name, "").split():
        return True
    if part.name == "beard":
        return variant_of(look, part.name) is not None
    shown = part_of(look, part.name) == part.name
    fills_of = fills().get(look.removeprefix(_OPENMOJI), {}).get(part.name, (HAIR,))
    return shown and (bool(fills_of) or not part.colour)


def painted_look(look: str, parts: Sequence[NamedPart]) -> str | None:
    """``look`` with its ``parts`` in their colours; None where its picture does not show one of them."""
    if any(part.name == CROSSED_OUT for part in parts):
        return f"{CROSSED}{look}" if len(parts) == 1 and can_show(look, parts[0]) else None
    chosen = [found for part in parts if (found := variant_of(look, part.name)) is not None]
    hairless = any(found.removeprefix(_OPENMOJI) not in people() for found in chosen)
    if not all(can_show(look, part) for part in parts) or len(chosen) > 1 or (hairless and any(part.colour for part in parts)):
        return None
    told = [part for part in parts if part.colour or variant_of(look, part.name) or pattern_of(part.name)]
    shown = dict.fromkeys(f"{part.name}={part.colour or ''}" for part in told)
    return f"{PAINTED}{look}|{';'.join(shown)}" if shown else look


def painted_looks(looks: Sequence[str], parts: Sequence[NamedPart]) -> tuple[str, ...]:
    """Those of ``looks`` that show all ``parts``, painted; ``looks`` themselves where no part is told."""
    return tuple(painted for look in looks if (painted := painted_look(look, parts)) is not None) if parts else tuple(looks)


def moods(parts: Sequence[NamedPart]) -> list[str]:
    """Those of ``parts`` that stand before a noun: "happy"."""
    return [part.name for part in parts if word_for(part.name) == part.name and not part.colour and part.name not in _BEHIND]


def in_words(parts: Sequence[NamedPart]) -> str:
    """The rest, behind the noun: " with green hair and a blue door", " riding a horse"."""
    doing = "".join(f" {part.name}" for part in parts if part.name in activities())
    rest = [part for part in parts if part.name not in activities() and part.name not in moods(parts)]
    said = [f"{_article(part)}{f'{part.colour} ' if part.colour else ''}{_written(part)}" for part in rest]
    said = list(dict.fromkeys(said))
    return (f" with {' and '.join(said)}" if said else "") + doing


def _written(part: NamedPart) -> str:
    return "curly hair" if part.name == "curly" and not part.colour else part.name


def _article(part: NamedPart) -> str:
    bare = (
        pattern_of(part.name) is not None
        or part.name in {HAIR, "icing", "curly"}
        or (part.name.endswith("s") and not part.name.endswith("ss"))
    )
    return "" if bare else "an " if (part.colour or part.name)[0] in "aeiou" else "a "


def key_of(owner: str, part: str) -> str:
    """The key under which the colour of a part is checked."""
    return f"{owner}: {part}"


def has_length(look: str, word: str) -> bool:
    """Whether the hair on the pictogram ``look`` is ``word`` ("long")."""
    return look.removeprefix(_OPENMOJI) in _data()["lengths"].get(word, "").split()


def shade_of_hair(word: str) -> str | None:
    """The palette colour of hair that is called ``word`` ("blond")."""
    found = _data()["hair"].get(word)
    return None if found is None else str(found)
