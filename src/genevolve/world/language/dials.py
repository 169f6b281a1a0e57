"""Things whose picture follows from a value: a clock at 4:10, a die with five pips, a glass that is half full.

The noun carries the value, so that scene, program and picture agree: "clock showing 4:10". ``dial_reader`` finds such things in
a request, ``atlas.dials`` draws them and ``pixel.dials`` measures the value in the picture.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from genevolve.world.language.icons import DIAL

LIQUIDS = ("water", "milk", "orange juice", "apple juice", "red wine", "white wine", "beer", "lemonade", "cola", "tomato juice")
ROUND = ("pizza", "pie", "cake", "cheese")
SUITS = ("hearts", "spades", "diamonds", "clubs")
RANKS = ("ace", "2", "3", "4", "5", "6", "7", "8", "9", "10", "jack", "queen", "king")
LAMPS = ("red", "yellow", "green")
_PER_CENT = r"(?P<value>100|[1-9]?\d) %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """``kind`` is one of ``_KINDS``; ``value`` as its noun writes it; ``of``: the liquid or the food that it is about."""

    kind: str
    value: str
    of: str = ""

    @property
    def look(self) -> str:
        return f"{DIAL}{self.kind}={self.value}" + (f"={self.of}" if self.of else "")

    @property
    def share(self) -> float:
        """0 to 1, of what is measured in per cent."""
        return int(self.value) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """``noun`` has the place of the value; ``plural`` is the same of several of them."""

    noun: str
    plural: str
    value: str  # pattern of the value


_TIME = r"(?P<value>(?:1[0-2]|[1-9]):[0-5]\d)"
_KINDS: Mapping[str, _Kind] = {
    "clock": _Kind(noun="clock showing {}", plural="clocks showing {}", value=_TIME),
    "alarm clock": _Kind(noun="alarm clock showing {}", plural="alarm clocks showing {}", value=_TIME),
    "watch": _Kind(noun="wristwatch showing {}", plural="wristwatches showing {}", value=_TIME),
    "digital clock": _Kind(
        noun="digital clock showing {}", plural="digital clocks showing {}", value=r"(?P<value>(?:[01]\d|2[0-3]):[0-5]\d)"
    ),
    "speed limit sign": _Kind(
        noun="speed limit sign showing {}", plural="speed limit signs showing {}", value="(?P<value>[1-9]?[05]|1[0-3][05])"
    ),
    "die": _Kind(noun="die showing {}", plural="dice showing {}", value="(?P<value>[1-6])"),
    "domino": _Kind(noun="domino showing {}", plural="dominoes showing {}", value=r"(?P<value>[0-6]\|[0-6])"),
    "traffic light": _Kind(
        noun="traffic light with only {} lit",
        plural="traffic lights with only {} lit",
        value="(?P<value>red and yellow|red|yellow|green)",
    ),
    "thermometer": _Kind(
        noun="thermometer showing {}", plural="thermometers showing {}", value="(?P<value>-?[0-9]{1,3} °[cf])"
    ),
    "battery": _Kind(noun="battery charged to {} %", plural="batteries charged to {} %", value=_PER_CENT),
    "progress bar": _Kind(noun="progress bar filled to {} %", plural="progress bars filled to {} %", value=_PER_CENT),
    "fuel gauge": _Kind(noun="fuel gauge showing {} %", plural="fuel gauges showing {} %", value=_PER_CENT),
    "glass": _Kind(
        noun="glass of {of} filled to {} %",
        plural="glasses of {of} filled to {} %",
        value=_PER_CENT,
    ),
    "round": _Kind(noun="{of} missing {} slices", plural="{of}s missing {} slices", value="(?P<value>[1-5] of [68]) slices"),
    "card": _Kind(
        noun="playing card showing the {}",
        plural="playing cards showing the {}",
        value=f"(?P<value>(?:{'|'.join(RANKS)}) of (?:{'|'.join(SUITS)}))",
    ),
    "tic-tac-toe": _Kind(
        noun="tic-tac-toe board showing {}",
        plural="tic-tac-toe boards showing {}",
        value="(?P<value>[xo_]{3}/[xo_]{3}/[xo_]{3})",
    ),
    "candles": _Kind(noun="row of candles showing {}", plural="rows of candles showing {}", value="(?P<value>[01]{2,9})"),
}
_OF = {"glass": LIQUIDS, "round": ROUND}


def noun_of(dial: Dial, *, plural: bool = False) -> str:
    """The noun that carries the value."""
    kind = _KINDS[dial.kind]
    value = dial.value.replace("°c", "°C").replace("°f", "°F")
    return (kind.plural if plural else kind.noun).format(value, of=dial.of)


def said(dial: Dial) -> str:
    """What it shows, for people."""
    if dial.kind == "candles":
        lit = [str(at + 1) for at, bit in enumerate(dial.value) if bit == "1"]
        return f"{len(dial.value)} candles in a row, lit from the left: {', '.join(lit) or 'none'}"
    return f"the {noun_of(dial)}"


@lru_cache(maxsize=4096)
def dial_of(noun: str) -> Dial | None:
    """What ``noun`` (singular or plural) shows; None for any other noun."""
    found = _EVERY.fullmatch(noun.lower())
    return None if found is None else _dial(found[0])


def singular(noun: str) -> str | None:
    """The singular of a plural noun of this kind."""
    dial = dial_of(noun)
    return noun_of(dial) if dial is not None and noun.lower() != noun_of(dial).lower() else None


def plural(noun: str) -> str | None:
    dial = dial_of(noun)
    return noun_of(dial, plural=True) if dial is not None else None


def dial_of_look(look: str) -> Dial | None:
    """What a look of this kind shows."""
    if not look.startswith(DIAL):
        return None
    kind, _, rest = look.removeprefix(DIAL).partition("=")
    value, _, of = rest.partition("=")
    return Dial(kind=kind, value=value, of=of)


def nouns_in(text: str) -> list[tuple[int, int, Dial]]:
    """Every noun of this kind in ``text`` as it is written here, with its place."""
    hits = ((found.start(), found.end(), dial_of(found[0])) for found in _EVERY.finditer(text))
    return [(start, end, dial) for start, end, dial in hits if dial is not None]


def _dial(noun: str) -> Dial | None:
    for kind, pattern in _PATTERNS:
        if (found := pattern.fullmatch(noun)) is not None:
            return Dial(kind=kind, value=found["value"].replace("°C", "°c"), of=found.groupdict().get("of") or "")
    return None


def _pattern(kind: str, template: str) -> str:
    """The pattern of a noun: the value and what it is about as groups."""
    value = _KINDS[kind].value
    gap = re.escape("{}") + (" %" if value.endswith(" %") else " slices" if value.endswith(" slices") else "")
    of = "|".join(sorted(map(re.escape, _OF.get(kind, ())), key=len, reverse=True))
    said = re.escape(template).replace(r"\ ", " ").replace(r"\%", "%").replace(r"\-", "-")
    gap = gap.replace(r"\ ", " ")
    return said.replace(gap, value).replace(re.escape("{of}"), f"(?P<of>{of})")


_PATTERNS = [
    (kind, re.compile(_pattern(kind, template))) for kind, each in _KINDS.items() for template in (each.noun, each.plural)
]
_EVERY = re.compile(
    r"(?<![\w-])(?:" + "|".join(re.sub(r"\?P<\w+>", "?:", pattern.pattern) for _, pattern in _PATTERNS) + r")(?!\w|[:|/.]\w)",
    re.IGNORECASE,
)
