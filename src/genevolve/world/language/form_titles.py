"""What a card is headed with where no quotation says it: its event, its greeting, its product, the words of a sign."""

import re
from collections.abc import Sequence

from genevolve.world.language import colours
from genevolve.world.language.form_lines import FormLine, capital, span_of
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

CARDS = (
    "invitation|invite|card|postcard|flyer|flier|poster|banner|ticket|certificate|diploma|tag|label|badge|leaflet"
    "|voucher|coupon|save the date(?: card)?|(?:name |gift )tags|place cards|badges|flash ?card"
    "|announcement|notice|sign|billboard|brochure|cover|quote|infographic"
)
_EVENTS = (
    r"sale|party|concert|fair|festival|workshop|class|meeting|birthday|wedding|anniversary|graduation|baby shower"
    r"|open house|cleanup"
    r"|market|exhibition|picnic|reunion|race|tournament|match|show|dinner|brunch|lecture|retirement|housewarming|christening"
    r"|camp|fundraiser|parade|carnival|contest|competition|marathon|auction|(?:movie|game|quiz|karaoke|talent) (?:night|show)"
)
_GREETINGS = (
    r"thank you|save the date|get well(?: soon)?|happy [\w']+(?: [\w']+)?|merry christmas|good luck|congratulations"
    r"|welcome(?: home)?"
    r"|bon voyage|season's greetings|wanted|lost [a-z]+|missing [a-z]+|for sale|best wishes|i love you|sorry"
)
_OCCASIONS = r"birthday|christmas|easter|halloween|anniversary|valentine(?:'s)?(?: day)?|(?:mother|father)'s day|new year"
_OCCASION_CARD = re.compile(rf"\b(?P<occasion>{_OCCASIONS})(?= (?:greeting )?(?:card|postcard)\b)", re.IGNORECASE)
_PRODUCT = re.compile(
    r" for (?:an? |the |our |my |your |some )?(?P<title>[a-z][\w'’ -]{2,30}?)(?=,| with\b| on\b| in\b|\.|;|$)"
)
_OF_MERIT = re.compile(r" of (?:an? )?[a-z]+(?= for\b| to\b|,|:|$)")
_BEFORE_HEAD = re.compile(rf"\b(?P<title>{_GREETINGS}|(?:[\w'’-]+ ){{0,2}}(?:{_EVENTS}))(?= (?:{CARDS})\b)", re.IGNORECASE)
_TO_EVENT = re.compile(
    rf"\b(?:to|for|about) (?:an? |the |our |my )?(?P<title>(?:[\w'’-]+ ){{0,3}}(?:{_EVENTS}))\b(?!\w)", re.IGNORECASE
)
_DETERMINERS = re.compile(
    r"^(?:an?|the|our|my|your|simple|elegant|nice|cute|vintage|modern|small|large|funny)\s+", re.IGNORECASE
)
_NAMES_PRODUCT = word_set("label tag coupon voucher ticket")
KIND_OF_CARD = re.compile(
    r"(?:^|\s)(?:flash|greeting|gift|business|place|name|book|album|magazine|comic|luggage|jar|movie|film|tear-off|wine|door"
    r"|noticeboard|notice-board|window|counter|shelf|desk|wall|yard|street|shop window)$",
    re.IGNORECASE,
)
_SAYS = word_set("make draw create show design paint please two three")
_NO_HEADING = word_set("quote text simple warning")


def merit_end(plain: str, head: re.Match[str]) -> int:
    """Where "certificate of achievement" ends."""
    merit = _OF_MERIT.match(plain, head.end()) if head[0].lower() in {"certificate", "diploma"} else None
    return merit.end() if merit else head.end()


