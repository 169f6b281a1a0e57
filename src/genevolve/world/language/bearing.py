"""What somebody wears or holds, and what a thing shows: "a fox wearing a hat", "a mug with a heart on it"."""

from collections.abc import Collection

from genevolve.core.claim import Direction
from genevolve.world.language import bodies
from genevolve.world.language.bodies import Spot
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.objects import Objects
from genevolve.world.language.phrases import NounPhrase
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_WEARING = word_set("wearing wears wear sporting donning")
_HOLDING = word_set("holding holds hold carrying carries carry clutching gripping waving")
_HAVING = word_set("with has have having in")
_SAT_ON = word_set("surfboard skateboard pillow cushion blanket")
_SHOWING = word_set("showing shows show featuring features bearing bears displaying displays depicting")
_PICTURES = word_set("picture image drawing print photo motif logo symbol")
_HANDS = word_set("hand hands paw paws arms claws fist wing trunk")
_MOUTHS = word_set("mouth mouths beak beaks jaws teeth")
_SHOULDERS = word_set("shoulder shoulders")
_OWN = word_set("its his her their the one each both")
_HEADS = word_set("head heads neck necks nose eyes back shoulder shoulders")
_SITTING = word_set("sitting perched perching seated standing")
_SIDES = word_set("left right other")
_HOLLOW = word_set("mug cup bag tote backpack jar bottle plate blanket")  # with "with" they hold things
# Things that bear a print: what is said to be "on" them is part of their face, and stands nowhere.
_PRINTED = word_set(
    """
    t-shirt tshirt shirt hoodie sweater sweatshirt jersey dress apron bag tote backpack mug cup flag banner pennant pillow
    cushion blanket balloon ball kite badge medal coin shield plate postcard poster stamp envelope surfboard skateboard sail
    phone smartphone tablet screen television laptop book magazine jar bottle cap
    """
)


