"""Facts that a request asks for in passing: "a sign with the capital of Canada below it", "flag of Japan and its currency".

A row of words asks for a fact when ``answers.answer`` knows the one answer to just these words. What it leans on ("its
name", "the country's flag", "the correct answer") is what was said before: the latest description, question or name
that makes it one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from genevolve.world.atlas.answers import LETTERING, answer, bare, by_name, general
from genevolve.world.atlas.besides import NAMELESS, besides
from genevolve.world.atlas.descriptions import one
from genevolve.world.atlas.drawn import drawn_in
from genevolve.world.atlas.everyday import everyday, is_shape, shades_in, shapes_in
from genevolve.world.atlas.flags_told import flags_told
from genevolve.world.atlas.groups import flags_in, number_said
from genevolve.world.atlas.howmany import counts_in, parts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge, by_demonym
from genevolve.world.atlas.properties import readings, telling
from genevolve.world.atlas.questions import described
from genevolve.world.atlas.several import several_in
from genevolve.world.atlas.spoken import spoken_in
from genevolve.world.atlas.sums import sum_of
from genevolve.world.atlas.text import singular, words
from genevolve.world.language.asked import COUNTING, WORKED_OUT
from genevolve.world.language.colours import named as named_colour
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import AskedFact, Span

_READ = 2000  # characters
_LONGEST = 18  # words of a question that stands in a sentence
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*['’]?|\+\d+|\.[a-z]{2}\b")
_CLAUSE = re.compile(r"[^.,;:!?()\n\"“”„«»–—]+(?:[.,](?=\d)[^.,;:!?()\n\"“”„«»–—]*)*")
_QUESTION = re.compile(r"\b(?:what|what['’]s|which|who|where|how|when)\b[^.!?\"“”]{3,200}\?", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{3,200})[\"”“»]")
_SMALL = word_set(
    "please a an and or in on at to by with from for of as is are was that which the its it their this under above below"
)
_DEFINITE = word_set("the its their this that what which who whose where when how")
_LED = word_set("the its their this that a an")
_OWNED = re.compile(
    r"\b(?:its|their|his|her|(?:the|that|this) (?:country|city|nation|place|state|planet|element)['’]s) ", re.IGNORECASE
)
_ANSWERS = re.compile(r"the (?:(?:correct|right) )?(?P<what>\w+)", re.IGNORECASE)
_PROPERTY_NAME = re.compile(r"the (?P<what>capital|currency|language|anthem)['’]s name", re.IGNORECASE)
_WHICH = re.compile(r"^(?:which|what) (\w+) (?=(?:was|[a-z]{1,9}s)\b)", re.IGNORECASE)
_ANY_ANSWER = word_set("answer number value result")
_TRAILED = word_set("capital currency flag anthem")  # "the country Bangkok is the capital of"
_PLACES = word_set("left right top bottom middle centre center other")
_EACH = word_set("each both all every")
# After these a capital or a country is where something is or what is shown, and not what is written.
_PLACED = word_set("of in at from to near for depicting showing visiting around")
_PROPER = re.compile(r"\b[A-Z][\w'’-]*(?: (?:of |and |the )*[A-Z][\w'’-]*)*")


_ITS_FLAG = re.compile(r"(?:its|their|the (?:country|nation)['’]s) flag", re.IGNORECASE)
_ROMAN_ROW = re.compile(r"\broman (?:numeral|number|letter|digit)", re.IGNORECASE)
_CALLED = re.compile(r"\bwhat (?:you|they|people|one|we|locals) call $", re.IGNORECASE)
_BEARS = re.compile(r"\b(?:with|showing|bearing|displaying|saying)\b", re.IGNORECASE)
_ADJECTIVE_FLAG = re.compile(
    r"\b(?:[Tt]he |[Aa]n? )?(?P<adjective>[A-Z][\w-]+(?: [A-Z][\w-]+)?|(?<=the )[a-z]+(?:an|ese|ish|ch)) (?:national )?flag\b"
)
_ON_IT = re.compile(r"\b(?:the|an?) (?:\w+ ){1,3}(?:on|of|in|from) $", re.IGNORECASE)
# Two questions and not one: "its name and height", "the highest mountain of Africa with how tall".
_TWO = re.compile(r"^(?:its|their|his|her) [^,]* and |\b(?:and|with|plus|&) (?:how|its|their)\b", re.IGNORECASE)
_TOLD_BY_MORE = re.compile(
    r",? (?:and|but|which|that|who) (?:also )?(?:has|have|lays?|lives?|can|cannot|can't|eats?|was|were)\b", re.IGNORECASE
)
_BY_WHAT = re.compile(r"\b(?:that|which|who|whose|with)\b", re.IGNORECASE)
_FLAGS_LISTED = re.compile(
    r"\b(?P<flags>(?:(?:the|these|those) )?(?:(?P<number>two|three|four|2|3|4) )?(?:national )?flags"
    r"(?: side by side| next to each other)?(?: of)?:)",
    re.IGNORECASE,
)
_SOMETHING_OF = re.compile(
    r"\b(?:animal|bird|flower|tree|plant|river|mountain|city|lake|food|dish|drink|instrument|dance|sport|king|queen|president|tower"
    r"|building|landmark|symbol|emblem|fruit) (?:of|in|from) (?:the )?$",
    re.IGNORECASE,
)
_WHOSE_FLAG = re.compile(r"^(?:the|what|which) (?:only )?(?:country|nation) .*\bflag\b", re.IGNORECASE)
_AND_THE = re.compile(r"\band (?:the|its|an?)\b", re.IGNORECASE)
_OF_ELEMENTS = re.compile(r"\b(?:symbol|atomic number)\b", re.IGNORECASE)
_IT_IS = re.compile(r"^how [a-z]+ (?:it|they) (?:is|are)$", re.IGNORECASE)
_WHERE_IS = re.compile(r"\bwhere [A-Z][\w'’-]*(?: [A-Z][\w'’-]*)* is$")  # "the country where Lima is"
_COMES_FROM = re.compile(
    r"\b(?:comes?|originates?|made|brewed|got|get|obtained) from$|\b(?:born|made|invented) in$"
)  # "the country that sushi comes from"
_SUPERLATIVE = re.compile(r"(?:the )?(?:[a-z]+est) (?:[a-z]+ )?([a-z]+)", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|they|he|she)\b", re.IGNORECASE)
_NOUNS = 12  # words before that "it" may stand for
_ASKS_FOR = word_set("where who when")
_SAYS = word_set(
    "and or of says say saying shows showing telling tells tell about me write writes know explaining explains plus"
)
_FLAG_OF = re.compile(r"\b(?:(?:the|an?) )?(?:national )?flag of $", re.IGNORECASE)
_SOURCE = re.compile(r"\b(?:that|which|who|whose|where|it|they|its|their)\b|\b(?:number|year|how many)\b", re.IGNORECASE)
_NAMED = re.compile(r"\bnames?\b", re.IGNORECASE)
_NO_PICTURE = frozenset(("country", "territory", "US state", "chemical element"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """``text`` may be what later words lean on; ``question``: its answer may be asked for as "the answer"."""

    end: int
    text: str
    question: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of words that asks for a fact. ``shown``: it is a thing, and its name is not asked for; ``noun``: what kind of
    thing, where it is to be looked for."""

    question: str
    told: str
    noun: str = ""
    shown: bool = False


