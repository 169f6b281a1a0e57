"""What the atlas knows beside countries, as requests describe it: signs, years, landmarks, states, elements, rare things."""

from collections.abc import Callable
from functools import cache

from genevolve.data.splits import entity_split
from genevolve.world.atlas.entities import Entity, entities
from genevolve.world.atlas.pictograms import by_name
from genevolve.world.atlas.text import name_key
from genevolve.world.language.inventory import lookup, plural_of
from genevolve.world.recipes.countries import Fact
from genevolve.world.recipes.draw import Draw
from genevolve.world.recipes.grammar import article, expand
from genevolve.world.recipes.picture import IntendedObject, IntendedText
from genevolve.world.recipes.things import entity_of_look

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# Named plainly, drawn only from a reference: name → article ("" where the name is used bare).
_RARE = {
    "piñata": "a", "falafel": "a", "tamale": "a", "dango": "a", "bento box": "a", "fortune cookie": "a", "moon cake": "a",
    "rice ball": "a", "carp streamer": "a", "wind chime": "a", "red paper lantern": "a", "diya lamp": "a", "boomerang": "a",
    "amphora": "an", "mammoth": "a", "orangutan": "an", "phoenix": "a", "dodo": "a", "kimono": "a", "sari": "a",
    "folding hand fan": "a", "abacus": "an", "alembic": "an", "kaaba": "the", "mosque": "a", "synagogue": "a",
    "hindu temple": "a", "shinto shrine": "a", "nazar amulet": "a", "hamsa": "a", "auto rickshaw": "an", "long drum": "a",
    "narwhal": "a", "orca": "an", "oyster": "an", "lotus": "a", "space shuttle": "a", "Tokyo tower": "the", "moai": "a",
    "Statue of Liberty": "the", "eiffel tower": "the", "mount fuji": "", "clapper board": "a", "barber pole": "a",
    "petri dish": "a", "curling stone": "a", "mouse trap": "a", "Japanese castle": "a", "mirror ball": "a", "moka pot": "a",
    "french press": "a", "geiger counter": "a", "safety pin": "a", "razor": "a", "plunger": "a", "military helmet": "a",
    "nut and bolt": "a", "clamp": "a", "white cane": "a", "prayer beads": "", "great pyramid of giza": "the", "menorah": "a",
    "colossus of rhodes": "the", "maultasche": "a", "stadium": "a", "hot springs": "", "pager": "a", "fax machine": "a",
    "fondue": "a", "hook": "a", "satellite antenna": "a", "postal horn": "a", "ring buoy": "a", "oil drum": "an", "beluga": "a",
    "khanda": "a", "star of David": "a", "wheel of dharma": "a", "horse jumping hurdle": "a", "slot machine": "a",
}  # fmt: skip
_NAMES = {
    "kaaba": "Kaaba", "hindu temple": "Hindu temple", "shinto shrine": "Shinto shrine", "Tokyo tower": "Tokyo Tower",
    "eiffel tower": "Eiffel Tower", "mount fuji": "Mount Fuji", "french press": "French press",
    "geiger counter": "Geiger counter", "great pyramid of giza": "Great Pyramid of Giza",
    "colossus of rhodes": "Colossus of Rhodes",
}  # fmt: skip
_GENERIC = {
    "celestial body": "picture", "mythical creature": "creature", "animal": "animal", "landmark": "landmark",
    "symbol": "symbol", "instrument": "instrument", "food": "dish", "object": "object", "sport": "thing",
}  # fmt: skip

