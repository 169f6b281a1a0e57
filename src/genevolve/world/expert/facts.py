"""Facts from search results: what a description means, read out of titles and snippets.

Two shapes of question cover what requests leave to be looked up: *which one* ("the country whose capital is X", see
``subjects``) and *what value* ("the capital of X", see ``values``). A description inside another one is answered first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genevolve.core.event import TextHit
from genevolve.world.expert.documents import plain_title, sentences
from genevolve.world.expert.subjects import subject
from genevolve.world.expert.values import value, value_question
from genevolve.world.expert.words import fold, names, tokens
from genevolve.world.language.lexicon import lexicon

_RELATIVE = r"(?:whose|which|that|where|who|in which|of which|with|using|having|bordering|known|named after|called)"
_DESCRIBED = re.compile(
    rf"\b(?:whose|which|that|where|who|born|known|bordering|using|having)\b|^the [A-Za-z]+(?: [a-z]+)* {_RELATIVE}\b"
)
_INNER = re.compile(rf"\bthe (?:[A-Za-z]+ ){{1,3}}{_RELATIVE}\b.*$")
_NAMING = re.compile(
    r"^(?:the )?(?:(?:official|full|short|proper|exact|correct|english) )*(?:name|names|word|title) (?:of|for) ", re.IGNORECASE
)
# What follows belongs to the scene, not to the description: "the symbol of gold next to a coin".
_BESIDE = re.compile(
    r",? (?:next to|beside|above|below|under|underneath|over|behind|in front of|(?<!is )(?<!country )(?<!ly )surrounded by"
    r"|together with"
    r"|in \w+ letters)\b.*$"
)
_PURPOSE = re.compile(r" (?:for|as|on) (?:the|my|our|a|an)\b.*$")
_CALLED = re.compile(
    r"\b(?:called|known|named|names?|formerly|also|officially|adjective|people|citizens?|inhabitants?)\b", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """``text`` with every answered description replaced; ``pending`` is the innermost one that has no answer yet."""

    text: str
    pending: str = ""


def is_description(text: str) -> bool:
    """``text`` says which one in words, so that it has to be looked up, and does not simply name it."""
    said = text.strip()
    if not said:
        return False
    if _DESCRIBED.search(said) or _of_a_kind(said):
        return True
    asked = value_question(said)
    return asked is not None and (said[:1].islower() or "'" in said or "’" in said)


def _of_a_kind(said: str) -> bool:
    """ "The country governed from X": a kind of object, and words that single one out."""
    first, *words = said.split()
    kinds = [at for at, word in enumerate(words[:2]) if lexicon().has("generic_heads", word)] if first == "the" else []
    return bool(kinds) and len(words) > kinds[0] + 1 and words[kinds[0] + 1] != "of"


def resolve(description: str, hits: Sequence[TextHit]) -> Resolution:
    """Answer ``description`` as far as ``hits`` allow, from the inside out."""
    if outright := _boxed(description, hits):
        return Resolution(text=outright)
    text = _NAMING.sub("", description.strip().rstrip("."))
    for _ in range(4):
        inner = _innermost(text)
        found = answer(inner, hits)
        if found is None:
            return Resolution(text=text, pending=inner)
        if inner == text:
            return Resolution(text=found)
        text = text.removesuffix(inner) + found
        if not is_description(text):
            break
    return Resolution(text=text)


def queries(description: str) -> tuple[str, ...]:
    """Wordings to search for ``description``: as it stands, and by its telling words alone."""
    plain = re.sub(r"^the ", "", _BESIDE.sub("", _NAMING.sub("", description.strip())), flags=re.IGNORECASE)
    telling = " ".join(dict.fromkeys((*names(plain), *tokens(plain))))
    return tuple(dict.fromkeys(query for query in (plain, telling) if query))


def rewordings(description: str) -> tuple[str, ...]:
    """What to try when ``queries`` found nothing that answers: only the names, then only the longest words."""
    particular = " ".join(names(description))
    longest = " ".join(sorted(tokens(description), key=len, reverse=True)[:2])
    return tuple(dict.fromkeys(query for query in (particular, longest) if query))


def answer(description: str, hits: Sequence[TextHit]) -> str | None:
    """What ``description`` means according to ``hits``; None when no document really says so."""
    wanted = _NAMING.sub("", description.strip())
    wordings = dict.fromkeys((wanted, _BESIDE.sub("", wanted), _BESIDE.sub("", _PURPOSE.sub("", wanted))))
    return next((found for wording in wordings if (found := _answer(wording, hits))), None)


_BOX = re.compile(r"^Answer to “(?P<asked>[^”]+)”: “(?P<found>[^”]*)”")


def _boxed(wanted: str, hits: Sequence[TextHit]) -> str | None:
    """What a search says outright of just this question."""
    boxes = (box for hit in hits if (box := _BOX.match(hit.snippet)))
    return next((box["found"] for box in boxes if tokens(box["asked"]) == tokens(wanted)), None)


_AROUND = re.compile(
    r"\b(?:(?:that|which) is )?(?:(?:completely|entirely|fully|wholly) )?(?:surrounded|enclosed|encircled) by\b", re.IGNORECASE
)


def told_of(wanted: str, found: str, hits: Sequence[TextHit]) -> bool:
    """Whether a search answered ``wanted`` outright, or a document that has ``found`` has all its telling words, too."""
    if found in {_boxed(wanted, hits), _boxed(_NAMING.sub("", wanted), hits)}:
        return True
    telling = set(tokens(wanted))
    texts = (f"{hit.title} {hit.snippet}" for hit in hits if found.casefold() in f"{hit.title} {hit.snippet}".casefold())
    return any(telling <= set(tokens(text)) for text in texts)


def _as_documents_say(wanted: str) -> str:
    """In the words of documents: "is surrounded by" borders only this, and money is a currency."""
    return re.sub(r"\bmoney is called\b", "currency is", _AROUND.sub("that borders only", wanted))


def _answer(wanted: str, hits: Sequence[TextHit]) -> str | None:
    if (found := _boxed(wanted, hits)) is not None:
        return found or None  # the search says that nothing certain is known
    if asked := value_question(wanted):
        found = value(asked, hits)
        if found or any(tokens(plain_title(hit)) == tokens(asked.entity) for hit in hits):
            return found
    return subject(_as_documents_say(wanted), hits) or subject(wanted, hits)


def aliases(name: str, hits: Sequence[TextHit]) -> tuple[str, ...]:
    """Titles of documents that say they are called ``name``: a second wording when a picture is not found by ``name``."""
    wanted = set(tokens(name))
    found = (
        plain_title(hit)
        for hit in hits
        for sentence in sentences(hit)
        if wanted and wanted <= set(tokens(sentence)) and _CALLED.search(sentence)
    )
    return tuple(dict.fromkeys(title for title in found if fold(title) != fold(name)))[:2]


def _innermost(text: str) -> str:
    """The last description that stands inside ``text``, else all of it."""
    inner = text
    for start in (match.start() for match in re.finditer(r"\bthe ", text)):
        if start and _INNER.match(text[start:]):
            inner = text[start:]
    return inner
