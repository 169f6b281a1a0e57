"""What people are pictured doing: "a woman riding a bicycle" is one pictogram, and not half a woman on a bicycle."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genevolve.world.language.lexicon import word_set

_MEN, _WOMEN, _ANYBODY = "1F468 1F466", "1F469 1F467", "1F9D1 1F9D2"
_SIGNS = {code: sign for codes, sign in ((_MEN, "2642"), (_WOMEN, "2640")) for code in codes.split()}
_WORKERS = {code: codes.split()[0] for codes in (_MEN, _WOMEN, _ANYBODY) for code in codes.split()}
UNSAID = word_set("a an the his her their its some")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """``looks``: code of a picture of a person → code of the one of this person doing it; ``said``: rows of words."""

    name: str
    looks: Mapping[str, str]
    said: tuple[tuple[str, ...], ...]


@cache
def activities() -> Mapping[str, Activity]:
    data = tomllib.loads(files(__package__).joinpath("activities.toml").read_text("utf-8"))
    return {
        name: Activity(
            name=name,
            looks={code: _doing(code, row) for code in _WORKERS},
            said=tuple(sorted((tuple(words.split()) for words in row["said"]), key=len, reverse=True)),
        )
        for name, row in data.items()
    }


def _doing(code: str, row: Mapping[str, str]) -> str:
    """The code of the pictogram in which the person of ``code`` does what ``row`` tells."""
    how = row.get("how", "signed")
    if how == "work":
        return f"{_WORKERS[code]}-200D-{row['code']}"
    if how == "told":
        return row.get("man", row["code"]) if _SIGNS.get(code) == "2642" else row["code"]
    sign = _SIGNS.get(code)
    return row["code"] if sign is None else f"{row['code']}-200D-{sign}"


@cache
def by_words() -> Mapping[tuple[str, ...], str]:
    """Words → the name of the activity."""
    return {words: activity.name for activity in activities().values() for words in activity.said}
