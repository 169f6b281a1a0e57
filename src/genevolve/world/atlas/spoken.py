"""A longer text that asks for a fact: "a card saying hello from the capital of Australia" is to say "hello from Canberra".

The whole text is one question, in words of its own (``asking``), so that it is found, written and judged like any other fact.
"""

import re
from collections.abc import Callable, Iterator

from genevolve.world.language.model import AskedFact, Span

Answered = Callable[[str], str | None]  # a question → the name or value that stands for it in a text; None: no certain one

_SAYING = re.compile(
    r"\b(?:saying|says?|reading|(?:that|which) reads?|with the (?:words?|text|message|slogan|greeting|line|caption)|captioned) "
    r"(?=\w)(?P<said>[^\"“”„«»,.;:!?\n()]{8,160})",
    re.IGNORECASE,
)
_ASKING = "the full wording of "
_ASKED = re.compile(r"(?:the )?full wording of (?P<said>.{8,200})", re.IGNORECASE)
_OF_ITSELF = re.compile(
    r"(?:the|its|their|his|her|what|which|who|where|when|how|something|anything|that|this|it|a|an|one|no)\b", re.IGNORECASE
)
_THE = re.compile(r"(?<= )the (?=\w)", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*$|\s+(?:in|on|with|and|below|above|under|underneath|beneath|beside|next|over|at the|against|behind|as|written)\b"
)
_AROUND = re.compile(
    r"$| (?:with|and|on|using|written|today|tonight|now|again|soon|forever)\b"
    r"| in (?:[\w-]+ ){0,3}(?:letters|type|print|lettering|font|paint)$"
)
_MOST_BEHIND = 4  # words of the text behind the fact


def asking(said: str) -> str:
    return _ASKING + said


def spoken_in(text: str, answered: Answered) -> Iterator[AskedFact]:
    """Texts without quotation marks that have a fact in their middle or at their end."""
    for found in _SAYING.finditer(text):
        end = _end(found["said"], answered)
        if end and not _OF_ITSELF.match(found["said"]):
            start = found.start("said")
            yield AskedFact(span=Span(start=start, end=start + end), question=asking(found["said"][:end]))


def _end(said: str, answered: Answered) -> int:
    """Where the text ends: with its fact, or a few words behind it; 0 where it has none."""
    fact = _fact(said, answered)
    if fact is None:
        return 0
    behind = said[fact[1] :]
    if _ENDS.match(behind):
        return fact[1]
    return len(said.rstrip()) if len(behind.split()) <= _MOST_BEHIND else 0


def _fact(said: str, answered: Answered) -> tuple[int, int, str] | None:
    """Where the fact stands and its answer, by the longest question that has one."""
    for start in (found.start() for found in _THE.finditer(said)):
        ends = [len(said.rstrip()), *(space.start() for space in re.finditer(" ", said) if space.start() > start + 4)]
        known = [(end, told) for end in sorted(set(ends)) if (told := answered(said[start:end])) is not None]
        if known:  # "… Peru in red letters" tells no more than "… Peru", and "the largest country in the world" is all of it
            last, told = known[-1]
            return start, next(end for end, same in known if same == told and _AROUND.match(said[end:last])), told
    return None


def wording(question: str, answered: Answered) -> str | None:
    """The text with the answer in place of the question, of a question by ``asking``."""
    asked = _ASKED.fullmatch(question)
    fact = _fact(asked["said"], answered) if asked is not None else None
    if asked is None or fact is None:
        return None
    start, end, told = fact
    return f"{asked['said'][:start]}{told}{asked['said'][end:]}"
