"""A picture with a known truth: what is claimed, what was broken on purpose, and which diagnostic has to notice."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from genevolve.core.claim import Claim, Subject
from genevolve.core.score import Diagnostic
from genevolve.world.atlas.raster import hexcodes, is_flag, raster
from genevolve.world.language.inventory import InventoryEntry, entries
from genevolve.world.pixel.templates import Template, cut_template

DEFECTS = (
    "wrong count",
    "swapped colours",
    "wrong flag",
    "wrong thing",
    "misspelt text",
    "missing text",
    "wrong side",
    "overlap",
    "missing thing",
    "distorted body",
)
SKETCH_DEFECTS = ("floating thing", "half a style")
COLOURS = {
    "red": (214, 38, 44),
    "green": (44, 150, 66),
    "blue": (38, 92, 208),
    "yellow": (248, 214, 44),
    "purple": (126, 58, 168),
    "orange": (246, 138, 26),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """``notices`` matches the requirement of a diagnostic (``skill``) that must fail; empty for a clean picture."""

    image: bytes
    claims: tuple[Claim, ...]
    defect: str = ""
    skill: str = ""
    notices: str = ""
    source: str = ""

    def found(self, diagnostics: Sequence[Diagnostic]) -> bool:
        return any(
            not diagnostic.passed and diagnostic.skill == self.skill and re.search(self.notices, diagnostic.requirement)
            for diagnostic in diagnostics
        )


@cache
def cast(split: str) -> tuple[tuple[InventoryEntry, ...], tuple[InventoryEntry, ...], tuple[str, ...]]:
    """(living, lifeless, flags) of a split: no entity of ``test`` is ever in ``tune``."""
    mine = [entry for entry in entries() if _half(entry.looks[0]) == split]
    living = tuple(entry for entry in mine if entry.living)
    flags = [code for code in hexcodes() if is_flag(code) and len(code) == 11]
    return living, tuple(e for e in mine if not e.living), tuple(code for code in flags if _half(code) == split)


def _half(name: str) -> str:
    return "test" if random.Random(name).random() < 0.6 else "tune"


def subject(entry: InventoryEntry, key: str = "") -> Subject:
    return Subject(key=key or entry.noun.replace(" ", "_"), label=entry.noun, looks=entry.looks)


def flag_subject(code: str) -> Subject:
    return Subject(key="flag", label="the flag", looks=(f"openmoji:{code}",))


def unlike(rng: random.Random, pool: Sequence[str], looks: Sequence[str]) -> str:
    """A look from ``pool`` that nobody would take for one of ``looks``."""
    known = [cut_template(look, raster(look, 144)) for look in looks]
    while True:
        other = rng.choice(pool)
        candidate = cut_template(other, raster(other, 144))
        if other not in looks and not any(same_look(candidate, template) for template in known):
            return other


def same_look(one: Template, other: Template) -> bool:
    """Whether two templates are so alike that no one could say which of them a picture shows (Chad and Romania)."""
    ratio = (one.size[0] / one.size[1]) / (other.size[0] / other.size[1])
    if not 0.9 < ratio < 1.12:
        return False
    mask = cv2.resize(other.mask, one.size, interpolation=cv2.INTER_AREA)
    colours = cv2.resize(other.lab, one.size, interpolation=cv2.INTER_AREA)
    both = (one.mask > 0.5) & (mask > 0.5)
    either = (one.mask > 0.5) | (mask > 0.5)
    if both.sum() < 0.93 * either.sum():
        return False
    distance = np.linalg.norm(one.lab - colours, axis=2)[both]
    return bool(np.median(distance) < 16 and np.mean(distance < 30) > 0.97)


def misspell(text: str, rng: random.Random) -> str:
    """One letter wrong: another letter, one too few, or two changed about. Never one that looks the same (I, l, 1, O, 0)."""
    places = [i for i, char in enumerate(text) if char.isalpha() and char.upper() not in "IOLQ"]
    at = rng.choice(places)
    how = rng.choice(("other", "gone", "swap"))
    if how == "gone":
        return text[:at] + text[at + 1 :]
    if how == "swap" and at + 1 < len(text) and text[at + 1].isalpha() and text[at + 1].lower() != text[at].lower():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    letters = [c for c in "ABDEGHKMNPRSTXZ" if c != text[at].upper()]
    letter = rng.choice(letters)
    return text[:at] + (letter if text[at].isupper() else letter.lower()) + text[at + 1 :]


TITLES = {
    "tune": (
        "VISIT BURKINA",
        "Summer Market",
        "Grand Opening",
        "HAPPY BIRTHDAY",
        "Night Train 1987",
        "Fresh Bread",
        "STOP HERE",
    ),
    "test": (
        "Harvest Festival",
        "OPEN DAY",
        "Welcome Home",
        "JAZZ NIGHT",
        "Save the Bees",
        "Book Fair 2026",
        "SPRING SALE",
        "Good Morning",
        "City Marathon",
        "The Last Dance",
        "WINTER CAMP",
        "Museum Week",
        "Farmers United",
        "GARDEN PARTY",
        "Ocean Explorers",
        "Meet the Band",
        "BRIDGE CLOSED",
        "Lantern Parade",
        "Sunday Brunch",
        "ROAD TRIP",
    ),
}
