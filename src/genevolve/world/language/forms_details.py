"""Particulars by their form: dates, times, prices, telephone numbers, addresses and seats; and the names that a card is for."""

import re
from collections.abc import Iterator

from genevolve.world.language.greetings import is_name
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:(?:every|each|next|this)\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_DAYS = rf"{_DAY}(?:\s*(?:and|&|to|[-–])\s*{_DAY})?"
_DATE = (
    rf"(?:(?:{_DAY},?\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b(?:,?\s+\d{{4}})?"
    rf"|(?:{_DAY},?\s+)?\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|\b{_MONTH}\s+\d{{4}}\b"
    rf"|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|{_DAYS}\b)"
)
_TIME = r"(?:\b\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)(?!\w)|\b\d{1,2}:\d{2}\b)"
_TIME_RANGE = (
    r"\b\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm)?\s?(?:[-–—]|to|until|till)\s?"
    r"(?:\d{1,2}(?:[:.]\d{2})?(?:\s?(?:am|pm))?|noon|midnight)\b"
)
_BEGINS = (
    r"(?:(?:doors(?: open)?|starts?|starting|begins|opens?|open|ends|closed|in (?:cinemas|theat(?:er|re)s|shops|stores))"
    r"(?: at| on| from)?\s+)?"
)
_WHEN = (
    rf"{_BEGINS}(?:valid\s+)?(?:until\s+)?{_DATE}(?:,?\s+(?:at\s+|from\s+)?(?:{_TIME_RANGE}|{_TIME}))?"
    rf"|{_BEGINS}{_TIME}"
)
_PRICE = (
    r"(?:[$€£]\s?\d+(?:[.,]\d+)?|\b\d+(?:[.,]\d+)?\s?(?:[$€£]|euros?\b|dollars?\b|pounds?\b|pence\b"
    r"|cents?\b|p\b|EUR\b|USD\b|GBP\b|CHF\b))"
)
_PRICED = re.compile(_PRICE, re.IGNORECASE)
_PAID = rf"(?:(?:reward|worth|admission|entry|tickets?|price|only|from|fee)(?::|\s+of)?\s+)?{_PRICE}"
_PHONE = r"(?:\b(?:phone(?: number)?|tel\.?|telephone|call|mobile)(?::|\s+is)?\s+)?\+?\d[\d()]*(?:[ /-]\d{2,}){1,4}\b"
_ADDRESS = (
    rf"\b\d{{1,4}}[a-z]?\s+(?!(?i:{_MONTH})\b)[A-Z][\w'’]+(?:\s+[A-Z][\w'’]+){{1,3}}"
    r"|(?:on the )?corner of [A-Z0-9][\w'’]*(?: [A-Z][\w'’]*)*(?: (?:and|&) [A-Z0-9][\w'’]*(?: [A-Z][\w'’]*)*)?"
    r"|\b\d{1,4}\s+(?:[A-Z][\w'’]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Square|Way|Place|Court|Hill|Row)\b"
    r"|(?<=at )(?:the )?(?:[A-Z][\w'’]+\s+){1,3}(?:Park|Hall|School|Church|Centre|Center|Library|Museum|Club|Garden"
    r"|Gardens|Hotel|Square)\b"
    r"|(?<=in the )(?:town|village|city|school|church|community) (?:hall|square|park|centre|center)\b"
)
_SEAT = (
    r"\b(?:row|seat|gate|room|table|section|platform)\s+[A-Z]?\d{1,3}[A-Z]?\b(?:,?\s+(?:row|seat|gate|room|table"
    r"|section)\s+[A-Z]?\d{1,3})*"
)
_MAIL = r"\b[\w.+-]+@[\w-]+\.[\w.]+\b|\b(?:www\.)[\w-]+\.[\w./-]+\b"
_CALLING = (
    r"\b(?i:(?:please )?(?:rsvp|reply|vote|call|contact|ask|text(?! [A-Z]{2})|email|hosted|presented|led|sponsored"
    r"|organi[sz]ed|taught|awarded|given|signed|made|baked|written))"
    r"(?: (?:to|for|by|with))? (?:(?:Dr|Mrs?|Ms|Prof)\.? )?[A-Z][\w'’]+(?: [A-Z][\w'’]+)*(?: for (?=\d)[^,.;\x00]+)?"
)
_NUMBERED = r"(?:(?<!\bthe )(?<!\ba )\b(?:no\.?|nr\.?|number)\s?|#\s?)\d{1,6}\b"
_ROUTE = r"(?<=from )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)? to [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?"
_KIN = "|".join(sorted(lexicon().words["kin"] | word_set("girl boy child kid man woman"), key=len, reverse=True))
# "turning 6" is written, and not "for my 6 year old niece"
_YEARS_IN_WORDS = rf"(?:{'|'.join(lexicon().numbers)}|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)"
_AGE = (
    rf"\b(?:turning \d{{1,3}}|(?<!he is )turning {_YEARS_IN_WORDS}"
    rf"|\d{{1,3}}(?:st|nd|rd|th) birthday|\d{{1,3}} years? old(?! (?:{_KIN})\b))\b"
)
_DEAL = r"\b(?:\d|two|three) for (?:\d{1,3}\b|[$€£]\s?\d+|the price of \w+)"
_MADE = rf"\b(?:made|packed|established|est\.?|since|founded|best before|valid until)(?: in)? (?:{_MONTH} )?\d{{4}}\b"
_FLAGS = re.IGNORECASE
_KINDS = (
    re.compile(_MAIL, _FLAGS),
    re.compile(_MADE, _FLAGS),
    re.compile(rf"{_CALLING}(?:,? (?i:by|before|on|at) (?i:{_WHEN}))?"),
    re.compile(_ADDRESS),
    re.compile(_ROUTE),
    re.compile(_NUMBERED, _FLAGS),
    re.compile(_AGE, _FLAGS),
    re.compile(
        r"\b(?:kids|children|boys|girls|teens|teenagers|players|adults|ages?)(?: (?:under|over|aged|from|below|above))? \d{1,2}"
        r"(?: ?(?:-|–|to) ?\d{1,2}| and (?:over|under|up|older|younger)|\+)?(?= |[,.;]|$)",
        _FLAGS,
    ),
    re.compile(_DEAL, _FLAGS),
    re.compile(_WHEN, _FLAGS),
    re.compile(_SEAT, _FLAGS),
    re.compile(_PAID, _FLAGS),
    re.compile(r"(?:(?<![\w-])[-–−])?\b\d{1,3}\s?%(?:\s+(?:off|discount)\b)?", _FLAGS),
    re.compile(_PHONE, _FLAGS),
)
_NAME = r"(?:The\s+)?[A-Z][\w'’.-]*(?:\s+[A-Z][\w'’.-]*){0,3}"
_NO_DAY = rf"(?!(?i:{_DAY}|{_MONTH}\b))"
_FOR = re.compile(  # a comma joins names only in a row that ends in "and"
    r"\b(?:for|to|of|named?)\s+(?:the (?:band|group|singer|duo|choir|show|play|film|movie|musical|opera|team|shop|bakery"
    r"|company)\s+)?"
    rf"(?P<names>{_NAME}(?:\s*(?:&|and)\s*{_NO_DAY}{_NAME}"
    rf"|,\s*{_NO_DAY}{_NAME}(?=(?:,\s*{_NAME})*,?\s*(?:&|and)\s)){{0,3}})"
)
# "my daughter's teacher Mrs Green": the name is written
_KNOWN_AS = re.compile(
    r"\b(?:for|to)\s+(?:(?:my|our|her|his|their)\s+(?:\d{1,3}[ -]years?[ -]old\s+)?|an?\s+\d{1,3}[ -]years?[ -]old\s+)"
    r"(?:(?!saying|that|with|called|named)[a-z'’-]+\s+){1,3}"
    rf"(?P<names>(?=[A-Z][a-z]){_NAME})"
)
# "for grandad", "to my mum": how one speaks to them
_SPOKEN_TO = re.compile(
    r"\s+(?:for|to)\s+(?:(?:my|our)\s+(?:(?:dear|lovely|wonderful|little|big)\s+)?(?P<names>(?:step)?(?:mum|mom|mam|mummy|mommy"
    r"|mama|dad|daddy|papa|gran|granny|grandma|grandad|granddad|grandpa|gramps|nan|nana|nanny|auntie|aunty)"
    rf"(?: and (?:dad|grandad|grandpa|mum|mom|gran|nan))?)|(?P<bare>(?:{_KIN})(?: and (?:{_KIN})| [A-Z][\w'’-]+)?))"
    r"(?=\s*(?:[,.;:!\x00]|$)|\s(?:with|who|on|in|from|saying|that)\b)"
)
_TURNS = re.compile(rf"\b(?P<who>[\w'’-]+) who (?P<age>turns (?:\d{{1,3}}|{_YEARS_IN_WORDS}))\b")
# "birthday card for lea": nothing else is called so without an article
_IN_SMALL_LETTERS = re.compile(
    r"\s+(?:for|to)\s+(?P<names>[a-z]{3,12})(?=\s*(?:[,.;:!\x00]|$)|\s(?:with|who|turning|turns|on|from|saying|that)\b)"
)
_HONOURED = re.compile(r"\s+(?:for|to)\s+(?P<names>(?:the|our|all)\s[^,.;:\x00]{3,50})")
_AFTER_QUOTE = re.compile(rf"\x00\s+(?:for|to)\s+(?P<names>{_NAME})")
_NAMED = re.compile(rf"\s+(?P<names>{_NAME}(?:\s*(?:&|and)\s*{_NAME})?)(?=,|$)")
_CALLED = re.compile(rf"\b(?:called|named)\s+(?P<names>{_NAME})")
# What stands beside a date or an address: "…, St. Mary's Church, Kraków", "…, Nana's house".
_BESIDE = re.compile(
    r",\s*(?P<part>(?:The |St\. |Mt\. )?"
    r"[A-Z][\w'’]*(?: (?:of |the |& )?[A-Z0-9][\w'’]*)*|[A-Z][\w]+['’]s [a-z]+"
    r"|(?:The |the )?[A-Z][\w'’]*(?: [A-Z][\w'’]*)* (?:pub|inn|hotel|club|cafe|café|bar|hall|school|church|park|centre|center"
    r"|restaurant|library|theatre|theater|bakery|garden|gardens|room|hub))(?=\s*(?:,|\.|$))"
)
_PLACE_PART = re.compile(r",\s*(?P<part>[A-Z][\w'’]+(?: [A-Z][\w'’]+){0,3})(?=\s*(?:,|\.|$))")
_PERSONAL = frozenset(
    (
        "card",
        "invitation",
        "invite",
        "ticket",
        "certificate",
        "diploma",
        "tag",
        "badge",
        "label",
        "announcement",
        "boarding pass",
        "voucher",
        "sign",
        "banner",
        "save the date",
        "save the date card",
    )
)
_TITLED = re.compile(r"\b(?:business|visiting|calling|name|place|gift)\s+(?:card|tag|badge)\b", re.IGNORECASE)
_PART = re.compile(
    r",\s*(?P<part>(?:[^,.;:\n\x00]|(?<=\w)\.(?=\w)|(?<=\btel)\.|(?<=\bTel)\.|(?<=\bDr)\.|(?<=\bMr)\.|(?<=\bMrs)\."
    r"|(?<=\bMs)\.|(?<=\bProf)\.){2,40})"
)
_NO_PART = re.compile(
    r"\b(?:with|and a|on a|in|background|style|elegant|minimal\w*|modern|gold|white|black|red|blue|green)\b", re.IGNORECASE
)


