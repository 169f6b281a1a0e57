"""Names under several things: "the flag of Japan next to the flag of South Korea, names written under them"."""

import re
from collections.abc import Sequence

from genevolve.core.claim import Direction
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.form_lines import apart
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.tokens import Kind, Token

LABELLED = "labelled"
EACH = "each"  # the value of a token that says so of everything there is
_BORNE = (Direction.ON, Direction.INSIDE)
_READ = 4000  # characters
_UNDER = (
    r"(?:(?:right |directly |just )?(?:below|underneath|under|beneath)"
    r"(?: (?:them|each|both|each one|each of them|each flag|the flags?))?)"
)
_OF_EACH = r"(?: of (?:the|each|both) (?:countr(?:y|ies)|animals?|flags?))?"
_WRITTEN = r"(?:(?:is |are |being )?(?:written|shown|printed|placed|put|given) )"
_SAID = (
    r"(?:(?:[Tt]he|[Tt]heir|[Ii]ts|both|all) )?(?:(?:country|animal|proper|right|own) )*"
    rf"[Nn]ames?{_OF_EACH}(?: {_WRITTEN}?{_UNDER})?"
)
_NAMES = re.compile(
    r"(?<=[\w”\"'’])(?P<joint>,? (?:(?:and|with|plus|but|have|has|showing|each|all|both) )*|[.;] )"
    rf"(?P<names>{_SAID})(?=\s*(?:$|[.;!?,]| in (?:[a-z]+ )*(?:letters|type|writing)\b))"
)
_ASKS = re.compile(_SAID)
_PERSONS = word_set(
    "baby boy girl man woman child kid person people friend teacher student player mother father mum mom dad sister brother son"
    " daughter couple bride groom grandma grandpa family"
)
_PLURAL = re.compile(r"\bnames\b|\b(?:each|all|both)\b", re.IGNORECASE)


def with_name_labels(tokens: Sequence[Token], text: str, taken: Sequence[Span]) -> tuple[Token, ...]:
    """The one word that says so in place of a phrase that asks for the name of each thing; what is ``taken`` is a fact."""
    kept = list(tokens)
    for found in _NAMES.finditer(text[:_READ]):
        span = Span(start=found.start("names"), end=found.end("names"))
        inside = [token for token in kept if found.start() <= token.start < span.end]
        if (
            not _PLURAL.search(found[0])
            or not inside
            or not apart(span, taken)
            or any(token.kind is Kind.QUOTE for token in inside)
        ):
            continue
        at, joint = kept.index(inside[0]), found.start("joint")
        kept[at : at + len(inside)] = [
            Token(Kind.COMMA, ",", joint, span.start),
            Token(Kind.WORD, LABELLED, span.start, span.end, lower=LABELLED, value=EACH),
        ]
    return tuple(kept)


def named_each(objects: Sequence[ObjectDraft]) -> list[ObjectDraft]:
    """Those that are meant by "their names": not the table that they lie on."""
    under = [bearer for obj in objects for direction, bearers in obj.links if direction in _BORNE for bearer in bearers]
    return [obj for obj in objects if not any(obj is bearer for bearer in under)]


def asks_for_names(said: str) -> bool:
    """Whether ``said`` is such a phrase and nothing else."""
    return _ASKS.fullmatch(said) is not None


def has_own_name(noun: str) -> bool:
    """Whether "its name" is that of a person, which nobody has told."""
    return noun.rpartition(" ")[2].lower() in _PERSONS
