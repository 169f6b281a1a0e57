"""Everything in the atlas that has a name and facts, as one list: for requests made from tables, splits, and exact answers."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.atlas.pictograms import pictograms
from genevolve.world.atlas.raster import PREFIX
from genevolve.world.atlas.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """``looks`` show it, the best first; a country's is its flag. ``facts`` map attributes to values, both plain text.

    ``known_as`` are descriptions that fit this entity and no other one here. ``text`` is what a search shows.
    """

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    text: str = ""


@cache
def entities() -> tuple[Entity, ...]:
    """All entities in a fixed order: countries, states, elements, signs and years of zodiacs, chess pieces, objects."""
    return (*map(_country, countries()), *_states(), *_elements(), *_western(), *_chinese(), *_chess(), *_objects())


@cache
def by_id() -> Mapping[str, Entity]:
    return {entity.id: entity for entity in entities()}


def slug(name: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in fold(name)).split())


def listed(names: list[str]) -> str:
    """ "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def table(name: str) -> Any:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _country(country: Country) -> Entity:
    facts = {
        "capital": country.capital,
        "continent": country.continent,
        "internet domain": country.domain,
        "ISO code": country.iso2,
        "three-letter ISO code": country.iso3,
        "currency": country.currency,
        "currency code": country.currency_code,
        "telephone code": f"+{country.phone}" if country.phone else "",
        "borders": ", ".join(by_code()[code].name for code in country.borders),
        "languages": ", ".join(country.languages),
        "population": f"{country.population:,}" if country.population else "",
        "area": f"{country.area:,} km²" if country.area else "",
        "demonym": country.demonyms[0] if country.demonyms else "",
    }
    return Entity(
        id=f"country:{country.iso2}",
        kind="country" if country.sovereign else "territory",
        name=country.name,
        aliases=country.names[1:],
        looks=(PREFIX + country.flag,),
        facts={name: value for name, value in facts.items() if value},
        text=" ".join(_country_sentences(country)),
    )


def _country_sentences(country: Country) -> Iterator[str]:
    name = country.with_article
    start = name[:1].upper() + name[1:]
    yield f"{start} is a {'country' if country.sovereign else 'territory'} in {country.continent}."
    if country.capital:
        yield f"The capital of {name} is {country.capital}."
    if country.domain:
        yield f"The internet domain of {name} is {country.domain}."
    yield f"The ISO code of {name} is {country.iso2}, the three-letter ISO code is {country.iso3}."
    if country.currency:
        yield f"The currency of {name} is the {country.currency}, the currency code is {country.currency_code}."
    yield from _border_sentences(country, start)
    if country.phone:
        yield f"The telephone code is +{country.phone}."
    if country.languages:
        yield f"Languages spoken: {', '.join(country.languages)}."
    if country.population:
        yield f"Population {country.population:,}; area {country.area:,} km²."
    if country.demonyms:
        yield f"Adjective: {country.demonyms[0]}."
    if further := [other for other in country.names[1:] if fold(other) != fold(country.name)]:
        yield f"Also called {', '.join(further[:4])}."


def _border_sentences(country: Country, start: str) -> Iterator[str]:
    names = [by_code()[code].with_article for code in country.borders]
    if names:
        yield f"{start} borders {'only ' if len(names) == 1 else ''}{listed(names)}."


def _states() -> Iterator[Entity]:
    flags = {picture.title: picture.look for picture in pictograms() if picture.subgroup == "subdivision-flag"}
    for code, name, capital in table("us_states.toml")["states"]:
        look = flags.get(f"Flag of {name}")
        yield Entity(
            id=f"us-state:{slug(name)}",
            kind="US state",
            name=name,
            looks=(look,) if look else (),
            facts={"capital": capital, "postal code": code, "country": "United States"},
            text=f"{name} is a state of the United States. The capital of {name} is {capital}. "
            f"The postal code of {name} is {code}.",
        )


