"""Facts that a request asks for in passing: where they stand, and the question in full. A ``Finder`` knows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genevolve.world.language.model import Span
from genevolve.world.language.tokens import Kind, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFact:
    """``question`` stands for itself, whatever the words at ``span`` lean on: "its capital" is "the capital of Peru".

    With a ``noun`` the fact is a thing to be shown, and ``question`` says which ("flag", "Peru" of "the country's flag");
    without one it is to be written.
    """

    span: Span
    question: str
    noun: str = ""


Finder = Callable[[str], Sequence[AskedFact]]


def nothing_asked(text: str) -> Sequence[AskedFact]:
    """For texts in which every fact has been filled in, and readers that know none."""
    return ()


def with_facts(tokens: Sequence[Token], facts: Sequence[AskedFact], text: str) -> tuple[Token, ...]:
    """One token in place of the words of each fact. What is to be written is a quotation to grammar."""
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
        if not kept or kept[-1].start != start:
            kind = Kind.ASKED if fact.noun else Kind.QUOTE
            kept.append(Token(kind, text[start:end], start, end, value=fact.noun, describes=fact.question))
    return tuple(kept)
