"""Relations between objects and texts: "left of", "between", "flanked by", "bigger than", and those whose target is implied."""

from collections.abc import Sequence

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.circles import in_their_middle, ringed, top_of_pile
from genevolve.world.language.discourse import Discourse, Last, Topic, objects_in, put
from genevolve.world.language.drafts import Draft, GroundDraft, ObjectDraft, TextDraft
from genevolve.world.language.free_nouns import hanging
from genevolve.world.language.lexicon import PhraseMatch, word_set
from genevolve.world.language.model import Size, Span
from genevolve.world.language.objects import Objects
from genevolve.world.language.phrases import NounPhrase
from genevolve.world.language.setting import MOON, UNDERWATER
from genevolve.world.language.texts import BEARING, Texts
from genevolve.world.language.tokens import Kind
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

PRONOUNS = word_set("it them him her they itself themselves")
_FULL = word_set("full filled packed loaded stuffed")
_SMALLER = word_set("smaller shorter tinier small tiny half")
_SIDES = {"left": Direction.LEFT_OF, "right": Direction.RIGHT_OF, "side": Direction.NEXT_TO, "top": Direction.ON}
_OWN = word_set("its their his her")
_FLANKED = frozenset({"flanked by", "framed by", "bracketed by"})
_SURROUNDED = frozenset({"surrounded by", "encircled by", "ringed by", "circled by"})
_STANDING = frozenset({Direction.ON, Direction.INSIDE, Direction.NEXT_TO})
_SETTING = _STANDING | {Direction.BELOW, Direction.ABOVE, Direction.BEHIND, Direction.IN_FRONT_OF}
_PICTURE = word_set("image picture scene canvas frame poster card page photo composition illustration whole design")
_WRITTEN = frozenset({Direction.ON, Direction.INSIDE})
_WRITTEN_SIDES = word_set(
    "screen display side front back cover face chest label icing frosting top surface page lid sail body middle tag rim sleeve"
)
_PLANTS = word_set("cactus plant flower herb rose tulip sunflower daisy fern tree seedling basil mint lavender")


