"""Which words for a setting its picture answers for: a snowy street is snowy, and a crowded one is drawn empty."""

import re

from genevolve.world.language.lexicon import word_set
from genevolve.world.sketch.background import choose
from genevolve.world.sketch.scenery import Scenery

# What the picture of a setting shows beside what it is called by.
_TRUE_OF = {
    "beach": word_set("sandy sunny sand wide long coastal sea ocean"),
    "sea": word_set("blue open wide"),
    "snow": word_set(
        "snowy frozen icy cold white forest woods woodland field fields hill hills landscape meadow clearing wintry covered"
    ),
    "mountains": word_set("snow-capped high tall rocky mountain mountains green field fields meadow"),
    "forest": word_set("green dense thick pine fir clearing lush"),
    "savanna": word_set("dry golden grassy african"),
    "desert": word_set("sandy dry hot sand"),
    "street": word_set("city town urban paved"),
    "city": word_set("modern big large"),
    "village": word_set("square old small little tiny houses"),
    "mountain village": word_set("small little tiny"),
    "snowy village": word_set("small little tiny old"),
    "meadow": word_set("green grassy sunny open wide rolling"),
    "space": word_set("deep outer dark starry"),
    "night sky": word_set("dark clear blue black"),
    "room": word_set("empty bright plain"),
    "table": word_set("wooden brown"),
    "market": word_set("open-air outdoor street farmers farmers'"),
    "moon surface": word_set("rocky grey gray"),
    "underwater": word_set("deep blue"),
    "sky": word_set("blue"),
    "river bank": word_set("green grassy river lake"),
    "farm": word_set("green old small"),
    "swimming pool": word_set("blue outdoor public"),
    "football pitch": word_set("green grass grassy"),
    "tennis court": word_set("blue outdoor hard"),
    "cloudy sky": word_set("dark heavy"),
    "lake": word_set("blue calm clear"),
    "river": word_set("blue winding green"),
    "hills": word_set("green grassy rolling round"),
    "garden": word_set("green flower flowers flowery pretty"),
    "park": word_set("green public"),
    "jungle": word_set("green dense thick lush"),
    "cave": word_set("dark deep rocky"),
    "swamp": word_set("green dark murky muddy"),
    "canyon": word_set("red rocky deep"),
    "island": word_set("sandy small little tiny"),
    "stable": word_set("wooden old"),
    "spring meadow": word_set("park garden field meadow flowers blossom"),
    "autumn woods": word_set("forest woods park colourful golden red"),
    "dark woods": word_set("deep dense thick"),
    "brick wall": word_set("red"),
    "village street": word_set("small little quiet"),
    "mountain lake": word_set("blue clear"),
    "harbour": word_set("small old fishing pretty"),
}
_CALM = word_set(
    "quiet peaceful calm serene tranquil still empty deserted lonely silent sleepy"
)  # nothing stirs in any of them
_SUMMERY = frozenset(
    {"meadow", "beach", "lake", "river", "park", "garden", "hills", "sea", "farm", "mountains", "village", "forest", "street"}
    | {"desert", "savanna", "city", "harbour", "island", "vineyard", "playground", "zoo", "farm", "mountain lake"}
)
_NOT_SHOWN = {
    "room": word_set("library"),
    "table": word_set("bakery cafe"),
    "theatre": word_set("concert"),
}
"""What people call a setting by that its picture lacks: the books of a library, the cakes of a bakery."""


def shows(words: str, word: str = "") -> bool:
    """Whether the picture of the setting ``words`` shows what ``word``, one of them, says; without a ``word`` whether there is
    any such picture."""
    chosen = choose(words)
    if chosen.note or not word:
        return not chosen.note
    if chosen.scenery is not None and word.lower() == "summer":
        return chosen.scenery.name in _SUMMERY
    scenery, one = chosen.scenery, word.lower().replace("-", " ")
    if scenery is None:
        return True
    text = " ".join(words.lower().replace("-", " ").split())
    known = (
        _CALM | _TRUE_OF.get(scenery.name, frozenset()) | {part for found in _named(scenery, text) for part in found.split()}
    )
    return set(one.split()) <= known and one not in _NOT_SHOWN.get(scenery.name, ())


def _named(scenery: Scenery, text: str) -> list[str]:
    """What ``text`` calls the scenery by."""
    return [found[0] for found in re.finditer(rf"\b(?:{scenery.words})\b", text)]
