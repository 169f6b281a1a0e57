"""What somebody does that a flat picture shows: eats or drinks something, looks at somebody, sits on a shoulder."""

from collections.abc import Sequence

from genevolve.core.claim import Arrangement, Direction
from genevolve.world.language import bodies
from genevolve.world.language.acting import Acting
from genevolve.world.language.bearing import Bearing
from genevolve.world.language.bodies import Spot
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.handling import handled, is_handling
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.objects import Objects
from genevolve.world.language.phrases import FACE_TO_FACE, NounPhrase
from genevolve.world.language.put_on import PutOn
from genevolve.world.language.relations import PRONOUNS, Relations
from genevolve.world.language.words import Words

EATING = word_set(
    """
    eating eats eat biting bites bite nibbling nibbles chewing chews munching munches licking licks gnawing gnaws devouring
    devours gobbling drinking drinks drink sipping sips slurping slurps
    """
)
_AT_IT = word_set("on at from")
LOOKING = word_set("looking looks look staring stares stare gazing gazes gaze glaring glares peering peers")
WATCHING = word_set("facing faces face watching watches watch")
_TOWARDS = word_set("at towards toward")
_UP_DOWN = word_set("up down back straight directly")
_SEATED = word_set("sitting sits perched perches perching seated standing stands")
_SHOULDERS = word_set("shoulder shoulders")
_DENIED = word_set("not never without")
_OVER = word_set("over above across past")
_EACH_OTHER = frozenset({"each other", "one another"})


