"""How often the atlas finds what is asked for: generated queries in several wordings, answer at rank 1 and in the first 5.

    python benchmarks/atlas_search.py --queries 600 --seed 0

Each query is made from one fact of a table, in one of several wordings that the index was not built from. A hit counts when
it is the document of the entity that answers the query (for pictures: when the picture bears the asked name).
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genevolve.world.atlas.countries import countries
from genevolve.world.atlas.entities import entities
from genevolve.world.atlas.pictograms import by_name, pictograms
from genevolve.world.atlas.shelf import Shelf
from genevolve.world.atlas.text import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """``answers`` are the urls of which one should come first."""

    family: str
    text: str
    answers: frozenset[str]
    pictures: bool = False


_ABOUT = {
    "capital of": (
        "capital of {n}",
        "what is the capital city of {n}?",
        "{n} capital",
        "name of {n}'s capital",
        "{n} seat of government capital",
    ),
    "currency of": (
        "currency of {n}",
        "what money do people use in {n}",
        "{n} currency code",
        "which currency is used in {n}?",
    ),
    "domain of": ("internet domain of {n}", "{n} TLD", "top-level domain {n}"),
    "neighbours of": ("neighbouring countries of {n}", "{n} borders", "what countries does {n} border"),
}
_BY = {
    "by capital": ("capital {capital}", "country whose capital is {capital}", "which country has {capital} as its capital?",
                   "{capital} is the capital of which country", "What is the flag of the country with capital {capital}?"),
    "by domain": ("which country has the internet domain {domain}", "{domain} domain country", "country code TLD {domain}",
                  "websites ending in {domain} belong to which country"),
    "by ISO code": ("ISO code {iso3}", "country with ISO 3166 code {iso2}", "ISO {iso3} country"),
    "by phone code": ("country with telephone code +{phone}", "dialling code +{phone}", "+{phone} which country"),
    "by currency": ("country whose currency is the {currency}", "which country uses the {currency}",
                    "{currency} currency country"),
}  # fmt: skip
_ELEMENTS = (
    "chemical symbol of {n}",
    "{n} periodic table symbol",
    "what is the symbol for the element {n}",
    "{n} atomic number",
)
_BY_ELEMENT = ("element with atomic number {number}", "chemical element {number}", "which element has the symbol {symbol}")
_SIGNS = (
    "zodiac sign {day}",
    "star sign of someone born on {day}",
    "what is the zodiac sign for {day}?",
    "{day} horoscope sign",
)
_YEARS = (
    "Chinese zodiac {year}",
    "Chinese zodiac animal of the year {year}",
    "{year} lunar new year animal",
    "born in {year} Chinese zodiac",
)
_FLAGS = (
    "flag of {n}",
    "{n} flag",
    "national flag of {n}",
    "{n} flag image",
    "picture of the {n} flag",
    "{d} flag",
    "the flag of {n}, vector",
)
_PICTURES = ("{n}", "a photo of a {n}", "{n} icon", "image of {n}", "{n} illustration clip art", "{n}s")


def queries(count: int, seed: int) -> list[Query]:
    """``count`` different queries, the families in equal parts as far as they reach."""
    families: dict[str, list[Query]] = {}
    for query in _all():
        families.setdefault(query.family, []).append(query)
    chance = random.Random(seed)
    for held in families.values():
        chance.shuffle(held)
    chosen: list[Query] = []
    while len(chosen) < count and any(families.values()):
        chosen += [held.pop() for held in families.values() if held]
    return chosen[:count]


def _all() -> Iterator[Query]:
    yield from _country_queries()
    yield from _other_queries()
    yield from _picture_queries()


def _country_queries() -> Iterator[Query]:
    every = countries()
    for country in every:
        if not country.sovereign or not country.capital:
            continue
        here = frozenset({f"atlas:country:{country.iso2}"})
        for family, wordings in _ABOUT.items():
            for wording in wordings:
                yield Query(family=family, text=wording.format(n=country.with_article), answers=here)
        values = {"capital": country.capital, "domain": country.domain, "iso2": country.iso2, "iso3": country.iso3}
        values |= {"phone": country.phone, "currency": country.currency}
        for family, wordings in _BY.items():
            field = family.removeprefix("by ")
            same = frozenset(f"atlas:country:{other.iso2}" for other in every if _value(other, field) == _value(country, field))
            if _value(country, field) and len(same) == 1:
                for wording in wordings:
                    yield Query(family=family, text=wording.format(**values), answers=same)
        bordering = frozenset(f"atlas:country:{code}" for code in country.borders)
        for wording in ("country bordering {n}", "which country borders {n}?", "countries that border {n}"):
            if bordering:
                yield Query(family="by neighbour", text=wording.format(n=country.with_article), answers=bordering | here)


def _value(country: object, field: str) -> object:
    name = {"phone code": "phone", "ISO code": "iso3", "currency": "currency_code"}.get(field, field)
    return getattr(country, name)


def _other_queries() -> Iterator[Query]:
    for entity in entities():
        here = frozenset({f"atlas:{entity.id}"})
        if entity.kind == "chemical element":
            number, symbol = entity.facts["atomic number"], entity.facts["chemical symbol"]
            texts = [wording.format(n=entity.name) for wording in _ELEMENTS]
            texts += [wording.format(number=number, symbol=symbol) for wording in _BY_ELEMENT]
            yield from (Query(family="elements", text=text, answers=here) for text in texts)
        elif entity.kind == "zodiac sign":
            day, month = entity.facts["from"].split()
            spellings = (f"{month} {day}", f"{int(day) + 2} {month}")
            texts = [wording.format(day=spelt) for wording in _SIGNS for spelt in spellings]
            yield from (Query(family="zodiac", text=text, answers=here) for text in texts)
        elif entity.kind == "Chinese zodiac animal":
            years = entity.facts["years"].split(", ")
            yield from (Query(family="Chinese zodiac", text=w.format(year=y), answers=here) for w in _YEARS for y in years[4:9])
        for description in entity.known_as:
            yield Query(family="descriptions", text=f"which {description}", answers=here)


def _picture_queries() -> Iterator[Query]:
    for country in countries():
        here = frozenset({f"openmoji:{country.flag}"})
        demonym = country.demonyms[0] if country.demonyms and country.iso2 not in {"CD", "CG"} else country.name
        for wording in _FLAGS:
            text = wording.format(n=country.with_article, d=demonym)
            yield Query(family="flags", text=text, answers=here, pictures=True)
    for picture in pictograms():
        if picture.subgroup == "country-flag" or picture.plainness < 0.9 or ":" in picture.title:
            continue
        called = frozenset(other.look for other in by_name()[name_key(picture.title)])
        for wording in _PICTURES:
            yield Query(family="pictograms", text=wording.format(n=picture.title), answers=called, pictures=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--misses", action="store_true", help="print the queries whose answer is not in the first five")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        shelf = Shelf(Path(folder))
        print(f"index built in {time.perf_counter() - started:.2f} s")
        _report(shelf, queries(options.queries, options.seed), misses=options.misses)


def _report(shelf: Shelf, asked: list[Query], *, misses: bool) -> None:
    ranks: dict[str, list[int]] = {}
    started = time.perf_counter()
    for query in asked:
        urls = [hit.url for hit in (shelf.pictures if query.pictures else shelf.facts)(query.text, 5)]
        rank = next((place for place, url in enumerate(urls, start=1) if url in query.answers), 0)
        ranks.setdefault(query.family, []).append(rank)
        if misses and rank != 1:
            print(f"  {query.family}: {query.text!r} → rank {rank or '>5'}; first: {urls[:2]}")
    spent = (time.perf_counter() - started) / len(asked)
    print(f"{'family':<16}{'queries':>8}{'top 1':>8}{'top 5':>8}")
    for family, found in [*ranks.items(), ("all", [rank for held in ranks.values() for rank in held])]:
        first, five = sum(rank == 1 for rank in found) / len(found), sum(rank > 0 for rank in found) / len(found)
        print(f"{family:<16}{len(found):>8}{first:>8.1%}{five:>8.1%}")
    print(f"{spent * 1e3:.2f} ms a query")


if __name__ == "__main__":
    main()
