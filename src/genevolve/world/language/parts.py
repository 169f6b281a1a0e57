"""Reads parts of a thing that its picture shows: "a house with a red roof", "a girl with green hair", "its door is blue"."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language import colours
from genevolve.world.language.activities import UNSAID, activities, by_words
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.bearing import Bearing
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import NamedPart, Scene, SceneObject, Span
from genevolve.world.language.part_looks import (
    HAIR,
    can_show,
    has_length,
    is_variant,
    key_of,
    names_part,
    painted_look,
    part_of,
    shade_of_hair,
    variant_of,
    word_for,
)
from genevolve.world.language.patterns import pattern_of
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.words import Words

_LEADS = word_set("with has have having had")
_OWNERS = word_set("the its his her their")
_DETERMINERS = word_set("a an the its his her their")
_COPULAS = word_set("is are")
_MANNERS = word_set("long short bright straight shiny curly painted dyed")
_LONGEST = 7  # words of an activity
_OF_PART = re.compile(
    r"(?P<colour>[a-z]+(?:[ -][a-z]+)?)-(?P<part>hair|roof|leav|wing|head|beak|sail|mane|tail)e?d", re.IGNORECASE
)
_WHOLE = {"leav": "leaves", "wing": "wings", "sail": "sails"}


class _Found(NamedTuple):
    part: str
    colour: str | None
    end: int


class Parts:
    """Takes "with a red roof", "has green hair", "whose door is blue", and after one of these "and a blue door"."""

    def __init__(self, words: Words, discourse: Discourse, bearing: Bearing) -> None:
        self._words = words
        self._discourse = discourse
        self._bearing = bearing
        self._end = -1  # of the latest part
        self._owner: ObjectDraft | None = None
        self._whole_follows = ""  # "the roof of …": the part
        self._start = 0

    def read(self, here: int) -> int:
        words = self._words
        if not words.free:
            return here
        lead = words.lower(here)
        if lead in _COPULAS and self._whole_follows:
            return self._told(here)
        if self._of_what_follows(here):
            self._whole_follows = words.lower(here + 1)
            self._start = here
            return here + 3
        joined = lead == "and" or words.tokens[here].text == ","
        more = here == self._end and joined
        owner = self._owner if more else self._latest(here)
        more = more or (joined and words.has("features", here - 1))  # "(a carrot nose) and a black hat"
        if owner is None or owner.of or owner.reference is not None or owner.made_of:
            return here
        found = self._activity(here, owner)
        if found is None and (more or lead in _LEADS):
            at = here + 2 if more and words.lower(here + 1) in {"with", "and"} else here + 1
            found = self._before(at, owner)
        elif lead == "whose" or lead in _OWNERS:
            found = self._behind(here + 1, owner)
        doing = found is not None and found.part in activities()
        owners = [*objects_in(self._discourse.group)] if doing and not more else [owner]
        if found is None or not owners or not all(self._goes_with(one, found) for one in owners):
            return here
        for one in owners:  # "a girl and a boy running"
            self._take(one, found, here)
        return found.end

    def _of_what_follows(self, here: int) -> bool:
        """ "the roof of the house is blue"."""
        words = self._words
        if words.lower(here) != "the" or words.lower(here + 2) != "of" or not names_part(words.lower(here + 1)):
            return False
        verb = next((at for at in range(here + 4, here + 7) if words.lower(at) in _COPULAS), None)
        return verb is not None and self._colour(verb + 1)[0] is not None

    def _told(self, here: int) -> int:
        """ "is blue", of "the roof of the house"."""
        word, self._whole_follows = self._whole_follows, ""
        owner = self._latest(here)
        colour, end = self._colour(here + 1)
        found = self._shown(owner, word, colour, end) if owner is not None and colour is not None else None
        if owner is None or found is None:
            return here
        self._take(owner, found, here)
        tokens = self._words.tokens
        named = Span(start=tokens[self._start].start, end=tokens[self._start + 2].end)
        owner.parts.append(NamedPart(name=found.part, colour=found.colour, span=named))
        return found.end

    def settle(self) -> None:
        """ "a red-haired girl", "a bald man"."""
        for obj in self._discourse.objects if self._words.free else ():
            for modifier in list(obj.modifiers):
                if (part := self._of_modifier(obj, modifier)) is not None:
                    obj.parts.append(part)
                    obj.modifiers.remove(modifier)

    def _of_modifier(self, obj: ObjectDraft, modifier: str) -> NamedPart | None:
        written = self._words.text[obj.span.start : obj.span.end].lower()
        start = written.find(modifier.lower())
        looks = _looks(obj)
        if start < 0 or not looks:
            return None
        span = Span(start=obj.span.start + start, end=obj.span.start + start + len(modifier))
        if (word := word_for(modifier.lower())) is not None:
            part = NamedPart(name=word, colour=None, span=span)
            return part if any(can_show(look, part) for look in looks) else None
        told = _OF_PART.fullmatch(modifier)
        if told is None:
            return None
        name = _WHOLE.get(told["part"].lower(), told["part"].lower())
        colour = self._shade(told["colour"].replace("-", " ").lower(), name)
        part = NamedPart(name=name, colour=colour, span=span)
        return part if colour is not None and any(can_show(look, part) for look in looks) else None

    def _latest(self, here: int) -> ObjectDraft | None:
        named = objects_in(self._discourse.group) or self._discourse.recent_objects[:1]
        return named[-1] if named and self._words.tokens[here].start >= named[-1].span.end else None

    def _activity(self, here: int, owner: ObjectDraft) -> _Found | None:
        """ "riding her bicycle", and nobody's dog in "walking her dog"."""
        words, said, found = self._words, list[str](), self._mood(here, owner)
        if found is not None:
            return found
        for end in range(here, min(here + _LONGEST, len(words))):
            if words.lower(end) in UNSAID and end > here:
                continue
            said.append(words.lower(end))
            name = by_words().get(tuple(said))
            found = _Found(name, None, end + 1) if name is not None else found
        if found is None or not self._ends(found.end) or words.lower(found.end) in UNSAID or words.number(found.end):
            return None
        bears = any((owner,) == targets for obj in self._discourse.objects for way, targets in obj.links if way in BORNE)
        return found if not bears and any(variant_of(look, found.part) for look in _looks(owner)) else None

    def _mood(self, here: int, owner: ObjectDraft) -> _Found | None:
        """ "(a woman) smiling"."""
        word = word_for(self._words.lower(here))
        part = NamedPart(name=word, colour=None, span=owner.span) if word is not None and owner.living else None
        shown = part is not None and any(can_show(look, part) for look in _looks(owner))
        return _Found(part.name, None, here + 1) if part is not None and shown and self._ends(here + 1) else None

    def _before(self, at: int, owner: ObjectDraft) -> _Found | None:
        """ "a bright red roof"."""
        words = self._words
        at = words.after(at, _DETERMINERS, most=1)
        curly = ""
        while words.lower(at) in _MANNERS:
            curly = "curly" if words.lower(at) == "curly" else curly
            at += 1
        colour, after = self._colour(at)
        word = words.lower(after)
        variant = "curly" if curly and word == HAIR and colour is None else word if word == "beard" else ""
        if not self._ends(after + 1):
            return None
        if variant and any(variant_of(look, variant) for look in _looks(owner)):
            return _Found(variant, colour, after + 1)
        return self._shown(owner, word, colour, after + 1)

    def _behind(self, at: int, owner: ObjectDraft) -> _Found | None:
        """ "roof is blue"."""
        words = self._words
        if words.lower(at + 1) not in _COPULAS:
            return None
        colour, after = self._colour(at + 2)
        return self._shown(owner, words.lower(at), colour, after) if colour is not None and self._ends(after) else None

    def _colour(self, at: int) -> tuple[str | None, int]:
        words = self._words
        found = words.longest_colour(at, at + 3)
        if found is not None:
            return found
        shade = shade_of_hair(words.lower(at)) if words.lower(at + 1) in {HAIR, "beard"} else None
        return (shade, at + 1) if shade is not None else (None, at)

    def _shade(self, written: str, part: str) -> str | None:
        shade = shade_of_hair(written) if part == HAIR else None
        return shade or colours.named(written)

    def _ends(self, at: int) -> bool:
        """Whether no noun goes on here: "a red roof tile"."""
        words = self._words
        if not words.is_word(at) or words.has("stops", at) or words.lower(at) in words.lexicon.verb_forms:
            return True
        return words.entry_of(words.lower(at)) is None and not words.lower(at).endswith("s")

    def _shown(self, owner: ObjectDraft, word: str, colour: str | None, end: int) -> _Found | None:
        for look in _looks(owner):
            name = part_of(look, word)
            if name is not None and can_show(look, NamedPart(name=name, colour=colour, span=owner.span)):
                return _Found(name, colour, end)
        return None

    def _goes_with(self, owner: ObjectDraft, found: _Found) -> bool:
        """Whether one picture shows this and what was told before."""
        parts = [*owner.parts, NamedPart(name=found.part, colour=found.colour, span=owner.span)]
        return any(painted_look(look, parts) is not None for look in _looks(owner))

    def _take(self, owner: ObjectDraft, found: _Found, here: int) -> None:
        tokens = self._words.tokens
        span = Span(start=tokens[here].start, end=tokens[found.end - 1].end)
        owner.parts.append(NamedPart(name=found.part, colour=found.colour, span=span))
        self._end, self._owner = found.end, owner
        if owner.living and found.part not in activities():
            self._bearing.goes_on(owner, found.end)


