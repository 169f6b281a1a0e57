"""From a description in plain English to the entities that it fits, by tables only.

A description is taken apart into a kind of object ("the country"), an attribute that it mentions ("whose capital is") and
what is left, which must be *exactly* a value of that attribute. A word that is not understood, unless it only qualifies
the kind ("the small West African country …"), means no answer: nothing here is guessed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.atlas.entities import Entity, by_id, entities
from genevolve.world.atlas.text import MONTHS, fold, singular, words

Key = tuple[str, ...]

_GLUE_WORDS = """
the a an of is are was were be been being has have had having it its their his her as in on at to from by with for and or
that which who whose whom where there this these those i you one they we people person someone somebody anyone called named
stands standing located found situated lies lying lives living home end ends ending do does did can will just whats what
name names behind official officially
"""
_GLUE = frozenset(_GLUE_WORDS.split())
_COUNTRY = r"(?:country|countries|nation|nations|state|land|republic|kingdom|realm|territory|place)"


def _one_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


_USA = r"(?:u\.?s\.?(?:a\.?)?|united states)(?: of america)?"
_US_STATE = re.compile(
    rf"\b(?:{_USA}|american)(?:'s)? (?:federal )?state\b(?: of)?|\bstate (?:of|in) the {_USA}(?!\w)|\bin the {_USA}$"
    r"|^(?:the )?state(?= (?:whose|with|that|which|where)\b)"
)
_CODES = re.compile(r"\b[A-Z]{2,3}\b")
_NOT_CODES = {"ISO", "TLD", "USA", "US", "UN", "EU"}

# Cues of the attributes of countries, the more special first.
_LETTERS = r"(?:(?:two|three|2|3)[- ]letter )"
_ISO = r"(?:iso(?: 3166(?:-1)?)?(?: alpha-?[23])?|alpha-?[23])"
_CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("currency code", _one_of("currency code", "code of (?:the|its) currency", "iso 4217(?: code)?", "currency with the code")),
    (
        "ISO code",
        _one_of(
            rf"{_LETTERS}?{_ISO}(?: country)?(?: codes?)?(?: abbreviates)?",
            rf"{_LETTERS}(?:country )?codes?",
            "country code (?=[a-z]{2,3}$)",
        ),
    ),
    (
        "telephone code",
        _one_of(
            r"(?:international |country )?(?:telephone|phone|calling|dial(?:l?ing)?)(?: country)?(?: prefix| codes?| number)?",
            r"country code(?= \+)",
            "reach",
            "dial(?:l?ed|s)?",
        ),
    ),
    (
        "internet domain",
        _one_of(
            r"(?:internet |web |country |country-code |national )?(?:top[- ]level )?(?:internet |web )?domain"
            "(?: name| ending| suffix)?s?",
            "tld|cctld",
            "web ?sites?(?: addresses)?",
            "(?:web|internet) (?:addresses|ending|suffix)",
            r"(?<= )(?=\.[a-z]{2}\b)",
        ),
    ),
    (
        "capital",
        _one_of("capital(?: city)?", "governed|ruled", "seat of (?:the )?government", "government (?:sits|meets|is based)"),
    ),
    ("currency", _one_of("currency", "pays?|paid|paying|spends?|uses?|using", "money|legal tender")),
)
_SHARES = r"(?:shares (?:its |a )?(?:only )?(?:land )?borders? with|has (?:a |its )?(?:land )?border with)"
_BORDERS_ONLY = _one_of(
    rf"(?:borders?|bordering|neighbou?rs?|{_SHARES}|sharing a (?:land )?border) (?:only|just|nothing but|exclusively)",
    "(?:only|just|exclusively) (?:borders|neighbou?rs)",
    "(?:one and only|only|single|sole)(?: land)? (?:neighbou?rs?|border)",
    "(?:(?:completely|entirely|fully|wholly) )?(?:surrounded|enclosed|encircled)(?: completely| entirely)? by",
    "neighbou?rs? (?:is|are) (?:only|just)",
)
_BORDERS = _one_of(
    rf"(?:borders?|bordering|neighbou?ring|neighbou?rs|adjacent to|{_SHARES}|sharing a (?:land )?border with|next to"
    "|lies between|between)(?: both)?"
)
_HOME = _one_of("stands?|located|situated|lies|found|home (?:of|to)|is in|was in|can be seen|visit")
_REGION = r"(?:(?:north|south|east|west|central|northern|southern|eastern|western|southeast|south-east)(?:ern)? )*"
_CONTINENT = re.compile(
    rf"(?:^|\s+)(?:on|in|of)(?: the)?(?: continent of)? {_REGION}"
    r"(?P<where>africa|asia|europe|north america|south america|oceania)\b"
    r"(?=\s*(?:$|,|whose|with|that|which|where|governed|bordering))"
)
_CONTINENT_WORDS = {"african": "Africa", "asian": "Asia", "european": "Europe", "oceanian": "Oceania"}


def key(text: str) -> Key:
    """The words that matter, in order; both descriptions and values go through it."""
    return tuple(singular(word) for word in words(text) if word not in _GLUE)


@cache
def _named() -> Mapping[Key, tuple[Entity, ...]]:
    """Names and fixed descriptions → the entities that bear them."""
    found: dict[Key, dict[str, Entity]] = {}
    for entity in entities():
        for name in (entity.name, *entity.aliases, *entity.known_as):
            found.setdefault(key(name), {})[entity.id] = entity
    return {name: tuple(held.values()) for name, held in found.items() if name}


@cache
def _values(attribute: str) -> Mapping[Key, tuple[Country, ...]]:
    """Value of a country's attribute → the countries that have it."""
    found: dict[Key, dict[str, Country]] = {}
    for country in countries():
        for value in _values_of(country, attribute):
            if value:
                found.setdefault(key(value), {})[country.iso2] = country
    return {value: tuple(held.values()) for value, held in found.items() if value}