def is_price(said: str) -> bool:
    return _PRICED.search(said) is not None


def details(plain: str) -> list[Span]:
    """Where particulars stand, in order, without overlap."""
    found: list[Span] = []
    for kind in _KINDS:
        for match in kind.finditer(plain):
            span = Span(start=match.start(), end=match.end())
            if not any(span.start < other.end and other.start < span.end for other in found):
                found.append(span)
    found += [
        span for span in _ages_of_nobody(plain) if not any(span.start < one.end and one.start < span.end for one in found)
    ]
    for span in tuple(found):
        at = span.end
        while (part := _BESIDE.match(plain, at)) is not None:
            beside = Span(start=part.start("part"), end=part.end("part"))
            if not any(beside.start < other.end and other.start < beside.end for other in found):
                found.append(beside)
            at = part.end()
    return sorted(found, key=lambda span: span.start)


def _ages_of_nobody(plain: str) -> Iterator[Span]:
    """ "turns 30" of "for a friend who turns 30"; what is wished to somebody who is named is written with the name."""
    named = {spoken.end() for spoken in _SPOKEN_TO.finditer(plain)}
    for found in _TURNS.finditer(plain):
        if not found["who"][:1].isupper() and found.end("who") not in named:
            yield Span(start=found.start("age"), end=found.end("age"))