@lru_cache(maxsize=256)
def facts_in(text: str) -> tuple[AskedFact, ...]:
    """The facts that ``text`` wants written or shown, in their order, without overlap."""
    text = text[:_READ]
    said = [_Said(end=match.end(), text=match[1], question=True) for match in _QUOTED.finditer(text) if answer(match[1])]
    quoted = [Span(start=match.start(), end=match.end()) for match in _QUOTED.finditer(text)]
    found = [fact for match in _QUESTION.finditer(text) if (fact := _question(match, quoted)) is not None]
    said += [_Said(end=fact.span.end, text=fact.question, question=True) for fact in found]
    further = [fact for match in _ADJECTIVE_FLAG.finditer(text) if (fact := _national_flag(match, quoted)) is not None]
    further += [fact for fact in flags_in(text) if _apart(fact, quoted)]
    further += [fact for fact in (*spoken_in(text, by_name), *several_in(text), *flags_told(text)) if _apart(fact, quoted)]
    shades = [fact for fact in shades_in(text) if _apart(fact, quoted)]
    found = [fact for fact in found if _apart(fact, [one.span for one in shades])]
    for fact in (*shades, *shapes_in(text), *counts_in(text), *parts_in(text), *drawn_in(text)):
        if _apart(fact, [*quoted, *(one.span for one in (*found, *further))]):
            further.append(fact)
    for fact in further:
        if fact.noun not in WORKED_OUT:
            leaning = fact.question or text[fact.span.start : fact.span.end]
            said.append(_Said(end=fact.span.end, text=leaning, question=not fact.noun))
    taken = [*quoted, *(fact.span for fact in found), *(fact.span for fact in further if fact.each)]
    for clause in _CLAUSE.finditer(text):
        if not _within(clause, taken):
            found += _in_clause(text, clause.start(), clause.end(), said)
    found += [one for fact in found if fact.noun in {"", "flag"} for one in _joined(text, fact)]
    found += _flags_announced(text, found)
    found = [*further, *(fact for fact in found if _apart(fact, [one.span for one in further]))]
    found += [fact for fact in besides(text, found, _further) if _apart(fact, quoted)]
    taken = [*quoted, *(fact.span for fact in found)]
    found += [fact for match in _HOW_MANY_IT.finditer(text) if _apart(fact := _unknown(match), taken)]
    return tuple(sorted(found, key=lambda fact: fact.span.start))