class Relations:
    def __init__(self, words: Words, objects: Objects, texts: Texts, discourse: Discourse, whole: WholeImage) -> None:
        self.words = words
        self.objects = objects
        self.texts = texts
        self.discourse = discourse
        self.whole = whole

    # ---- relation phrases ------------------------------------------------------------------------------------

    def read(self, here: int) -> int:
        found = self.words.lexicon.relations.at(self.words.tokens, here)
        if found is None:
            return here
        by = self.words.lower(here) in {"by", "before", "against"}
        if by and found.end == here + 1 and self.discourse.last not in {Last.NOUN, Last.OBJECT, Last.PLACE}:
            return here
        after = self.words.after(found.end, {"the"}, most=1)
        shown = objects_in(self.discourse.active)
        if (
            self.words.kind(after) is Kind.REFERENCE
            and shown
            and shown[-1].reference is None
            and found.meaning is Direction.INSIDE
        ):
            return here  # "the person in the first reference image": the reference shows that person
        if self.words.lower(here) == "around":
            ring = ringed(self.words, self.discourse)
            if ring or self.words.number(here + 1) is not None:
                return self.circle_around(found.end, ring) if ring else here
        return self.to(here, found.meaning, found.end)

    def read_denied(self, here: int) -> int:
        """ "not on the sofa but under it": the sofa is there, and the relation is not."""
        words = self.words
        found = words.lexicon.relations.at(words.tokens, here + 1) if words.free and words.lower(here) == "not" else None
        if found is None:
            return here
        before = list(self.discourse.group or self.discourse.subject)
        passed = self.targets(found.end, before, found.meaning)
        if passed is None:
            return here
        self.discourse.group = before
        tokens = words.tokens
        self.whole.excluded.append(Span(start=tokens[here].start, end=tokens[found.end - 1].end))
        return passed[1]

    def read_filling(self, here: int) -> int:
        """ "a cart full of apples": the apples are in it."""
        words = self.words
        if not words.free or words.lower(here) not in _FULL or words.lower(here + 1) not in {"of", "with"}:
            return here
        holders = [] if self.whole.names_place(here - 1) else objects_in(self.discourse.active)[-1:]
        found = self.objects.phrases.any_at(here + 2)
        if not holders or found is None:
            return here
        drafts, end = self.objects.resolve(found, as_target=True)
        self.discourse.relate(drafts, Direction.INSIDE, holders)
        for draft in drafts:
            draft.grounded = True
        return end

    def read_acting(self, here: int) -> int:
        """ "a chef cooking soup": what somebody does something to is beside them."""
        words, discourse = self.words, self.discourse
        acting = words.free and words.lower(here).endswith("ing") and words.entry_of(words.lower(here)) is None
        subjects = objects_in(discourse.group)
        written = words.lower(here) in BEARING and (
            words.kind(here + 1) is Kind.QUOTE or words.has("text_nouns", words.after_determiners(here + 1))
        )
        if written or not acting or discourse.last is not Last.NOUN or discourse.joining or not subjects:
            return here
        phrase = self.objects.phrases.at(here + 1)
        if phrase is None or not (phrase.known or phrase.quantity.said) or self.whole.settings.is_setting(phrase):
            return here
        found = self.targets(here + 1, subjects, Direction.NEXT_TO)
        if found is None or not found[0]:
            return here
        discourse.relate(subjects, Direction.NEXT_TO, found[0])
        discourse.group, discourse.last = list(found[0]), Last.OBJECT
        return found[1]

    def to(self, here: int, direction: Direction, target_at: int) -> int:
        """The relation said at ``here`` to what stands at ``target_at``."""
        discourse = self.discourse
        if discourse.last is Last.START and not discourse.subject:
            return self._fronted(here, direction, target_at)
        if discourse.last is Last.CAST:
            if self.words.lower(target_at) in PRONOUNS:
                return target_at + 1
            passed = self.targets(target_at, discourse.active, direction)
            return passed[1] if passed else here
        subjects = discourse.related
        if self.words.lower(target_at) in PRONOUNS:
            if self.words.free and direction is Direction.INSIDE and self._held_already():
                return target_at + 1
            return self._imply(direction, self.words.lower(target_at), target_at + 1)
        side = self._written_side(target_at, discourse.active, direction)
        found = side or self.targets(target_at, subjects, direction)
        if found is None:
            return self.read_particle(here)
        targets, end = found
        direction = in_their_middle(self.words.words(here, target_at), direction, targets) if self.words.free else direction
        known = direction in _WRITTEN and self.words.lower(target_at) == "the"  # "a door with “Exit” on the sign"
        subjects = discourse.active if side or (known and any(map(self.texts.bears, objects_in(targets)))) else subjects
        if targets and self.words.lower(here).startswith("wear"):
            discourse.relate(targets, Direction.ON, [topic for topic in subjects if not isinstance(topic, GroundDraft)])
        elif targets:
            discourse.relate(subjects, direction, targets)
        if targets:
            discourse.group = list(targets)
            discourse.last, discourse.joining = Last.OBJECT, False
        discourse.settled = self.words.free and not targets and discourse.last is Last.NOUN
        return end

    def read_particle(self, here: int) -> int:
        """A relation whose other object goes without saying: "three oranges inside", "Underneath, write …"."""
        words = self.words
        particle = words.lexicon.particles.at(words.tokens, here)
        if particle is None or (
            words.is_word(particle.end) and not words.has("stops", particle.end) and not self._verb(particle.end)
        ):
            return here
        if self.discourse.last is Last.START and not self.discourse.subject:
            return self._fronted_particle(particle)
        if not self.discourse.group or self.discourse.last is Last.CAST:
            return here
        return self._imply(particle.meaning, "it", particle.end)

    def _held_already(self) -> bool:
        """ "a cup with three pencils in it": said twice."""
        latest = self.discourse.recent_objects[:2]
        return any(direction is Direction.INSIDE and targets[0] in latest for obj in latest for direction, targets in obj.links)

    def _verb(self, here: int) -> bool:
        return self.words.has("verbs", here) or self.words.lower(here) in self.words.lexicon.verb_forms

    def _imply(self, direction: Direction, pronoun: str, end: int) -> int:
        subjects: list[Topic] = [topic for topic in self.discourse.active if not isinstance(topic, GroundDraft)]
        targets = self._pronoun_targets(pronoun, subjects, direction)
        if not targets and len(subjects) > 1:  # "a bowl and a spoon to the right of it"
            subjects = subjects[-1:]
            targets = self._pronoun_targets(pronoun, subjects, direction)
        subjects, targets = self._beside_bearer(subjects, targets)
        if direction is Direction.ON and subjects and not objects_in(subjects):  # "write … on it": on the picture, mostly
            carriers = self.words.lexicon.words["carriers"]
            if self.words.free:
                targets = [*[target for target in self.discourse.recent_objects if self.texts.bears(target)][:1]]
            else:
                targets = [*[target for target in objects_in(targets) if target.noun in carriers][:1]]
        self.discourse.relate(subjects, direction, targets)
        self.discourse.last = Last.RELATION
        return end

    def _pronoun_targets(self, pronoun: str, subjects: Sequence[Topic], direction: Direction) -> list[Draft]:
        targets = self._things(self.discourse.antecedents(pronoun, subjects), subjects)
        return targets if direction is Direction.BETWEEN else targets[-1:] if len(targets) < 2 else targets

    def _things(self, targets: list[Draft], subjects: Sequence[Topic]) -> list[Draft]:
        """Of "a tombstone that says “RIP” with a crow on it" it is the stone that "it" is, and not its letters."""
        if not self.words.free or not objects_in(subjects):
            return targets
        borne = [(target.bearer or target.carrier or target) if isinstance(target, TextDraft) else target for target in targets]
        return [target for target in dict.fromkeys(borne) if target not in subjects]

    def _fronted(self, here: int, direction: Direction, target_at: int) -> int:
        """ "Below it, write …", "Between the cat and the dog sits a bird"."""
        if self.words.lower(target_at) in PRONOUNS:
            targets, end = self.discourse.antecedents(self.words.lower(target_at), []), target_at + 1
        else:
            found = self.targets(target_at, [], direction)
            if found is None:
                particle = self.words.lexicon.particles.at(self.words.tokens, here)
                return self._fronted_particle(particle) if particle is not None else here
            targets, end = found
        if targets:
            self.discourse.await_next(lambda draft: self.discourse.relate([draft], direction, targets))
            self.discourse.subject = []
        return end

    def _fronted_particle(self, particle: PhraseMatch[Direction]) -> int:
        targets = self.discourse.antecedents("it", [])[-1:]
        if targets:
            self.discourse.await_next(lambda draft: self.discourse.relate([draft], particle.meaning, targets))
        return particle.end

    def read_own_side(self, here: int) -> int:
        """ "to its left", "on its right side", "on its top"."""
        words = self.words
        if words.lower(here) not in {"to", "on", "at", "by"} or words.lower(here + 1) not in _OWN:
            return here
        direction = _SIDES.get(words.lower(here + 2))
        if direction is None:
            return here
        if words.lower(here) == "on" and (side := self._written_side(here + 1, self.discourse.active, Direction.ON)):
            self.discourse.relate(self.discourse.active, Direction.ON, side[0])
            self.discourse.last = Last.RELATION
            return side[1]
        # of "the house and a car to its right" it is the house
        latest = self._things(self.discourse.latest(self.discourse.active), self.discourse.active)
        end = here + 3 + (words.lower(here + 3) in {"side", "hand"})
        if self.discourse.last is Last.START and not self.discourse.subject:
            return self._fronted_particle(PhraseMatch(direction, end))
        subjects, latest = self._beside_bearer(self.discourse.active, latest)
        self.discourse.relate(subjects, direction, latest)
        self.discourse.last = Last.RELATION
        return end

    def _beside_bearer(self, subjects: Sequence[Topic], targets: list[Draft]) -> tuple[list[Topic], list[Draft]]:
        """ "a flag with a star on it and a bird above it": the bird, and above the flag."""
        bearer = subjects[0] if len(subjects) > 1 and self.words.free else None
        if isinstance(bearer, ObjectDraft) and any(_bears(target, bearer) for target in targets):
            return list(subjects[-1:]), [bearer]
        return list(subjects), targets

    # ---- what a relation points to ---------------------------------------------------------------------------

    def targets(self, here: int, subjects: Sequence[Topic], direction: Direction | None) -> tuple[list[Draft], int] | None:
        """The objects or texts at ``here`` and where they end; none where a setting or the ground stands; None for nothing."""
        first = self._target(here, subjects, direction)
        if first is None:
            return None
        targets, end = first
        if direction is not Direction.BETWEEN or len(targets) != 1 or self.words.lower(end) != "and":
            return targets, end
        second = self._target(end + 1, subjects, direction)
        return (targets, end) if second is None else ([*targets, *second[0]], second[1])

    def _target(self, here: int, subjects: Sequence[Topic], direction: Direction | None) -> tuple[list[Draft], int] | None:
        words = self.words
        at = here + (words.lower(here) == "the")
        if piled := top_of_pile(words, at, self.discourse):
            return [*piled], at + 2
        if words.kind(at) is Kind.REFERENCE:
            return list(self.objects.referred(here, at)), at + 1
        if words.lower(here) in PRONOUNS:
            return self.discourse.antecedents(words.lower(here), subjects)[-1:], here + 1
        if words.lower(here) in _OWN and words.has("features", here + 1):  # "on its head"
            return self.discourse.antecedents("it", subjects)[-1:], here + 2
        background = self.whole.settings.background_at(here)
        if background is not None:
            self.whole.set_background(background.meaning)
            return [], background.end
        text = self.texts.target(here)
        if text is not None:
            return [text[0]], text[1]
        phrase = self.objects.phrases.at(here) or self._bare_place(here, direction)
        return None if phrase is None else self._phrase(phrase, subjects, direction)

    def _written_side(
        self, here: int, subjects: Sequence[Topic], direction: Direction | None
    ) -> tuple[list[Draft], int] | None:
        """ "a truck with “Fresh Fish” on its side", "… on the screen": a side of what bears the text."""
        words = self.words
        at = here + 1 if words.lower(here) in _OWN | {"the"} else here
        written = bool(subjects) and not objects_in(subjects) and not any(isinstance(one, GroundDraft) for one in subjects)
        if not words.free or direction not in _WRITTEN or not written or words.lower(at) not in _WRITTEN_SIDES:
            return None
        end = at + 1
        if words.lower(end) == "of":  # "on the side of a truck"
            return self._target(end + 1, subjects, direction)
        bearers = [obj for obj in self.discourse.recent_objects if self.texts.bears(obj)][:1]
        return ([*bearers], end) if bearers else None

    def _bare_place(self, here: int, direction: Direction | None) -> NounPhrase | None:
        """ "in space", "in deep snow": a place needs no article."""
        phrase = self.objects.phrases.any_at(here) if direction in {Direction.INSIDE, Direction.ON} else None
        place = phrase is not None and self.words.is_place(phrase.end - 1) and phrase.end - phrase.start <= 3
        return phrase if place else None

    def _phrase(
        self, phrase: NounPhrase, subjects: Sequence[Topic], direction: Direction | None
    ) -> tuple[list[Draft], int] | None:
        words = self.words
        canvas = self.objects.canvas
        if canvas.is_canvas(phrase) or canvas.asked_for(phrase) or (phrase.head in _PICTURE and not phrase.known):
            return [], phrase.end
        if words.has("grounds", phrase.end - 1):
            self._ground(subjects)
            return [], phrase.end
        settings = self.whole.settings
        if settings.under_water(phrase, direction):
            self.whole.set_background(UNDERWATER)
            return [], phrase.end
        moon = settings.on_the_moon(phrase, direction)
        if direction in _SETTING and (moon or settings.is_setting(phrase, within=True, direction=direction)):
            self.whole.set_background(MOON if moon else "")
            self._settle(phrase, subjects, direction)
            return [], phrase.end
        if words.has("features", phrase.end - 1) and not (phrase.known or phrase.compound):
            owner = self.objects.owner(phrase)  # "on the lion's head"
            return ([owner], phrase.end) if owner is not None else None
        if words.has("calendar", phrase.end - 1) or (
            direction is Direction.INSIDE and not phrase.quantity.said and not phrase.known
        ):
            return None
        worn = words.has("worn", phrase.end - 1) and any(obj.living for obj in objects_in(subjects))  # "a man in a suit"
        potted = words.free and phrase.noun == "pot" and any(obj.noun in _PLANTS for obj in objects_in(subjects))
        if direction is Direction.INSIDE and (worn or potted):  # the pot that is known is a cook's
            for obj in objects_in(subjects):
                obj.modifiers.append(words.written(phrase.start - 1, phrase.end))
            return [], phrase.end
        drafts, end = self.objects.resolve(phrase, as_target=True)
        return list(drafts), end

    def _settle(self, phrase: NounPhrase, subjects: Sequence[Topic], direction: Direction | None) -> None:
        """The scene is set where ``phrase`` says; what is said to be there stands on its ground, above it or on its shore."""
        free = self.words.free
        if self.whole.settle(phrase) and direction in _STANDING:
            self._ground(subjects)
        if free and direction is Direction.NEXT_TO:
            self.whole.go_ashore(objects_in(subjects))
        hung = objects_in(subjects) if direction is Direction.ABOVE else hanging(self.words, phrase, objects_in(subjects))
        for obj in hung if free else ():  # "the moon over a lake"
            if not obj.noun.endswith("bridge"):
                put(obj, Place.TOP)

    def _ground(self, subjects: Sequence[Topic]) -> None:
        """With "a dog playing with a ball in the park" the dog stands there, too."""
        for obj in objects_in([*subjects, *self.discourse.subject]):
            obj.grounded = True

    # ---- surrounding and comparing ---------------------------------------------------------------------------

    def read_surrounding(self, here: int) -> int:
        """ "a castle flanked by two trees", "a cake surrounded by candles", "with a tree on either side"."""
        words = self.words
        subjects = self.discourse.active
        said = words.words(here, here + 2)
        if not subjects:
            return here
        if said in _FLANKED | _SURROUNDED:
            direction = Direction.BETWEEN if said in _FLANKED else Direction.INSIDE
            found = self.targets(here + 2, subjects, direction)
            if found is None:
                return here + 2
            self._surround(subjects, direction, objects_in(found[0]))
            return found[1]
        if words.words(here, here + 3) in {"on either side", "on both sides", "on each side", "at either side"}:
            return self._either_side(here + 3, subjects)
        return here

    def _surround(self, subjects: Sequence[Topic], direction: Direction, objects: Sequence[ObjectDraft]) -> None:
        if direction is Direction.INSIDE and objects:
            several = objects[0].number != 1
            objects[0].arrangement = Arrangement.CIRCLE if several else None
            direction = Direction.INSIDE if several else Direction.NEXT_TO
        self.discourse.relate(subjects, direction, objects[:2] if direction is Direction.BETWEEN else objects[:1])
        self.discourse.group, self.discourse.last = list(objects), Last.OBJECT

    def _either_side(self, here: int, subjects: list[Topic]) -> int:
        objects = objects_in(subjects)
        end = here
        targets = self._things(self.discourse.antecedents("it", subjects)[-1:], subjects)
        if self.words.lower(here) == "of":
            found = self.targets(here + 1, subjects, None)
            if found is not None:
                targets, end = found
        if objects:
            for obj in objects:
                obj.number = 2 if obj.number == 1 and len(objects) == 1 else obj.number
            self.discourse.relate(targets, Direction.BETWEEN, [objects[0], objects[-1]])
        return end

    def circle_around(self, here: int, objects: Sequence[ObjectDraft]) -> int:
        """ "(in a circle) around the cake": the cake is inside the circle."""
        found = self.targets(here, list(objects), Direction.NEXT_TO)
        if found is None:
            return here
        self.discourse.relate(found[0], Direction.INSIDE, list(objects[:1]))
        return found[1]

    def _compared_with(self, here: int) -> int | None:
        """Where the other object stands in "bigger than …", "as big as …", "looks small beside …"."""
        words = self.words
        if words.free and words.lower(here + 1) == "times" and words.number(here) is not None:  # "three times the size of"
            times = next((way for way in _TIMES if self._says(here + 2, way)), None)
            return None if times is None else here + 2 + len(times)
        if words.compared(here):
            return here + 2
        if words.words(here, here + 3) in {"twice the size", "half the size"} and words.lower(here + 3) == "of":
            return here + 4
        if not words.has("comparatives", here) or not words.lower(here - 1).startswith(("look", "appear", "seem")):
            return None
        for said in ("beside", "next to", "compared to", "compared with", "by comparison with", "in comparison to"):
            length = len(said.split())
            if words.words(here + 1, here + 1 + length) == said:
                return here + 1 + length
        return None

    def _says(self, here: int, said: Sequence[str]) -> bool:
        """Whether these words stand here, where "…" is any that compares."""
        words = self.words
        return all(
            words.has("comparatives", at) if word == "…" else words.lower(at) == word for at, word in enumerate(said, here)
        )

    def _as_large(self, here: int) -> bool:
        """ "as big as", and neither "twice as big as" nor "half as big as"."""
        words = self.words
        around = words.lower(here - 1) == "as" == words.lower(here + 1)
        return words.free and around and words.lower(here - 2) not in {"twice", "half", "times"}

    def _compared_alone(self, here: int) -> int:
        """ "a whale and a goldfish, the whale much bigger": than the other one."""
        words = self.words
        last = not words.is_word(here + 1) or words.has("stops", here + 1)
        if not words.free or not last or not words.has("comparatives", here) or not words.lower(here).endswith("er"):
            return here
        subjects = self.discourse.recent_objects[:1]
        others = [obj for obj in self.discourse.objects if obj not in subjects]
        if len(subjects) != 1 or len(others) != 1:
            return here
        _compare(subjects, others, smaller=words.lower(here) in _SMALLER)
        return here + 1

    def read_comparison(self, here: int) -> int:
        """ "bigger than the mouse", "twice as big as …", "the larger one, much larger than …"."""
        words = self.words
        at = self._compared_with(here)
        if at is None:
            return self._compared_alone(here)
        subjects = objects_in(self.discourse.related)
        found = self.targets(at, list(subjects), None)
        if found is None:
            return at
        others = objects_in(found[0])
        half = words.free and words.lower(here - 2) == "half"  # "half as big as"
        if not self._as_large(here):
            _compare(subjects, others, smaller=half or words.lower(here) in _SMALLER)
        if others:
            self.discourse.group, self.discourse.last = [*others], Last.OBJECT
        return found[1]


_TIMES = (("the", "size", "of"), ("as", "…", "as"), ("…", "than"))  # behind "three times"


def _bears(borne: Draft, bearer: Draft) -> bool:
    """Whether ``borne`` is worn by, held by or pictured on ``bearer``."""
    return isinstance(borne, ObjectDraft) and any(way in BORNE and bearer in targets for way, targets in borne.links)


def _compare(subjects: Sequence[ObjectDraft], others: Sequence[ObjectDraft], *, smaller: bool) -> None:
    for subject in subjects:
        for other in others:
            large, small = (other, subject) if smaller else (subject, other)
            large.larger_than.append(small)
            _resize(large, Size.LARGE)
            _resize(small, Size.SMALL)


def _resize(obj: ObjectDraft, size: Size) -> None:
    """The size that a comparison implies; what is between two others is of medium size."""
    if obj.size is None:
        obj.size, obj.compared = size, True
    elif obj.compared and obj.size is not size:
        obj.size = Size.MEDIUM
