"""Pips, lamps, cards, boards and candles: "two dice showing 3 and 4", "only the green light on", "the seven of spades"."""

import re
from collections.abc import Sequence

from genevolve.world.language.dial_numbers import NUMBER, Rule, number, stands_apart
from genevolve.world.language.dials import RANKS, SUITS, Dial

_ONE = r"(?:[0-6]|zero|blank|one|two|three|four|five|six|ones|twos|threes|fours|fives|sixes)"
_SHOWING = (
    r"(?:\s*:\s+|(?:\s*,)?\s+(?:(?:that|which|both|each|all|is|are|have|has|one|it|with|together)\s+){0,3}"
    r"(?:showing|show|shows|with|at|rolled|rolling|landed\s+on|lying\s+on|reading|reads|saying|says|of|on)\s+)"
    r"(?:(?:both|each|all|the|a|an|numbers?|faces?|sides?|values?|exactly)\s+){0,3}"
)
_DOTS = (
    r"(?:\s+(?:black\s+|white\s+)?(?:dots?|pips?|spots?|eyes?|points?)\b)?"
    r"(?:\s+(?:each|face\s+up|on\s+top|up|on\s+(?:it|them))\b)?"
)
_FREE = r"(?![\w:/.,]\d|\w|\s+(?:sides?|faces?|cards?|players?|other|more|people|dice)\b)"
_LIST = rf"(?P<list>{_ONE}(?:(?:\s*,\s*|\s*,?\s+and\s+|\s*[|/&+-]\s*)(?:an?\s+)?{_ONE})*|double\s+{_ONE}|snake\s+eyes)"
_MANY = (
    r"(?:(?P<many>two|three|four|five|2|3|4|5|(?:a|one)\s+pair\s+of|both)\s+)?"
    r"(?P<quality>(?:(?!with\b|and\b|the\b|of\b)[a-z]+\s+){0,2}?)"
)
_LAMP = r"(?:red|yellow|amber|orange|green)"
_LIGHTS = r"(?:traffic\s+(?:lights?|signals?)|stop\s?lights?)"
_LIT = (
    r"(?:\s+(?:lights?|lamps?|bulbs?|signals?|one))?"
    r"(?:\s+(?:is\s+|are\s+)?(?:lit(?:\s+up)?|on|glowing|shining|alight|illuminated|switched\s+on))?"
)
_LAMPS = rf"(?P<lamps>{_LAMP}(?:\s+and\s+(?:the\s+)?{_LAMP})?)"
_CELLS = {
    "top left": 0, "top middle": 1, "top center": 1, "top centre": 1, "top right": 2, "middle left": 3, "left": 3, "middle": 4,
    "center": 4, "centre": 4, "middle right": 5, "right": 5, "bottom left": 6, "bottom middle": 7, "bottom center": 7,
    "bottom centre": 7, "bottom right": 8, "top": 1, "bottom": 7, "upper left": 0, "upper right": 2, "lower left": 6,
    "lower right": 8,
}  # fmt: skip
_CELL = "|".join(sorted((name.replace(" ", r"[\s-]") for name in _CELLS), key=len, reverse=True))
_MOVE = (
    r"(?:an?\s+|the\s+)?[\"“]?(?P<mark>[xo])[\"”]?\s+(?:is\s+|placed\s+)?"
    rf"(?:(?:in|at|on)\s+)?(?:the\s+)?(?P<cell>{_CELL})(?:\s+(?:corner|square|cell|field))?"
)
_LINES = {
    "diagonal": (0, 4, 8), "top row": (0, 1, 2), "middle row": (3, 4, 5), "bottom row": (6, 7, 8), "left column": (0, 3, 6),
    "middle column": (1, 4, 7), "right column": (2, 5, 8),
}  # fmt: skip
_LINE = "|".join(name.replace(" ", r"[\s-]") for name in _LINES)
_WON = (
    r"(?:where|in\s+which|with)\s+(?P<winner>[xo])\s+(?:wins|winning|has\s+won|won)\s+(?:on|with|in|along|through|by)\s+(?:the|a|an)\s+"
    rf"(?P<line>{_LINE})"
)
_MOVES = _MOVE.replace("(?P<mark>", "(?:").replace("(?P<cell>", "(?:")
_PLACE = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|last|middle|1st|2nd|3rd|4th|5th|6th"
_COUNT = r"(?:[2-9]|two|three|four|five|six|seven|eight|nine)"
_SUIT = "|".join(suit.rstrip("s") + "s?" for suit in SUITS)
_RANK = "|".join((*RANKS, "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))


def _values(said: str) -> list[int] | None:
    plain = said.lower()
    if plain.startswith("snake"):
        return [1, 1]
    found = [_pips(word) for word in re.findall(rf"\b{_ONE}\b", plain)]
    values = [value for value in found if value is not None]
    return values * 2 if plain.startswith("double") else values


def _pips(word: str) -> int | None:
    plain = {"blank": "zero", "sixes": "six"}.get(
        word, word.removesuffix("s") if word.endswith("s") and word != "six" else word
    )
    return number(plain)


def _dice(match: re.Match[str]) -> Sequence[Dial] | None:
    values = _values(match["list"])
    if not values or not all(1 <= value <= 6 for value in values) or not stands_apart(match):
        return None
    many = (match["many"] or "").lower()
    count = 2 if "pair" in many or many == "both" else number(many) if many else None
    if len(values) > 1 and count is not None and count != len(values):
        return None
    if len(values) > 1 and (count is None and match["head"].lower() == "die"):
        return None
    return [Dial(kind="die", value=str(value)) for value in values]


def _domino(match: re.Match[str]) -> Sequence[Dial] | None:
    values = _values(match["list"])
    if not values or len(values) != 2 or not stands_apart(match):
        return None
    return [Dial(kind="domino", value=f"{values[0]}|{values[1]}")]


def _lights(match: re.Match[str]) -> Sequence[Dial] | None:
    said = {"amber": "yellow", "orange": "yellow"}
    lit = {said.get(lamp, lamp) for lamp in re.findall(_LAMP, match["lamps"].lower())}
    value = " and ".join(lamp for lamp in ("red", "yellow", "green") if lamp in lit)
    known = lit in ({"red"}, {"yellow"}, {"green"}, {"red", "yellow"})
    return [Dial(kind="traffic light", value=value)] if known and stands_apart(match) else None


def _card(match: re.Match[str]) -> Sequence[Dial] | None:
    if match["rank"][0].isupper() and match["suit"][0].isupper() and not match["card"]:
        return None  # "the Queen of Hearts", who may be a person
    told = match["rank"].lower()
    rank = told if told in RANKS else str(number(told))
    suit = match["suit"].lower()
    return [Dial(kind="card", value=f"{rank} of {suit if suit.endswith('s') else suit + 's'}")]


def _hand(match: re.Match[str]) -> Sequence[Dial] | None:
    """Several of one suit: "jack, queen and king of hearts"."""
    ranks = [rank.lower() for rank in re.findall(rf"\b(?:{_RANK})\b", match["ranks"], re.IGNORECASE)]
    suit = match["suit"].lower().rstrip("s") + "s"
    return [Dial(kind="card", value=f"{rank if rank in RANKS else number(rank)} of {suit}") for rank in ranks]


def _board(match: re.Match[str]) -> Sequence[Dial] | None:
    cells = ["_"] * 9
    if match["winner"] is not None:
        won = _LINES[re.sub(r"[\s-]+", " ", match["line"].lower())]
        other = "o" if match["winner"].lower() == "x" else "x"
        beside = [at for at in (1, 3, 7, 5, 0, 8) if at not in won][:2]
        cells = [match["winner"].lower() if at in won else other if at in beside else "_" for at in range(9)]
    for move in re.finditer(_MOVE, match["moves"] or "", re.IGNORECASE):
        at = _CELLS[re.sub(r"[\s-]+", " ", move["cell"].lower())]
        if cells[at] != "_":
            return None
        cells[at] = move["mark"].lower()
    return [Dial(kind="tic-tac-toe", value="/".join("".join(cells[row : row + 3]) for row in (0, 3, 6)))]


def _only(match: re.Match[str]) -> Sequence[Dial] | None:
    count = number(match["count"])
    place = match["place"].lower()
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if count is None:
        return None
    if place == "middle" and count % 2 == 0:
        return None
    at = {"last": count - 1, "middle": count // 2}.get(place)
    at = at if at is not None else int(place[0]) - 1 if place[0].isdigit() else names.index(place)
    if at >= count:
        return None
    return [Dial(kind="candles", value="".join("1" if spot == at else "0" for spot in range(count)))]


def _some(match: re.Match[str]) -> Sequence[Dial] | None:
    lit, out = number(match["lit"]), number(match["out"])
    count = number(match["count"]) if match.groupdict().get("count") else None
    if lit is None or out is None or not 2 <= lit + out <= 9 or count not in (None, lit + out):
        return None
    return [Dial(kind="candles", value="1" * lit + "0" * out)]


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _limit(match: re.Match[str]) -> Sequence[Dial] | None:
    limit = number(match["limit"])
    fits = limit is not None and 5 <= limit <= 130 and limit % 5 == 0
    return [Dial(kind="speed limit sign", value=str(limit))] if fits else None


_UNIT = r"(?:\s?(?:km/?h|kph|mph|kilomet(?:er|re)s\s+per\s+hour|miles\s+per\s+hour))?"
_LIMIT = rf"[\"“]?(?P<limit>{NUMBER})[\"”]?{_UNIT}"
_N = r"(?:[0-9]|zero|none|one|two|three|four|five|six|seven|eight|nine)"
_NOT = r"(?:unlit|not(?:\s+lit)?|out|off|blown\s+out|extinguished|no\s+longer\s+burning)"
_ROW = r"(?:\s+in\s+a\s+row|\s+side\s+by\s+side)?"
BOARDS: tuple[Rule, ...] = (
    (
        _compiled(
            r"(?P<head>\bspeed[\s-]limit\s+(?:road\s+|traffic\s+)?signs?\b)(?P<value>\s*[,:]?\s+(?:(?:that|which|with|the|number|is|a|of|for|at|says"
            rf"|saying|showing|shows|reads|reading)\s+){{0,4}}{_LIMIT}(?:\s+on\s+it)?)(?![\w%°])"
        ),
        _limit,
    ),
    (_compiled(rf"(?P<head>\bspeed\s+limit\s+(?:of\s+)?{_LIMIT}\s+(?:road\s+|traffic\s+)?sign\b)"), _limit),
    (_compiled(rf"(?P<value>\b{_LIMIT}\s+)(?P<head>speed[\s-]limit\s+(?:road\s+|traffic\s+)?sign\b)"), _limit),
    (_compiled(rf"\b{_MANY}(?P<head>dice|die)\b(?P<value>{_SHOWING}{_LIST}{_FREE}{_DOTS})"), _dice),
    (
        _compiled(
            rf"(?P<head>\bdomino(?:es)?(?:\s+(?:tiles?|pieces?|stones?|bones?))?\b)(?P<value>{_SHOWING}{_LIST}{_FREE}{_DOTS})"
        ),
        _domino,
    ),
    (
        _compiled(
            rf"(?P<head>\bdomino(?:\s+(?:tile|piece|stone))?\b)(?P<value>\s*,?\s*(?P<list>{_ONE}\s*[|/:-]\s*{_ONE}))(?!\w)"
        ),
        _domino,
    ),
    (
        _compiled(
            rf"(?P<value>\b(?P<list>[0-6]\s*[|/:-]\s*[0-6]|double[\s-]{_ONE})\s+)(?P<head>domino(?:\s+(?:tile|piece|stone))?\b)"
        ),
        _domino,
    ),
    (
        _compiled(
            rf"(?P<head>\b{_LIGHTS}\b)(?P<value>(?:\s*,)?\s+(?:(?:with|where|that|which|only|just|has|have|its|the|showing|shows|show|is|are|on|at"
            rf"|turned|switched|to|glowing|lit|displaying|of)\s+){{1,5}}{_LAMPS}{_LIT}(?:\s+only)?)(?!\w|\s+(?:and|pole|post|box|frame|body))"
        ),
        _lights,
    ),
    (
        _compiled(
            rf"(?P<head>\b(?P<ranks>(?:{_RANK})(?:\s*,\s*(?:the\s+)?(?:{_RANK}))*\s*,?\s+and\s+(?:the\s+)?(?:{_RANK}))\s+of\s+(?P<suit>{_SUIT})\b)"
        ),
        _hand,
    ),
    (
        _compiled(
            r"(?:(?P<value_hand>\b(?:poker\s+)?hand\s+of\s+(?:playing\s+)?cards\s*[:,]?\s+)(?:with\s+)?(?:(?:the|an?)\s+)?)?"
            rf"(?P<head>\b(?:(?P<before>playing\s+card)\s*[,:]?\s+(?:(?:of|with|showing)\s+)?(?:the\s+)?)?(?P<rank>{_RANK})\s+of\s+(?P<suit>{_SUIT})\b"
            r"(?P<card>\s+(?:playing\s+)?card\b)?)"
        ),
        _card,
    ),
    (
        _compiled(
            r"(?P<head>\b(?:tic[\s-]?tac[\s-]?toe|noughts\s+and\s+crosses)(?:\s+(?:board|game|grid|field))?\b)"
            rf"(?P<value>\s*(?:,|:|;|-|–)?\s*(?:{_WON}|(?:(?:with|showing)\s+)?"
            rf"(?P<moves>{_MOVES}(?:\s*(?:,|;|and|\s)+\s*{_MOVES})*)))?"
        ),
        _board,
    ),
    (
        _compiled(
            rf"(?P<head>\b(?P<count>{_COUNT})\s+candles{_ROW})(?P<value>\s*,?\s*(?:(?:of\s+which|where|but|with|and)\s+)?only\s+the\s+"
            rf"(?P<place>{_PLACE})(?:\s+(?:one|candle))?(?:\s+is)?\s+(?:lit|burning|alight|on))"
        ),
        _only,
    ),
    (
        _compiled(
            rf"(?P<head>\b(?P<lit>{_N})\s+(?:lit|burning)\s+candles(?:\s+and|,)\s+(?P<out>{_N})(?:\s+candles?)?(?:\s+(?:is|are|that\s+(?:is|are)))?\s+"
            rf"{_NOT}(?:\s+(?:ones?|candles?))?{_ROW})"
        ),
        _some,
    ),
    (
        _compiled(
            rf"(?P<head>\b(?P<count>{_COUNT})\s+candles{_ROW})(?P<value>\s*[,:;]?\s*(?:of\s+which\s+|with\s+)?(?P<lit>{_N})(?:\s+of\s+them)?\s+"
            rf"(?:are\s+|is\s+)?(?:lit|burning)(?:\s+and|,)\s+(?P<out>{_N})(?:\s+(?:is|are))?\s+{_NOT})"
        ),
        _some,
    ),
)
