"""Objects that can be drawn without a reference: their names, the pictograms that show them, and English plurals."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genevolve.world.language import colours, dials
from genevolve.world.language.icons import OWN, icon_names
from genevolve.world.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEntry:
    """``looks`` ("openmoji:1F415", "game-icons:desk") are pictograms: the first is drawn, the others count as it too.

    ``kind``: what the pictogram really shows, where it only stands for the noun, which is a kind of it."""

    noun: str
    looks: tuple[str, ...]
    also: tuple[str, ...] = ()
    plural: str = ""
    living: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    entries: tuple[InventoryEntry, ...]
    by_name: dict[str, InventoryEntry]  # every name, singular
    by_plural: dict[str, str]  # irregular plural name → singular name
    by_look: dict[str, InventoryEntry]


def entries() -> tuple[InventoryEntry, ...]:
    """The everyday objects."""
    return _index(Vocabulary.EVERYDAY).entries


def lookup(noun: str, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> InventoryEntry | None:
    """The entry that ``noun`` (singular or plural, any case) names; None for what ``vocabulary`` does not have."""
    index = _index(vocabulary)
    words = " ".join(noun.lower().replace("’", "'").replace("-", " ").split())
    if entry := index.by_name.get(words):
        return entry
    if vocabulary is Vocabulary.ICONS and (dial := dials.dial_of(noun)) is not None:
        return InventoryEntry(noun=dials.noun_of(dial), looks=(dial.look,))
    singular = singular_of(words, vocabulary)
    return index.by_name.get(singular) if singular else None


_GROUPS = {
    "fruit": "fruit", "vegetable": "vegetables", "bird": "birds", "animal": "wild_animals", "wild animal": "wild_animals",
    "farm animal": "pets_and_farm", "pet": "pets_and_farm", "sea animal": "water_and_small", "vehicle": "vehicles",
    "building": "buildings", "instrument": "music", "musical instrument": "music", "tool": "tools", "drink": "drinks",
    "beverage": "drinks", "dessert": "sweets", "sweet": "sweets", "dish": "dishes", "food": "dishes", "toy": "toys_and_party",
    "piece of furniture": "furniture_and_home", "item of clothing": "clothes", "trade": "people",
}  # fmt: skip


_ON_A_FARM = (
    "cow", "pig", "sheep", "horse", "goat", "chicken", "duck", "goose", "turkey", "donkey", "rooster", "rabbit",
)  # fmt: skip


def of_group(kind: str) -> tuple[str, ...]:
    """The nouns of a group of the inventory ("fruits", "birds"), in its order; none for other words."""
    plain = kind.lower().strip()
    group = _GROUPS.get(plain) or _GROUPS.get(singular_of(plain) or "")
    if (singular_of(plain) or plain) == "farm animal":
        return _ON_A_FARM
    return _grouped().get(group, ()) if group is not None else ()


_AT_WORK = ("openmoji:1F9D1-200D-", "openmoji:1F468-200D-", "openmoji:1F469-200D-")  # people with what they work with


def is_trade(noun: str) -> bool:
    """ "teacher", "dentist": what somebody is by trade, drawn as one or as a person of another kind."""
    people = of_group("trade")
    entry = lookup(noun, Vocabulary.ICONS)
    if noun in people or entry is None:
        return noun in people
    return entry.living and (entry.looks[0].startswith(_AT_WORK) or entry.kind in (*people, "person"))


@cache
def _grouped() -> Mapping[str, tuple[str, ...]]:
    table = tomllib.loads((files("genevolve.world.language") / "inventory.toml").read_text("utf-8"))
    return {group: tuple(nouns) for kind in ("living", "lifeless") for group, nouns in table[kind].items()}


def depicted(hexcode: str) -> InventoryEntry | None:
    """The entry that a pictogram shows ("1F415" → dog), by its own look first."""
    return _index(Vocabulary.EVERYDAY).by_look.get(hexcode)


def names(vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> frozenset[str]:
    """Every singular name of what has a picture of its own."""
    return frozenset(name for name, entry in _index(vocabulary).by_name.items() if not entry.kind)


def singular_of(noun: str, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> str | None:
    """The singular of a plural noun (its last word, or the one before "of", decides); None when it does not look like a plural.

    Irregular plurals come from the inventory; of several candidates a known name wins.
    """
    index = _index(vocabulary)
    words = noun.lower()
    if words in index.by_plural:
        return index.by_plural[words]
    if dials.dial_of(words) is not None:
        return dials.singular(words)
    counted, of, content = words.partition(" of ")  # "slices of pizza"
    head, _, last = counted.rpartition(" ")
    prefix, suffix = f"{head} " if head else "", f" of {content}" if of else ""
    singulars = [index.by_plural[last]] if last in index.by_plural else []
    candidates = [f"{prefix}{singular}{suffix}" for singular in (*singulars, *_regular_singulars(last))]
    known = [candidate for candidate in candidates if candidate in index.by_name]
    if len(last) < 4 and not singulars:  # "tvs", but not "gas"
        return known[0] if known else None
    if last.endswith("is") and f"{prefix}{last[:-1]}{suffix}" in index.by_name:  # "taxis", but not "tennis"
        return f"{prefix}{last[:-1]}{suffix}"
    return next(iter(known or candidates), None)


def plural_of(noun: str) -> str:
    """The plural of a singular noun, regular unless the inventory knows better."""
    entry = _index(Vocabulary.EVERYDAY).by_name.get(noun)
    if entry and entry.noun == noun and entry.plural:
        return entry.plural
    if (shown := dials.plural(noun)) is not None:
        return shown
    for singular, plural in _IRREGULAR.items():
        if noun == singular or noun.endswith(f" {singular}"):
            return noun[: len(noun) - len(singular)] + plural
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "ox": "oxen",
    "die": "dice",
    "leaf": "leaves",
    "knife": "knives",
    "wolf": "wolves",
    "scarf": "scarves",
    "shelf": "shelves",
    "half": "halves",
    "loaf": "loaves",
    "calf": "calves",
    "wife": "wives",
    "life": "lives",
    "elf": "elves",
    "cactus": "cacti",
    "butterfly": "butterflies",
}
_NEVER_PLURAL = ("ss", "us", "is", "'s", "’s")


def _regular_singulars(word: str) -> tuple[str, ...]:
    """Candidates, the likeliest first."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(_NEVER_PLURAL):
        return (word[:-2],) if word.endswith("uses") and len(word) > 5 else ()
    if word.endswith("ies"):
        return (f"{word[:-3]}y", word[:-1])
    if word.endswith("ves"):  # wolves, shelves; but gloves, waves
        regular, ending = word[:-1], f"{word[:-3]}f"
        return (ending, regular) if word.endswith("lves") else (regular, ending, f"{ending}e")
    if word.endswith(("ches", "shes", "sses", "xes", "zes", "oes", "uses")):
        return (word[:-2], word[:-1])
    return (word[:-1], word[:-2]) if word.endswith("ses") else (word[:-1],)


