"""Countries as requests describe them: by one fact that fits no other country."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from genevolve.data.splits import EntitySplit, entity_split
from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.recipes.draw import Draw
from genevolve.world.recipes.grammar import expand
from genevolve.world.recipes.picture import IntendedObject, IntendedText

# {v} is the value of the fact. Each reading is a noun phrase for the country.
_CLUES = {
    "capital": (
        "the country whose capital is {v}", "the [country|nation] with the capital {v}",
        "the country that has {v} as its capital", "the country which has {v} for its capital",
        "the [country|nation] governed from {v}", "the country with {v} as capital",
    ),
    "internet domain": (
        "the country whose internet domain is {v}", "the country with the internet domain {v}",
        "the country whose web[ |]sites end in {v}", "the country that uses the domain {v}",
        "the country behind the internet [ending|domain] {v}",
    ),
    "ISO code": (
        "the country with the ISO code {v}", "the country whose [three-letter |]ISO code is {v}",
        "the country that has the ISO code {v}", "the country with the [ISO |]country code {v}",
    ),
    "currency": (
        "the country whose currency is the {v}", "the country where [people|they] pay with the {v}",
        "the country that uses the {v}[ as its currency|]", "the country with the {v} as its currency",
    ),
    "telephone code": (
        "the country with the [telephone|dialling|calling] code {v}",
        "the country whose [telephone|phone|dialling] code is {v}",
        "the country you reach by dialling {v}",
    ),
    "only neighbour": (
        "the country whose only neighbour is {v}", "the country that borders only {v}",
        "the country whose one and only land neighbour is {v}",
    ),
    "neighbours": (
        "the country that borders only {v}", "the country whose only neighbours are {v}",
        "the country whose neighbours are just {v}",
    ),
}  # fmt: skip
_OFTEN = {"capital": 3, "only neighbour": 3, "neighbours": 3}  # how often, against once for each of the codes
_FLAG_OF = ("the [national |]flag of {c}",) * 4 + ("the flag that belongs to {c}", "{cs} [national |]flag")
# What can be written about a country, with how a request describes it ("its" when the country was just named).
_TEXTS = {
    "capital": ("the name of its capital", "its capital", "its capital city", "the name of its capital city"),
    "ISO code": ("its three-letter ISO code", "its three-letter country code"),
    "internet domain": ("its internet domain", "its top-level internet domain"),
    "currency code": ("the three-letter code of its currency", "its currency code"),
    "name": ("the name of [the|that] country", "the country's name", "the name of the country"),
}  # fmt: skip
_TEXTS_OF = {
    "capital": ("the name of the capital of {c}", "the capital of {c}", "the name of {cs} capital", "the capital city of {c}"),
    "ISO code": ("the three-letter ISO code of {c}", "the three-letter country code of {c}"),
    "internet domain": ("the internet domain of {c}", "{cs} internet domain"),
    "currency code": ("the three-letter code of the currency of {c}", "the currency code of {c}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """``phrase`` is a noun phrase that only fits ``country``; ``gap`` the kind of fact, empty when it is simply named."""

    country: Country
    phrase: str
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A text that has to be found out; ``entities`` are those that it is about."""

    words: IntendedText
    gap: str
    entities: tuple[str, ...]


def entity_of(country: Country) -> str:
    return f"country:{country.iso2}"


def described_country(draw: Draw, *, besides: Clue | None = None) -> Clue:
    """A country of the draw's split by one of its facts."""
    country = _country(draw, besides)
    values = dict(_facts(country))
    gap = draw.pick([kind for kind in values for _ in range(_OFTEN.get(kind, 1))])
    value = values[gap]
    return Clue(country=country, gap=gap, phrase=expand(draw.pick(_CLUES[gap]), draw.random, v=value))


def named_country(draw: Draw, *, besides: Clue | None = None) -> Clue:
    country = _country(draw, besides)
    return Clue(country=country, phrase=country.with_article)