def _values_of(country: Country, attribute: str) -> Iterable[str]:
    match attribute:
        case "capital":
            return (country.capital, *country.capitals)
        case "internet domain":
            return (country.domain, country.domain.removeprefix("."))
        case "ISO code":
            return (f"{country.iso2}iso", f"{country.iso3}iso")
        case "currency":
            return (country.currency, country.currency_code)
        case "currency, loosely":
            full = [f"{demonym} {name}" for demonym in country.demonyms for name in country.currency_names]
            return (*country.currency_names, *full)
        case "currency code":
            return (country.currency_code,)
        case _:
            return (f"+{country.phone}", country.phone) if country.phone else ()


def entity_of(country: Country) -> Entity:
    return by_id()[f"country:{country.iso2}"]


def fitting(description: str) -> tuple[Entity, ...]:
    """The entities that ``description`` fits: none when it is not understood, several when it is ambiguous."""
    text = " ".join(description.split()).strip(' .,;:!?"“”')
    if not text or len(text) > 400:
        return ()
    if named := _named().get(key(text)):
        return named
    readers: tuple[Callable[[str], tuple[Entity, ...]], ...] = (_us_state, _country, _element, _chinese, _western)
    return next((found for reader in readers if (found := reader(text))), ())


def one(description: str, having: str = "") -> Entity | None:
    """The one entity that fits and has the fact ``having``; None when there is none or more than one.

    A country goes before a US state of the same name (Georgia), as it does in atlases.
    """
    found = [entity for entity in fitting(description) if not having or having in entity.facts]
    chosen = [entity for entity in found if entity.kind == "country"] or found
    return chosen[0] if len(chosen) == 1 else None


# ---- countries --------------------------------------------------------------------------------------------------------


def _country(text: str) -> tuple[Entity, ...]:
    match = re.search(rf"\b{_COUNTRY}\b", fold(text))
    if match is None:
        return ()
    clause = text[match.end() :] if len(fold(text)) == len(text) else fold(text)[match.end() :]
    before = fold(text)[: match.start()].split()
    if not {"of", "in", "for", "from"}.isdisjoint(before):
        return ()  # "the money of the country …" asks for something else
    continents = {_CONTINENT_WORDS[word] for word in before if word in _CONTINENT_WORDS}
    if where := _CONTINENT.search(fold(clause)):
        continents.add(where["where"].title())
        clause = clause[: where.start()] + clause[where.end() :]
    named = [entity for entity in _named().get(key(clause), ()) if entity.id.startswith("country:")]
    if named:  # "the country of Chad"
        return tuple(named)
    if before and before[-1] in {"no", "not", "any", "every", "each"}:
        return ()
    found = [country for country in _by_clause(clause) if not continents or country.continent in continents]
    sovereign = [country for country in found if country.sovereign]
    return tuple(entity_of(country) for country in (sovereign or found))