_SIGNS = (
    "the [star sign|zodiac sign|sign of the zodiac] [of|for] [someone|somebody|a person|people] born on {day}",
    "the [zodiac|star] sign [that|which] a birthday on {day} [belongs to|falls under]",
    "the western zodiac sign for {day}", "the symbol of the zodiac sign for {day}",
)  # fmt: skip
_YEARS = (
    "the [animal of the Chinese zodiac|Chinese zodiac animal] [for|of] [the year |]{year}",
    "the animal that stands for {year} in the Chinese zodiac", "the animal whose year was {year} in the Chinese calendar",
    "the Chinese zodiac animal of [someone|a person] born in the [summer|autumn] of {year}",
)  # fmt: skip
_STATES = (
    "the flag of the US state whose capital is {v}", "the flag of the American state with the capital {v}",
    "the state flag of the US state that has {v} as its capital",
)  # fmt: skip
_SYMBOL_TEXTS = (
    "the chemical symbol [of|for] {e}", "the symbol that chemists use for {e}", "the symbol of the element {e}",
)  # fmt: skip
_ELEMENT_TEXTS = (
    "the name of the [chemical |]element with the symbol {v}", "the name of the [chemical |]element whose symbol is {v}",
)  # fmt: skip
_NUMBER_TEXTS = (
    "the name of the [chemical |]element with [the |]atomic number {v}",
    "the name of element number {v} of the periodic table",
)
_SIGN_TEXTS = ("the name of the [zodiac|star] sign for {day}", "the name of the zodiac sign of [someone|people] born on {day}")
_STATE_TEXTS = ("the capital of the US state of {e}", "the name of the capital of {e} in the USA")


def hidden_thing(draw: Draw, key: str) -> tuple[IntendedObject, str]:
    """Something of the draw's split that is only described, and the kind of fact that is missing."""
    makers: tuple[Callable[[Draw, str], tuple[IntendedObject, str] | None], ...] = (
        _sign,
        _animal_of_year,
        _state_flag,
        _described,
        _described,
    )
    while True:
        found = draw.pick(makers)(draw, key)
        if found:
            return found


def rare_thing(draw: Draw, key: str) -> IntendedObject:
    """Something that is named plainly but can be drawn only from a reference."""
    name, look = draw.pick(
        [(name, look) for name, look in _rare() if entity_split(entity_of_look(look, f"rare:{name}")) is draw.split]
    )
    shown = _NAMES.get(name, name)
    said = {"": shown, "the": f"the {shown}"}.get(_RARE[name], article(shown))
    bare = _RARE[name] == ""
    return IntendedObject(
        key=key,
        noun=shown,
        plural=shown if bare else plural_of(shown),
        looks=(look,),
        entity=entity_of_look(look, f"rare:{name}"),
        name=shown,
        said=said,
        reference=True,
    )


def text_fact(draw: Draw) -> Fact:
    """A text that is described by a fact about an element, a birthday or a state."""
    makers = [_element_symbol, _element_name, _element_name, _state_capital]
    if _known(draw, "zodiac sign"):
        makers.append(_sign_name)
    return draw.pick(makers)(draw)


def _known(draw: Draw, kind: str) -> list[Entity]:
    """Entities of ``kind`` all of whose looks belong to the draw's split: a goat of the zodiac may be shown as a sheep."""
    return [
        entity
        for entity in entities()
        if entity.kind == kind and {entity_split(owner) for owner in _owners(entity)} == {draw.split}
    ]


def _owners(entity: Entity) -> list[str]:
    return [entity_of_look(look, entity.id) for look in entity.looks] or [entity.id]


def _entity_id(entity: Entity) -> str:
    return _owners(entity)[0]


def _figure(key: str, entity: Entity, noun: str, name: str, said: str, *, living: bool = False) -> IntendedObject:
    return IntendedObject(
        key=key,
        noun=noun,
        plural=plural_of(noun),
        looks=entity.looks,
        entity=_entity_id(entity),
        name=name,
        said=said,
        reference=True,
        living=living,
    )


def _sign(draw: Draw, key: str) -> tuple[IntendedObject, str] | None:
    if not (fitting := _known(draw, "zodiac sign")):
        return None
    sign = draw.pick(fitting)
    said = expand(draw.pick(_SIGNS), draw.random, day=_birthday(draw, sign))
    return _figure(key, sign, "zodiac sign", f"zodiac sign of {sign.name}", said), "zodiac sign of a birthday"


