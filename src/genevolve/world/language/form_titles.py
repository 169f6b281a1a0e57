"""What a card is headed with where no quotation says it: its event, its greeting, its product, the words of a sign."""

import re
from collections.abc import Sequence

from genevolve.world.language.form_clauses import HELD_IN, asides_of_use, clauses, names_things, without_picture
from genevolve.world.language.form_events import EVENTS, event
from genevolve.world.language.form_lines import FormLine, capital, span_of, with_preposition
from genevolve.world.language.form_signs import KIND_OF_CARD, sign_words, undetermined, words_behind
from genevolve.world.language.greetings import greeting_before
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

CARDS = (
    "invitation|invite|card|postcard|flyer|flier|poster|banner|ticket|certificate|diploma|tag|label|badge|leaflet"
    "|voucher|coupon|save the date(?: card)?|(?:name |gift )tags|place cards|badges|flash ?card"
    "|announcement|notice|sign|sticker|placard|plaque|billboard|boarding pass|ad|advert|advertisement|brochure|cover|quote"
    "|infographic"
)
_GREETINGS = (
    r"thank[ -](?:you|u)|save the date|get[ -]well(?:[ -]soon)?|happy [\w']+(?: [\w']+)?|merry christmas|good luck"
    r"|congratulations|welcome(?: home)?"
    r"|bon voyage|season's greetings|(?:[a-z]+s? )?wanted|reward|lost [a-z]+|missing [a-z]+"
    r"|for sale|best wishes|i love you|sorry"
)
_OCCASIONS = (
    r"birthday|b-?day|christmas|easter|halloween|(?:(?:silver|golden|diamond) )?(?:wedding )?anniversary"
    r"|valentine(?:'s)?(?: day)?|(?:mother|father)['’]?s['’]? day|new year"
    r"|retirement|graduation|thanksgiving|hanukkah|diwali|sympathy|condolences?"
)
_OF_GRIEF = word_set("sympathy condolence condolences")
# "a poster for a lost cat called Momo": headed "Lost Cat", and the cat is drawn.
_SOUGHT = re.compile(
    r" (?:for|about|of) (?:an? |the |our |my )?(?:our |my )?(?P<how>lost|missing|stolen|found)"
    r" (?P<what>[a-z]+)\b(?: (?P<name>[A-Z][a-z]+))?"
)
_OCCASION_CARD = re.compile(
    rf"\b(?P<whole>(?:(?:\d{{1,3}}(?:st|nd|rd|th)|first) )?(?P<occasion>{_OCCASIONS}))"
    r"(?= (?:greeting )?(?:card|postcard)\b)",
    re.IGNORECASE,
)
_OCCASION_OF = re.compile(
    r"\s+(?:greeting )?(?:card|postcard|party|invitation|invite|banner|poster|flyer|cake)\b", re.IGNORECASE
)
_JOY_CARD = re.compile(
    r"\b(?P<what>new (?:baby|home|house|job|arrival|flat|puppy)|engagement|wedding|promotion)(?= (?:greeting )?card\b)",
    re.IGNORECASE,
)
_LEAVING_CARD = re.compile(r"\b(?P<what>leaving)(?= (?:greeting )?card\b)", re.IGNORECASE)
_PRODUCT = re.compile(
    rf" for (?:{HELD_IN}|an? |the |our |my |your |some )?(?:(?:band|group|singer|show|play|film|movie|musical|team) (?=[A-Z]))?"
    r"(?P<title>[a-zA-Z][\w'’ -]{2,30}?)(?=,| with\b| on\b| in\b|\.|;|$)"
)
_OF_MERIT = re.compile(r" of (?:an? )?[a-z]+(?= for\b| to\b|,|:|$)")
_BEFORE_HEAD = re.compile(
    rf"\b(?P<title>{_GREETINGS}|(?:\d{{1,3}}(?:st|nd|rd|th) )?(?:[\w'’-]+ ){{0,2}}(?:{EVENTS}))(?= (?:{CARDS})\b)",
    re.IGNORECASE,
)
_TO_EVENT = re.compile(
    rf"\b(?:to|for|about) (?:an? |the |our |my )?(?P<title>(?:[\w'’-]+ ){{0,3}}(?:{EVENTS}))"
    r"(?=\s*(?:[,.:;!\x00]|$)|\s(?:on|at|in|from|with|this|next|every|by|for|to|and|until|\d))",
    re.IGNORECASE,
)
_NAMES_PRODUCT = word_set("label tag coupon voucher ticket")
_ADVERTISING = word_set("poster flyer flier banner leaflet brochure ad advert advertisement billboard")
_FOR_WHAT = re.compile(r"\s+(?:for|about)\s+(?:an? |the |our |my |your |some )?(?P<title>\S)")
WHERE_IT_HANGS = word_set(
    """
    door doors window wall fridge room bedroom bathroom kitchen office shop store library classroom school pool garden gate cafe
    café bar restaurant toilet hall hallway corridor lobby entrance exit house home garage shed desk shelf board lift bakery
    bookshop bookstore salon clinic hospital church museum playground park station bus nursery gym workshop studio street yard
    driveway noticeboard bathrooms class fence jar bottle box bag pot line aisle ward
    """
)
_WHOSE = word_set("me us him her them you kids children son daughter mum mom dad friend friends")
_LISTING = re.compile(r"\s+(?:with|of|listing|about)\s+(?:the |our |my |some )?(?P<title>[^:,;.\x00]{3,40}):\s*")
_EVENT = re.compile(rf"\b(?:{EVENTS}|play|gig|musical|recital|service|lessons|course|club|night)$", re.IGNORECASE)
_WITH = re.compile(r",? (?:with|featuring|showing) ")
_NAMING = re.compile(r"\b(?:called|named|titled)\b")
_LONGEST_TITLE = 8  # words
_OF_A_TEXT = re.compile(r"(?:headline|heading|title|text|words|caption)\b", re.IGNORECASE)  # "with the headline in red: …"
_NO_HEADING = word_set(
    "quote text simple warning wide tall long horizontal vertical landscape portrait square need want small big event"
)


