"""Checkable claims: what must be visible in the image that a request asks for.

Claims of drawn requests come from their recipe; claims of free requests are derived by the judge from the request. A *look*
is the name of a template image: whoever judges knows where it lies (``image:<sha256>`` is one in the image store).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Place(StrEnum):
    """The nine cells of the canvas."""

    TOP_LEFT = "top left"
    TOP = "top"
    TOP_RIGHT = "top right"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM = "bottom"
    BOTTOM_RIGHT = "bottom right"


class Direction(StrEnum):
    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ABOVE = "above"
    BELOW = "below"
    BETWEEN = "between"  # two targets
    NEXT_TO = "next to"
    ON = "on"  # resting on top of, touching
    INSIDE = "inside"
    BEHIND = "behind"
    IN_FRONT_OF = "in front of"
    WORN = "worn by"  # a hat on its head, glasses at its eyes
    HELD = "held by"
    PICTURED = "pictured on"  # a heart on a mug, a cat on a T-shirt
    AT_MOUTH = "held at the mouth of"  # eaten, drunk, or carried in it
    AT_SHOULDER = "at the shoulder of"  # sitting on it
    HELD_BEFORE = "held before"  # its body, below the mouth: a book that is read, a guitar that is played
    PULLED = "pulled by"  # behind it, in line, on a rope
    TURNED_TO = "turned towards"  # its face is
    SIGN = "a sign at"  # of what it does: a Zzz at the head of who sleeps


class Arrangement(StrEnum):
    ROW = "row"
    COLUMN = "column"
    GRID = "grid"
    CIRCLE = "circle"


class Piling(StrEnum):
    """Arrangements in which things touch."""

    STACK = "stack"  # one on another
    PILE = "pile"  # many below, fewer above


Arranging = Arrangement | Piling


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something that must be recognisable: a label for people, and the looks that count as it (any one will do)."""

    key: str
    label: str
    looks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """At least one instance is there and is what it should be."""

    subject: Subject
    kind: Literal["present"] = "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    subject: Subject
    count: int
    kind: Literal["counted"] = "counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coloured:
    """The main area of every instance has this colour, by its name in the judge's palette."""

    subject: Subject
    colour: str
    kind: Literal["coloured"] = "coloured"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartColoured:
    """A part of every instance has this colour: "a house with a red roof"."""

    subject: Subject
    part: str
    colour: str
    kind: Literal["part_coloured"] = "part_coloured"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartShown:
    """Every instance is pictured with this, which other pictures of its kind lack: "a man with a beard"."""

    subject: Subject
    part: str
    kind: Literal["part_shown"] = "part_shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotColoured:
    """No instance has this colour in its main area: "a car that isn't red" may have any other."""

    subject: Subject
    colour: str
    kind: Literal["not_coloured"] = "not_coloured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    subject: Subject
    place: Place
    kind: Literal["placed"] = "placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    subject: Subject
    direction: Direction
    targets: tuple[Subject, ...]
    kind: Literal["related"] = "related"


@dataclass(frozen=True, slots=True, kw_only=True)
class Larger:
    """The subject is drawn clearly larger than the other."""

    subject: Subject
    other: Subject
    kind: Literal["larger"] = "larger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    subject: Subject
    arrangement: Arranging
    kind: Literal["arranged"] = "arranged"


@dataclass(frozen=True, slots=True, kw_only=True)
class InColumns:
    """The instances stand in rows of this many, the last of which may be shorter."""

    subject: Subject
    columns: int
    kind: Literal["columns"] = "columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shows:
    """Every instance shows the value that its look is of: the time on a clock, the pips of a die."""

    subject: Subject
    kind: Literal["shows"] = "shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextShown:
    """This text is readable in the image, spelt exactly so; ``place`` and ``colour`` where the request fixes them."""

    text: str
    place: Place | None = None
    colour: str | None = None
    kind: Literal["lettering"] = "lettering"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRelated:
    """A text stands so to the subject: on it, above it, to its left."""

    text: str
    direction: Direction
    subject: Subject
    kind: Literal["text_related"] = "text_related"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundColour:
    """The background's main colour."""

    colour: str
    kind: Literal["backdrop"] = "backdrop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """The whole image is in this style, by its name."""

    style: str
    kind: Literal["styled"] = "styled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """The subject stands on something: a contact shadow lies under it."""

    subject: Subject
    kind: Literal["grounded"] = "grounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intact:
    """The body is whole and undistorted."""

    subject: Subject
    kind: Literal["intact"] = "intact"


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingElse:
    """No further object stands in the image beside these subjects and the lettering."""

    subjects: tuple[Subject, ...] = ()
    kind: Literal["nothing_else"] = "nothing_else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The subject is nowhere in the image."""

    subject: Subject
    kind: Literal["absent"] = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoText:
    """Nothing is written in the image."""

    kind: Literal["no_text"] = "no_text"


Claim = (
    Present
    | Counted
    | Coloured
    | PartColoured
    | PartShown
    | NotColoured
    | Placed
    | Related
    | Larger
    | Arranged
    | InColumns
    | Shows
    | TextShown
    | TextRelated
    | BackgroundColour
    | Styled
    | Grounded
    | Intact
    | NothingElse
    | Absent
    | NoText
)