def flag(draw: Draw, key: str, clue: Clue) -> IntendedObject:
    owner = clue.phrase
    said = expand(draw.pick(_FLAG_OF if not clue.gap else _FLAG_OF[:-1]), draw.random, c=owner, cs=_possessive(owner))
    return IntendedObject(
        key=key,
        noun="flag",
        plural="flags",
        looks=(f"openmoji:{clue.country.flag}",),
        entity=entity_of(clue.country),
        name=f"flag of {clue.country.with_article}",
        said=said,
        reference=True,
    )


def text_about(draw: Draw, clue: Clue) -> Fact:
    """A text about the country whose flag was just asked for."""
    texts = _texts(clue.country)
    if not clue.gap:
        texts.pop("name", None)
    gap = draw.pick([kind for kind in texts if kind != clue.gap and kind not in clue.gap])
    described = expand(draw.pick(_TEXTS[gap]), draw.random)
    return Fact(words=_words(texts[gap], described), gap=f"{gap} as text", entities=(entity_of(clue.country),))


def text_of_country(draw: Draw) -> Fact:
    """A text about a country that is named in the same breath."""
    country = _country(draw, None)
    texts = {kind: text for kind, text in _texts(country).items() if kind in _TEXTS_OF}
    gap = draw.pick(list(texts))
    owner = country.with_article
    described = expand(draw.pick(_TEXTS_OF[gap]), draw.random, c=owner, cs=_possessive(owner))
    return Fact(words=_words(texts[gap], described), gap=f"{gap} as text", entities=(entity_of(country),))


def _words(text: str, described: str) -> IntendedText:
    return IntendedText(text=text, role="caption", described=described)


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _country(draw: Draw, besides: Clue | None) -> Country:
    fitting = _usable_in(draw.split)
    return draw.pick([country for country in fitting if besides is None or country.iso2 != besides.country.iso2])


@cache
def _usable_in(split: EntitySplit) -> tuple[Country, ...]:
    return tuple(country for country in _usable() if entity_split(entity_of(country)) is split)


@cache
def _usable() -> tuple[Country, ...]:
    """Sovereign countries with a capital of their own name and at least two facts that identify them."""
    return tuple(country for country in countries() if country.sovereign and country.capital and len([*_facts(country)]) >= 2)


def _texts(country: Country) -> dict[str, str]:
    """Short plain texts only: what an image can hold and an alphabet without accents can spell. No disputed capitals."""
    found = {
        "capital": "" if country.capital == country.name or country.capitals else country.capital,
        "ISO code": country.iso3,
        "internet domain": country.domain,
        "currency code": country.currency_code,
        "name": country.name,
    }
    return {kind: text for kind, text in found.items() if text and text.isascii() and len(text) <= 18}


def _facts(country: Country) -> Iterator[tuple[str, str]]:
    """(kind, value) of the facts that fit this sovereign country and no other."""
    uses = _uses()
    for kind, value in _values(country):
        if value and uses[kind, value] == 1:
            yield kind, value


@cache
def _uses() -> Counter[tuple[str, str]]:
    """How many countries and territories share a value of a fact."""
    return Counter((kind, value) for country in countries() for kind, value in _values(country))


def _values(country: Country) -> Iterator[tuple[str, str]]:
    name, capital = country.name.lower(), country.capital.lower()
    if not country.capitals and name not in capital and capital not in name:
        yield "capital", country.capital
    yield "internet domain", country.domain
    yield "ISO code", country.iso3
    yield "currency", country.currency
    if country.phone and "-" not in country.phone and len(country.phone) <= 3:
        yield "telephone code", f"+{country.phone}"
    borders = [by_code()[code].with_article for code in country.borders]
    if len(borders) == 1:
        yield "only neighbour", borders[0]
    if len(borders) == 2:
        yield "neighbours", " and ".join(sorted(borders))