def _looks(obj: ObjectDraft) -> tuple[str, ...]:
    entry = lookup(obj.noun, Vocabulary.ICONS) if not obj.of else None
    return entry.looks if entry is not None and not entry.kind else ()


def of_part(unit: Unit, scene: Scene) -> FateOfWords | None:
    """What becomes of the words that tell of a part."""
    for obj, part in _all(scene):
        if part.span.start <= unit.start and unit.end <= part.span.end:
            word = unit.text.lower()
            if word in _MANNERS - {"bright", "painted", "dyed"} and part.name != word and not _as_long(obj, word):
                return FateOfWords(
                    Fate.NOT_POSSIBLE, f"said of the {part.name}: a pictogram cannot show it", "quality", obj.key
                )
            if part.colour is not None:
                return FateOfWords(Fate.DRAWN, f"the {part.name} in {part.colour}", "part_coloured", key_of(obj.key, part.name))
            if (pattern := pattern_of(part.name)) is not None:
                return FateOfWords(Fate.DRAWN, f"painted with {pattern.name}", "part_shown", key_of(obj.key, part.name))
            aspect = ("part_shown", key_of(obj.key, part.name)) if is_variant(part) else ("present", obj.key)
            return FateOfWords(Fate.DRAWN, f"the picture of the {obj.noun} shows it", *aspect)
    return None


def _as_long(obj: SceneObject, word: str) -> bool:
    entry = lookup(obj.noun, Vocabulary.ICONS)
    return entry is not None and has_length(entry.looks[0], word)


def _all(scene: Scene) -> Iterator[tuple[SceneObject, NamedPart]]:
    return ((obj, part) for obj in scene.objects for part in obj.parts)
