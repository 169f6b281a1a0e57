"""Which words that an image shows were hardly meant to be read: compared by words, without the scene reader.

Whoever asks for a poster without quotation marks leaves open which words are its text. The reader decides, and the judge reads
the same texts in the pixels; that a word describes the picture ("with one red sneaker", "how many sides it has", "three
steps") is found only here, in the words themselves and in those right before them. The name of an event that is nowhere
written is found here, too.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from genevolve.core.ledger import Fate, Ledger, LedgerEntry
from genevolve.judges.content import UnitKind, content
from genevolve.world.language.fate import stem, stems
from genevolve.world.language.form_titles import WHERE_IT_HANGS
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.vocabulary import Vocabulary


class Doubt(StrEnum):
    """Why words that are written were hardly meant so."""

    QUESTION = "it asks for what should be written, and stands there itself"
    DRAWN = "it names a thing to draw, and stands there as text"
    LAYOUT = "it says how the image is laid out, and stands there as text"
    ORDER = "it says what to do, and stands there as text"
    SOMEBODY = "it says who somebody is, and stands there as text"
    UNNAMED = "the name of what it is for is not written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """The characters [start, end) of the request, and what is the matter with them."""

    start: int
    end: int
    doubt: Doubt


# Requests for lists of things: "2 eggs" stands in a recipe, "a frog" in a food chain.
_LISTED = re.compile(
    r"\b(?:recipe|shopping|packing|to[- ]?do|check ?list|price|menu|list|ingredients|charts?|graph|diagram|timeline|venn|table"
    r"|calendar|pyramid|steps?|flow ?chart|food (?:chain|web)|cycle|grid|labels|labell?ed|(?:mind )?map|scoreboard|schedule"
    r"|agenda|compar\w+|vs|versus|pros and cons|->|→)(?!\w)",
    re.IGNORECASE,
)
_MERIT = re.compile(r"\b(?:certificate|diploma|award|medal|trophy|honou?r)\b", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"\b(?:says?|saying|reads?|reading|words?|texts?|phrase|message|slogan|motto|headline|heading|titled?|subtitle|caption|called"
    r"|named|entitled|quote|spelling|wishing)(?: (?:just|simply|only|it|out|the|is|that))*\s*[:,]?\s*$",
    re.IGNORECASE,
)
_NUMBER = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|some|several|many|lots of|a few|a couple of|a pair of)"
)
_SOME = rf"(?:an?|{_NUMBER})"
_QUESTION = re.compile(
    r"(?:how (?:many|much|old|tall|long|far|big|often|heavy|fast|high|deep)|whether|which|(?:when|where) (?:it|they|the)"
    r"|who (?:it|the|made|wrote|painted)|what (?:it|its|they|he|she|year|day|date|colou?rs?|kind|number|the)"
    r"|why (?:it|they|the))\b"
)
_LOOKED_FOR = re.compile(
    r"(?:(?:its|their|his|her)\s(?:full |own )?(?:name|age|number|date|price|title|year|height|weight|capital|symbol"
    r"|colou?r)s?\b|the (?:names?|number|dates?|prices?|age|year|colou?rs?|capital|symbol|sum|result|answer)(?: of\b|$)"
    r"|the (?:right|correct) )"
)
_RELATIVE = re.compile(
    r"[^\W\d_],? (?:who|whose|whom|which)(?:['’]s)? [a-z]|\bthat (?:is|are|was|were|has|have|says?|reads?|shows?|looks?)\b"
)
_THING = re.compile(
    rf"(?P<led>(?:and|with|plus|showing|featuring|beside|next to) )?{_SOME} (?:[a-z-]+ ){{0,3}}?(?P<noun>[a-z-]+(?: [a-z-]+)?)"
    r"(?: (?:on|in|at|under|over|above|behind|beside) .*)?"
)
_BESIDE = re.compile(
    rf".*\S (?:(?:with|showing|featuring|next to) |and (?=an? )){_SOME} (?:[a-z-]+ ){{0,3}}?(?P<noun>[a-z-]+(?: [a-z-]+)?)"
)
_LED = re.compile(rf"(?:with|showing|featuring|beside|next to) (?:{_SOME}|the|his|her|its|their) \S")
_PAID = re.compile(r"\b(?:ticket|voucher|coupon|boarding pass)\b", re.IGNORECASE)  # "one child"
_HELD = re.compile(r"(?:jar|bottle|tin|can|pot|packet|carton|tub|bag|box) of [a-z]")
_FOR_ONE = re.compile(r"\bfor (?:an?|the|my|our|some)\s+$", re.IGNORECASE)
_PICTURE = r"(?:pictures?|photos?|photographs?|drawings?|illustrations?|images?|icons?|doodles?|backgrounds?|borders?)"
_WHERE = r"(?:corners?|top|bottom|middle|cent(?:re|er)|sides?|edges?|background|foreground)"
_LAYOUT = re.compile(
    rf"(?:.*\b)?(?:{_PICTURE}(?= (?:of|in|on|with|under|beside|below|next|around|behind|above)\b|$)"
    r"|(?:blank|empty) [a-z]+|tear[- ]?off\b|fill[- ]in\b|to fill in\b"
    r"|(?:name|text|speech) (?:box|boxes|lines?|tags?)$"
    rf"|(?:{_NUMBER}|the|easy|short|simple) (?:[a-z]+ )?(?:steps|boxes|columns|rows|lines|labels|panels|instructions)\b"
    r"|(?:titles?|names?|labels?|text|date|price)s? (?:at|on|in|under|below|above|beneath|beside|next to)"
    r" (?:the|it|them|each|top)\b"
    r"|^(?:titles?|headlines?|headings?|captions?|texts?|letters|words) (?:at|on|in|under|below|above|written|with)\b"
    rf"|(?:in|at|on|along|around) (?:the|each|one|both|all|every) (?:\w+ )?{_WHERE}$"
    r"|in (?:an?|two|three|four|five|six) (?:circle|ring|rows?|columns?|boxes|lines?|grid)\b"
    r"|(?:under|below|above|beside|next to|underneath) (?:it|them|each|that)(?: one)?$"
    r"|(?:like|as) (?:in|on) (?:the|a|an)\b|in the style of\b)"
)
_ORDER = re.compile(
    r"(?:please )?(?:(?:saying|reading|titled|entitled|with the words?) \S"
    r"|(?:draw|show|add|include|depict|render|sketch|illustrate|insert) (?!your\b)\S"
    r"|(?:write|put|use|make|leave|place|keep|give)\b.*\b(?:it|them|(?:the|an?) (?:title|texts?|names?|words|picture|background"
    r"|letters|top|bottom|corner|middle))\b)"
)
_OF_ORDER = word_set(
    """
    order title text texts name names label labels picture pictures wide tall big large huge small landscape portrait need want
    please nice cute simple it them this poster card sign flyer banner design
    """
)
# What is offered, and is read.
_OFFERED = word_set(
    "free off each per sale price half win bring buy get cent cents euro euros dollar dollars pound pounds p pence"
)
_SHEET = r"(?:posters?|fl[yi]ers?|banners?|invitations?|invites?|leaflets?|announcements?|programmes?)"
_EVENT = (
    r"(?:night|party|fair|sale|concert|show|festival|market|workshop|meeting|tournament|exhibition|picnic|race|camp|contest"
    r"|competition|marathon|parade|carnival|disco|class|course|lessons|club|tryouts|reunion|raffle|auction|day|evening"
    r"|fundraiser|opening|games|cleanup|clean-up|drive|recital|swap)"
)
_NAMED_EVENT = re.compile(
    rf"\b(?P<ahead>(?:(?!(?:an?|the|our|my|for|of)\b)[^\W\d_][\w'’-]* ){_EVENT}) (?={_SHEET}\b)"
    rf"|\b{_SHEET} (?:for|about|to|advertising|announcing) (?:an?|the|our|my) (?P<behind>(?:[^\W\d_][\w'’-]* ){{0,3}}?{_EVENT})"
    r"(?=\s*(?:[,.:;!]|$)|\s(?:on|at|in|from|with|this|next|every|by|for|and|until|\d))",
    re.IGNORECASE,
)

# A poster without a text, for something that is not where it hangs.
_FOR_SOMETHING = re.compile(
    rf"\b{_SHEET} for (?:the|our|an?) (?P<what>[^\W\d_][^,.:;!\"“]{{1,40}}?)"
    r"(?=\s*(?:[,.:;!]|$)|\s(?:with|on|in|at|showing|featuring|that|who|from)\b)"
)
_TITLE_SAID = re.compile(r"\b(?:titled?|headlin(?:e|ed)|heading|headed|called|named|entitled)\b", re.IGNORECASE)


def doubtful(request: str, written: Iterable[str]) -> tuple[Doubtful, ...]:
    """What in ``request`` is no text, though the image is to show it, and what is a text and is not in ``written``, all that
    it shows. What stands in quotation marks is always meant."""
    texts = tuple(written)
    quotes = [(unit.start, unit.end) for unit in content(request) if unit.kind is UnitKind.QUOTE]
    found: dict[tuple[int, int], Doubt] = {}
    for text in dict.fromkeys(texts):
        places = list(_places(request, text))
        doubts = [(place, _doubt(request, *place)) for place in places]
        if any(start <= place[0] < end for place in places for start, end in quotes):
            continue
        if all(doubt is not None for _, doubt in doubts):  # where it is a text in one place, it is one
            found.update((place, doubt) for place, doubt in doubts if doubt is not None)
    found.update((place, Doubt.UNNAMED) for place in _unnamed(request, texts, quotes))
    return tuple(Doubtful(start=start, end=end, doubt=doubt) for (start, end), doubt in sorted(found.items()))


def with_doubts(ledger: Ledger, request: str, written: Iterable[str]) -> Ledger:
    """``ledger`` with each word of a doubtful text as not understood; one that has no entry gets one."""
    entries = list(ledger.entries)
    for one in doubtful(request, written):
        inside = [entry for entry in entries if one.start <= entry.start < one.end]
        lost = [_lost(entry, one.doubt) for entry in inside if not entry.lost]
        if not inside:
            said = request[one.start : one.end]
            plain = LedgerEntry(start=one.start, end=one.end, words=said, fate=Fate.NOT_UNDERSTOOD)
            lost = [_lost(plain, one.doubt)]
        entries = [entry for entry in entries if entry not in inside or entry.lost] + lost
    return Ledger(entries=tuple(sorted(entries, key=lambda entry: entry.start)))


def _lost(entry: LedgerEntry, doubt: Doubt) -> LedgerEntry:
    return replace(entry, fate=Fate.NOT_UNDERSTOOD, becomes=doubt.value, aspect="", key="")


def _places(request: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the words of ``text`` stand in the request, as whole words."""
    words = text.split()
    if not words:
        return
    pattern = r"\s+".join(map(re.escape, words))
    for hit in re.finditer(rf"(?<!\w){pattern}(?!\w)", request, re.IGNORECASE):
        yield hit.start(), hit.end()