class Bearing:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse
        self._borne: tuple[Direction, ObjectDraft, int] | None = (
            None  # how, by whom, up to where: "… and a scarf" goes on there
        )

    def read(self, here: int) -> int:
        """The end of what is worn, held or shown; ``here`` where nothing is."""
        words = self.words
        if not words.free or self.discourse.last is Last.CAST:
            return here
        bearers = objects_in(self.discourse.active)[-1:]
        at, word = self.verb(here)
        if not bearers or at == here:
            return here
        bearers = self._printed(here, at) or bearers
        at = self._past_picture(at) if word in _SHOWING else at
        phrase = self._phrase(at)
        if phrase is not None and not bearers[0].living and self._somebodys(word, phrase, bearers[0]):
            bearers = self._somebody() or bearers  # who rides, and not what
        way = self._way(word, phrase, bearers[0]) if phrase is not None else None
        return self.bear(phrase, way, bearers[0]) if phrase is not None and way is not None else here

    def _somebody(self) -> list[ObjectDraft]:
        """Who was told of last that has a body, living or not."""
        return [obj for obj in self.discourse.sentence if obj.living or bodies.has_body(obj.noun)][-1:]

    def bare(self, here: int) -> int:
        """ "(a boy,) | a kite in his hand", "…, parrot on his shoulder": only the part of the body says how."""
        words = self.words
        begins = words.kind(here - 1) is Kind.COMMA or words.lower(here - 1) in {"and", "with"}
        phrase = self._phrase(here) if words.free and begins else None
        if phrase is None:
            return self._in_hand(here)
        somebody = [obj for obj in reversed(self.discourse.sentence) if obj.living or bodies.has_body(obj.noun)]
        ways = [(way, obj) for obj in somebody if (way := self._where(phrase, obj)) is not None]
        fit = [(way, obj) for way, obj in ways if bodies.bears(obj.noun, bodies.spot_for(way, phrase.noun) or Spot.HAND)]
        way, obj = next(iter([*fit, *ways]), (None, None))
        return self.bear(phrase, way, obj) if way is not None and obj is not None else here

    def _in_hand(self, here: int) -> int:
        """ "(a cane) | in his left hand": where nobody knows what is held, the hand is no thing of its own."""
        end = self._place(here, _HANDS | _MOUTHS) if self.words.free else here
        latest = objects_in(self.discourse.active)[-1:]
        return end if not latest or not (latest[0].known or self.words.entry_of(latest[0].noun)) else here

    def borne_at(self, here: int) -> list[ObjectDraft]:
        """What was just said to be borne, if the words for it end at ``here``: the crown of "(a swan with a crown) | made"."""
        if self._borne is None or self._borne[2] != here:
            return []
        way, bearer, _ = self._borne
        return [obj for obj in self.discourse.recent_objects if (way, (bearer,)) in obj.links][:1]

    def _printed(self, here: int, at: int) -> list[ObjectDraft]:
        """The garment of "(a bear wearing a T-shirt) | with a heart on it"."""
        if (
            self._borne is None
            or self._borne[2] != here
            or self._borne[0] is not Direction.WORN
            or self.words.lower(here) != "with"
        ):
            return []
        phrase = self._phrase(at)
        worn = [obj for obj in self.discourse.recent_objects if (Direction.WORN, (self._borne[1],)) in obj.links][:1]
        return [obj for obj in worn if phrase is not None and prints(obj) and self._on_it(phrase.end) > phrase.end]

    def _somebodys(self, word: str, phrase: NounPhrase, bearer: ObjectDraft) -> bool:
        """Whether only somebody with a body can bear it: "(a frog on a bicycle) wearing a helmet", "… in its mouth"."""
        worn = word in _WEARING | _HOLDING and not bodies.has_body(bearer.noun)
        return worn or self._place(phrase.end, _HANDS | _MOUTHS) > phrase.end

    def verb(self, here: int) -> tuple[int, str]:
        """Where the words for bearing that start at ``here`` end, and the one that says how."""
        words = self.words
        at = here + (words.lower(here) in {"that", "who", "which", "is", "are"})
        at += words.lower(at) in {"is", "are"} and at > here
        if words.words(at, at + 2) == "dressed in":
            return at + 2, "wearing"
        known = words.lower(at) in _WEARING | _HOLDING | _SHOWING | (_HAVING if at == here else {"has", "have"})
        return (at + 1, words.lower(at)) if known else (here, "")

    def _past_picture(self, at: int) -> int:
        """ "(showing) a picture of …": what is on the picture."""
        words = self.words
        noun = words.after_determiners(at)
        return noun + 2 if words.lower(noun) in _PICTURES and words.lower(noun + 1) == "of" else at

    def _phrase(self, here: int) -> NounPhrase | None:
        """A new thing that can be drawn."""
        phrase = self.objects.phrases.at(here)
        drawn = phrase is not None and (phrase.known or self.words.entry_of(phrase.noun) is not None)
        if phrase is None or not drawn or self.objects.canvas.is_canvas(phrase):
            return None
        named = phrase.quantity.definite and self.objects.known(phrase) is not None
        owned = phrase.quantity.possessive or bool(phrase.owner)
        return None if named or owned else phrase

    def _way(self, word: str, phrase: NounPhrase, bearer: ObjectDraft) -> Direction | None:
        worn = bodies.spot_of(phrase.noun) is not None and not phrase.living
        body = (bearer.living or bodies.has_body(bearer.noun)) and bodies.spot_of(bearer.noun) is None
        if word in _SHOWING:
            return Direction.PICTURED if prints(bearer) else None
        if body and word not in _WEARING and (where := self._where(phrase, bearer)) is not None:
            return where  # "with a balloon in her hand"
        if word in _HOLDING:
            return Direction.HELD if body else None
        if word in _WEARING:
            return Direction.WORN if worn and body else None
        if worn and body and (word != "in" or phrase.quantity.said or phrase.plural):
            return Direction.WORN
        shown = prints(bearer) and (bearer.noun not in _HOLLOW or self._on_it(phrase.end) > phrase.end)
        shown = shown and not self._beside_it(phrase.end) and not (phrase.living and bearer.noun in _SAT_ON)
        one_each = phrase.number == 1 or (phrase.number is None and (bearer.number or 0) > 1)
        return Direction.PICTURED if word == "with" and shown and one_each else None

    def _where(self, phrase: NounPhrase, bearer: ObjectDraft) -> Direction | None:
        """By the part of the body that is named behind it: "(a bone) in its mouth", "(a parrot) on his shoulder"."""
        if self._place(phrase.end, _MOUTHS) > phrase.end:
            return Direction.AT_MOUTH if bodies.bears(bearer.noun, Spot.MOUTH) else Direction.HELD
        if self._place(phrase.end, _HANDS) > phrase.end:
            return Direction.HELD
        seated = self._place(phrase.end + (self.words.lower(phrase.end) in _SITTING), _SHOULDERS) > phrase.end + 1
        return Direction.AT_SHOULDER if seated and bodies.bears(bearer.noun, Spot.SHOULDER) else None

    def bear(self, phrase: NounPhrase, way: Direction, bearer: ObjectDraft) -> int:
        """ "A fox wearing a hat": the hat is worn by the fox, which the clause goes on to be about."""
        drafts, end = self.objects.resolve(phrase, as_target=True)
        drafts = [draft for draft in drafts if draft is not bearer]
        several = bearer.number is None or bearer.number > 1
        for draft in drafts:
            bare = not phrase.quantity.article and draft.number in {None, 1} and not phrase.quantity.number
            if several and (bare or self.words.lower(end) == "each"):  # "two pigs wearing sunglasses"
                draft.number = bearer.number
        self.discourse.relate(drafts, way, [bearer])
        self.discourse.group, self.discourse.last, self.discourse.joining = [bearer], Last.NOUN, False
        end += self.words.lower(end) == "each"
        end += way is Direction.AT_SHOULDER and self.words.lower(end) in _SITTING
        end = max(self._place(end, _HANDS | _HEADS | _MOUTHS), self._on_it(end))
        self._borne = (way, bearer, end)
        return end

    def goes_on(self, bearer: ObjectDraft, end: int) -> None:
        """What is said of ``bearer`` ends at ``end``; more that it wears may follow: "(red hair) and a black hat"."""
        self._borne = (Direction.WORN, bearer, end)

    def further(self, here: int) -> int:
        """ "(wearing a crown) and a blue scarf"."""
        joined = self.words.lower(here) == "and" or self.words.kind(here) is Kind.COMMA
        if not joined or self._borne is None or here != self._borne[2]:
            return here
        way, bearer, _ = self._borne
        at = here + 1 + (self.words.lower(here + 1) == "and")
        phrase = self._phrase(at)
        worn = phrase is not None and bodies.spot_of(phrase.noun) is not None
        if phrase is not None and way is not Direction.PICTURED and (where := self._where(phrase, bearer)) is not None:
            return self.bear(phrase, where, bearer)
        if phrase is None or phrase.living or not (phrase.quantity.said or phrase.plural or worn):
            return here
        placed = self.words.lexicon.relations.at(self.words.tokens, phrase.end) is not None
        if way in {Direction.PICTURED, Direction.AT_MOUTH, Direction.AT_SHOULDER} or (way is Direction.WORN) != worn or placed:
            return here
        return self.bear(phrase, way, bearer)

    def _place(self, here: int, parts: Collection[str]) -> int:
        """The end of "in its mouth", "on her head"; ``here`` where no such part is named."""
        words = self.words
        if words.lower(here) not in {"in", "on", "around", "over"} or words.lower(here + 1) not in _OWN:
            return here
        at = words.after(here + 2, _SIDES, most=1)
        if words.lower(at) in parts:
            return at + 1
        own = words.lower(here + 1) in _OWN - {"the", "one", "each", "both"} and at == here + 3  # "a book | in its left"
        hand = own or words.words(here + 1, at) == "the other"
        return at if set(parts) >= _HANDS and hand else here

    def _beside_it(self, here: int) -> bool:
        """ "(a flag with a dish) next to it", "(books with a mug) on top"."""
        words = self.words
        if words.words(here, here + 2) == "on top" and words.lower(here + 2) != "of":
            return True
        relation = words.lexicon.relations.at(words.tokens, here)
        apart = relation is not None and relation.meaning not in {Direction.ON, Direction.INSIDE}
        return apart and relation is not None and words.lower(relation.end) in {"it", "them"}

    def _on_it(self, here: int) -> int:
        """The end of "on it", "on the front"; ``here`` where nothing such stands."""
        words = self.words
        if words.lower(here) != "on":
            return here
        if words.lower(here + 1) in {"it", "them"}:
            return here + 2
        return (
            here + 3 if words.lower(here + 1) in {"the", "its"} and words.lower(here + 2) in {"front", "back", "side"} else here
        )


def prints(obj: ObjectDraft) -> bool:
    """Whether a thing like it bears a print."""
    return obj.noun.lower().rpartition(" ")[2] in _PRINTED