class Doing:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse, bearing: Bearing, relations: Relations) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse
        self.bearing = bearing
        self.relations = relations
        self.put_on = PutOn(words, objects, discourse)
        self.acting = Acting(words, objects, discourse, relations.texts)

    def read(self, here: int) -> int:
        """The end of what somebody does; ``here`` where nothing is that a picture shows."""
        if not self.words.free or self.discourse.last is Last.CAST:
            return here
        readings = (self._eating, self._handling, self._looking, self._on_shoulder, self.acting.read, self.put_on.read)
        return next((end for reading in readings if (end := reading(here)) > here), here)

    def settle(self, *, slotted: bool) -> None:
        """What could be told only at the end: what is worn, and the signs of what somebody does; not of who stands in a slot of
        a form."""
        self.put_on.settle()
        if not slotted:
            self.acting.settle()

    def _eating(self, here: int) -> int:
        """ "a rabbit | eating a carrot": it is at the mouth."""
        words = self.words
        if words.lower(here) not in EATING:
            return here
        phrase = self.objects.phrases.at(words.after(here + 1, _AT_IT, most=1))
        drawn = phrase is not None and phrase.known and not phrase.quantity.definite
        eaters = self._bodies(Spot.MOUTH)
        if phrase is None or not drawn or not eaters:
            return here
        (eater,) = eaters
        if not _one_each(phrase.number, eater.number):
            return here
        return self.bearing.bear(phrase, Direction.AT_MOUTH, eater)

    def _handling(self, here: int) -> int:
        """ "an owl | reading a newspaper", "a boy | flying a kite"."""
        words, verb = self.words, self.words.lower(here)
        if not is_handling(verb) or words.lower(here - 1) in _DENIED:
            return here
        phrase = self.objects.phrases.at(words.after(here + 1, _AT_IT, most=1))
        way = handled(verb, phrase.noun) if phrase is not None and phrase.known else None
        if phrase is None or way is None or phrase.size is not None or self._goes_over(phrase.end):
            return here  # how large it is, and over what it flies, follows from its place
        if way is Direction.PULLED:
            return self._pulling(here, phrase)
        spot = bodies.spot_for(way, phrase.noun)
        held = way is Direction.HELD  # who has no hand is lost later, in words
        doers = [obj for obj in self._latest() if (held and obj.living) or (spot and bodies.bears(obj.noun, spot))]
        if not doers or not _one_each(phrase.number, doers[0].number):
            return here
        return self.bearing.bear(phrase, way, doers[0])

    def _goes_over(self, here: int) -> bool:
        """ "(flying a kite) | over a house", but not "… over the sea", where the scene is set."""
        words = self.words
        return words.lower(here) in _OVER and not any(words.is_place(at) for at in range(here + 1, here + 4))

    def _pulling(self, here: int, phrase: NounPhrase) -> int:
        """ "a horse | pulling a cart", which more may be said of: "… full of hay"."""
        pullers = objects_in(self.discourse.active)[-1:]
        if phrase.number != 1 or not pullers or pullers[0].number != 1 or not bodies.heads(pullers[0].noun):
            return here
        drafts, end = self.objects.resolve(phrase, as_target=True)
        self.discourse.relate(drafts, Direction.PULLED, pullers)
        self.discourse.group, self.discourse.last, self.discourse.joining = list(drafts), Last.OBJECT, False
        return end

    def _bodies(self, spot: Spot) -> list[ObjectDraft]:
        """Who does it, if its picture shows ``spot``."""
        return [obj for obj in self._latest() if bodies.bears(obj.noun, spot)]

    def _latest(self) -> list[ObjectDraft]:
        """The latest that was named, or that is told of, with a body."""
        latest = objects_in(self.discourse.active)[-1:]
        if latest and not (latest[0].living or bodies.has_body(latest[0].noun)):
            latest = [obj for obj in self.discourse.sentence if obj.living][-1:]
        return latest

    def _looking(self, here: int) -> int:
        """ "a cat | looking at a bird", "two dogs | facing each other", "a cow and a duck | face to face"."""
        words = self.words
        subjects = objects_in(self.discourse.related)
        if words.words(here, here + 3) in FACE_TO_FACE and words.lower(here + 3) != "with":
            return here + 3 if self._meet(subjects) else here
        at = self._past_verb(here)
        if at == here or not subjects:
            return here
        if words.words(at, at + 2) in _EACH_OTHER:
            return at + 2 if self._meet(subjects) else here
        if not all(bodies.turns(subject.noun) for subject in subjects):
            return here
        phrase = self.objects.phrases.at(at)
        if words.lower(at) not in PRONOUNS and (phrase is None or not phrase.known):
            return here
        found = self.relations.targets(at, subjects, Direction.NEXT_TO)
        targets = objects_in(found[0]) if found is not None else []
        if found is None or not targets or any(target in subjects for target in targets):
            return here
        self.discourse.relate(subjects, Direction.TURNED_TO, targets)
        self.discourse.group, self.discourse.last, self.discourse.joining = list(targets), Last.OBJECT, False
        return found[1]

    def _past_verb(self, here: int) -> int:
        """Where what is looked at begins; ``here`` where nobody looks."""
        words = self.words
        if words.words(here, here + 3) in FACE_TO_FACE:
            return here + 4
        at = words.after(here + 1, _UP_DOWN, most=1)
        if words.lower(here) in LOOKING | {"turned"} and words.lower(at) in _TOWARDS:
            return at + 1
        verb = words.lower(here) in WATCHING and words.lower(here - 1) not in {"a", "the", "its", "his", "her", "their", "with"}
        return here + 1 if verb else here

    def _meet(self, subjects: Sequence[ObjectDraft]) -> bool:
        """Two of them look at each other, if their pictures show a side."""
        if not subjects or not all(bodies.turns(subject.noun) for subject in subjects):
            return False
        if len(subjects) == 1 and subjects[0].number == 2:
            subjects[0].links.append((Direction.TURNED_TO, (subjects[0],)))
            subjects[0].arrangement = subjects[0].arrangement or Arrangement.ROW
        elif len(subjects) == 2 and all(subject.number == 1 for subject in subjects):
            one, other = subjects
            one.links.append((Direction.TURNED_TO, (other,)))
            other.links.append((Direction.TURNED_TO, (one,)))
        else:
            return False
        self.discourse.last = Last.RELATION
        return True

    def _on_shoulder(self, here: int) -> int:
        """ "an owl | sitting on the shoulder of a boy"."""
        words = self.words
        at = here + (words.lower(here) in _SEATED)
        seated = words.lower(at) in {"on", "onto"} and words.lower(at + 1) == "the" and words.lower(at + 2) in _SHOULDERS
        phrase = self.objects.phrases.at(at + 4) if seated and words.lower(at + 3) == "of" else None
        subjects = objects_in(self.discourse.related)[-1:]
        if phrase is None or not subjects or not bodies.bears(phrase.noun, Spot.SHOULDER):
            return here
        drafts, end = self.objects.resolve(phrase, as_target=True)
        self.discourse.relate(subjects, Direction.AT_SHOULDER, drafts)
        self.discourse.group, self.discourse.last, self.discourse.joining = list(drafts), Last.OBJECT, False
        return end


def _one_each(number: int | None, doers: int | None) -> bool:
    """Whether what is told of with ``number`` is one thing, or one for each of the ``doers``."""
    return number == 1 or (number or doers) == doers != 1
