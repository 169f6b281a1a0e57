"""Questions of fact in free wording: which country, element or planet is meant, and which value is asked for.

A description is read as a set of constraints ("surrounded by South Africa", "that you call with +81", "in Asia", "largest"):
each takes the words that it understands, and a word that none of them takes means *no answer*. What fits several is no answer
either. So the wording may vary, and still nothing is guessed. Descriptions inside descriptions are answered first, from the
inside out.
"""

import re
from collections.abc import Mapping
from functools import cache

from genevolve.world.atlas.countries import Country, by_code, countries
from genevolve.world.atlas.descriptions import entity_of, fitting, key
from genevolve.world.atlas.entities import Entity
from genevolve.world.atlas.factbook import Profile, profiles
from genevolve.world.atlas.gazetteer import FactTable, tables
from genevolve.world.atlas.planets import planet
from genevolve.world.atlas.text import fold, singular, words
from genevolve.world.language.lexicon import word_set

_HEADS = r"(?:country|nation|state|land|republic|kingdom|element|metal|gas|planet|world|place)"
_INNER = re.compile(rf"\bthe (?=(?:[\w-]+ ){{0,3}}{_HEADS}\b)", re.IGNORECASE)
_QUALIFIES = word_set("tiny small little big large huge")
_COUNTRY = word_set("country nation state land republic kingdom place monarchy island")
_GLUE_WORDS = """
the a an of is are was were be been being has have had having it its it's their his her as in on at to from by with for and or
that which who whose whom where there this these those i you one they we people person someone call called named name whats
what do does did can will just both also official officially national currently today modern own local name names known would
must into inside within my your our get got such so when folk folks citizen citizens inhabitants locals once formerly
would could may come comes somebody someone
"""
_GLUE = frozenset(_GLUE_WORDS.split())
# (table, words that point to it); a table without its cue is only tried for places.
_CUES: tuple[tuple[FactTable, frozenset[str]], ...] = tuple(
    (FactTable(name), frozenset(cues.split()))
    for name, cues in (
        (
            "phone",
            "call dial phone telephone code prefix number reach calling ring rang dialling dialing international start belong",
        ),
        ("domain", "website site domain internet tld ending web address top level url end use online suffix own belong"),
        ("highest", "mountain peak summit highest tallest point rise stand home found find located"),
        ("symbol", "national animal bird flower symbol emblem tree"),
        ("anthem", "anthem song hymn"),
        ("capital", "capital city govern governed ruled rule run government seat parliament administered sit meet"),
        ("currency", "currency money pay paid cash spend coin banknote tender use bill buy price payment unit legal shop"),
        ("language", "speak spoken language tongue talk speaking main"),
        ("landmark", "stand find found located situated lie home visit see landmark go"),
        ("city", "find found located situated lie city home visit stand see town metropolis belong contain largest lay"),
    )
)
_SURROUND = word_set("surround surrounded enclosed encircled enclave enclaved landlocked embedded inside")
_BORDER = word_set(
    """
    border bordering neighbour neighbor neighbouring neighboring next adjacent between touch touching share sharing
    sandwiched wedged lie meet adjoin adjoining squeezed land situated located
    """
)
_INSIDE = word_set("surround enclose encircle encloses encircles")
_STRONG_BORDER = word_set(
    """
    border bordering neighbour neighbor neighbouring neighboring adjacent between touch touching sandwiched wedged adjoin
    adjoining squeezed
    """
)
_ONLY = word_set(
    """
    only just exclusively single sole nothing nobody but completely entirely fully wholly totally alone side all
    """
)
_MOST = {"largest": 1, "biggest": 1, "most": 1, "greatest": 1, "highest": 1, "smallest": -1, "tiniest": -1, "least": -1,
         "fewest": -1, "lowest": -1, "littlest": -1}  # fmt: skip
_PEOPLE = word_set("population populous populated people inhabitant citizen resident")
_COUNTED = re.compile(r"\bpopul\w+|\b(?:most|fewest|least) (?:people|inhabitants|citizens|residents)\b")
_SIZE = word_set("area size territory land surface by term")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LONGEST = 6  # words of a value


