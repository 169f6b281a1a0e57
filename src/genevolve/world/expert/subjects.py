"""Which one: the subject of the document that says what a description says ("the country whose capital is X")."""

import re
from collections.abc import Sequence

from genevolve.core.event import TextHit
from genevolve.world.expert.documents import PROPER, day_in_range, plain_title, sentences
from genevolve.world.expert.words import names, tokens
from genevolve.world.language.lexicon import word_set

_EMPTY = word_set(
    "use used using lie located situated found has have had call called named someone person people pay end belong where"
)
_KINDS = (frozenset({"country", "nation", "state", "land"}), frozenset({"city", "town", "place"}))
_NAME_WEIGHT = 4
_OBJECT_DISCOUNT = 0.05
_PART_DISCOUNT = 0.02
MIN_AGREEMENT = 0.6
MIN_AGREEMENT_NAMED = 0.5  # when the sentence holds every name and its document is of the kind
_MOST_EQUAL = 2  # more candidates that fit alike mean that the description does not tell which one


class Description:
    """The words of a description, by what they are good for."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.telling = frozenset(token for token in tokens(wanted) if token not in _EMPTY)
        lower = [token for token in tokens(wanted) if token not in set(names(wanted))]
        self.kind = lower[0] if lower else ""
        after_kind = re.sub(r"^(?:[Tt]he )?(?:[A-Z]\w+ )+(?=[a-z])", "", wanted)  # "the American state": a mere adjective
        self.particular = frozenset(names(after_kind)) & self.telling
        self.runs = [frozenset(tokens(match[0])) for match in PROPER.finditer(wanted)]

    def gives(self, part: str) -> bool:
        """``part`` of a title is what the description itself names, and not merely a piece of a longer name in it."""
        said = set(tokens(part))
        return said <= self.telling and not any(said < run for run in self.runs)

    def same_kind(self, document: set[str]) -> bool:
        """The document speaks of the kind of object that is asked for."""
        return bool(next((alike for alike in _KINDS if self.kind in alike), frozenset({self.kind})) & document)


def subject(wanted: str, hits: Sequence[TextHit]) -> str | None:
    """The subject of the sentence that agrees best with the description; None when none does, or too many do alike."""
    asked = Description(wanted)
    scores: dict[str, float] = {}
    for hit in hits:
        for sentence in sentences(hit):
            candidate, discount = _subject_of(sentence, hit, asked)
            score = _agreement(asked, sentence, hit) - discount
            if candidate and score > scores.get(candidate, 0.0):
                scores[candidate] = score
    best = max(scores.values(), default=0.0)
    leading = [candidate for candidate, score in scores.items() if score > best - 1e-9]
    return leading[0] if leading and len(leading) <= _MOST_EQUAL else None


def _agreement(asked: Description, sentence: str, hit: TextHit) -> float:
    """In [0, 1]: how much of the description the sentence says, and to a lesser part its document; 0 when too little."""
    said = set(tokens(f"{sentence} {plain_title(hit)}"))
    if day := day_in_range(asked.wanted, sentence):
        said |= {*tokens(day), "birthday", "date"}
    document = said | set(tokens(f"{hit.title} {hit.snippet}"))
    if not asked.telling or not asked.particular <= document:
        return 0.0
    weight = {token: _NAME_WEIGHT if token in asked.particular else 1 for token in asked.telling}
    near, far = (sum(weight[token] for token in asked.telling & part) / sum(weight.values()) for part in (said, document))
    sure = asked.particular and asked.particular <= said and asked.same_kind(document)
    least = MIN_AGREEMENT_NAMED if sure else MIN_AGREEMENT
    agreement = 0.6 * near + 0.4 * far
    return agreement if agreement >= least else 0.0


def _subject_of(sentence: str, hit: TextHit, asked: Description) -> tuple[str, float]:
    """The document's title without what was given; else, at a discount, the name that the sentence puts the given one in."""
    parts = [part for part in plain_title(hit).split(", ") if not asked.gives(part)]
    if title := ", ".join(parts):
        return title, _PART_DISCOUNT if set(tokens(title)) <= asked.telling else 0.0
    if asked.telling - asked.particular - {asked.kind} - set(tokens(sentence)):
        return "", 0.0  # the sentence is about something else than what was asked
    for match in PROPER.finditer(sentence):
        name = match[0].rstrip(".,")
        fresh = tokens(name) and not set(tokens(name)) & asked.telling
        if fresh and re.search(rf"\bin (?:the )?{re.escape(name)}", sentence):
            return name, _OBJECT_DISCOUNT
    return "", 0.0
