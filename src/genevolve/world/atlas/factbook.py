"""National symbols, flags in words, highest points, independence and anthems, from ``factbook.tsv`` (World Factbook, 2025)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One country. Texts are empty where the source is silent; ``height`` is in metres."""

    symbols: tuple[str, ...]
    flag: str
    highest: str
    height: int | None
    independence: str
    anthem: str
    official: tuple[str, ...]
    population: int
    area: int  # km²


@cache
def profiles() -> Mapping[str, Profile]:
    """By alpha-2 code."""
    lines = files(__package__).joinpath("factbook.tsv").read_text(encoding="utf-8").splitlines()
    return {code: _profile(rest) for code, *rest in (line.split("\t") for line in lines if not line.startswith("#"))}


def _profile(row: list[str]) -> Profile:
    symbols, flag, highest, height, independence, anthem, official, population, area = row
    return Profile(
        symbols=tuple(filter(None, symbols.split("; "))),
        flag=flag,
        highest=highest,
        height=round(float(height)) if height else None,
        independence=independence,
        anthem=anthem,
        official=tuple(filter(None, official.split("; "))),
        population=int(population or 0),
        area=int(area or 0),
    )