def _by_clause(clause: str) -> tuple[Country, ...]:
    folded = fold(clause)
    for cue, exact in ((_BORDERS_ONLY, True), (_BORDERS, False)):
        if match := cue.search(folded):
            return _by_borders(folded[: match.start()] + " " + folded[match.end() :], exact=exact)
    for attribute, cue in _CUES:
        if match := cue.search(folded):
            if attribute in {"telephone code", "internet domain"}:
                return _values(attribute).get(key(re.sub(r"\bus(?:es?|ing)\b", " ", cue.sub(" ", folded))), ())
            rest = (
                clause[: match.start()] + " " + clause[match.end() :] if len(folded) == len(clause) else cue.sub(" ", folded, 1)
            )
            return _by_value(attribute, rest, clause)
    return _by_landmark(folded)


def _by_value(attribute: str, rest: str, clause: str) -> tuple[Country, ...]:
    """Countries whose attribute has exactly the value ``rest``; names of ISO 4217 go before shorter ones of currencies."""
    if attribute == "ISO code":
        codes = [code for code in _CODES.findall(rest) if code not in _NOT_CODES or code in _CODES.findall(rest)[1:]]
        wanted = codes[0] if len(codes) == 1 else " ".join(key(rest))
        return _values(attribute).get(key(f"{wanted}iso"), ())
    if attribute == "currency code":
        codes = [code for code in _CODES.findall(clause) if code != "ISO"]
        return _values(attribute).get(key(codes[0]) if len(codes) == 1 else key(rest), ())
    again = {"capital": r"\bcapital(?: city)?\b", "currency": r"\b(?:currency|money)\b"}[attribute]
    value = key(re.sub(again, " ", rest, flags=re.IGNORECASE))
    return _values(attribute).get(value, ()) or (_values("currency, loosely").get(value, ()) if attribute == "currency" else ())


def _by_borders(rest: str, *, exact: bool) -> tuple[Country, ...]:
    """Countries with exactly these neighbours, or with at least these."""
    named = _neighbours(rest)
    if not named:
        return ()
    codes = {country.iso2 for country in named}
    return tuple(
        country
        for country in countries()
        if (set(country.borders) == codes if exact else codes <= set(country.borders)) and country.iso2 not in codes
    )


def _neighbours(rest: str) -> list[Country]:
    """The countries that ``rest`` lists and nothing else, or the one that it describes."""
    listed = _segments([word for word in words(rest) if word not in _GLUE])
    if listed is None:
        described = one(rest)
        listed = [described] if described is not None else []
    found = [by_code()[entity.id.removeprefix("country:")] for entity in listed if entity.id.startswith("country:")]
    return found if len(found) == len(listed) else []


def _segments(rest: list[str]) -> list[Entity] | None:
    """``rest`` cut into names of countries without a remainder, longest names first; None when that is impossible."""
    if not rest:
        return []
    for length in range(min(len(rest), 8), 0, -1):
        candidates = _named().get(tuple(singular(word) for word in rest[:length]), ())
        named = [entity for entity in candidates if entity.id.startswith("country:")]
        if len(named) == 1 and (following := _segments(rest[length:])) is not None:
            return [named[0], *following]
    return None


def _by_landmark(folded: str) -> tuple[Country, ...]:
    """ "the country where the Kaaba stands"."""
    if not _HOME.search(folded):
        return ()
    named = _named().get(key(_HOME.sub(" ", folded)), ())
    names = {entity.facts["country"] for entity in named if entity.kind == "landmark"}
    return tuple(country for country in countries() if country.name in names) if len(names) == 1 else ()


# ---- others -----------------------------------------------------------------------------------------------------------