def described(text: str) -> tuple[Entity, ...]:
    """What ``text`` describes: exactly, else by constraints. Several: ambiguous."""
    plain = _plain(text)
    if not plain or len(plain) > 400:
        return ()
    if found := fitting(plain):
        return found
    for start in reversed([match.start() for match in _INNER.finditer(plain)]):
        inner = plain[start:]
        if start and (held := only(described(inner))) is not None:
            return described(plain[:start] + held.name)
    return _planet(plain) or _element(plain) or _countries(plain)


def only(found: tuple[Entity, ...]) -> Entity | None:
    """The one that is meant; a country goes before a state of the same name."""
    chosen = [entity for entity in found if entity.kind == "country"] or list(found)
    return chosen[0] if len(chosen) == 1 else None


def _plain(text: str) -> str:
    quotes = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
    return " ".join(text.translate(quotes).split()).strip(' .,;:!?"')


# ---- countries --------------------------------------------------------------------------------------------------------


class _Clause:
    """The words of a description that are not yet understood."""

    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self.words = [singular(word) for word in words(text) if word not in _GLUE]
        self.asked = set(self.words)
        self.counts_people = bool(_COUNTED.search(fold(text)))

    def has(self, cues: frozenset[str]) -> bool:
        return not cues.isdisjoint(self.asked)

    def drop(self, cues: frozenset[str]) -> None:
        self.words = [word for word in self.words if word not in cues]

    def take(
        self, table: Mapping[tuple[str, ...], frozenset[str]], *, beside: frozenset[str] = frozenset()
    ) -> frozenset[str] | None:
        """The longest run of words that is a value of ``table``, taken out; codes of the countries that have it."""
        for length in range(min(_LONGEST, len(self.words)), 0, -1):
            for start in range(len(self.words) - length + 1):
                run = tuple(self.words[start : start + length])
                held = table.get(run) or table.get((*run[:-1], run[-1].removesuffix("s")))  # "guaranis"
                if held and not set(run) <= beside:
                    del self.words[start : start + length]
                    return held
        return None


_PLACED_THERE = re.compile(r"\bwhere (?P<place>(?!the\b)[^,;]{2,40}?) (?:is|are)$", re.IGNORECASE)  # "where Lima is"
_IN_IT = re.compile(r"(?<=country)(?: that| which)? (?P<place>[A-Z][\w' .-]{1,40}?) (?:is|lies) in$")


def _countries(text: str) -> tuple[Entity, ...]:
    clause = _Clause(_PLACED_THERE.sub(r"where \g<place> lies", _IN_IT.sub(r"where \g<place> lies", text)))
    if not clause.has(_COUNTRY) and not re.match(
        r"(?:where|whoever|whose|who's got|who has)\b|.*\bof what$", text, re.IGNORECASE
    ):
        return ()
    clause.drop((_COUNTRY - {"island"}) | _QUALIFIES)
    left = {country.iso2: country for country in countries()}
    if compared := _compared(clause, text):
        left = {code: country for code, country in left.items() if code in compared}
    constrained = False
    rank = _rank(clause)
    for codes in _constraints(clause, text):
        left = {code: country for code, country in left.items() if code in codes}
        constrained = True
    if clause.words or not (constrained or rank):
        return ()
    sovereign = [country for country in left.values() if country.sovereign]
    chosen = sovereign or list(left.values())
    return tuple(map(entity_of, _ranked(chosen, rank) if rank else chosen))


def _constraints(clause: _Clause, text: str) -> list[frozenset[str]]:
    found = [codes for codes in (_continent(clause), _borders(clause), _code(clause, text)) if codes is not None]
    for table, cues in _CUES:
        if not clause.words:
            break
        if table is FactTable.DOMAIN or clause.has(cues) or (table is FactTable.PHONE and "+" in text):
            taken = clause.take(tables(table), beside=cues)
            if taken is not None:
                found.append(taken)
                clause.drop(cues)
    if clause.words and clause.has(frozenset(("flag", "banner"))) and (seen := _flags(clause)):
        found.append(seen)
    elif clause.words and (named := clause.take(tables(FactTable.NAME))) is not None:  # "once known as Burma"
        found.append(named)
    if clause.words and not found and (known := _known_by(clause)) is not None:
        found.append(known)
    return found


