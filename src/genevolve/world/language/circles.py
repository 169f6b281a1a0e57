"""Rings of things around one: "six chairs around a table", "a cat in the middle of five balls"; and the top one of a pile."""

from collections.abc import Sequence

from genevolve.core.claim import Arrangement, Direction, Piling
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import Draft, ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.words import Words

_SOME = 6  # of a ring whose number is not said
_UPPERMOST = word_set("top topmost uppermost highest")
_FEWEST = 3  # things that make a ring


def ringed(words: Words, discourse: Discourse) -> list[ObjectDraft]:
    """Those in a ring that "around" goes on about; in a free request several that nothing was said of yet become one."""
    active = objects_in(discourse.active)
    ring = [obj for obj in active if obj.arrangement is Arrangement.CIRCLE]
    latest = active[-1:]
    if ring or not words.free or not latest or not _several(latest[0]) or latest[0].arrangement or latest[0].links:
        return ring
    latest[0].arrangement, latest[0].number = Arrangement.CIRCLE, latest[0].number or _SOME
    return latest


def in_their_middle(said: str, direction: Direction, targets: Sequence[Draft]) -> Direction:
    """How something stands "in the middle of" ``targets``: of several things, which are then a ring, it is inside."""
    things = objects_in(targets)
    if not said.endswith(("middle of", "centre of", "center of")) or len(things) != 1 or not _several(things[0]):
        return direction
    things[0].arrangement, things[0].number = things[0].arrangement or Arrangement.CIRCLE, things[0].number or _SOME
    return Direction.INSIDE


def top_of_pile(words: Words, here: int, discourse: Discourse) -> list[ObjectDraft]:
    """What "(on the) | top one" is one of: the latest things that lie on each other."""
    said = words.free and words.lower(here) in _UPPERMOST and words.lower(here + 1) == "one"
    return [obj for obj in discourse.recent_objects if isinstance(obj.arrangement, Piling)][:1] if said else []


def _several(thing: ObjectDraft) -> bool:
    return thing.number is None or thing.number >= _FEWEST
