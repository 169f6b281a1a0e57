"""What is said of the whole image: style, light, background, what must be absent, and remarks about all objects."""

from collections.abc import Sequence

from genevolve.world.language import colours
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import GroundDraft, ObjectDraft
from genevolve.world.language.free_nouns import prohibition
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, Style
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.setting import NIGHT, SUNSET, UNDERWATER, Settings
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_AFLOAT = frozenset({"boat", "sailboat", "ship", "canoe", "ferry", "yacht", "sailing ship", "galleon", "whale", "dolphin"})
_WATERS = word_set("sea ocean lake river pond lagoon")
_LOW_SUN = word_set("sunset sunrise dusk dawn twilight")
_BACKGROUND_LEADS = word_set("on with against over in has have use give")
_NEGATORS = word_set("no without avoid avoiding excluding exclude omit minus neither")
_NEGATED_VERBS = word_set("don't not mustn't shouldn't never won't isn't aren't")
_NEGATING_PAIRS = frozenset({"do not", "should not", "must not", "free of", "rather than"})
_NEGATING_PAIRS_FREE = frozenset({"leave out", "leave off", "instead of", "but not", "and not", "skip the", "except for"})
SURFACES = word_set("card poster flyer banner page paper sheet postcard invitation label tag canvas ticket cover")
JOINING = frozenset({"and", "with", "in", "by", "near", "behind", "over", "above", "beside", "around"})  # parts of a landscape
_NOBODY = frozenset({"nobody", "no one", "noone"})
_NEGATED_OBJECT_LEADS = word_set("any include draw add show use be contain have put the place there")
_ONLY_THIS = (
    "nothing else",
    "nothing more",
    "no other",
    "no additional",
    "no further",
    "no extra",
    "no more",
    "without other",
    "without any other",
    "without anything else",
    "leave out everything",
)
_TEXT = word_set("text texts words lettering writing letters")
_BODY_PARTS = ("anatom", "limb", "distort", "deform", "undistorted", "proportion", "intact")
_BODY_SOUND = word_set("complete whole full correct right natural well sound healthy perfect")
_OF_ALL = word_set("each every all everything everyone they objects animals")
_ELEMENTS = word_set("element elements object objects part parts thing things detail details")


