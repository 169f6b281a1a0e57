"""The event that a poster, a flyer or an invitation is for: what it is headed with, also beside a quotation that is no title.

"Game night poster, “Saturday 7 pm”", "swimming lessons flyer for toddlers", "poster for a jazz night at the Blue Door".
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.world.language.form_lines import FormLine, FormMatch, capital, span_of
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, TextRole

EVENTS = (
    r"sale|party|concert|fair|festival|workshop|class|meeting|birthday|wedding|anniversary|graduation|baby shower"
    r"|open house|cleanup"
    r"|market|exhibition|picnic|reunion|race|tournament|match|show|dinner|brunch|lecture|retirement|housewarming|christening"
    r"|camp|fundraiser|parade|carnival|contest|competition|marathon|auction|(?:movie|game|quiz|karaoke|talent) (?:night|show)"
    r"|new year['’]?s eve party|back[ -]to[ -]school (?:sale|party|night|fair)"
)
_ADVERTISED = (
    r"lessons|classes|games|quiz|spelling bee"
    r"|opening|ball|prom|election|debate|orchestra|choir|week|trip|challenge|(?:egg|treasure) hunt|fun run"
    r"|course|tryouts|club|swap|drive|raffle|disco|gala|recital|night|evening|play|gig|musical|service|clean-up"
    r"|(?:sports|open|fun|family|field|taster|charity|career|music) day"
)
_SHEETS = word_set(
    "poster flyer flier banner leaflet brochure invitation invite announcement ad advert advertisement billboard"
)
# "football tryouts poster for kids under 10", "quiz night flyer for students"
_FOR_WHOM = re.compile(
    r"\s+(?:for (?P<aged>[a-z]+ (?:under|over|aged?|above|below) \d{1,2}(?: ?(?:-|–|to|and) ?(?:\d{1,2}|over|up|older))?)"
    r"|(?P<whom>for (?:all |young |older |absolute |local )?"
    r"(?:beginners|students|adults|seniors|pensioners|kids|children|teens|teenagers|toddlers|families|parents|women|men|girls|boys"
    r"|everyone|everybody|members|pupils|babies|mothers|mums|fathers|dads|dog owners|newcomers|grandparents|freshers)"
    r"(?: (?:and|or) (?:[a-z]+))?))(?=\s*(?:[,.:;!\x00]|$)|\s(?:on|at|in|from|with|this|every|by|until)\b)"
)
_NO_NAME = (
    r"(?:an?|the|our|my|this|for|of|with|to|and|i|we|you|me|us|make|draw|create|design|please|need|want|like|nice|cute|big|simple"
    r"|small|little|colou?rful|fun|vintage|retro|modern|large|cool|new)"
)
_AHEAD = re.compile(
    rf"\b(?P<title>(?:(?!{_NO_NAME}\b)[\w'’&-]+ ){{1,3}}(?:{EVENTS}|{_ADVERTISED})|baby shower)\s*$", re.IGNORECASE
)
_BEHIND = re.compile(
    r"\s+(?:for|to|about|advertising|announcing) (?:(?:an?|the|our|my|your) )?"
    rf"(?P<title>(?:(?!{_NO_NAME}\b)[\w'’&-]+ ){{0,4}}?(?:{EVENTS}|{_ADVERTISED})"
    r"(?: (?:at|in) (?:the )?[A-Z][\w'’&-]*(?: (?:of |the |and |& )?[\w'’&-]+){0,3}?)?)"
    r"(?=\s*(?:[,.:;!\x00]|$)|\s(?:on|at|in|from|with|this|next|every|by|and|until|\d))",
    re.IGNORECASE,
)
_ITSELF = re.compile(rf"(?:(?!{_NO_NAME}\b)[\w'’&-]+ ){{1,3}}(?:{EVENTS}|{_ADVERTISED})", re.IGNORECASE)
_ORGANISING = re.compile(
    r"(?:i['’]?m|i am|we['’]?re|we are|my \w+ is|our \w+ is) (?:organi[sz]ing|having|hosting|holding|planning|throwing|doing"
    r"|running|putting on) (?:(?:an?|our|the|my) )?",
    re.IGNORECASE,
)
_GREETING = re.compile(r"(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening))(?: there| all| everyone)?", re.IGNORECASE)
_TITLED = re.compile(r"\b(?:titles?|titled|headline|headlined|heading|headed|called|named|entitled)\b", re.IGNORECASE)


def names_event(said: str) -> bool:
    """ "cat show": the name of an event, though there are things in it."""
    return _ITSELF.fullmatch(said) is not None


def event(plain: str, head: re.Match[str]) -> FormLine | None:
    """The event right before the name of the sheet, else the one that it is said to be for."""
    if head[0].lower() not in _SHEETS:
        return None
    ahead = _AHEAD.search(plain[: head.start()])
    if ahead is not None:
        title = ahead["title"].title() if ahead["title"][1:].islower() else capital(ahead["title"])
        return FormLine(content=re.sub(r"(?<=['’])S\b", "s", title), span=span_of(ahead, "title"), role=TextRole.TITLE)
    behind = _BEHIND.match(plain, head.end())
    if behind is None:
        return None
    return FormLine(content=capital(behind["title"]), span=span_of(behind, "title"), role=TextRole.TITLE)


def event_beside(plain: str, head: re.Match[str], told: Sequence[FormLine]) -> FormLine | None:
    """The event where something is said in quotation marks, unless that, or another text, is called the title."""
    if _TITLED.search(plain) is not None or any(line.role is TextRole.TITLE for line in told):
        return None
    found = event(plain, head)
    announces = found is not None and plain[found.span.end : found.span.end + 1] == ":"  # "for chemistry class: “H2O”"
    return None if announces and found is not None and found.span.start > head.end() else found


def unrepeated(found: FormMatch, quoted: Sequence[str]) -> FormMatch:
    """``found`` without the event as its title where a quotation names that: "BAKE SALE FRIDAY" of a school's bake sale."""
    title = next((line for line in found.lines if line.role is TextRole.TITLE), None)
    if title is None or not any(_says(quote, title.content) for quote in quoted):
        return found
    lines = tuple(line for line in found.lines if line is not title)
    masked = tuple(span for span in found.masked if not (span.start <= title.span.start and title.span.end <= span.end))
    return replace(found, form=found.form if lines else None, lines=lines, masked=masked)


