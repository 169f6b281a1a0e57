"""Which words for a setting its picture answers for: a snowy street is snowy, and a crowded one is drawn empty."""

import re

from genevolve.world.language.lexicon import word_set
from genevolve.world.sketch.background import Scenery, choose

# What the picture of a setting shows beside what it is called by.
_TRUE_OF = {
    "beach": word_set("sandy sunny sand wide long coastal"),
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
    "snowy village": word_set("small little tiny"),
    "meadow": word_set("green grassy sunny open wide rolling"),
    "space": word_set("deep outer dark starry"),
    "night sky": word_set("dark clear"),
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
    "harbour": word_set("small old fishing pretty"),
}
_CALM = word_set(
    "quiet peaceful calm serene tranquil still empty deserted lonely silent sleepy"
)  # nothing stirs in any of them
_NOT_SHOWN = {
    "meadow": word_set("playground"),
    "room": word_set("library museum gallery office classroom"),
    "table": word_set("bakery cafe"),
    "theatre": word_set("circus concert"),
    "beach": word_set("island"),
}
"""What people call a setting by that its picture lacks: the books of a library, the swings of a playground."""


def shows(words: str, word: str = "") -> bool:
    """Whether the picture of the setting ``words`` shows what ``word``, one of them, says; without a ``word`` whether there is
    any such picture."""
    chosen = choose(words)
    if chosen.note or not word:
        return not chosen.note
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