@cache
def _index(vocabulary: Vocabulary) -> _Index:
    found = tuple(_read())
    by_name: dict[str, InventoryEntry] = {}
    by_plural = {plural: singular for singular, plural in _IRREGULAR.items()}
    by_look: dict[str, InventoryEntry] = {}
    for entry in found:
        by_name[entry.noun] = entry
        by_look.setdefault(entry.looks[0].removeprefix("openmoji:"), entry)
        if entry.plural:
            by_plural[entry.plural] = entry.noun
    for entry in found:
        for name in entry.also:
            by_name.setdefault(name, entry)
        for look in entry.looks:
            by_look.setdefault(look.removeprefix("openmoji:"), entry)
    if vocabulary == Vocabulary.ICONS:
        everyday = frozenset(by_name)
        for name, entry in _icons(by_name):
            if name in everyday or name not in by_name:  # "sofa": shown without a lamp beside it
                by_name[name] = entry
        own = dict(by_name)
        for name, kind in _kinds():
            if kind in by_name and not _coloured(name, own):
                shown = by_name[kind]
                by_name.setdefault(name, InventoryEntry(noun=name, looks=shown.looks, living=shown.living, kind=shown.noun))
    for name, entry in list(by_name.items()):
        by_name.setdefault(name.replace("-", " "), entry)  # "flip flop", "t shirt"
    return _Index(entries=found, by_name=by_name, by_plural=by_plural, by_look=by_look)


def _coloured(name: str, by_name: Mapping[str, InventoryEntry]) -> bool:
    """ "blue cat", which is a fish to zoologists: a cat in blue."""
    colour, _, noun = name.partition(" ")
    return noun in by_name and colours.named(colour) is not None


def _kinds() -> Iterator[tuple[str, str]]:
    """Things without a picture, and what stands for them: ``kinds_chosen.tsv``, by hand, before ``kinds.tsv``, which
    scripts/build_kinds.py makes."""
    for table in ("kinds_chosen.tsv", "kinds.tsv"):
        for line in (files("genevolve.world.language") / table).read_text("utf-8").splitlines()[1:]:
            name, _, kind = line.partition("\t")
            yield name, kind


def _icons(everyday: Mapping[str, InventoryEntry]) -> Iterator[tuple[str, InventoryEntry]]:
    """Every further name: of a shape, or of an everyday object."""
    everyday = dict(everyday)
    for row in icon_names():
        noun = row.names[0]
        known = everyday.get(noun)
        as_well = known.looks if known is not None and known.noun == noun and row.look.startswith(OWN) else ()
        entry = everyday.get(row.look.removeprefix("=")) or InventoryEntry(
            noun=noun, looks=(row.look, *as_well), also=row.names[1:], living=row.living
        )
        yield from ((name, entry) for name in row.names)


def _read() -> list[InventoryEntry]:
    table = tomllib.loads((files("genevolve.world.language") / "inventory.toml").read_text("utf-8"))
    return [
        InventoryEntry(
            noun=noun,
            looks=tuple(f"openmoji:{hexcode}" for hexcode in fields["looks"]),
            also=tuple(fields.get("also", ())),
            plural=fields.get("plural", ""),
            living=kind == "living",
        )
        for kind in ("living", "lifeless")
        for group in table[kind].values()
        for noun, fields in group.items()
    ]
