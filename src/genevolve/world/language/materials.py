"""What things are made of, as far as a flat picture shows it: by its colour. Grain, threads and transparency are not drawn."""

import re

_COLOURS = {
    "brown": "wooden wood oak pine timber leather",
    "grey": "stone concrete granite iron slate",
    "gold": "gold",
    "silver": "silver metal metallic steel aluminium aluminum tin chrome",
    "bronze": "copper brass",
    "white": "marble porcelain ivory plaster",
    "dark brown": "chocolate mahogany",
    "tan": "straw cardboard wicker bamboo",
    "dark orange": "terracotta clay",
}
_COLOUR_OF = {word: colour for colour, words in _COLOURS.items() for word in words.split()}
_MADE_OF = re.compile(r"\s+(?:entirely\s+)?(?:out\s+)?(?:of|from)\s+(?P<material>[a-z]+)", re.IGNORECASE)


def colour_of_material(word: str) -> str | None:
    """The colour that tells a material ("wooden": brown); None for one that needs more than a colour (glass, velvet)."""
    return _COLOUR_OF.get(word.lower())


def made_of(text: str, end: int) -> str | None:
    """The colour of the material of "made (of stone)", whose first word ends at ``end``."""
    found = _MADE_OF.match(text, end)
    return colour_of_material(found["material"]) if found is not None else None
