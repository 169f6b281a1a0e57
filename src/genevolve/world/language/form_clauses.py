"""The clauses of a card's request: what stands between commas, colons, dashes and full stops, and which of it is to be read.

A particular (a date, a price) is written with the whole of its clause: "kick-off 9:30", "tickets on the door £4". What is said
of the picture beside it ("with a drum", "in gold letters") is no part of the clause.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from genevolve.world.language import colours
from genevolve.world.language.form_lines import apart, with_preposition
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span
from genevolve.world.language.vocabulary import Vocabulary

# Where a clause ends: not between the parts of a number, of a range or of an abbreviation.
_BOUNDARY = re.compile(
    r",(?!\d)|[;\n\x00()\"“”]|:(?=\s)|[!?](?=\s|$)|(?<!\d)\s[–—-]\s|(?<!am)\s[–—-]\s(?!\d)"
    r"|(?<!\bSt)(?<!\bMt)(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bProf)(?<!\b[Nn]o)(?<!\b[Tt]el)(?<!\b[ap]\.m)\.(?=\s|$)"
)
_COUNT = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|some|several|many|lots of)"
# What belongs to the picture, and not to the text before it.
_PICTURE = re.compile(
    r",?\s+(?:"
    rf"(?:and|plus|with|showing|featuring|depicting|next to|beside|above|below|under|behind|around) (?:an?|the|his|her|its"
    rf"|their|{_COUNT}|(?:small|big|little|simple|cute) \w+|pictures?|drawings?|photos?|illustrations?)\b"
    r"|(?:next to|beside|above|below|under|underneath|behind|on|around) (?:it|them|that|this)\b"
    r"|on an? |on (?:\w+ )?(?:background|paper)\b"
    r"|in (?:the|its|each|every) (?:\w+ )?(?:corners?|middle|cent(?:re|er)|background|foreground|style)\b"
    r"|(?:at|on|to|along) (?:the|its) (?:very )?(?:top|bottom|left|right|side|edge)\b"
    r"|in (?:\w+ ){0,3}(?:letters|lettering|font|type|print|style|ink|colou?rs|capitals)\b"
    r"|as (?:an?|the) (?:\w+ )?(?:title|heading|headline|caption|subtitle|poster|card|flyer|sign|banner)\b"
    r"|(?:written|printed|painted|embroidered|iced) (?:on|in|across|above|below|under|over)\b|underneath\b|beneath\b)",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(?:and|plus|with|showing|featuring|depicting|saying|that|which|reading)\b", re.IGNORECASE)
_INKED = re.compile(
    r",?\s+(?:in|on) (?:an? )?(?:(?:bright|dark|light|soft|pale|deep) )?(?P<colour>[a-z]+)\b"
)  # "in red and gold"
_SAYING = re.compile(
    r",?\s+(?:saying|that (?:just )?says?|which (?:just )?says?|reading|that reads|titled|called|named)\b", re.IGNORECASE
)
_FOR_WHOM = re.compile(r"\s+for (?:an?|the|my|our) ", re.IGNORECASE)
_PICTURE_LED = re.compile(
    r"(?:(?:and|plus|also|maybe|then|please) )*(?:with|without|showing|featuring|depicting|draw|add|use|put|include|make"
    r"|made(?! in| by| from)|keep"
    r"|leave|write(?! to)|pictures?|drawings?|photos?|images?|illustrations?|style|background"
    r"|in(?! aid of| memory of| stock| cinemas| theat| shops| stores| concert)|like|as|not)\b",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"(?:(?:and|plus|then|also|on|at|in|the|an?|or|our|my|of|for|to|by|every|it|is|its|held)\b\s*)*", re.IGNORECASE
)
_AND = re.compile(r"(?:and|plus|&)\s+", re.IGNORECASE)
_OF_THE_IMAGE = word_set(
    """
    background backdrop style styled theme themed colour colours color colors font border frame design look letters text
    print layout format size photo illustration drawing painting feel vibe mood tone resolution orientation portrait landscape
    square quality digital vector flat watercolor watercolour minimal icon picture image logo graphic banner poster card sign
    flyer pastel realistic cartoon sketch render centred centered bold big large small huge tiny corner top bottom left right
    middle side edge around above below next beside between behind front
    """
)
_HONOURS = re.compile(r",? (?:on|upon|who|for|because|after|since|as)\s(?!an? )")
_WISHES = re.compile(r",? (?:on|upon|for|who(?:['’]s| is)? (?=turn))\s?(?!an? )")
_TOLD_OF = re.compile(
    r",? (?:who|because|since|as|after|that)(?:['’]s| is| has| have)? "
    r"(?P<verb>(?!lov|lik|ador|turn|with\b|and\b|is\b|has\b|have\b)[a-z]+)\b[^,.;:!?\x00\n]*"
)
_WHOSE_NAME = re.compile(r"\b(?:for|to)\s+(?:my|our|her|his|their)\s+(?:[a-z\d'’-]+\s+){1,5}$")
_OF_USE = re.compile(
    r" to (?:stick|hang|put|pin|tape|go|print|display|place)\b(?: (?:up|out))?"
    r"(?: (?:on|in|at|by|above|over|outside) (?:an?|the|my|our) [\w'’]+(?: [\w'’]+)?)?(?=\s*[,.:;!\x00]|\s*$)"
)
HELD_IN = r"(?:an? |the |our |my )?(?:jars?|bottles?|tins?|cans?|pots?|packets?|tubs?|bags?|box|boxes|cartons?) of "
_ON_WHAT = re.compile(rf" (?:for|on) {HELD_IN}(?=[^\W\d_])", re.IGNORECASE)  # "a label for a jar of honey"
_PLACE_OF_TEXT = re.compile(
    r"(?:and |with |the )*(?:titles?|heading|headline|header|texts?|words|writing|lettering|greeting|names?|date)"
    r" (?:at|on|in|across|along|near)(?: the)?(?: very)? (?:top|bottom|middle|cent(?:re|er)|left|right)",
    re.IGNORECASE,
)
_NUMBERS = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_DEAL_ON = re.compile(  # "50% off all shoes this weekend sign"
    r"(?<=[%fF€$£\d]) (?:off |on )?(?:everything|all|any|every|each|your|selected|when you|this|today|until)\b", re.IGNORECASE
)
_COUNTED = re.compile(rf"(?:and |plus )?(?:an?|the|{_NUMBERS})\s+(?P<things>\S.*)", re.IGNORECASE)


def clauses(plain: str, start: int = 0) -> Iterator[Span]:
    """Every clause behind ``start``, without the blanks around it."""
    at = start
    for cut in (*_BOUNDARY.finditer(plain, start), None):
        end = cut.start() if cut is not None else len(plain)
        said = plain[at:end]
        if said.strip():
            yield Span(start=at + len(said) - len(said.lstrip()), end=at + len(said.rstrip()))
        at = cut.end() if cut is not None else end


def without_picture(plain: str, span: Span) -> Span:
    """The clause up to what is said of the picture: "2 May" of "2 May with a pram"."""
    said = plain[: span.end]
    cuts = [cut.start() for what in (_PICTURE, _SAYING) if (cut := what.search(said, span.start)) is not None]
    cuts += [hit.start() for hit in _INKED.finditer(said, span.start) if colours.named(hit["colour"]) is not None]
    return Span(start=span.start, end=min(cuts, default=span.end))


def placed_in_picture(plain: str, clause: Span) -> bool:
    """Whether the clause says where in the picture something is: "chess pieces on it", "a leaf in the corner"."""
    end = without_picture(plain, clause).end
    tail = plain[end : clause.end].lstrip(" ,")
    return bool(tail) and _BESIDE.match(tail) is None


def of_picture(said: str) -> bool:
    """Whether the words begin as what is said of the picture does."""
    return _PICTURE_LED.match(said) is not None


def whole_clause(
    plain: str, head: re.Match[str], span: Span, taken: Sequence[Span], others: Sequence[Span], *, paid: bool
) -> Span:
    """``span``, a particular, with the rest of its clause. What the image is (``head``), what is ``taken`` and what belongs to
    the picture stay out of it, and so do the ``others`` in the clause of the head, of which each is a line; ``paid``: things
    with a price are for sale, and not to be drawn."""
    begin, end = _bounds(plain, head, span, taken)
    if begin == head.end():
        behind = min((with_preposition(plain, other).start for other in others if other.start >= span.end), default=end)
        whom = _FOR_WHOM.search(plain[:behind], span.end)  # what the image is for
        end = max(span.end, min(end, behind, whom.start() if whom is not None else behind))
    left = plain[begin : span.start]
    start = begin + len(left) - len(left.lstrip())
    if (joint := _AND.match(plain, start)) is not None:
        start = joint.end()
    said = plain[start : span.start].strip()
    if not said or begin == head.end() or _SMALL.fullmatch(said) or not _goes_with(said, paid=paid):
        start = span.start
    return Span(start=start, end=without_picture(plain, Span(start=span.end, end=end)).end)


def _bounds(plain: str, head: re.Match[str], span: Span, taken: Sequence[Span]) -> tuple[int, int]:
    """Where the clause of ``span`` begins and ends."""
    stops = [(cut.start(), cut.end()) for cut in _BOUNDARY.finditer(plain)]
    stops += [(head.start(), head.end()), *((other.start, other.end) for other in taken)]
    begin = max((end for _, end in stops if end <= span.start), default=0)
    end = min((start for start, _ in stops if start >= span.end), default=len(plain))
    if end == head.start() and _DEAL_ON.match(plain, span.end) is None:
        end = span.end  # "12 May concert poster": what stands before it is its title
    said = plain[span.end : end].rstrip()
    return begin, span.end + len(said)


def _goes_with(said: str, *, paid: bool) -> bool:
    """Whether the words before a particular are written with it: "tickets on the door", not "a cake on"."""
    return not (of_picture(said) or of_image(said)) and (paid or not counts_things(said))


def told_of(plain: str, span: Span) -> Span | None:
    """What is said of somebody for whom a card is, and not on it: "… who fed the cat while we were away"."""
    told = _TOLD_OF.match(plain, span.end)
    if told is None:
        return None
    whole = without_picture(plain, Span(start=span.end, end=told.end()))
    return whole if whole.end > told.start("verb") else None


def whose_name(plain: str, span: Span) -> Span | None:
    """ "to my neighbour" before the name of one who is not called so on the card."""
    who = _WHOSE_NAME.search(plain[: span.start])
    return None if who is None else Span(start=who.start(), end=who.end())


def asides_of_use(plain: str, head: re.Match[str]) -> Iterator[Span]:
    """ "a sign to stick on the door": where it will be, and no picture of that."""
    held = _ON_WHAT if head[0].lower() in {"label", "tag", "sticker"} else None
    for use in (_OF_USE.match(plain, head.end()), held.match(plain, head.end()) if held is not None else None):
        if use is not None:
            yield Span(start=use.start(), end=use.end())


def rest_of_name(plain: str, span: Span, taken: Sequence[Span], *, honoured: bool) -> Span:
    """The name with what it is ``honoured`` for ("Ella Brown who swam 100 metres"), else with what is wished ("Emily on passing
    her test")."""
    told = _HONOURS if honoured else _WISHES
    why = told.match(plain, span.end)
    end = next((cut.start() for cut in _BOUNDARY.finditer(plain, span.end + 1)), len(plain))
    whole = without_picture(plain, Span(start=span.start, end=end))
    if why is None or whole.end <= why.end() or not apart(Span(start=span.end, end=whole.end), taken):
        return span
    return whole


def counts_things(said: str) -> bool:
    """ "three red balloons", "a cake": things to draw."""
    found = _COUNTED.match(said)
    return found is not None and names_things(found["things"])


def names_things(said: str) -> bool:
    words = re.findall(r"[^\W\d_][\w'’-]*", said)
    lower = [word for number, word in enumerate(words) if not word[:1].isupper() or number == 0]
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(lower)]
    known = (name for name in (*lower, *pairs) if lookup(name, Vocabulary.ICONS) is not None)
    return any(not lexicon().has("verbs", name.lower()) for name in known)


def says_place(said: str) -> bool:
    """ "title at the top": where a text stands, and none itself."""
    return _PLACE_OF_TEXT.fullmatch(said.strip()) is not None


def of_image(said: str) -> bool:
    """Whether it tells how the image is made: "blue background", "bold letters". Words with a capital are names."""
    lower = [word for number, word in enumerate(re.findall(r"[^\W\d_]+", said)) if word.islower() or number == 0]
    return not _OF_THE_IMAGE.isdisjoint(word.lower() for word in lower)
