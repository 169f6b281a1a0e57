"""The value that a question in free wording asks for, as text: "the money that Peru uses" → "Sol", "Fe's atomic number" → "26".

A question asks for a property of an owner (``properties.readings``), which may be a description (``questions.described``),
or for what it describes. Without exactly one owner that has the property there is no answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from genevolve.world.atlas.countries import by_code, countries
from genevolve.world.atlas.descriptions import key
from genevolve.world.atlas.entities import Entity, entities, listed
from genevolve.world.atlas.everyday import everyday, is_animal, is_shape
from genevolve.world.atlas.factbook import profiles
from genevolve.world.atlas.gazetteer import (
    FactTable,
    currency_signs,
    ends_of,
    largest_cities,
    official_languages,
    tables,
)
from genevolve.world.atlas.howmany import parts_of
from genevolve.world.atlas.known import known
from genevolve.world.atlas.orders import following
from genevolve.world.atlas.planets import planets
from genevolve.world.atlas.properties import readings
from genevolve.world.atlas.questions import described, only
from genevolve.world.atlas.reworded import reworded
from genevolve.world.atlas.spoken import wording
from genevolve.world.atlas.sums import sum_of
from genevolve.world.atlas.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAnswer:
    """``entity`` is set where the answer is a thing of the atlas; ``thing``: it is something to be shown, not only to be
    written. ``kind``: what it is shown as, where no entity says it.
    """

    text: str
    entity: Entity | None = None
    thing: bool = False
    kind: str = ""


_QUOTES = str.maketrans({"’": "'", "‘": "'"})
_LEAD = re.compile(
    r"^(?:(?:(?:could|can|would) you(?: please)? tell me|do you know|is it [^,?]+ or [^,?]+? that(?:'s| is)"
    r"|(?:my|our) \w+ (?:asks?|wants? to know|wonders?)"
    r"|what(?:'?s| is| are| was)?|which(?: (?:city|town|money|language|country))? is|which|tell me"
    r"|show(?: me)?|write|print|the words?|the name of|name of|the title of"
    r"|the name for|the exact|the correct|the value of|find|give me)\s+)+(?=\S)",
    re.IGNORECASE,
)


# What is said beside the question and corrects nothing that the tables could take otherwise.
_ASIDE = re.compile(r"\s*\(\s*not\b[^)]*\)|,? (?:and )?(?:not|it isn't|it is not|isn't it)\b(?! in\b)[^,]*$", re.IGNORECASE)
# How it is to be written, which asks nothing.
LETTERING = re.compile(r" in (?:[\w-]+ ){0,2}(?:letters|numerals|digits|figures|words|type|print|lettering)$", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?:;])\s+|\s+[–—]\s+")


@lru_cache(maxsize=8192)
def answer(question: str) -> FoundAnswer | None:
    """The one answer to ``question`` as far as the tables know it: a value, or the thing that it describes.

    Where the whole is not understood, what stands beside the question is left out; of several sentences only one may be
    a question that has an answer.
    """
    plain = " ".join(question.translate(_QUOTES).split()).strip(' .,;:!?"“”')
    if not plain or len(plain) > 400:
        return None
    if (found := _outright(plain)) is not None:
        return found
    plain = LETTERING.sub("", plain)
    if found := _answered(plain) or _composed(plain):
        return found
    parts = [part for sentence in _SENTENCES.split(plain) if (part := _ASIDE.sub("", sentence).strip(' .,;:!?"“”'))]
    answers = [said for part in parts if part != plain and (said := _answered(part))]
    return answers[0] if len(answers) == 1 else None


def _outright(plain: str) -> FoundAnswer | None:
    """What is asked in fixed words: a Roman number, a sum, the legs of a spider."""
    if roman := _roman(plain):
        return roman
    if (spoken := wording(plain, by_name)) is not None:
        return FoundAnswer(text=spoken)
    if (total := sum_of(plain)) is not None:
        return FoundAnswer(text=total)
    if (number := parts_of(plain)) is not None:
        return FoundAnswer(text=number)
    if (told := everyday(plain)) is not None:
        return FoundAnswer(text=told[:1].upper() + told[1:], thing=is_animal(told) or is_shape(told))
    return None


_BY_NAME = frozenset(("", "country", "mountain"))


def by_name(question: str) -> str | None:
    """What stands for ``question`` in a longer text: a name or a value; "the fastest animal" has none that is better."""
    found = answer(question)
    return found.text if found is not None and found.kind in _BY_NAME and question.count(" ") > 1 else None


_ROMAN = re.compile(
    r"(?:the )?(?:number |year )?(?P<number>\d{1,4}) (?:in|as|written in) (?:an? )?roman (?:numerals?|letters|digits|numbers?)"
    r"|(?:the )?roman (?:numerals?|number|letters) (?:for|of) (?:the (?:number|year) )?(?P<said>\d{1,4})",
    re.IGNORECASE,
)
_NUMERALS = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def _roman(plain: str) -> FoundAnswer | None:
    """ "50 in Roman numerals": L."""
    asked = _ROMAN.fullmatch(_LEAD.sub("", plain))
    left = int(asked["number"] or asked["said"]) if asked is not None else 0
    if not 0 < left < 4000:
        return None
    said = ""
    for value, sign in _NUMERALS:
        said += sign * (left // value)
        left %= value
    return FoundAnswer(text=said)


_INNER = re.compile(r"\b(?:the|an?) (?=\w)", re.IGNORECASE)
_WORDS = 24  # of a question that is taken apart


def _composed(plain: str) -> FoundAnswer | None:
    """ "The number of legs of the animal that gives us honey": what describes a thing gives place to its name, the last first.

    The words behind it may go on with the outer question: "the year the man who painted the Mona Lisa was born". One of the
    two is of general knowledge: what countries are told by, ``described`` understands better.
    """
    if plain.count(" ") >= _WORDS:
        return None
    for match in reversed([*_INNER.finditer(plain, 1)]):
        for end in (len(plain), *reversed([space.start() for space in re.finditer(" ", plain) if space.start() > match.end()])):
            inner = plain[match.start() : end]
            known_to_all = general(inner)
            held = known_to_all or (_answered(inner) if len(inner.split()) > 2 else None)
            if held is None:
                continue
            outer = f"{plain[: match.start()]}{held.text}{plain[end:]}"
            valued = known_to_all is not None and end == len(plain)
            if told := _outright(outer) or general(outer) or (_valued(bare(outer)) if valued else None) or _composed(outer):
                return told
    return None


def _meant(description: str) -> str:
    found = _answered(description)
    return found.text if found is not None else ""


@lru_cache(maxsize=8192)
def general(wording: str) -> FoundAnswer | None:
    """What everybody learns; a country is the one of the tables."""
    told = known(wording, _meant) or following(wording, _meant)
    told = told or next((held for said in reworded(wording) if (held := known(said, _meant)) is not None), None)
    if told is None:
        return None
    if told.kind == "country":
        return FoundAnswer(
            text=told.text, entity=only(described(f"the country of {told.text}")), thing=not _ASKS_WHERE.match(wording)
        )
    planet = next((one for one in planets() if told.kind == "planet" and one.name == told.text), None)
    return FoundAnswer(text=told.text[:1].upper() + told.text[1:], entity=planet, thing=bool(told.kind), kind=told.kind)


_ASKS_WHERE = re.compile(r"(?:where|who)\b", re.IGNORECASE)


def bare(question: str) -> str:
    """``question`` without "what is", "show me" and the like."""
    return _LEAD.sub("", question)


_THAT_IS = re.compile(
    r"^(?:the )?(?:animal|fruit|object|planet|landmark|mountain) that is (?=(?:the|an?) |\S+['’]s )", re.IGNORECASE
)


# "The atomic number of the element with the symbol Fe" asks for a number, and never for the element.
_OF_THAT = re.compile(
    r"(?:the )?(?:atomic number|(?:chemical )?symbol|capital(?: city)?|currency|height|population|area|number of \w+|colou?rs?)"
    r" of (?:the|an?) (?:[\w-]+ ){0,2}?(?:element|metal|gas|country|nation|planet|mountain)\b",
    re.IGNORECASE,
)


def _answered(plain: str) -> FoundAnswer | None:
    asked = _THAT_IS.sub("", bare(plain))
    wordings = tuple(dict.fromkeys((asked, plain)))
    if told := next((found for wording in wordings if (found := general(wording)) is not None), None):
        return told
    if value := next((found for wording in wordings if (found := _valued(wording)) is not None), None):
        return value
    if _OF_THAT.match(asked):
        return None
    entity = next((held for wording in wordings if (held := only(described(wording))) is not None), None)
    if entity is not None and key(asked) != key(entity.name):
        return FoundAnswer(text=entity.name[:1].upper() + entity.name[1:], entity=entity, thing=True)
    return None


def _valued(wording: str) -> FoundAnswer | None:
    return next((found for one in readings(wording) if (found := _value(one.fact, one.owner)) is not None), None)


def _value(fact: str, owner: str) -> FoundAnswer | None:
    if fact == "height":
        return _height(owner)
    if fact == "highest point" and (top := _highest(owner)):
        return FoundAnswer(text=top, thing=True, kind="mountain")
    if fact == "country":
        return _country_of(owner)
    found = [(held, value) for held in _owners(owner) if (value := _facts(held.id).get(fact))]
    chosen = [pair for pair in found if pair[0].kind == "country"] or found
    if len(chosen) != 1:
        return None
    kind = "mountain" if fact == "highest point" else ""
    return FoundAnswer(text=chosen[0][1], thing=fact.startswith(("national ", "highest ")), kind=kind)


_KIND = re.compile(r",? \(?(?:the|a) (?:us |u\.s\. |american )?(state|country)\)?,?$", re.IGNORECASE)


def _owners(owner: str) -> tuple[Entity, ...]:
    said = re.sub(r"^the (?=planet |element |metal |country )", "", owner, flags=re.IGNORECASE)
    bare = re.sub(r"^(?:the )?(?:planet|chemical element|element|metal|country) (?:of |called )?", "", said)
    named = _named().get(key(_KIND.sub("", bare)), ())
    if kind := _KIND.search(bare):  # "Georgia, the country"
        named = tuple(entity for entity in named if (entity.kind == "US state") == (kind[1].lower() == "state"))
    return named or described(owner) or _by_demonym().get(key(owner), ())


@cache
def _named() -> Mapping[tuple[str, ...], tuple[Entity, ...]]:
    found: dict[tuple[str, ...], dict[str, Entity]] = {}
    for entity in (*entities(), *planets()):
        if entity.kind in {"country", "territory", "US state", "chemical element", "planet"}:
            for name in (entity.name, *entity.aliases):
                found.setdefault(key(name), {})[entity.id] = entity
    return {name: tuple(held.values()) for name, held in found.items()}


@cache
def _by_demonym() -> Mapping[tuple[str, ...], tuple[Entity, ...]]:
    held = {entity.id: entity for entity in entities()}
    found: dict[tuple[str, ...], dict[str, Entity]] = {}
    for country in countries():
        for word in country.demonyms:
            found.setdefault(key(word), {})[country.iso2] = held[f"country:{country.iso2}"]
    return {word: tuple(named.values()) for word, named in found.items()}


# ---- facts beyond the atlas' own --------------------------------------------------------------------------------------


@cache
def _facts(identity: str) -> Mapping[str, str]:
    """Facts of an entity with those of the Factbook. Of several languages or symbols none is told."""
    entity = next((held for held in (*entities(), *planets()) if held.id == identity), None)
    facts = dict(entity.facts) if entity is not None else {}
    if not identity.startswith("country:"):
        return facts
    country, profile = by_code()[identity.removeprefix("country:")], profiles().get(identity.removeprefix("country:"))
    facts["name"] = country.name
    facts["currency symbol"] = currency_signs().get(country.currency_code, "")
    facts["largest city"] = largest_cities().get(country.iso2, "")
    facts["number of neighbours"] = str(len(country.borders))
    if profile is None:
        return facts
    languages = official_languages(country)
    facts["official languages"] = listed(list(languages)) if languages else ""
    symbols = {f"national {kind}": _symbol(profile.symbols, kind) for kind in ("bird", "animal", "flower", "symbol")}
    further = {
        "official language": languages[0] if len(languages) == 1 else "",
        "anthem": profile.anthem,
        "highest point": profile.highest,
        "height": f"{profile.height:,} m" if profile.height else "",
        "population": f"{profile.population:,}" if profile.population else "",
        "area": f"{profile.area:,} km²" if profile.area else "",
        "year of independence": _independence(profile.independence),
        "flag colours": _bands(profile.flag),
        **symbols,
    }
    return {**facts, **further}


def _independence(text: str) -> str:
    """The year, where the source names one date only."""
    years = set(re.findall(r"\b(1[5-9]\d\d|20\d\d)\b", text))
    return years.pop() if len(years) == 1 and " (from " in text else ""


_BANDS = re.compile(
    r"(?:two|three)(?: equal)? (?:horizontal|vertical) (?:bands|stripes) of "
    r"((?:[a-z]+(?: \([\w ]+\))?, )*[a-z]+(?: \([\w ]+\))?,? and [a-z]+(?: \([\w ]+\))?)"
)


def _bands(flag: str) -> str:
    """The colours of a flag that is two or three bands and nothing else, from the top or the left."""
    match = _BANDS.fullmatch(flag.strip(" ."))
    return re.sub(r" \([\w ]+\)", "", match[1]).replace(", and ", " and ") if match else ""


_BIRD = re.compile(
    r"\b(?:eagle|condor|parrot|crane|falcon|gyrfalcon|quetzal|swan|bird|dove|hornbill|kiwi|pheasant|ibis|toucan|flamingo|frigatebird|pelican"
    r"|streamertail|rooster|stork|dodo|swallow|macaw|motmot|trogon|hawk|wagtail|troupial|emu|partridge|yiguirro|palmchat|spindalis|cocrico"
    r"|peacock|turpial|kagu)\b"
)
_PLANT = re.compile(
    r"\b(?:rose|tulip|lotus|lily|tree|leaf|orchid|thistle|shamrock|flower|palm|hibiscus|jasmine|fern|protea|edelweiss|gentian|wattle|blossom"
    r"|oak|daffodil|leek|flax|dahlia|cornflower|sunflower|chrysanthemum|laraha|daisy|sage|pine|cactus|elderflower|rhododendron|lobi"
    r"|guaiacwood|bougainvillea|coco de mer)\b"
)
_BEAST = re.compile(
    r"\b(?:lion|tiger|elephant|leopard|panther|bear|camel|cow|horse|stallion|zebra|giraffe|oryx|springbok|kangaroo|beaver|llama|vicuna|goat|ram"
    r"|deer|antelope|tapir|jaguar|turtle|dolphin|panda|dragon|donkey|zebu|aurochs|sheep|mouflon|fox|kouprey|huemul|unicorn|tuna|marlin"
    r"|coqui|garuda|hawk)\b"
)
_EMBLEM = re.compile(r"\b(?:star|cross|band|crescent|moon|sun|crown|circle|field|disc|disk|mounted|head(?:ed)?|rampant)\b")


_PAIR = re.compile(r"(\w+(?: \w+)?) and (\w+(?: \w+)?)$")  # "Bengal tiger and lotus flower"

_SCENE = re.compile(r"[()]|\b(?:over|with|above|on)\b")  # a coat of arms, and no bird or plant


def _symbol(symbols: tuple[str, ...], kind: str) -> str:
    """The one symbol of this kind; none where there are several."""
    if kind == "symbol":
        return symbols[0] if len(symbols) == 1 else ""
    parts = (part for symbol in symbols for part in _PAIR.sub(r"\1; \2", symbol).split("; "))
    symbols = tuple(part for part in parts if not _SCENE.search(part))
    if kind == "flower":
        fits = [symbol for symbol in symbols if _PLANT.search(symbol) and not _EMBLEM.search(symbol)]
    elif kind == "bird":
        fits = [
            symbol for symbol in symbols if _BIRD.search(symbol) and not _PLANT.search(symbol) and not _EMBLEM.search(symbol)
        ]
    else:
        living = [
            s for s in symbols if (_BEAST.search(s) or _BIRD.search(s)) and not _PLANT.search(s) and not _EMBLEM.search(s)
        ]
        fits = [symbol for symbol in living if not _BIRD.search(symbol)] or living
    return fits[0] if len(fits) == 1 else ""


# ---- mountains and cities -----------------------------------------------------------------------------------------------


def _highest(where: str) -> str:
    place = re.sub(r"^(?:the )?(?:(?:whole|entire) )?(?:continent of )?", "", fold(where))
    if place in {"world", "earth", "globe", "planet"}:
        return _top(profile.highest for profile in profiles().values())
    codes = [country.iso2 for country in countries() if fold(country.continent) == place]
    # Oceania: the highest mountain of New Guinea lies in Indonesia, which is told as Asia.
    return _top(profiles()[code].highest for code in codes if code in profiles()) if place != "oceania" else ""


def _top(names: Iterator[str]) -> str:
    return max(set(filter(None, names)), key=lambda name: (_heights().get(ends_of(name), 0), name), default="")


@cache
def _heights() -> Mapping[tuple[str, ...], int]:
    return {ends_of(profile.highest): profile.height for profile in profiles().values() if profile.highest and profile.height}


def _height(owner: str) -> FoundAnswer | None:
    name = owner
    for reading in readings(owner):
        if reading.fact == "highest point" and (found := _value(reading.fact, reading.owner)) is not None:
            name = found.text
    plain = ends_of(re.sub(r"^the (?:mountain|peak) ", "", name))
    height = _heights().get(plain) or _heights().get(("mount", *plain))
    return FoundAnswer(text=f"{height:,} m") if height else None


def _country_of(place: str) -> FoundAnswer | None:
    for kind in (FactTable.CAPITAL, FactTable.LANDMARK, FactTable.CITY, FactTable.HIGHEST):
        codes = tables(kind).get(ends_of(re.sub(r"^(?:the )?city (?:of )?", "", place, flags=re.IGNORECASE)), frozenset())
        if len(codes) == 1:
            country = by_code()[next(iter(codes))]
            return FoundAnswer(text=country.name, entity=only(described(f"the country of {country.name}")))
    return None