def _elements() -> Iterator[Entity]:
    for line in files(__package__).joinpath("elements.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        number, symbol, name = line.split("\t")
        spellings = _SPELLINGS.get(name, ())
        also = f" It is also called {listed(list(spellings))}." if spellings else ""
        yield Entity(
            id=f"element:{name}",
            kind="chemical element",
            name=name,
            aliases=spellings,
            facts={"chemical symbol": symbol, "atomic number": number},
            text=f"{name.capitalize()} is a chemical element. The chemical symbol of {name} is {symbol}. "
            f"The atomic number of {name} is {number}.{also}",
        )


_SPELLINGS = {"aluminum": ("aluminium",), "cesium": ("caesium",), "sulfur": ("sulphur",), "tungsten": ("wolfram",),
              "mercury": ("quicksilver",)}  # fmt: skip


def _western() -> Iterator[Entity]:
    for sign in table("calendars.toml")["western"]:
        name, start, end = sign["name"], sign["from"], sign["to"]
        yield Entity(
            id=f"zodiac:{slug(name)}",
            kind="zodiac sign",
            name=name,
            aliases=(f"{name} zodiac sign", f"zodiac sign {name}", f"star sign {name}"),
            looks=(PREFIX + sign["look"],),
            facts={"from": start, "to": end, "emblem": sign["animal"]},
            text=f"{name} is the sign of the zodiac of people born from {start} to {end}. Its emblem: {sign['animal']}.",
        )


def _chinese() -> Iterator[Entity]:
    for sign in table("calendars.toml")["chinese"]:
        years = [str(year) for year in range(1900, 2056) if year % 12 == sign["remainder"]]
        yield Entity(
            id=f"chinese-zodiac:{slug(sign['name'])}",
            kind="Chinese zodiac animal",
            name=sign["name"],
            aliases=(f"Year of the {sign['name']}", f"Chinese zodiac {sign['name']}"),
            looks=tuple(PREFIX + look for look in sign["look"]),
            facts={"years": ", ".join(years)},
            text=f"The {sign['name']} is one of the twelve animals of the Chinese zodiac. Years of the {sign['name']}: "
            f"{', '.join(years)}. Each begins at Chinese New Year, in late January or in February.",
        )


def _chess() -> Iterator[Entity]:
    for picture in pictograms():
        if (0x2654 <= int(picture.hexcode.split("-")[0], 16) <= 0x265F) and "-" not in picture.hexcode:
            colour, piece = ("black", "pawn") if picture.hexcode == "265F" else _chess_words(picture.title)
            yield Entity(
                id=f"chess:{colour}-{piece}",
                kind="chess piece",
                name=f"{colour} {piece}",
                aliases=(f"{colour} chess {piece}",),
                looks=(picture.look,),
                facts={"colour": colour, "piece": piece},
                text=f"The {colour} {piece} is a chess piece. {_CHESS[piece]}",
            )


def _chess_words(title: str) -> tuple[str, str]:
    colour, _, piece = title.split()
    return colour, piece


_CHESS = {
    "king": "The king moves one square in any direction; when it is checkmated the game is lost.",
    "queen": "The queen moves any number of squares along a rank, file or diagonal and is the most powerful piece.",
    "rook": "The rook, or castle, moves any number of squares along a rank or file.",
    "bishop": "The bishop moves any number of squares diagonally.",
    "knight": "The knight moves in an L shape and is the only piece that jumps over others.",
    "pawn": "The pawn moves forward and captures diagonally; it can be promoted on the last rank.",
}


def _objects() -> Iterator[Entity]:
    for obj in table("things.toml")["thing"]:
        yield Entity(
            id=f"{slug(obj['kind'])}:{slug(obj['name'])}",
            kind=obj["kind"],
            name=obj["name"],
            aliases=tuple(obj.get("aliases", ())),
            looks=tuple(PREFIX + look for look in obj["look"]),
            facts=obj["facts"],
            known_as=tuple(obj["known_as"]),
            text=obj["text"],
        )
