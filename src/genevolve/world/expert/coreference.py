"""Requests that point at the user's own pictures ("my logo", "the attached photo"), reworded so that the reader sees which."""

import re
from collections.abc import Sequence

from genevolve.core.picture import Picture
from genevolve.core.program import ORDINALS, ordinal_phrases
from genevolve.world.expert.words import tokens

_NOUN = (
    r"(?!(?:is|are|and|or|in|on|at|with|of|to|as|for|from|the|a)\b)[a-z][\w-]*"
    r"(?: (?:photo|picture|image|logo|bottle|mascot))?"
)
_GIVEN = "attached|supplied|provided|uploaded|enclosed|included|given"
_POINTED = re.compile(
    rf"\b(?:(?:the|these|this|that|our|my|an?) )?(?:{_GIVEN})(?: here)? (?P<noun>{_NOUN})"
    rf"|\b(?:my|our|this)(?: own)? (?P<owned>{_NOUN})(?! (?:from|in|of) the \w+ (?:reference|image))",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\b(?:photo|photograph|picture|image|reference|file|screenshot|drawing)s?$", re.IGNORECASE)


def with_ordinals(request: str, supplied: Sequence[Picture]) -> str:
    """``request`` with each phrase that points at a supplied picture naming it by ordinal, the best fitting title first.

    A possessive only points at a picture whose title fits or when no picture is left that fits another phrase: "our bakery"
    beside a supplied logo stays what it is. A request that already uses ordinals is left alone.
    """
    if not supplied or ordinal_phrases(request):
        return request
    phrases = [found for found in _POINTED.finditer(request) if not _quoted(request, found.start())]
    chosen = _matched(phrases, supplied)
    for phrase in reversed(phrases):
        if phrase in chosen:
            noun = phrase["noun"] or phrase["owned"]
            what = "picture" if _PICTURE.fullmatch(noun) else _PICTURE.sub("", noun).strip() or "picture"
            named = f"the {what} from the {ORDINALS[chosen[phrase]]} reference image"
            request = request[: phrase.start()] + named + request[phrase.end() :]
    return request


def _matched(phrases: Sequence[re.Match[str]], supplied: Sequence[Picture]) -> dict[re.Match[str], int]:
    """0-based position of the picture for each phrase that gets one; each picture is given once, five at most."""
    free = list(range(min(len(supplied), len(ORDINALS))))
    chosen: dict[re.Match[str], int] = {}
    pairs = [(_fit(phrase, supplied[n].title), phrase, n) for phrase in phrases for n in free]
    for fitness, phrase, n in sorted(pairs, key=lambda pair: -pair[0]):
        if fitness and phrase not in chosen and n in free:
            chosen[phrase] = n
            free.remove(n)
    for phrase in sorted(phrases, key=lambda phrase: (phrase["noun"] is None, phrase.start())):
        if free and phrase not in chosen:
            chosen[phrase] = free.pop(0)
    return chosen


def _fit(phrase: re.Match[str], title: str) -> int:
    """2: the head words agree ("our logo", "bakery logo"); 1: some word does; 0: none."""
    said, titled = tokens(phrase["noun"] or phrase["owned"]), tokens(title)
    if not said or not titled:
        return 0
    return 2 if said[-1] == titled[-1] else int(bool(set(said) & set(titled)))


def _quoted(text: str, at: int) -> bool:
    return text[:at].count('"') % 2 == 1
