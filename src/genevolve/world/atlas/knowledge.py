"""What a description means, exactly: which pictograms show an object, and which words a text must have. From tables only."""

import re
from functools import cache

from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.countries import countries
from genevolve.world.atlas.descriptions import entity_of, fitting, key, one
from genevolve.world.atlas.entities import Entity
from genevolve.world.atlas.pictograms import Pictogram, by_name
from genevolve.world.atlas.questions import described
from genevolve.world.atlas.text import fold, name_key, words
from genevolve.world.language.inventory import lookup
from genevolve.world.language.vocabulary import Vocabulary

_FLAG = re.compile(r"^(?:(?:national|official|state|country|current|civil) )*(?:flag|banner)s?$")
_NAME_OF = re.compile(
    r"^(?:(?:the|its) )?(?:(?:common |english |full |short |official )?name|word)s? (?:of|for) ", re.IGNORECASE
)
_NAME_AFTER = re.compile(r"(?:'s|s') name$", re.IGNORECASE)
_OWNER_FIRST = re.compile(r"^(?P<owner>.+?)(?:'s|(?<=s)') (?P<attribute>[\w -]+)$")
_LEADING = re.compile(r"^(?:(?:the|a|an|its|official|current|exact|correct|national) )+", re.IGNORECASE)

# How the attributes that can be written are called, the more special first; values are names of facts.
_THREE, _TWO = r"(?:three|3)[- ]letter ", r"(?:two|2)[- ]letter "
_ISO = r"iso(?: 3166(?:-1)?)?"
_ATTRIBUTES: tuple[tuple[str, str], ...] = (
    (rf"(?:iso 4217 )?(?:{_THREE})?(?:iso )?(?:currency code|code of (?:the |its )?currency|iso 4217 code)", "currency code"),
    (rf"{_THREE}(?:iso )?(?:country )?code|(?:{_ISO} )?alpha-?3(?: code)?|iso3(?: code)?", "three-letter ISO code"),
    (rf"{_TWO}(?:iso )?(?:country )?code|(?:{_ISO} )?alpha-?2(?: code)?|{_ISO}(?: country)? code", "ISO code"),
    (
        r"(?:international |country )?(?:telephone|phone|calling|dial(?:l?ing)?)(?: country)?(?: code| prefix)",
        "telephone code",
    ),
    (
        r"(?:internet |web |country |country-code )?(?:top[- ]level )?(?:internet |web )?"
        r"(?:domain(?: name| ending)?|tld|cctld)",
        "internet domain",
    ),
    (r"capital(?: city)?", "capital"),
    (r"currency", "currency"),
    (r"continent", "continent"),
    (r"(?:chemical )?(?:symbol|sign)(?: that chemists use| used by chemists)?", "chemical symbol"),
    (r"atomic number", "atomic number"),
    (rf"(?:postal|usps) (?:code|abbreviation)|(?:{_TWO})?abbreviation", "postal code"),
)
_LINK = r"(?: name)?(?: (?:of|for|in|used (?:in|by)|belonging to|that belongs to))? "
_GENERIC_NOUNS = """
animal creature landmark symbol sign object thing building structure statue monument planet star bird beast picture emblem
figure dish food instrument sport mammal insect
"""
_ALIVE = frozenset(("animal", "bird", "creature", "beast", "mammal", "insect"))
_GENERIC = frozenset(_GENERIC_NOUNS.split())


