"""Names of the shapes of Game Icons, and further words for everyday objects: ``icons.tsv``, made by scripts/build_icons.py.

The shapes are CC BY 3.0, the words of the same meaning come from WordNet (see NOTICE). ``shapes.tsv`` names, by hand, the
shapes that this project drew itself, and further pictures of both sets; its names go before. Nothing is drawn here.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PREFIX = "game-icons:"
OWN = "genevolve:"  # shapes of our own
DRAWN = (PREFIX, OWN)
FILLED = "filled:"  # the outline of one pictogram filled with another: "filled:openmoji:1F3F0|openmoji:1F96A"
PAINTED = "painted:"  # a pictogram with parts in colours of their own: "painted:openmoji:1F3E0|roof=red;door=blue"
DIAL = "dial:"  # drawn from a value: "dial:clock=4:10"
CROSSED = "crossed:"  # a pictogram in a red ring with a bar over it: "crossed:openmoji:1F697"
COMPUTED = (FILLED, PAINTED, DIAL, CROSSED)  # looks without a file of their own
PICTOGRAMS = ("openmoji:", *COMPUTED, *DRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class IconNames:
    """``look`` is a shape ("game-icons:desk"), or "=noun" of the scene inventory that ``names`` mean as well.

    ``colour`` is what the shape is drawn in where nobody asks for a colour ("#8d5a3b"; empty for a noun).
    """

    look: str
    colour: str
    living: bool
    names: tuple[str, ...]


@cache
def icon_names() -> tuple[IconNames, ...]:
    return tuple(
        _row(*line.split("\t"))
        for table in ("shapes.tsv", "icons.tsv")
        for line in files(__package__).joinpath(table).read_text("utf-8").splitlines()[1:]
    )


@cache
def colours() -> dict[str, str]:
    """Shape → the colour it has by itself."""
    return {row.look: row.colour for row in icon_names() if row.colour}


def _row(look: str, colour: str, kind: str, names: str) -> IconNames:
    found = look if look.startswith("=") or ":" in look else PREFIX + look
    return IconNames(look=found, colour=colour, living=kind == "living", names=tuple(names.split("|")))