_HOW_MANY_IT = re.compile(
    r"\bhow many (?!(?:legs|sides|corners)\b)[a-z]+(?: [a-z]+)? (?:it|they) (?:has|have)\b", re.IGNORECASE
)


def _unknown(found: re.Match[str]) -> AskedFact:
    """A number that is asked for and that nothing tells is still none of the things that are to be drawn."""
    return AskedFact(span=Span(start=found.start(), end=found.end()), question=found[0])


def _further(what: str, owner: str) -> AskedFact | None:
    """ "Its ``what``" of ``owner``, wherever it stands."""
    row = _owned("", what, owner)
    return AskedFact(span=Span(start=0, end=0), question=row.question, noun=row.noun) if row is not None else None


_JOINED = re.compile(
    r"(?:,? (?:and|plus|&)|,) (?:(?:the|its|their) )?(?P<what>[a-z]+(?: of)?(?: [a-z]+)?)"
    r"(?=\s*(?:$|[.,;:!?]|\b(?:and|below|under|underneath|above|beneath|next|beside|on|in|written)\b))"
)


def _joined(text: str, fact: AskedFact) -> Iterator[AskedFact]:
    """ "Its name and height", "its capital, currency and flag": more of what the first of them leans on."""
    owners = (fact.question, *(reading.owner for reading in readings(fact.question)))
    end = fact.span.end
    while _OWNED.match(text, fact.span.start) and (found := _JOINED.match(text, end)) is not None:
        row = next((row for owner in owners if (row := _owned("", found["what"], owner)) is not None), None)
        if row is None or _OWNED.match(text, found.start("what") - len("its ")):
            return
        yield AskedFact(span=Span(start=found.start("what"), end=found.end("what")), question=row.question, noun=row.noun)
        end = found.end()


def _apart(fact: AskedFact, spans: Sequence[Span]) -> bool:
    return not any(span.start < fact.span.end and fact.span.start < span.end for span in spans)


def _within(found: re.Match[str], spans: Sequence[Span]) -> bool:
    return any(span.start < found.end() and found.start() < span.end for span in spans)


def _national_flag(found: re.Match[str], quoted: Sequence[Span]) -> AskedFact | None:
    """ "The French flag" is that of France, and of no other place whose name begins so."""
    owners = by_demonym(found["adjective"]) if not _within(found, quoted) else ()
    on = _ON_IT.search(found.string, 0, found.start())
    if len(owners) != 1 or (on is not None and general(on[0] + found[0]) is not None):
        return None  # "the leaf on the Canadian flag" is no flag
    return AskedFact(span=Span(start=found.start(), end=found.end()), question=owners[0].name, noun="flag")


def _question(found: re.Match[str], quoted: Sequence[Span]) -> AskedFact | None:
    known = _known(found[0], found[0]) if not _within(found, quoted) else None
    if known is None:
        return None
    return AskedFact(span=Span(start=found.start(), end=found.end()), question=known.question, noun=known.noun)