def names(plain: str, head: re.Match[str], at: int) -> list[Span]:
    """The persons or the band that a card is for, said at ``at``; also what follows them, part by part."""
    if head[0].lower() not in _PERSONAL:
        called = _CALLED.search(plain, at)
        return [Span(start=called.start("names"), end=called.end("names"))] if called is not None else []
    found = _FOR.search(plain, at)
    if found is None or found.start() - at > 2:
        found = _KNOWN_AS.match(plain, at + 1) or _NAMED.match(plain, at)
    if found is None and (spoken := _SPOKEN_TO.match(plain, at)) is not None:
        group = "names" if spoken["names"] else "bare"
        return [Span(start=spoken.start(group), end=spoken.end(group))]
    if found is None and (small := _IN_SMALL_LETTERS.match(plain, at)) is not None and is_name(small["names"]):
        ages = re.match(r" (?:who )?turn", plain[small.end() :]) is not None
        found = small if ages or (head[0].lower() == "card" and not small["names"].endswith("s")) else None
    if found is None:
        found = _AFTER_QUOTE.search(plain, at) or _CALLED.search(plain, at)
    if found is None and head[0].lower() in {"certificate", "diploma"}:
        found = _HONOURED.match(plain, at)
    if found is None:
        return []
    spans = [Span(start=found.start("names"), end=found.end("names"))]
    titled = _TITLED.search(plain[max(0, head.start() - 12) : head.end()])
    merit = at > head.end()
    return [*spans, *(_parts(plain, found.end(), merit) if titled or merit else _places(plain, found.end()))]


def _places(plain: str, at: int) -> Iterator[Span]:
    """ "…, Lake House": a name that is a part of its own."""
    for part in _PLACE_PART.finditer(plain, at):
        yield Span(start=part.start("part"), end=part.end("part"))


def _parts(plain: str, at: int, merit: bool) -> Iterator[Span]:
    """What follows the name, part by part; ``merit``: the first part says what for, whatever words it has."""
    while (part := _PART.match(plain, at)) is not None:
        if not merit and _NO_PART.search(part["part"]):
            return
        yield Span(start=part.start("part"), end=part.end("part"))
        at, merit = part.end(), False