def _known_by(clause: _Clause) -> frozenset[str] | None:
    """ "the country with the Eiffel Tower", "that sushi comes from": what it is known for, where nothing more is said."""
    kinds = (FactTable.LANDMARK, FactTable.DISH, FactTable.HIGHEST)
    return next((codes for kind in kinds if (codes := clause.take(tables(kind))) is not None), None)


_CONTINENT_OF = {
    ("south", "america"): "South America", ("north", "america"): "North America", ("south", "american"): "South America",
    ("north", "american"): "North America", ("africa",): "Africa",
    ("african",): "Africa", ("asia",): "Asia", ("asian",): "Asia",
    ("europe",): "Europe", ("european",): "Europe", ("oceania",): "Oceania",
}  # fmt: skip


def _continent(clause: _Clause) -> frozenset[str] | None:
    for run, continent in _CONTINENT_OF.items():
        for start in range(len(clause.words) - len(run) + 1):
            before = clause.words[start - 1] if start else ""
            after = clause.words[start + len(run)] if start + len(run) < len(clause.words) else ""
            part = before in {"south", "central"} and run[0].startswith("africa") and (before == "south" or after == "republic")
            if tuple(clause.words[start : start + len(run)]) == run and not part:
                del clause.words[start : start + len(run)]
                clause.drop(frozenset(("continent",)))
                return frozenset(country.iso2 for country in countries() if country.continent == continent)
    if set(_MOST) & clause.asked:
        clause.drop(frozenset(("world", "earth", "planet", "whole", "entire")))
    return None


def _borders(clause: _Clause) -> frozenset[str] | None:
    around, beside = clause.has(_SURROUND), clause.has(_STRONG_BORDER) or {"next", "share"} & clause.asked
    if not (around or beside):
        return None
    named: list[str] = []
    while (codes := clause.take(tables(FactTable.NAME))) is not None:
        named += sorted(codes) if len(codes) == 1 else []
    if not named:
        return None
    if re.search(r"\b(?:surrounds|encloses|encircles)\b", clause.text):
        clause.drop(_SURROUND | _ONLY | _INSIDE)
        return frozenset(by_code()[named[0]].borders) if len(by_code()[named[0]].borders) == len(named) == 1 else frozenset()
    alone = around or clause.has(_ONLY)
    clause.drop(_SURROUND | _BORDER | _ONLY | {"two", "three", "country"})
    wanted = set(named)
    return frozenset(
        country.iso2 for country in countries() if (set(country.borders) == wanted if alone else wanted <= set(country.borders))
    )


def _code(clause: _Clause, text: str) -> frozenset[str] | None:
    """ "with the ISO code TD", "abbreviated CHE"."""
    found = [code for code in re.findall(r"\b[A-Z]{2,3}\b", text) if code not in {"ISO", "TLD"}]
    if len(found) != 1 or not clause.has(word_set("iso code abbreviation abbreviated letter")):
        return None
    fits = frozenset(country.iso2 for country in countries() if found[0] in {country.iso2, country.iso3, country.currency_code})
    if fits:
        clause.drop(
            frozenset(
                {
                    singular(fold(found[0])),
                    *["iso", "code", "abbreviation", "abbreviated", "letter", "two", "three", "currency", "alpha"],
                }
            )
        )
    return fits or None


def _flags(clause: _Clause) -> frozenset[str] | None:
    """Flags whose description has all the words that are left."""
    clause.drop(word_set("flag banner show bear feature featuring display wear contain center centre middle big picture"))
    wanted = list(clause.words)
    if not wanted:
        return None
    fits = frozenset(code for code, profile in profiles().items() if set(wanted) <= _said(profile))
    clause.words = []
    return fits


@cache
def _said(profile: Profile) -> frozenset[str]:
    return frozenset(singular(word) for word in words(profile.flag))


def _compared(clause: _Clause, text: str) -> set[str]:
    """The countries among which "is Peru or Chile the larger country" asks for one."""
    said = [_COMPARATIVES.get(word, word) for word in clause.words]
    if not re.search(r"\bor\b|\bout of\b|\bof [^,]+, ", fold(text)) or not set(_MOST) & set(said):
        return set()
    clause.words = said
    named: set[str] = set()
    while (codes := clause.take(tables(FactTable.NAME))) is not None:
        if len(codes) != 1:
            return set()
        named |= codes
    if len(named) > 1:
        clause.drop(frozenset(("out", "cover", "covers")))
    return named