def _doubt(request: str, start: int, end: int) -> Doubt | None:
    """Of one place; words with a capital that no sentence gives them are meant as they stand, but for a thing behind them."""
    said, before = request[start:end], request[:start]
    begins = not before.strip() or before.rstrip()[-1] in ".!?"
    said = said[:1].lower() + said[1:] if begins and not said[:2].isupper() else said
    announced = _ANNOUNCED.search(before) is not None
    listed = _LISTED.search(request) is not None
    if not (announced or listed) and _names_thing(_BESIDE.fullmatch(said)):
        return Doubt.DRAWN
    if not said[:1].islower() and not said[:1].isdigit():
        return None
    if request[end:].lstrip()[:1] != "?" and (_QUESTION.match(said) or _LOOKED_FOR.match(said)):
        return Doubt.QUESTION
    if said == "order" and before.endswith("in "):
        return Doubt.LAYOUT
    return None if announced else _doubt_in_small_letters(said, request, before, listed=listed)


def _doubt_in_small_letters(said: str, request: str, before: str, *, listed: bool) -> Doubt | None:
    if _LAYOUT.match(said):
        return Doubt.LAYOUT
    if not listed and (_ORDER.match(said) or said in _OF_ORDER):
        return Doubt.ORDER
    if _RELATIVE.search(said) and not _MERIT.search(request) and not before.rstrip().endswith(":"):
        return Doubt.SOMEBODY
    return Doubt.DRAWN if _is_thing(said, before, listed=listed) else None