def merit_end(plain: str, head: re.Match[str]) -> int:
    """Where "certificate of achievement" ends."""
    merit = _OF_MERIT.match(plain, head.end()) if head[0].lower() in {"certificate", "diploma"} else None
    return merit.end() if merit else head.end()


def title_of(plain: str, head: re.Match[str], told: Sequence[FormLine]) -> FormLine | None:
    if (end := merit_end(plain, head)) > head.end():
        return FormLine(content=_titled(plain[head.start() : end]), span=Span(start=head.start(), end=end), role=TextRole.TITLE)
    if head[0].lower().startswith("save the date"):
        return FormLine(content="Save the date", span=span_of(head), role=TextRole.TITLE)
    named = re.match(r"\s*(?:an? )?(?P<title>[A-Z]\w+(?: [A-Z]\w+)+) $", plain[: head.start()])
    if named is not None:  # "Eid Mubarak card"
        return FormLine(content=named["title"], span=span_of(named, "title"), role=TextRole.TITLE)
    if (celebrated := _celebrated(plain)) is not None:
        return celebrated
    if (sought := _SOUGHT.match(plain, head.end())) is not None and lookup(sought["what"], Vocabulary.ICONS) is not None:
        said = _titled(f"{sought['how']} {sought['what']}")
        return FormLine(content=said, span=span_of(sought, "how"), role=TextRole.TITLE)
    if (ahead := _ahead_of(plain, head)) is not None:
        return ahead
    to_event = _TO_EVENT.search(plain, head.end()) if told else None
    if to_event is not None and to_event.start() - head.end() <= 2:
        return FormLine(content=capital(to_event["title"]), span=span_of(to_event, "title"), role=TextRole.TITLE)
    return event(plain, head) or _advertised(plain, head, told)


def names_occasion(text: str, span: Span) -> bool:
    """Whether the words at ``span`` are the occasion of a card: "40th wedding anniversary" is no question then."""
    return (
        _OCCASION_OF.match(text, span.end) is not None and re.search(_OCCASIONS, text[span.start : span.end], re.I) is not None
    )


def _celebrated(plain: str) -> FormLine | None:
    """What is wished on a card for a birthday, a new baby, somebody who leaves."""
    if (joy := _JOY_CARD.search(plain)) is not None:
        return FormLine(
            content=f"Congratulations on your {joy['what'].lower()}", span=span_of(joy, "what"), role=TextRole.TITLE
        )
    if (leaving := _LEAVING_CARD.search(plain)) is not None:
        return FormLine(content="Sorry You're Leaving", span=span_of(leaving, "what"), role=TextRole.TITLE)
    if occasion := _OCCASION_CARD.search(plain):
        said = re.sub(r"^B[ -]?day$", "Birthday", _titled(occasion["whole"]), flags=re.IGNORECASE)
        said = re.sub(r" B[ -]?day$", " Birthday", said, flags=re.IGNORECASE)
        day = " Day" if said.startswith("Valentine") and not said.endswith("Day") else ""
        kind = occasion["occasion"].lower()
        wish = f"{'Merry' if kind == 'christmas' else 'With' if kind in _OF_GRIEF else 'Happy'} {said}{day}"
        return FormLine(content=wish, span=span_of(occasion, "whole"), role=TextRole.TITLE)
    return None