class WholeImage:
    def __init__(self, words: Words, phrases: NounPhrases, settings: Settings, discourse: Discourse) -> None:
        self.words = words
        self.phrases = phrases
        self.settings = settings
        self.discourse = discourse
        self.background: str | None = None
        self.light: str | None = None
        self.style: Style | None = None
        self.style_thorough = False
        self.absent: list[str] = []
        self.excluded: list[Span] = []
        self.nothing_else = False
        self.denied_up_to = -1  # the token behind what was said last not to be there
        self._background_said = False  # a "… background" phrase said it, so no mere place replaces it

    # ---- style and light -------------------------------------------------------------------------------------

    def read_style(self, here: int) -> int:
        found = self.settings.style_at(here)
        if found is None:
            return here
        self.style = self.style or found.meaning
        self.style_thorough = self.style_thorough or self._thorough(here)
        return found.end

    def _thorough(self, here: int) -> bool:
        said = self.words.sentence(here)
        every = bool({"every", "each", "all"} & said) and bool(_ELEMENTS & said)
        return every or bool(said & self.words.lexicon.words["thorough"]) or "everything" in said

    def read_light(self, here: int) -> int:
        found = self.settings.light_at(here)
        if found is None:
            return here
        self.light = self.light or found.meaning
        return found.end

    def read_underwater(self, here: int) -> int:
        end = self.settings.underwater_at(here)
        if end > here:
            self.set_background(UNDERWATER)
        return end

    def night_falls(self) -> None:
        """At the end of the text: what happens at night, and nobody says where, happens under a night sky."""
        if self.background is None and self.light is not None and self.settings.is_night(self.light):
            self.background = NIGHT
        if self.words.free and self.background is None and self.light is not None and self.settings.is_day(self.light):
            aloft = all(obj.noun in self.words.lexicon.words["airborne"] for obj in self.discourse.objects)
            afloat = any(obj.noun in _AFLOAT for obj in self.discourse.objects)
            self.background = "sea" if afloat else "sky" if "sky" in self.light.lower() and aloft else "outdoors"
        low_sun = self.background is None and self.light is not None and self.words.free
        if low_sun and _LOW_SUN & set((self.light or "").lower().split()):
            self.background = SUNSET

    # ---- background ------------------------------------------------------------------------------------------

    def read_background(self, here: int) -> int:
        words = self.words
        at = here + (words.lower(here) in _BACKGROUND_LEADS)
        found = self.settings.background_at(at)
        if found is not None:
            self.set_background(found.meaning)
            return found.end
        if (end := self._on_colour(here)) > here:
            return end
        at = words.after(at, {"the", "a", "its"})
        if not self.settings.is_background(at):
            return here
        if words.lower(here) == "in":  # "in the background": behind the others, which says no more than that
            self.discourse.last = Last.PLACE
        else:
            self.discourse.turn_to([GroundDraft()])
        return at + 1

    def _on_colour(self, here: int) -> int:
        """ "a red chair on white", "on a white card"."""
        words = self.words
        if not words.free or words.lower(here) not in {"on", "against"}:
            return here
        at = words.after(here + 1, {"plain", "pure", "solid", "a"})
        found = words.longest_colour(at, at + 3)
        if found is not None and words.lower(found[1]) in SURFACES and words.lower(here + 1) == "a":
            self.set_background(found[0])
            return found[1] + 1
        if found is None or words.lower(here + 1) == "a" or (words.is_word(found[1]) and not words.has("stops", found[1])):
            return here
        self.set_background(found[0])
        return found[1]

    def set_background(self, description: str) -> None:
        if description and (not self._background_said or colours.named(description) is not None):
            self.background, self._background_said = description, True

    def settle(self, phrase: NounPhrase) -> bool:
        """The scene is set in a place; returns whether objects can stand there."""
        determiners = self.words.lexicon.words["definite"] | {"a", "an", "some"}
        said = self.words.words(phrase.start, phrase.end)
        if self.words.free:  # with its hyphens: "snow-covered"
            said = self.words.written(phrase.start, phrase.end).lower()
        place = [word for word in said.split() if word not in determiners]
        if self.background is None:
            self.background = " ".join(place)
        elif self.words.free and self._within_another(phrase):  # "a street in a village"
            self.background = f"{self.background} in the {' '.join(place)}"
        return not self.words.has("airborne_settings", phrase.end - 1)

    def names_place(self, here: int) -> bool:
        """Whether the word at ``here`` is the last one for where the scene is set: "(in a) garden (full of flowers)"."""
        return self.words.free and [self.words.lower(here)] == (self.background or "").split()[-1:]

    def _within_another(self, phrase: NounPhrase) -> bool:
        return self.words.lower(phrase.start - 1) == "in" and self.names_place(phrase.start - 2)

    def background_of_hour(self) -> bool:
        """Whether only the hour told where the scene is set."""
        return self.background in {NIGHT, SUNSET}

    def go_ashore(self, objects: Sequence[ObjectDraft]) -> None:
        """ "A lighthouse by the sea" stands on its shore, a boat there is on the water."""
        water = self.background is not None and self.background.split()[-1] in _WATERS
        if water and not any(obj.noun in _AFLOAT for obj in objects):
            self.background = f"{self.background} shore"

    def predicate_background(self, here: int) -> int:
        """ "The background is a starry sky", when nothing better was said of it."""
        topics = self.discourse.active
        if not any(isinstance(topic, GroundDraft) for topic in topics) or self.discourse.last is not Last.NOUN:
            return here
        phrase = self.phrases.any_at(here)
        if phrase is None:
            return here
        end = self._land_end(phrase.end)
        self.set_background(self.settings.describe(self.words.after_determiners(here), end))
        return end

    def _land_end(self, here: int) -> int:
        """The end of "(hills) and a river", "(a street) in the village", where nothing but places is named; else ``here``."""
        words, at = self.words, here
        while words.free and words.lower(at) in JOINING:
            place = words.after_determiners(at + 1)
            place += words.adjective(place)
            if not (words.is_place(place) or words.lower(place) in _WATERS):
                return here
            at = place + 1
        return here if words.is_word(at) and not words.has("stops", at) else at

    # ---- remarks about objects --------------------------------------------------------------------------------

    def end_sentence(self, start: int, end: int) -> None:
        """Apply what the sentence says of bodies and shadows to its objects, or to all objects."""
        said = [self.words.lower(index) for index in range(start, end)]
        unique = set(said)
        natural = {"nothing", "missing"} <= unique or ({"natural", "naturally"} & unique and {"look", "looks"} & unique)
        if (
            natural
            or any(word.startswith(_BODY_PARTS) for word in unique)
            or ({"body", "bodies"} & unique and (_BODY_SOUND & unique or "full" in unique))
        ):
            for obj in self._concerned(unique):
                obj.body_described = True
        if self._casts_shadow(said):
            for obj in self._concerned(unique):
                obj.grounded = True

    def _casts_shadow(self, said: list[str]) -> bool:
        grounds = self.words.lexicon.words["grounds"]
        for index, word in enumerate(said):
            before = set(said[max(0, index - 3) : index])
            if word in {"shadow", "shadows"} and not before & {"no", "without", "of"}:
                return True
            if word in grounds and before & {"the", "on", "flat", "solid"}:
                return True
        return "grounded" in said

    def _concerned(self, said: set[str]) -> list[ObjectDraft]:
        objects = self.discourse.objects
        subject = self.discourse.sentence
        return objects if said & _OF_ALL or not subject else subject

    # ---- what must not be there ------------------------------------------------------------------------------

    def read_negation(self, here: int) -> int:
        words = self.words
        if words.free and self.words.is_word(here) and words.tokens[here].shouted and words.shouted(here + 1):
            return here  # "NO RUSH" is itself the text
        for phrase in _ONLY_THIS:
            length = len(phrase.split())
            if words.words(here, here + length) == phrase and not self._says_less(phrase, here + length):
                self.nothing_else = self.nothing_else or words.lower(here + length) not in _TEXT
                return self._pass_over(here + length, keep=False)
        if words.lower(here) == "just" and words.lower(here + 1) in {"that", "this", "these"}:
            self.nothing_else = True
            return here + 2
        if (end := self._nobody(here) or self._alone(here) or self._any_but(here)) > here:
            return end
        end = self._negator(here)
        if end == here or prohibition(words, here) > here:
            return here
        tokens = words.tokens
        if words.free and (excluded := self._quality(here, end)) > end:
            self.excluded.append(Span(start=tokens[here].start, end=tokens[excluded - 1].end))
            self._rule_out(here, excluded)
            return excluded
        if words.free and words.lower(here) == "not" and words.lexicon.relations.at(words.tokens, end) is not None:
            return here  # "not on the sofa but under it": see relations
        if words.free and end > here + 1:
            self.excluded.append(Span(start=tokens[here].start, end=tokens[end - 1].end))
        end = words.after(end, _NEGATED_OBJECT_LEADS, most=5)
        if (
            words.lower(end) in {"other", "additional", "further", "extra", "anything", "else"}
            and words.lower(end + 1) not in _TEXT
        ):
            self.nothing_else = True
            return self._pass_over(end + 1, keep=False)
        self.denied_up_to = self._pass_over(end, keep=True)
        return self.denied_up_to

    def _nobody(self, here: int) -> int:
        words = self.words
        end = here + 1 + (words.lower(here) == "no")
        if not words.free or words.words(here, end) not in _NOBODY:
            return 0
        self.absent.append("person")
        self.excluded.append(Span(start=words.tokens[here].start, end=words.tokens[end - 1].end))
        return end

    def _rule_out(self, here: int, end: int) -> None:
        """The colours of the tokens from ``here`` to ``end`` are none of the objects that are spoken of."""
        if not self.discourse.active:  # "A bus. Not a yellow one, blue."
            self.discourse.turn_to(self.discourse.recent_objects[:1])
        found = [colour for at in range(here, end) if (colour := self.words.colour(at, 1)) is not None]
        for obj in objects_in(self.discourse.active):
            obj.avoided += found

    def _any_but(self, here: int) -> int:
        """ "a flower in any colour but pink", "anything but red"."""
        words = self.words
        at = words.after(here, {"in", "is", "of"}, most=1)
        coloured = words.lower(at) == "any" and words.lower(at + 1) in {"colour", "color", "shade"}
        led = words.after(at + 2, {"but", "except", "other", "than", "for", "not"}, most=3)
        if not coloured and words.words(at, at + 2) == "anything but":
            coloured, led = True, at + 2
        found = words.longest_colour(led, led + 3) if words.free and coloured and led > at + 1 else None
        if found is None:
            return 0
        self.excluded.append(Span(start=words.tokens[here].start, end=words.tokens[found[1] - 1].end))
        self._rule_out(led, found[1])
        return found[1]

    def _alone(self, here: int) -> int:
        """ "the flag of Chad on its own"."""
        words = self.words
        if not words.free or words.words(here, here + 3) not in {"on its own", "on their own"}:
            return 0
        self.nothing_else = True
        self.excluded.append(Span(start=words.tokens[here].start, end=words.tokens[here + 2].end))
        return here + 3

    def _quality(self, here: int, end: int) -> int:
        """ "not brown", "not a black one": what rules out a quality of an object that is there."""
        words = self.words
        if words.words(here, here + 3) == "none of them":
            found = words.longest_colour(here + 3, here + 6)
            return found[1] if found is not None else end
        if words.lower(end - 1) not in {"not", "never", "isn't", "aren't", "no"}:
            return end
        at = words.after_determiners(end)
        start = at
        while at < start + 4 and words.adjective(at):
            at += 1
        if at == start:
            return end
        if words.lower(at) in {"one", "ones"}:
            return at + 1
        if words.lower(end - 1) == "no":
            return end
        ends = not words.is_word(at) or words.has("stops", at)
        return at if ends and words.entry_of(words.lower(at - 1)) is None else end

    def _says_less(self, phrase: str, end: int) -> bool:
        """ "no more than three", "no more and no less"."""
        return phrase == "no more" and self.words.lower(end) in {"than", "and", "or", ""}

    def _negator(self, here: int) -> int:
        words = self.words
        word = words.lower(here)
        if word in _NEGATORS or word in _NEGATED_VERBS:
            return here + 1
        pair = words.words(here, here + 2)
        if words.free and words.words(here, here + 3) == "none of them":
            return here + 3
        return here + 2 if pair in _NEGATING_PAIRS or (words.free and pair in _NEGATING_PAIRS_FREE) else here

    def _pass_over(self, here: int, *, keep: bool) -> int:
        """The end of what is negated: noun phrases joined by "or", "nor", commas."""
        words = self.words
        while (phrase := self.phrases.any_at(here)) is not None:
            if keep and not phrase.noun.startswith(_BODY_PARTS) and not words.has("features", phrase.end - 1):
                self.absent.append(phrase.noun)
            here = phrase.end
            joiner = here
            while words.lower(joiner) in {"or", "nor", "any", "no"} or words.kind(joiner) is Kind.COMMA:
                joiner += 1
            negated = words.lower(joiner - 1) in {"or", "nor", "any", "no"} or words.lower(joiner + 1) in {"or", ","}
            if joiner == here or not (negated or words.kind(joiner + 1) in {Kind.COMMA, Kind.STOP}):
                break
            here = joiner
        return here