def _is_thing(said: str, before: str, *, listed: bool) -> bool:
    if _HELD.match(said) and _FOR_ONE.search(before):
        return True
    if set(re.findall(r"[a-z]+", said)) & _OFFERED or (listed and not _in_family(said, before)):
        return False
    if _LED.match(said) is not None:
        return True
    return _names_thing(_THING.fullmatch(said)) and not (len(said.split()) == 2 and _PAID.search(before))


def _names_thing(found: re.Match[str] | None) -> bool:
    """Whether the noun that was found can be drawn."""
    noun = found["noun"] if found is not None else ""
    names = {noun, noun.rpartition(" ")[2], noun.partition(" ")[0]} - {""}
    return any(lookup(name, Vocabulary.ICONS) is not None for name in names)


def _in_family(said: str, before: str) -> bool:
    """ "one child" of a family tree, which is nobody's name."""
    return re.search(r"\bfamily tree\b", before, re.IGNORECASE) is not None and not said[:1].isdigit()


def _hangs_there(what: str) -> bool:
    """Whether the words name a place where a poster hangs, or somebody whom it is for."""
    *before, last = what.lower().split()
    entry = lookup(last, Vocabulary.ICONS)
    somebody = entry is not None and entry.living and all(word in lexicon().words["adjectives"] for word in before)
    return last in WHERE_IT_HANGS or lexicon().has("kin", stem(last)) or somebody  # "for a boy", and not "for a spelling bee"


def _unnamed(request: str, texts: Iterable[str], quotes: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    if _TITLE_SAID.search(request):
        return
    told = frozenset(word for text in texts for word in stems(text))
    purpose = _FOR_SOMETHING.search(request)
    if not told and purpose is not None and not _hangs_there(purpose["what"]):
        yield purpose.span("what")
        return
    for hit in _NAMED_EVENT.finditer(request):
        group = "ahead" if hit["ahead"] else "behind"
        if any(start <= hit.start(group) < end for start, end in quotes):
            continue
        if not any(stem(word) in told for word in hit[group].split()[-2:]):
            yield hit.span(group)