def _birthday(draw: Draw, sign: Entity) -> str:
    """A day well inside the sign's dates, in one of the usual spellings."""
    start, month = sign.facts["from"].split()
    first = _MONTHS.index(month)
    day = int(start) + draw.random.randint(2, 26)
    if day > _DAYS[first]:
        day, first = day - _DAYS[first], (first + 1) % 12
    return expand(
        draw.pick(("{d} {m}", "{m} {d}", "{m} {o}", "the {o} of {m}")),
        draw.random,
        d=str(day),
        m=_MONTHS[first],
        o=_ordinal(day),
    )


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _animal_of_year(draw: Draw, key: str) -> tuple[IntendedObject, str] | None:
    if not (fitting := _known(draw, "Chinese zodiac animal")):
        return None
    animal = draw.pick(fitting)
    year = draw.pick([year for year in animal.facts["years"].split(", ") if 1940 <= int(year) <= 2030])
    said = expand(draw.pick(_YEARS), draw.random, year=year)
    return _figure(key, animal, "animal", animal.name.lower(), said, living=True), "Chinese zodiac animal of a year"


def _state_flag(draw: Draw, key: str) -> tuple[IntendedObject, str] | None:
    fitting = [state for state in _known(draw, "US state") if state.looks]
    if not fitting:
        return None
    state = draw.pick(fitting)
    said = expand(draw.pick(_STATES), draw.random, v=state.facts["capital"])
    return _figure(key, state, "flag", f"flag of {state.name}", said), "US state of a capital"


def _described(draw: Draw, key: str) -> tuple[IntendedObject, str] | None:
    fitting = [entity for kind in _GENERIC for entity in _known(draw, kind) if entity.known_as and entity.looks]
    if not fitting:
        return None
    entity = draw.pick(fitting)
    said = draw.pick(entity.known_as)
    said = said if said.split()[0] in {"our", "my"} else f"the {said}"
    everyday = lookup(entity.name)
    living = entity.kind in {"animal", "mythical creature"}
    return _figure(
        key, entity, _GENERIC[entity.kind], everyday.noun if everyday else entity.name, said, living=living
    ), entity.kind


# ---- texts ------------------------------------------------------------------------------------------------------------


def _element_symbol(draw: Draw) -> Fact:
    element = draw.pick([entity for entity in _known(draw, "chemical element") if len(entity.facts["chemical symbol"]) == 2])
    described = expand(draw.pick(_SYMBOL_TEXTS), draw.random, e=element.name)
    return _fact(element.facts["chemical symbol"], described, "chemical symbol as text", element)


def _element_name(draw: Draw) -> Fact:
    element = draw.pick([entity for entity in _known(draw, "chemical element") if not entity.aliases])
    by_symbol = draw.chance(0.5)
    value = element.facts["chemical symbol" if by_symbol else "atomic number"]
    described = expand(draw.pick(_ELEMENT_TEXTS if by_symbol else _NUMBER_TEXTS), draw.random, v=value)
    return _fact(element.name.capitalize(), described, "element as text", element)


def _sign_name(draw: Draw) -> Fact:
    sign = draw.pick(_known(draw, "zodiac sign"))
    described = expand(draw.pick(_SIGN_TEXTS), draw.random, day=_birthday(draw, sign))
    return _fact(sign.name, described, "zodiac sign as text", sign)


def _state_capital(draw: Draw) -> Fact:
    state = draw.pick([entity for entity in _known(draw, "US state") if "capital" in entity.facts])
    described = expand(draw.pick(_STATE_TEXTS), draw.random, e=state.name)
    return _fact(state.facts["capital"], described, "capital of a US state as text", state)


def _fact(text: str, described: str, gap: str, entity: Entity) -> Fact:
    return Fact(words=IntendedText(text=text, role="caption", described=described), gap=gap, entities=(_entity_id(entity),))


@cache
def _rare() -> tuple[tuple[str, str], ...]:
    """(name, look) of the rare things that the atlas shows and the scene inventory does not."""
    found = []
    for name in _RARE:
        pictures = by_name().get(name_key(name), ())
        if pictures and lookup(name) is None:
            found.append((name, pictures[0].look))
    return tuple(found)
