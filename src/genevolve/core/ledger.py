"""What became of every word of a request: the value that terminals, pages and files show."""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """Where a word of the request ended. The last two are losses."""

    DRAWN = "drawn"
    LOOKED_UP = "looked up"
    APPLIED = "applied"  # style, size, setting, light, what is left out: it holds for the whole image
    ASIDE = "aside"  # what the picture is for, remarks, matters of taste: nothing that an image shows or lacks
    NOT_UNDERSTOOD = "not understood"
    NOT_POSSIBLE = "not possible here"


LOST = frozenset({Fate.NOT_UNDERSTOOD, Fate.NOT_POSSIBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """The characters [start, end) of the request and what became of them.

    ``becomes`` says it for people ("3 × apple", "no picture of it is known"). ``aspect`` is the kind of claim that would
    check it ("counted", "coloured", …) and ``key`` the object or text that it is about; both may be empty.
    """

    start: int
    end: int
    words: str
    fate: Fate
    becomes: str = ""
    aspect: str = ""
    key: str = ""

    @property
    def lost(self) -> bool:
        return self.fate in LOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Entries in the order of the request; none overlap. What no entry covers is function words and marks."""

    entries: tuple[LedgerEntry, ...] = ()

    @property
    def counted(self) -> tuple[LedgerEntry, ...]:
        """The entries that ask for something visible."""
        return tuple(entry for entry in self.entries if entry.fate is not Fate.ASIDE)

    def losses(self) -> tuple[LedgerEntry, ...]:
        """Lost entries, neighbours of one fate and reason joined into phrases."""
        joined: list[LedgerEntry] = []
        follows = False
        for entry in self.entries:
            last = joined[-1] if joined and follows else None
            follows = entry.lost
            if not entry.lost:
                continue
            if last is not None and (last.fate, last.becomes, last.key) == (entry.fate, entry.becomes, entry.key):
                words = f"{last.words} {entry.words}"
                joined[-1] = LedgerEntry(
                    start=last.start, end=entry.end, words=words, fate=entry.fate, becomes=entry.becomes,
                    aspect=last.aspect, key=entry.key,
                )  # fmt: skip
            else:
                joined.append(entry)
        return tuple(joined)

    def summary(self) -> str:
        """One line: "understood 6 of 8; not drawn: “at night”, “storybook”"."""
        counted = self.counted
        kept = sum(not entry.lost for entry in counted)
        lost = ", ".join(f"“{entry.words}”" for entry in self.losses())
        return f"understood {kept} of {len(counted)}" + (f"; not drawn: {lost}" if lost else "")