class AtlasKnowledge:
    """Answers without searching. What is ambiguous or unknown stays unanswered."""

    def __init__(self, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> None:
        self._vocabulary = Vocabulary(vocabulary)

    def looks(self, noun: str, of: str = "") -> tuple[str, ...]:
        """The pictograms that show ``noun`` ("flag") ``of`` this ("the country whose capital is Lima"); any one will do.

        ``of`` is the description as it was written, or empty. Empty when nothing, or more than one object, fits.
        """
        noun, of = " ".join(noun.split()), " ".join(of.split())
        if _FLAG.match(fold(noun)) and (of or self._vocabulary is Vocabulary.EVERYDAY):
            return _flag(of)
        if of:
            return _described(noun, of, self._vocabulary)
        if entry := lookup(noun, self._vocabulary):
            return entry.looks
        return _compound_flag(noun) or _shown(noun) or _entity_looks(fitting(noun))

    def wording(self, describes: str) -> str | None:
        """The text that ``describes`` asks for: "the name of the capital of Mongolia" → "Ulaanbaatar". None: not known."""
        text = " ".join(describes.translate(_QUOTES).split()).strip(' .,;:!?"“”')
        if not text or len(text) > 400:
            return None
        return exact_wording(text) or _answered(text)


def exact_wording(text: str) -> str | None:
    """The text as the strict reading has it, which understands fewer wordings. ``text`` is not empty."""
    if found := _attribute(text):
        return found
    if _NAME_OF.match(text):
        inner = _NAME_OF.sub("", text)
        return exact_wording(inner) if _attribute(inner) else _name(one(inner))
    if _NAME_AFTER.search(text):
        return _name(one(_NAME_AFTER.sub("", text)))
    return _name(one(text)) if key(text) and not _plain_name(text) else None


def _answered(text: str) -> str | None:
    """By the free reading; a bare name is no question."""
    found = answer(text) if key(text) and not _plain_name(text) else None
    return found.text if found is not None else None


_QUOTES = str.maketrans({"’": "'", "‘": "'"})


# ---- looks ------------------------------------------------------------------------------------------------------------


def _flag(of: str) -> tuple[str, ...]:
    if not of:
        return ()
    owners = [entity for entity in fitting(of) if entity.looks and entity.kind in {"country", "territory", "US state"}]
    owners = owners or list(by_demonym(of)) or _flagged(of)
    if owners:
        return owners[0].looks if len(owners) == 1 else ()
    stripped = re.sub(r"^(?:of|for|from) ", "", of, flags=re.IGNORECASE)
    return _looks_of(by_name().get(name_key(f"flag of {stripped}"), ()), f"flag of {stripped}")


def _flagged(of: str) -> list[Entity]:
    """By the free reading; a territory only where no country fits."""
    told = described(of) or ((found.entity,) if (found := answer(of)) is not None and found.entity is not None else ())
    return [entity for entity in told if entity.looks and entity.kind in {"country", "territory", "US state"}]


def by_demonym(text: str) -> tuple[Entity, ...]:
    return _demonyms().get(name_key(text), ())


@cache
def _demonyms() -> dict[str, tuple[Entity, ...]]:
    found: dict[str, tuple[Entity, ...]] = {}
    for country in countries():
        for wanted in dict.fromkeys(map(name_key, country.demonyms)):
            found[wanted] = (*found.get(wanted, ()), entity_of(country))
    return found


def _compound_flag(noun: str) -> tuple[str, ...]:
    """ "Burkina Faso flag", "Chad's flag", "the Czech national flag"."""
    match = re.match(
        r"^(?:the )?(?P<owner>.+?)(?:'s|(?<=s)')? (?:national |official |state )?flags?$",
        noun.translate(_QUOTES),
        re.IGNORECASE,
    )
    return _flag(match["owner"]) if match else ()


def _described(noun: str, of: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    for name in (f"{noun} of {of}", f"{of} {noun}"):
        if entry := lookup(name, vocabulary):
            return entry.looks
        if shown := _shown(name):
            return shown
    readings = [f"{noun} of {of}", f"{of} {noun}"]
    if fold(noun) in _GENERIC or fold(noun.split()[-1] if noun else "") in _GENERIC:
        readings.append(of)
    for reading in readings:
        if found := _entity_looks(fitting(reading)):
            return found
    relative = of.startswith(("that ", "which ", "who ", "from which "))
    found_out = answer(f"the {noun} {of}" if relative else f"the {noun} of {of}") or (
        answer(of) if fold(noun) in _GENERIC or fold(noun) in words(of) else None
    )
    alive = fold(noun.split()[-1] if noun else "") in _ALIVE
    if found_out is None or not found_out.thing:
        return ()
    planet = found_out.entity is not None and found_out.entity.kind == "planet"
    name = f"planet {found_out.text}" if planet and lookup(f"planet {found_out.text}", vocabulary) else found_out.text
    looks = _pictured(name, vocabulary, alive=alive) or _entity_looks(fitting(name))
    any_of_them = lookup(_ANY_MOUNTAIN, vocabulary) if not looks and found_out.kind == _ANY_MOUNTAIN else None
    return any_of_them.looks if any_of_them is not None else looks


_ANY_MOUNTAIN = "mountain"  # that of Kenya is shown by the picture of any


def _pictured(name: str, vocabulary: Vocabulary, *, alive: bool) -> tuple[str, ...]:
    """What shows ``name``, or what it is a kind of: a bald eagle is an eagle, and the Tokyo Tower is not any tower.
    ``alive``: the bird is meant, and no fruit.
    """
    first, *_, last = name.split() if " " in name else ("", name)
    kind = [last] if alive or not (first and last[:1].isupper()) else []
    for said in dict.fromkeys((name, *([f"{name} bird"] if alive else []), *kind)):
        if (entry := lookup(said, vocabulary)) and (entry.living or not alive or said.endswith(" bird")):
            return entry.looks
        if shown := _shown(said):
            return shown
    return ()


def _entity_looks(found: tuple[Entity, ...]) -> tuple[str, ...]:
    """A country is not a picture: only its flag is, and only when a flag is asked for."""
    shown = [entity for entity in found if entity.looks and entity.kind not in {"country", "territory", "US state"}]
    return shown[0].looks if len(shown) == 1 else ()


def _shown(name: str) -> tuple[str, ...]:
    pictures = by_name().get(name_key(name), ())
    return _looks_of(tuple(picture for picture in pictures if picture.subgroup != "country-flag" or "flag" in fold(name)), name)


def _looks_of(pictures: tuple[Pictogram, ...], name: str) -> tuple[str, ...]:
    """All that bear the name as their title; else the only one that bears it as a further name."""
    titled = [picture for picture in pictures if name_key(picture.title) == name_key(name) and picture.plainness >= 0.5]
    plain = titled or [picture for picture in pictures if picture.plainness >= 0.5] or list(pictures)
    return tuple(picture.look for picture in plain) if titled or len(plain) == 1 else ()


# ---- words ------------------------------------------------------------------------------------------------------------


def _attribute(text: str) -> str | None:
    """ "the capital of Mongolia", "Mongolia's capital" → the value of that fact."""
    stripped = _LEADING.sub("", _NAME_OF.sub("", text))
    for pattern, fact in _ATTRIBUTES:
        if match := re.fullmatch(rf"(?:{pattern}){_LINK}(?P<owner>.+)", stripped, re.IGNORECASE):
            return _fact(match["owner"], fact)
    if match := _OWNER_FIRST.match(re.sub(r"^the name of ", "", text, flags=re.IGNORECASE)):
        for pattern, fact in _ATTRIBUTES:
            if re.fullmatch(rf"(?:{pattern})(?: name)?", match["attribute"], re.IGNORECASE):
                return _fact(match["owner"], fact)
    for pattern, fact in _ATTRIBUTES:  # "the Mongolian capital"
        if (match := re.fullmatch(rf"(?P<demonym>.+) (?:{pattern})", stripped, re.IGNORECASE)) and by_demonym(match["demonym"]):
            return _fact(match["demonym"], fact)
    return None


def _fact(owner: str, fact: str) -> str | None:
    entity = one(owner, fact) or _one_demonym(owner, fact)
    return entity.facts[fact] if entity is not None else None


def _one_demonym(owner: str, fact: str) -> Entity | None:
    found = [entity for entity in by_demonym(_LEADING.sub("", owner)) if fact in entity.facts]
    return found[0] if len(found) == 1 else None


def _plain_name(text: str) -> bool:
    """A bare name describes nothing: "Mongolia" may be meant as the text itself, and is not ours to answer."""
    return any(key(text) == key(name) for entity in fitting(text) for name in (entity.name, *entity.aliases))


def _name(entity: Entity | None) -> str | None:
    return None if entity is None else entity.name[:1].upper() + entity.name[1:]