def without_lead(found: FormMatch) -> FormMatch:
    """``found`` without "I'm organising a" before what is organised, which is said to who draws."""
    leads = [
        Span(start=line.span.start, end=line.span.start + lead.end())
        for line in found.lines
        if (lead := _ORGANISING.match(line.content)) is not None
    ]
    greeting = next((line for line in found.lines if line.span.start == 0 and _GREETING.fullmatch(line.content)), None)
    leads += [greeting.span] if greeting is not None else []
    lines = tuple(_without_lead(line) for line in found.lines if line is not greeting)
    return replace(found, lines=lines, asides=(*found.asides, *leads)) if leads else found


def _without_lead(line: FormLine) -> FormLine:
    lead = _ORGANISING.match(line.content)
    if lead is None:
        return line
    span = Span(start=line.span.start + lead.end(), end=line.span.end)
    return replace(line, content=capital(line.content[lead.end() :]), span=span)


def _says(text: str, event: str) -> bool:
    named = event.casefold().split()[-2:]
    words = re.findall(r"[\w'’&-]+", text.casefold())
    first = len(named) == 1 and words[:1] == named  # "lemonade sign with the words “LEMONADE 50c”"
    return first or (len(named) > 1 and any(words[at : at + 2] == named for at in range(len(words))))


def for_whom(plain: str, head: re.Match[str]) -> Span | None:
    """Whom the event that is named before the sheet is for."""
    if head[0].lower() not in _SHEETS or _AHEAD.search(plain[: head.start()]) is None:
        return None
    found = _FOR_WHOM.match(plain, head.end()) or re.compile(rf",{_FOR_WHOM.pattern}").search(plain, head.end())
    return None if found is None else span_of(found, "aged" if found["aged"] else "whom")
