"""Signs of comics for what somebody does or feels (``actions.toml``): a Zzz for who sleeps, notes for who sings. In a scene a
sign is an object of its own, tied to who it is said of by ``Direction.SIGN``."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_NOUNS_TOO = frozenset({"races", "dashes", "tears", "sparkles", "steams", "sweats", "naps", "rushes"})
_FURTHER = frozenset({"asleep", "awake", "roars", "meows", "howls", "growls", "quacks", "moos", "laughs", "smiles"})
LONGEST = 5  # words of a phrase that says what somebody does


class At(StrEnum):
    """Where a sign belongs."""

    HEAD = "head"
    MOUTH = "mouth"
    EYES = "eyes"
    BEHIND = "behind"  # the back of who moves
    THING = "thing"  # its upper edge
    ABOVE = "above"
    BELOW = "below"  # the feet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """``size``: its side in sides of who it is said of; ``of``: words before what it is about, which stands in it; ``quoted``:
    what is said stands in it; ``unless``: words behind it with which nothing is shown."""

    noun: str
    look: str
    label: str
    at: At
    size: float
    told: str
    verb: str
    words: frozenset[str]
    phrases: frozenset[str]
    of: frozenset[str] = frozenset()
    quoted: bool = False
    unless: frozenset[str] = frozenset()

    @property
    def of_things(self) -> bool:
        """Whether it is said of things, and not of who has a body."""
        return self.at in {At.THING, At.ABOVE}


@cache
def signs() -> dict[str, Sign]:
    """Every sign by its noun."""
    table = tomllib.loads(files(__package__).joinpath("actions.toml").read_text("utf-8"))
    return {
        noun: Sign(
            noun=noun,
            look=fields["look"],
            label=fields["label"],
            at=At(fields["at"]),
            size=fields["size"],
            told=fields["told"],
            verb=fields["verb"],
            words=frozenset(fields["words"].split()),
            phrases=frozenset(fields["phrases"]),
            of=frozenset(fields.get("of", "").split()),
            quoted=fields.get("quoted", False),
            unless=frozenset(fields.get("unless", "").split()),
        )
        for noun, fields in table.items()
    }


def sign_of(noun: str) -> Sign | None:
    """The sign that an object of a scene is; None for a thing."""
    return signs().get(noun)


def label_of(noun: str) -> str:
    """What people call an object of this noun."""
    sign = sign_of(noun)
    return noun if sign is None else sign.label


@cache
def verb_forms() -> frozenset[str]:
    """Forms of these verbs that end a noun phrase: "a horse | gallops", "a sheep | asleep"."""
    said = {word for sign in signs().values() for word in sign.words if word.endswith("s") and not word.endswith("less")}
    return frozenset(said - _NOUNS_TOO | _FURTHER)


def sign_for(words: Sequence[str], *, quoted: bool) -> tuple[Sign, int] | None:
    """The sign for what ``words`` (lower case, those of a request from some place on) begin with, and how many of them say it;
    ``quoted``: a quotation follows the first."""
    for count in range(min(LONGEST, len(words)), 0, -1):
        said = " ".join(words[:count])
        for sign in signs().values():
            if sign.quoted == (quoted and count == 1) and said in (sign.words if count == 1 else sign.phrases):
                return sign, count
    return None