def _in_clause(text: str, start: int, end: int, said: list[_Said]) -> Iterator[AskedFact]:
    tokens = list(_WORD.finditer(text, start, end))
    at = 0
    while at < len(tokens):
        known = _longest(text, tokens, at, said)
        if known is None:
            at += 1
            continue
        last, row = known
        called = _CALLED.search(text, start, tokens[at].start())
        span = Span(start=called.start() if called is not None else tokens[at].start(), end=tokens[last].end())
        said.append(_Said(end=span.end, text=row.question))
        before = [token[0].lower() for token in tokens[max(0, at - 2) : at]]
        placed = any(word in _PLACED for word in (before if before[-1:] and before[-1] in _LED else before[-1:]))
        flag = _FLAG_OF.search(text, start, tokens[at].start())
        flag = flag if tokens[last][0].lower() == "of" or _only_known(row) else None
        if flag is not None:  # "the flag of the country that Lima is the capital of"
            yield AskedFact(span=Span(start=flag.start(), end=span.end), question=row.question, noun="flag")
            at = last
        elif not placed and row.shown and not row.noun and _for_its_flag(text, tokens[at].start(), row):
            yield AskedFact(span=span, question=row.question, noun="flag")  # nothing else of a country can be shown
            at = last
        elif row.noun or not (placed or row.shown):
            shape = row.noun == "shape"
            yield AskedFact(span=span, question="" if shape else row.question, noun=row.told.lower() if shape else row.noun)
            at = last
        elif _only_known(row):
            at = last  # what it is described by is not to be written
        at += 1


def _only_known(row: _Row) -> bool:
    """Whether it is a country that the tables of countries alone do not tell: "the country where Cervantes was born"."""
    return row.shown and not row.noun and _country(row) and not described(row.question)


def _for_its_flag(text: str, start: int, row: _Row) -> bool:
    """Whether nothing of a country can be meant but its flag: it is told by it, or flags are what is listed."""
    return (_WHOSE_FLAG.search(row.question) or _FLAGS_LISTED.search(text, 0, start)) is not None and _country(row)


def _flags_announced(text: str, found: Sequence[AskedFact]) -> Iterator[AskedFact]:
    """ "Two flags:" in front of the countries: those are the two."""
    listed = _FLAGS_LISTED.search(text)
    each = tuple(
        fact.question for fact in found if listed is not None and fact.noun == "flag" and fact.span.start >= listed.end("flags")
    )
    if listed is not None and each and (not listed["number"] or number_said(listed["number"]) == len(each)):
        yield AskedFact(
            span=Span(start=listed.start("flags"), end=listed.end("flags")), question=each[0], noun=COUNTING, each=each
        )


def _country(row: _Row) -> bool:
    found = answer(row.question)
    return found is not None and found.entity is not None and found.entity.kind == "country"


def _longest(text: str, tokens: Sequence[re.Match[str]], at: int, said: Sequence[_Said]) -> tuple[int, _Row] | None:
    """The longest row of words from ``at`` that asks for a fact, and its last word."""
    first = tokens[at][0].lower()
    if not _may_begin(tokens, at):
        return None
    best: tuple[int, _Row] | None = None
    for_name = _NAMED.search(text[tokens[at].start() : tokens[min(at + 1, len(tokens) - 1)].end()]) is not None
    owners = tuple(_owners(text, tokens[at].start(), said, for_name=for_name))
    nouns = [word.lower() for word in re.findall(r"[A-Za-z]{3,}", text[: tokens[at].start()])[:-_NOUNS:-1]]
    for last in range(min(len(tokens), at + _LONGEST) - 1, at, -1):
        words_said = text[tokens[at].start() : tokens[last].end()]
        if first not in _DEFINITE and (_BEARS.search(words_said) or _AND_THE.search(words_said)):
            continue  # "a phone with the dialling code of Peru" is a phone, "a coin and the money of Peru" begins with a coin
        if len(_OWNED.findall(words_said)) > 1 or _TWO.search(words_said):
            continue  # "its name and its number" are two
        each = any(token[0].lower() in _EACH for token in tokens[max(0, at - 2) : at])
        if (
            tokens[last][0].endswith(("'s", "’s"))  # of what comes after
            or (tokens[last][0].lower() in _SMALL and not _trails(text, tokens, at, last))
            or (each and _OWNED.search(words_said))
            or _goes_on(text, tokens, last)
            or (_BY_WHAT.search(words_said) and _TOLD_BY_MORE.match(text, tokens[last].end()))
            or any(_lettered(text[tokens[at].start() : later.end()]) for later in tokens[last : last + 3])
        ):
            continue
        row = _row(words_said, owners, said, nouns) if not _of_those(words_said, text) else None
        if best is not None and row is not None and tokens[last + 1][0].lower() in {"and", "with"} and row.told == best[1].told:
            return last, row  # "the currency of Peru and a coin": what comes after "and" adds nothing
        best = best or ((last, row) if row is not None else None)
    return best


