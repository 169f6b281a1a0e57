"""What is told from the other side: "a scarf | around the neck of a dog", "a rose in the hand of a girl", "a hat on a cat"."""

from genevolve.core.claim import Direction
from genevolve.world.language import bodies
from genevolve.world.language.actions import sign_of
from genevolve.world.language.bodies import Spot
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.objects import Objects
from genevolve.world.language.words import Words

_AT = word_set("in on around round over at upon")
_WORN = word_set("head heads neck necks nose eyes face ears")
_HELD = word_set("hand hands paw paws arms claws fist wing trunk")
_MOUTHS = word_set("mouth mouths beak beaks jaws teeth")


class PutOn:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse

    def read(self, here: int) -> int:
        """The end of "around the neck of a dog", "around a dog's neck"; ``here`` where no such words stand."""
        words = self.words
        borne = objects_in(self.discourse.related)[-1:]
        if not words.free or words.lower(here) not in _AT or not borne or borne[0].living:
            return here
        found = self._of(here + 1, borne[0]) or self._owned(here + 1, borne[0])
        if found is None:
            return here
        way, bearers, end = found
        self.discourse.relate(borne, way, bearers)
        borne[0].grounded = False
        self.discourse.group, self.discourse.last, self.discourse.joining = list(bearers), Last.OBJECT, False
        return end

    def _of(self, at: int, borne: ObjectDraft) -> tuple[Direction, list[ObjectDraft], int] | None:
        """ "the neck of a dog"."""
        words = self.words
        way = _way(words.lower(at + 1), borne) if words.lower(at) in {"the", "a"} and words.lower(at + 2) == "of" else None
        phrase = self.objects.phrases.at(at + 3) if way is not None else None
        if way is None or phrase is None or not (phrase.living or bodies.has_body(phrase.noun)):
            return None
        drafts, end = self.objects.resolve(phrase, as_target=True)
        return way, [draft for draft in drafts if draft is not borne], end

    def _owned(self, at: int, borne: ObjectDraft) -> tuple[Direction, list[ObjectDraft], int] | None:
        """ "a dog's neck"."""
        phrase = self.objects.phrases.any_at(at)
        way = _way(phrase.head, borne) if phrase is not None and phrase.owner else None
        if way is None or phrase is None:
            return None
        owner = self.objects.owner(phrase)
        return None if owner is None or owner is borne else (way, [owner], phrase.end)

    def settle(self) -> None:
        """What is worn and said to be "on" somebody is worn: a scarf does not stand on a snowman."""
        for obj in self.discourse.objects if self.words.free else ():
            spot = bodies.spot_of(obj.noun)
            if spot is None or obj.living or sign_of(obj.noun) is not None:
                continue
            for number, (way, targets) in enumerate(obj.links):
                host = targets[0]
                if way is Direction.ON and isinstance(host, ObjectDraft) and _wears(host, spot):
                    obj.links[number] = (Direction.WORN, targets)
                    obj.grounded = False


def _wears(host: ObjectDraft, spot: Spot) -> bool:
    """Whether it has a body; a hat over one that has a hat of its own stands on that."""
    body = (host.living or bodies.has_body(host.noun)) and bodies.spot_of(host.noun) is None
    hatted = bodies.bears(host.noun, Spot.EYES) and not bodies.bears(host.noun, Spot.TOP)
    return body and not (spot is Spot.TOP and hatted)


def _way(part: str, borne: ObjectDraft) -> Direction | None:
    if part in _WORN:
        return Direction.WORN if bodies.spot_of(borne.noun) is not None else None
    if part in _MOUTHS:
        return Direction.AT_MOUTH
    return Direction.HELD if part in _HELD else None
