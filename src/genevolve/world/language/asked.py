"""Facts that a request asks for in passing: where they stand, and the question in full. A ``Finder`` knows them."""

from collections.abc import Callable, Sequence

from genevolve.world.language.model import AskedFact
from genevolve.world.language.tokens import Kind, Token

SHADE = "colour"  # the noun of a fact that is but a colour, by which it is called in ``question``
MIXING = "mixing colours"  # of the words from which that colour was found: they say nothing else
COUNTED = "number"  # of a fact that is but a number of things, which is its ``question``; and of what told it
COUNTING = "counting"
WORKED_OUT = frozenset({SHADE, MIXING, COUNTED, COUNTING})  # no thing and no text
_LEADS = frozenset({"in", "of", "as", "is", "are", "a", "an", "the", "with", "and", "painted", "coloured", "colored"})
Finder = Callable[[str], Sequence[AskedFact]]


def nothing_asked(text: str) -> Sequence[AskedFact]:
    """For texts in which every fact has been filled in, and readers that know none."""
    return ()


def with_facts(tokens: Sequence[Token], facts: Sequence[AskedFact], text: str) -> tuple[Token, ...]:
    """One token in place of the words of each fact. What is to be written is a quotation to grammar."""
    again = {fact.question: fact for fact in facts if not fact.noun}
    shown = {fact.question: fact.span.start for fact in facts if fact.noun}
    kept: list[Token] = []
    waiting = sorted(facts, key=lambda fact: fact.span.start, reverse=True)
    for token in tokens:
        while waiting and waiting[-1].span.end <= token.start:
            waiting.pop()
        if not waiting or token.end <= waiting[-1].span.start:
            kept.append(token)
            continue
        fact = waiting[-1]
        start, end = fact.span.start, fact.span.end
        if not fact.noun and (again[fact.question] is not fact or shown.get(fact.question, 0) > fact.span.start):
            continue  # a question whose answer has a place of its own: "How tall is it? The height below"
        if fact.noun in {MIXING, COUNTING}:
            continue
        if fact.noun == COUNTED:
            kept += _counted(fact, token, kept)
            continue
        if fact.noun == SHADE:
            if not kept or kept[-1].start != start:
                kept += _shade(fact, kept[-1] if kept else None)
            continue
        if fact.each:
            kept += _each(fact) if not kept or kept[-1].start != start else ()
        elif not kept or kept[-1].start != start:
            kind = Kind.ASKED if fact.noun else Kind.QUOTE
            kept.append(Token(kind, text[start:end], start, end, value=fact.noun, describes=fact.question))
    return tuple(kept)


def _each(fact: AskedFact) -> list[Token]:
    """ "Flag, flag and flag", with the word that says that each bears its name."""
    start, end = fact.span.start, fact.span.end
    things: list[Token] = []
    for question in fact.each:
        if things:
            last = question == fact.each[-1]
            things.append(Token(Kind.WORD, "and", start, end, lower="and") if last else Token(Kind.COMMA, ",", start, end))
        things.append(Token(Kind.ASKED, fact.noun, start, end, value=fact.noun, describes=question))
    labels = [Token(Kind.COMMA, ",", start, end), Token(Kind.WORD, "labelled", start, end, lower="labelled")]
    return things + (labels if fact.named else [])


def _counted(fact: AskedFact, token: Token, kept: Sequence[Token]) -> list[Token]:
    """The number in place of "as many" or "one", else before the things that there are so many of."""
    first = token.start == fact.span.start
    number = [Token(Kind.NUMBER, fact.question, token.start, token.end, lower=fact.question)] if first else []
    return number if token.lower in {"as", "many", "one", "a"} else [*number, token]


def _shade(fact: AskedFact, before: Token | None) -> list[Token]:
    """The colour as a word; "a car the colour of grass" is one in it."""
    colour = Token(Kind.WORD, fact.question, fact.span.start, fact.span.end, lower=fact.question)
    if before is None or before.kind is not Kind.WORD or before.lower in _LEADS:
        return [colour]
    return [Token(Kind.WORD, "in", fact.span.start, fact.span.start, lower="in"), colour]