def _may_begin(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether a question may begin here: not in "a factory where paper is made", nor "on the left and the country whose …"."""
    first = tokens[at][0].lower()
    if first in _ASKS_FOR and at and tokens[at - 1][0].lower() not in _SAYS:
        return False
    if at + 1 < len(tokens) and tokens[at + 1][0].lower() in _PLACES:
        return False
    return not (first in _SMALL - _LED or lexicon().has("verbs", first) or lexicon().has("text_verbs", first))


def _trails(text: str, tokens: Sequence[re.Match[str]], at: int, last: int) -> bool:
    """Whether the small word at the end belongs to the question: "the country Bangkok is the capital of"."""
    row = text[tokens[at].start() : tokens[last].end()]
    if tokens[last][0].lower() == "of" and tokens[last - 1][0].lower() in _TRAILED:
        return True
    if any(pattern.search(row) for pattern in (_IT_IS, _WHERE_IS, _COMES_FROM)):
        return True
    return _ends_so(text[tokens[at].start() : tokens[last].start()], row)


def _goes_on(text: str, tokens: Sequence[re.Match[str]], last: int) -> bool:
    """Whether a superlative or a colour is of what comes next: "the planet with the biggest | rings", "… great red | spot"."""
    said = tokens[last][0].lower()
    if last + 1 >= len(tokens) or not (said.endswith(("est", "most")) or named_colour(said) is not None):
        return False
    between = text[tokens[last].end() : tokens[last + 1].start()]
    return not between.strip() and tokens[last + 1][0].lower() not in _SMALL


def _ends_so(short: str, row: str) -> bool:
    """Whether the small word at its end belongs to the row, which asks for nothing without it."""
    return general(row) is not None and general(short.strip()) is None


def _of_those(row: str, text: str) -> bool:
    """Whether "the biggest cat" is one of the cats that ``text`` tells of, and not that of all the world."""
    superlative = _SUPERLATIVE.fullmatch(row)
    if superlative is None:
        return False
    return sum(singular(word) == singular(superlative[1].lower()) for word in words(text)) > 1


def _lettered(row: str) -> bool:
    """Whether the row ends in how it is to be written. Roman numerals are a question of their own."""
    return LETTERING.search(row) is not None and _ROMAN_ROW.search(row) is None


def _row(row: str, owners: Sequence[str], said: Sequence[_Said], nouns: Sequence[str] = ()) -> _Row | None:
    if (back := _ANSWERS.fullmatch(row)) is not None:  # "the answer", "the height" of "How high is …?"
        asked = [one for one in reversed(said) if one.question and _takes_up(back["what"].lower(), one.text)]
        known = next((known for one in asked if (known := _known(one.text, one.text))), None)
        if known is None and back["what"].lower() == "name":
            return next((named for one in reversed(said) if (named := _its_name(one.text)) is not None), None)
        return replace(known, noun="", shown=False) if known is not None else None
    asks = not telling().isdisjoint(words(row)) or _ITS_FLAG.fullmatch(row) or _ROMAN_ROW.search(row)
    if not asks and general(row) is None and sum_of(row) is None and (not _SOURCE.search(row) or described(row)):
        return None
    if (of := _PROPERTY_NAME.fullmatch(row)) is not None and (found := _name_of(of["what"], owners)) is not None:
        return found
    if (it := _IT.search(row)) is not None:
        wording = f"{row[: it.start()]}{{}}{row[it.end() :]}"
        if told := _general(wording, nouns) or _of_it(wording, owners):
            return told  # "an owl and the sound it makes", "the highest mountain of Africa and how tall it is"
    if (leaning := _OWNED.search(row)) is None:
        return _known(row, row)
    before, after = row[: leaning.start()], row[leaning.end() :]
    if before and not before.endswith((" of ", " for ")):
        return None
    elements = [
        noun for noun in nouns if _OF_ELEMENTS.search(after) and (held := one(noun)) and "chemical symbol" in held.facts
    ]
    owned = next((known for owner in (*elements, *owners) if (known := _owned(before, after, owner)) is not None), None)
    return owned or _general(f"{before}the {after} of {{}}", nouns)  # "a cow and its baby"


def _general(asked: str, nouns: Sequence[str]) -> _Row | None:
    """What everybody learns of the nearest noun that it is known of."""
    questions = (asked.replace("{}", noun) for noun in nouns)
    return next((_known(question, question) for question in questions if general(question) is not None), None)


def _of_it(asked: str, owners: Sequence[str]) -> _Row | None:
    if not asked.lower().startswith(("how ", "what ", "when ", "where ")):
        return None
    for owner in owners:
        told = answer(owner)
        for name in (owner, told.text) if told is not None else (owner,):
            if (known := _known(asked.format(name), "it")) is not None:
                return known
    return None


def _name_of(what: str, owners: Sequence[str]) -> _Row | None:
    """ "the capital's name", of what has one; or of "the capital of Peru", which is one."""
    questions = [one for one in owners if one.startswith(f"the {what} of ")] + [f"the {what} of {owner}" for owner in owners]
    return next((found for question in questions if (found := _known(question, "name")) is not None), None)


def _its_name(told: str) -> _Row | None:
    """ "The name" of what was told of: of the element whose symbol was asked for, of the planet that was described."""
    owners = [reading.owner for reading in readings(told)]
    for entity in (entity for owner in owners if (entity := one(owner)) is not None and "chemical symbol" in entity.facts):
        return _known(f"the element with the symbol {entity.facts['chemical symbol']}", "name")
    return next((named for one in (*owners, told) if (named := _named_one(one)) is not None), None)


def _takes_up(what: str, question: str) -> bool:
    found = general(question)
    if found is not None and what in {"name", "year", "date"}:
        return found.text[:1].isdigit() == (what != "name")
    return what in _ANY_ANSWER or any(reading.fact == what for reading in readings(question))


def _owned(before: str, after: str, owner: str) -> _Row | None:
    """ "the name of | its | currency", of an owner that has one."""
    if after in {"flag", "name"} and not before:
        known = _named_one(owner) if after == "name" else None
        return known or (_Row(question=owner, told=owner, noun="flag") if AtlasKnowledge().looks(after, owner) else None)
    question = f"{before}the {after} of {owner}"
    known = _known(question, question)
    symbol = known is not None and known.shown and after.startswith("national ") and not before
    return replace(known, question=owner, noun=after) if known is not None and symbol else known


def _named_one(owner: str) -> _Row | None:
    """The name of what ``owner`` describes or names; a sign or a number has none."""
    if any(reading.fact.endswith(NAMELESS) for reading in readings(owner)):
        return None
    question = f"the name of {owner}"
    if (known := _known(owner, question)) is not None:
        return known
    told = AtlasKnowledge().wording(question)
    return _Row(question=question, told=told) if told is not None else None


def _known(question: str, row: str) -> _Row | None:
    """What answers ``question``, which was asked in the words ``row``."""
    asked = question.strip(" ?")
    told = answer(asked)
    described = _WHICH.sub(r"the \1 that ", asked)  # as it can stand in another question: "the capital of the country that …"
    if described != asked and told is not None and told == answer(described):
        asked = described
    if told is None:
        return None
    entity, named = told.entity, _NAMED.search(row) is not None
    if entity is not None and entity.kind not in _NO_PICTURE and not named:
        kind = "planet" if entity.kind == "celestial body" and "planet" in words(row) else entity.kind
        return _Row(question=asked, told=told.text, noun=kind, shown=True)
    if told.kind and entity is None and not named:
        which = asked if told.kind in words(asked) else f"the {told.kind} that is {bare(asked)}"
        return _Row(question=which, told=told.text, noun=told.kind, shown=True)
    if told.thing and everyday(asked) is not None and not named:
        if is_shape(told.text.lower()):
            return None  # ``shapes_in`` tells it
        return _Row(question=asked, told=told.text, noun="animal", shown=True)
    element = entity is not None and entity.kind == "chemical element"
    return _Row(question=asked, told=told.text, shown=told.thing and not (named or element))


def _with_verb(owner: str, question: str) -> str:
    """ "the country where Lima is": the last word belongs to it."""
    return f"{owner} is" if f"{owner} is" in question and " where " in owner else owner


def _owners(text: str, start: int, said: Sequence[_Said], *, for_name: bool = False) -> Iterator[str]:
    """What "its" may stand for, the latest first: descriptions that were understood, then names. "The animal of China with its
    name" has not China's name: ``for_name``.
    """
    before = [one.text for one in sorted(said, key=lambda one: -one.end) if one.end <= start]
    yield from before
    yield from (_with_verb(reading.owner, one) for one in before for reading in readings(one))
    found = [
        match for match in _PROPER.finditer(text, 0, start) if not (for_name and _SOMETHING_OF.search(text, 0, match.start()))
    ]
    named = [match[0] for match in reversed(found)]
    yield from (part for name in named for part in dict.fromkeys((name, name.rpartition(" of ")[2])))  # "Poster of Japan"