_COMPARATIVES = {
    "larger": "largest", "bigger": "biggest", "more": "most", "greater": "greatest", "smaller": "smallest",
    "fewer": "fewest", "less": "least",
}  # fmt: skip


# ---- the largest, the second smallest -------------------------------------------------------------------------------


def _rank(clause: _Clause) -> tuple[str, int, int] | None:
    """(measure, 1 or -1, place from 0): "the second most populous country"."""
    said = next((word for word in clause.words if word in _MOST), None)
    ranked = not clause.asked.isdisjoint(_ORDINALS) and not clause.asked.isdisjoint(_PEOPLE | {"area", "size"})
    if said is None and ranked:  # "fourth in the world by population"
        said = "most"
        clause.drop(frozenset(("world", "earth", "come")))
    if said is None or clause.has(word_set("mountain peak summit point city capital")):
        return None
    measure = (
        "population" if clause.counts_people else "neighbours" if clause.has(frozenset(("neighbour", "neighbor"))) else "area"
    )
    place = next((n for n, word in enumerate(_ORDINALS) if word in clause.asked), 0)
    clause.drop(frozenset((*_MOST, *_ORDINALS)) | _PEOPLE | _SIZE)
    if measure == "neighbours":
        clause.drop(_BORDER)
        clause.asked -= _BORDER
    return measure, _MOST[said], place


def _ranked(chosen: list[Country], rank: tuple[str, int, int]) -> list[Country]:
    """The one at its place. Russia lies in two continents, so the largest of Asia is not told."""
    measure, sign, place = rank
    known = [country for country in chosen if _measured(country, measure)]
    if measure != "population" and sign > 0 and known and {country.continent for country in known} == {"Asia"}:
        return []
    ordered = sorted(known, key=lambda country: -sign * _measured(country, measure))
    tied = [c for c in ordered if place < len(ordered) and _measured(c, measure) == _measured(ordered[place], measure)]
    return ordered[place : place + 1] if len(tied) == 1 else tied


def _measured(country: Country, measure: str) -> int:
    if measure == "neighbours":
        return len(country.borders)
    profile = profiles().get(country.iso2)
    return 0 if profile is None else profile.population if measure == "population" else profile.area


# ---- elements and planets -------------------------------------------------------------------------------------------

_ELEMENT = re.compile(r"\b(?:element|metal|gas|non-?metal|halogen|atom)\b|\bperiodic table\b", re.IGNORECASE)
_ELEMENT_FILLER = word_set(
    """
    chemical element metal noble gas symbol atomic number periodic table sign position place abbreviated abbreviation
    written stand stands denoted letter letters order nonmetal halogen atom chemist chemists write as use uses proton comes come
    protons number
    """
)


def _element(text: str) -> tuple[Entity, ...]:
    if not _ELEMENT.search(text):
        return ()
    from genevolve.world.atlas.entities import entities

    told = [word for word in re.findall(r"[^\W_]+", re.sub(r"'s\b", "", text)) if _tells(word)]
    if len(told) != 1:
        return ()
    value = re.sub(r"^(\d+)(?:st|nd|rd|th)$", r"\1", told[0])
    value = str(_ORDINALS.index(value) + 1) if value in _ORDINALS else value
    elements = [entity for entity in entities() if entity.kind == "chemical element"]
    fits = tuple(element for element in elements if value in (element.facts["atomic number"], element.facts["chemical symbol"]))
    return fits or tuple(element for element in elements if fold(value) in {element.name, *element.aliases})


def _tells(word: str) -> bool:
    symbol = word[0].isupper() and len(word) <= 2 and word not in {"A", "An", "Is", "It"}
    return symbol or (fold(word) not in _ELEMENT_FILLER and fold(word) not in _GLUE)


def _planet(text: str) -> tuple[Entity, ...]:
    told = [word for word in words(text) if word not in _GLUE or word in _PEOPLE]
    return planet(key(text), told) if "planet" in fold(text) else ()