def _us_state(text: str) -> tuple[Entity, ...]:
    match = _US_STATE.search(fold(text))
    if match is None:
        return ()
    rest = fold(text)[: match.start()] + " " + fold(text)[match.end() :]
    wanted = key(rest.replace("capital city", "capital"))
    states = [entity for entity in entities() if entity.kind == "US state"]
    if "capital" in wanted:
        value = tuple(word for word in wanted if word != "capital")
        return tuple(state for state in states if key(state.facts["capital"]) == value)
    name = wanted[1:] if wanted[:1] == ("state",) else wanted
    return tuple(state for state in states if key(state.name) == name)


_ELEMENT_CUE = re.compile(r"\b(?:chemical )?element\b|\bperiodic table\b|\bmetal\b|\bnoble gas\b")
_ELEMENT_WORDS = {"chemical", "element", "metal", "noble", "gas", "symbol", "atomic", "number", "periodic", "table", "sign"}


def _element(text: str) -> tuple[Entity, ...]:
    folded = fold(text)
    if not _ELEMENT_CUE.search(folded) or re.match(r"(?:what|which)(?:'s| is)? (?:the )?(?:atomic )?number\b", folded):
        return ()
    elements = [entity for entity in entities() if entity.kind == "chemical element"]
    rest = [word for word in re.findall(r"[^\W_]+", text) if fold(word) not in _ELEMENT_WORDS and _value_word(word)]
    if len(rest) != 1:
        return ()
    fact = "atomic number" if rest[0].isdigit() else "chemical symbol"
    by_fact = tuple(element for element in elements if element.facts[fact] == rest[0])
    return by_fact or tuple(element for element in elements if fold(rest[0]) in {element.name, *element.aliases})


def _value_word(word: str) -> bool:
    """Symbols such as "In", "As" and "I" look like glue; their capital tells them apart."""
    return fold(word) not in _GLUE or (word[0].isupper() and len(word) <= 2)


_CHINESE = re.compile(r"\b(?:chinese|lunar)\b.*\b(?:zodiac|calendar|horoscope|year|animal|astrology)\b|\bzodiac\b.*\bchinese\b")
_CHINESE_GLUE = """
chinese lunar zodiac calendar horoscope year new animal sign born summer autumn fall spring stand belong rule corresponding
corresponds correspond begin began start started symbol twelve represent birth astrology
"""
_CHINESE_WORDS = frozenset(_CHINESE_GLUE.split()) | set(MONTHS[2:])


def _chinese(text: str) -> tuple[Entity, ...]:
    if not _CHINESE.search(fold(text)):
        return ()
    rest = [word for word in key(text) if word not in _CHINESE_WORDS]
    signs = [entity for entity in entities() if entity.kind == "Chinese zodiac animal"]
    if len(rest) == 1 and rest[0].isdigit() and len(rest[0]) == 4:
        return tuple(sign for sign in signs if rest[0] in sign.facts["years"].split(", "))
    return tuple(sign for sign in signs if rest == [fold(sign.name)])


_WESTERN = re.compile(r"\b(?:zodiac|star sign|starsign|horoscope|sun sign|astrolog\w+)\b|\bsign\b.*\bborn\b|\bborn\b.*\bsign\b")
_WESTERN_GLUE = """
zodiac star sign starsign horoscope sun born birthday western symbol date day birth belong falls fall under astrological
astrology belonging
"""
_WESTERN_WORDS = frozenset(_WESTERN_GLUE.split())


def _western(text: str) -> tuple[Entity, ...]:
    if not _WESTERN.search(fold(text)):
        return ()
    rest = [word for word in key(text) if word not in _WESTERN_WORDS]
    signs = [entity for entity in entities() if entity.kind == "zodiac sign"]
    if len(rest) == 1 and re.fullmatch(r"day\d{4}", rest[0]):
        return tuple(sign for sign in signs if _covers(sign, int(rest[0][3:5]), int(rest[0][5:])))
    return tuple(sign for sign in signs if rest == [singular(fold(sign.name))])


def _covers(sign: Entity, month: int, day: int) -> bool:
    start, end = _month_day(sign.facts["from"]), _month_day(sign.facts["to"])
    here = (month, day)
    if day < 1 or day > 31:
        return False
    return start <= here <= end if start <= end else here >= start or here <= end


def _month_day(text: str) -> tuple[int, int]:
    day, month = text.split()
    return MONTHS.index(month.lower()) + 1, int(day)