def _ahead_of(plain: str, head: re.Match[str]) -> FormLine | None:
    """The event, the greeting or the words of a sign right before its name."""
    before = _BEFORE_HEAD.search(plain)
    if before is not None and before.end("title") + 1 >= head.start() - 1:
        said = undetermined(before["title"])
        begin = before.end("title") - len(said)
        end = head.end() if head[0].lower() in {"invitation", "invite"} else before.end("title")
        if said:
            return FormLine(content=_titled(plain[begin:end]), span=Span(start=begin, end=end), role=TextRole.TITLE)
    if (greeting := greeting_before(plain, head.start())) is not None:  # "a welcome baby boy banner"
        return FormLine(content=greeting.content, span=greeting.span, role=TextRole.TITLE)
    own = sign_words(plain, head) or words_behind(plain, head)
    return None if own is None else FormLine(content=capital(plain[own.start : own.end]), span=own, role=TextRole.TITLE)


def called_by(plain: str, head: re.Match[str]) -> Span | None:
    """The name of who is sought: "our missing parrot Kiki"."""
    sought = _SOUGHT.match(plain, head.end())
    return span_of(sought, "name") if sought is not None and sought["name"] else None


def _advertised(plain: str, head: re.Match[str], told: Sequence[FormLine]) -> FormLine | None:
    """ "dog walking service" of a flyer for it, "Lisbon" of a poster for the city; a place where it is to hang is no title."""
    found = _FOR_WHAT.match(plain, head.end())
    if found is None or not (head[0].lower() in _ADVERTISING or found["title"].isupper()):
        return None
    end = next((clause.end for clause in clauses(plain, found.start("title"))), found.end())
    begins = [with_preposition(plain, line.span).start for line in told if line.span.start > found.start("title")]
    whole = without_picture(plain, Span(start=found.start("title"), end=min([end, *begins])))
    said = _WITH.split(plain[whole.start : whole.end], maxsplit=1)[0].rstrip(" ,")
    words = said.lower().split()
    if not words or not (told or said[:1].isupper() or _EVENT.search(said)) or len(words) > _LONGEST_TITLE:
        return None
    colon = plain[whole.end :].lstrip()[:1] == ":"  # what it says comes: "banner for the finish line: WELL DONE"
    if colon and _EVENT.search(said) is None:
        return None
    named_otherwise = _NAMING.match(plain[whole.end : end].lstrip()) is not None
    if named_otherwise or words[-1] in WHERE_IT_HANGS or words[0] in _WHOSE:
        return None
    return FormLine(content=capital(said), span=Span(start=whole.start, end=whole.start + len(said)), role=TextRole.TITLE)


def heading(plain: str, head: re.Match[str], told: Sequence[FormLine]) -> FormLine | None:
    """ "3 tips for better sleep" over its tips, "class rules" of a poster of them, "strawberry jam" of a label for it."""
    stuck = head[0].lower() == "sticker" and next(asides_of_use(plain, head), None) is not None  # "a sticker for a jar of jam"
    product = _PRODUCT.match(plain, head.end()) if stuck or head[0].lower() in _NAMES_PRODUCT else None
    if product is not None:
        return FormLine(content=capital(product["title"]), span=span_of(product, "title"), role=TextRole.TITLE)
    if not told:
        return None
    over = re.search(r":\s+(?P<title>[^:.,;\x00]{3,40}):\s*$", plain[: told[0].span.start])
    listing = _LISTING.fullmatch(plain[head.end() : told[0].span.start])
    over = over or (listing if listing is not None and not names_things(listing["title"]) else None)
    begins = re.match(r"\s*(?P<title>(?:[\w'’-]+ ){1,4})$", plain[: head.start()])
    for found in (over, begins):
        said = KIND_OF_CARD.sub("", undetermined(found["title"].strip())) if found is not None else ""
        if found is not None and said and said.lower() not in _NO_HEADING and _OF_A_TEXT.match(said) is None:
            at = plain.find(said, head.end() if found is listing else found.start("title"))
            return FormLine(content=capital(said), span=Span(start=at, end=at + len(said)), role=TextRole.TITLE)
    return None


def _titled(words: str) -> str:
    titled = words.replace("-", " ").title().replace("'S", "'s").replace("’S", "’s").replace(" Of ", " of ")
    return re.sub(r"(?<=\d)(?:St|Nd|Rd|Th)\b", lambda ending: ending[0].lower(), titled)
