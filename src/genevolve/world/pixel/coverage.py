"""How much of a free request was checked, and what its losses are worth: what nobody checked never counts as a pass."""

from collections.abc import Collection, Iterator, Sequence

from genevolve.core.claim import (
    Absent,
    BackgroundColour,
    Claim,
    NoText,
    NothingElse,
    PartColoured,
    PartShown,
    Styled,
    TextRelated,
    TextShown,
)
from genevolve.core.ledger import Fate, Ledger, LedgerEntry
from genevolve.core.score import Dimension
from genevolve.world.language.claims import Derived
from genevolve.world.language.part_looks import key_of
from genevolve.world.pixel.verdict import ClaimVerdict

COVERAGE_FLOOR = 0.5  # a score needs more than this

Check = tuple[str, str]  # kind of claim, and the key of the object or text that it is about


def checks_of(claim: Claim, derived: Derived) -> list[Check]:
    """What a claim that was checked answers for."""
    match claim:
        case TextShown(text=text):
            return [(claim.kind, key) for key, wording in derived.wordings.items() if wording == text]
        case TextRelated(text=text):
            return [("text place", key) for key, wording in derived.wordings.items() if wording == text]
        case Absent() | NoText():
            return [("absent", claim.subject.label if isinstance(claim, Absent) else "text")]
        case PartColoured(subject=subject, part=part) | PartShown(subject=subject, part=part):
            return [(claim.kind, key_of(subject.key, part))]
        case BackgroundColour() | Styled() | NothingElse():
            return [(claim.kind, "")]
    return [(claim.kind, claim.subject.key)]


def coverage(ledger: Ledger, checked: Collection[Check]) -> float:
    """The share, 0 to 1, of the entries that ask for something visible which a claim checked. 1 when nothing is asked for."""
    asking = _asking(ledger)
    return 1.0 if not asking else sum(_is_checked(entry, checked) for entry in asking) / len(asking)


def unchecked(ledger: Ledger, checked: Collection[Check]) -> tuple[str, ...]:
    """Words that were understood and that no claim checks."""
    return tuple(entry.words for entry in _asking(ledger) if not entry.lost and not _is_checked(entry, checked))


def lost_requirements(ledger: Ledger, *, pebbles: bool) -> Iterator[ClaimVerdict]:
    """A failed requirement for each phrase that was lost.

    What has no picture here is missing when a grey stand-in is seen (``pebbles``); else somebody may have drawn it, and nobody
    has seen that it is there.
    """
    for loss in ledger.losses():
        unknown = loss.fate is Fate.NOT_POSSIBLE and loss.aspect == "present"
        missing = unknown and pebbles
        yield ClaimVerdict(
            skill="attribute_binding",
            dimension=Dimension.VISUAL_CORRECTNESS,
            requirement=f"“{loss.words}” of the request",
            value=0.0,
            detail="a grey shape stands in" if missing else f"{loss.fate.value}: {loss.becomes}",
            vital=missing,
        )


def wordless(derived: Derived, *, text_seen: bool) -> Sequence[ClaimVerdict]:
    """Failed requirements for texts whose wording is not known, where no text is seen at all."""
    if text_seen:
        return ()
    return [
        ClaimVerdict(
            skill="text_rendering",
            dimension=Dimension.TEXT_ACCURACY,
            requirement=f"the text “{describes}”",
            value=0.0,
            detail="no text is there",
        )
        for describes in derived.unworded
    ]


def _asking(ledger: Ledger) -> list[LedgerEntry]:
    return [entry for entry in ledger.counted if entry.aspect or entry.lost]


def _is_checked(entry: LedgerEntry, checked: Collection[Check]) -> bool:
    return not entry.lost and (entry.aspect, entry.key) in checked