def title_of(plain: str, head: re.Match[str], particulars: bool) -> FormLine | None:
    if (end := merit_end(plain, head)) > head.end():
        return FormLine(content=_titled(plain[head.start() : end]), span=Span(start=head.start(), end=end), role=TextRole.TITLE)
    if head[0].lower().startswith("save the date"):
        return FormLine(content="Save the date", span=span_of(head), role=TextRole.TITLE)
    named = re.match(r"\s*(?:an? )?(?P<title>[A-Z]\w+(?: [A-Z]\w+)+) $", plain[: head.start()])
    if named is not None:  # "Eid Mubarak card"
        return FormLine(content=named["title"], span=span_of(named, "title"), role=TextRole.TITLE)
    if occasion := _OCCASION_CARD.search(plain):
        said = _titled(occasion["occasion"])
        day = " Day" if said.startswith("Valentine") and not said.endswith("Day") else ""
        wish = f"{'Merry' if said == 'Christmas' else 'Happy'} {said}{day}"
        return FormLine(content=wish, span=span_of(occasion, "occasion"), role=TextRole.TITLE)
    before = _BEFORE_HEAD.search(plain)
    if before is not None and before.end("title") + 1 >= head.start() - 1:
        said = undetermined(before["title"])
        begin = before.end("title") - len(said)
        end = head.end() if head[0].lower() in {"invitation", "invite"} else before.end("title")
        if said:
            return FormLine(content=_titled(plain[begin:end]), span=Span(start=begin, end=end), role=TextRole.TITLE)
    if (sign := _sign_words(plain, head)) is not None:
        return sign
    event = _TO_EVENT.search(plain, head.end()) if particulars else None
    if event is not None and event.start() - head.end() <= 2:
        return FormLine(content=capital(event["title"]), span=span_of(event, "title"), role=TextRole.TITLE)
    return None


def _sign_words(plain: str, head: re.Match[str]) -> FormLine | None:
    """ "a wet floor sign", "a no parking sign": what it says, unless there is a picture of such a sign."""
    begins = re.match(r"\s*(?P<said>(?:[a-z'’]+ ){1,4})$", plain[: head.start()], re.IGNORECASE)
    said = undetermined(begins["said"].strip()) if begins is not None and head[0].lower() == "sign" else ""
    known = lookup(f"{said} sign", Vocabulary.ICONS) is not None or f"{said} sign".lower() in lexicon().words["compounds"]
    plain_words = said.lower().split()
    if begins is None or not said or known or all(word in lexicon().words["adjectives"] for word in plain_words):
        return None
    if plain_words[0] in _SAYS or colours.named(plain_words[-1]) is not None:
        return None
    start = begins.end("said") - 1 - len(said)
    return FormLine(content=capital(said), span=Span(start=start, end=start + len(said)), role=TextRole.TITLE)


def heading(plain: str, head: re.Match[str], told: Sequence[FormLine]) -> FormLine | None:
    """ "3 tips for better sleep" over its tips, "class rules" of a poster of them, "strawberry jam" of a label for it."""
    product = _PRODUCT.match(plain, head.end()) if head[0].lower() in _NAMES_PRODUCT else None
    if product is not None:
        return FormLine(content=capital(product["title"]), span=span_of(product, "title"), role=TextRole.TITLE)
    if not told:
        return None
    over = re.search(r":\s+(?P<title>[^:.,;\x00]{3,40}):\s*$", plain[: told[0].span.start])
    begins = re.match(r"\s*(?P<title>(?:[\w'’-]+ ){1,4})$", plain[: head.start()])
    for found in (over, begins):
        said = KIND_OF_CARD.sub("", undetermined(found["title"].strip())) if found is not None else ""
        if found is not None and said and said.lower() not in _NO_HEADING:
            at = plain.find(said, found.start("title"))
            return FormLine(content=capital(said), span=Span(start=at, end=at + len(said)), role=TextRole.TITLE)
    return None


def undetermined(said: str) -> str:
    """Without determiners and matters of taste."""
    if _DETERMINERS.fullmatch(f"{said} "):
        return ""
    while trimmed := _DETERMINERS.match(said):
        said = said[trimmed.end() :]
    return said


def _titled(words: str) -> str:
    return words.title().replace("'S", "'s").replace(" Of ", " of ")
