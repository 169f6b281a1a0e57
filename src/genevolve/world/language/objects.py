"""Objects: which noun phrases are objects, which are the picture itself or mere remarks, and which were named before."""

import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.world.language import free_nouns
from genevolve.world.language.canvas import CanvasReader
from genevolve.world.language.descriptions import Descriptions
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.tokens import Kind
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_LINKS = word_set(
    """
    from in of shown as seen taken copied matching like based on exactly the depicted pictured appearing using given
    provided by is see per after to identical which that appears with
    """
)
_LINKED = word_set(
    """
    from in of shown as seen taken copied matching like based on depicted pictured using given provided by see per
    identical
    """
)
_RELATIVE = word_set("that which whose")
_PAINTED = word_set("is are be painted coloured colored")
_SAYING = word_set("says reads is are say saying")
_DRAWN_FROM = word_set(
    """
    of and with showing featuring depicting draw paint show include add place put plus between near beside above
    below under
    """
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_POURED = word_set("bottle jar glass cup can jug")
_CAST = word_set("shadow shadows reflection reflections")
REFERENCE_NOUN = "reference image"


class Objects:
    def __init__(
        self,
        words: Words,
        phrases: NounPhrases,
        descriptions: Descriptions,
        canvas: CanvasReader,
        discourse: Discourse,
        whole: WholeImage,
    ) -> None:
        self.words = words
        self.phrases = phrases
        self.descriptions = descriptions
        self.canvas = canvas
        self.discourse = discourse
        self.whole = whole

    # ---- noun phrases ----------------------------------------------------------------------------------------

    def read(self, here: int) -> int:
        """A noun phrase in its own right."""
        words = self.words
        if words.kind(here) is Kind.PICTOGRAM:
            return free_nouns.read_pictogram(words, self.discourse, here)
        if (place := free_nouns.place_first(words, self.phrases, here)) is not None:
            self.whole.settle(place)
            return place.end
        if free_nouns.is_verb(words, here):
            return here + 1
        phrase = self.phrases.at(here) or self._content_of_picture(here) or free_nouns.name_first(words, self.phrases, here)
        if phrase is None:
            return here
        if free_nouns.take_feature(words, phrase, objects_in(self.discourse.active)):
            return phrase.end
        if self._only_colour(phrase) or (not phrase.known and words.has("text_nouns", phrase.end - 1)):
            return here if self._only_colour(phrase) else phrase.end
        if not phrase.known and words.has("vague_nouns", phrase.end - 1) and words.lower(phrase.end) not in _RELATIVE:
            if phrase.quantity.universal:
                self.discourse.turn_to(self.discourse.objects)
            return phrase.end
        if phrase.quantity.universal and not phrase.known and words.has("generic_heads", phrase.end - 1):  # "every animal"
            if self.discourse.objects:
                self.discourse.turn_to(self.discourse.objects)
            return phrase.end
        return self._scene_or_object(phrase)

    def _scene_or_object(self, phrase: NounPhrase) -> int:
        """A place, a part or a remark, which are no objects; or an object."""
        words = self.words
        if words.free and phrase.quantity.article and self.whole.settings.is_setting(phrase):  # "a living room"
            self.whole.settle(phrase)
            return phrase.end
        featured = not (phrase.known or phrase.compound) and (
            words.has("features", phrase.end - 1) or phrase.head in words.lexicon.words["features"]
        )
        begins = self.discourse.last in {Last.START, Last.FRONTED} and not self.discourse.subject
        featured = featured and not (begins and phrase.quantity.said and words.has("body_parts", phrase.end - 1))
        if featured and phrase.head in _CAST:
            self.discourse.last = Last.CAST
        if featured or words.has("grounds", phrase.end - 1) or self._aside(phrase):
            return phrase.end
        if self.whole.settings.is_setting(phrase):
            self.whole.settle(phrase)
            return phrase.end
        phrase.end = free_nouns.pointed(words, phrase)
        holder = free_nouns.holder_of(words, phrase, self.discourse)
        drafts, end = self.resolve(phrase, as_target=False)
        self.discourse.mention(drafts)
        if holder is not None and holder not in drafts:
            free_nouns.put_in(drafts, holder)
            self.discourse.turn_to([holder])
            self.discourse.last = Last.PLACE  # what comes after "and" is no part of it
        return end

    def _only_colour(self, phrase: NounPhrase) -> bool:
        """ "Both carrots are orange": after "are" it is no fruit."""
        found = self.words.longest_colour(phrase.start, phrase.end)
        told = self.words.lower(phrase.start - 1) in _PAINTED or free_nouns.second_colour(self.words, phrase)
        return found is not None and found[1] == phrase.end and told

    def _content_of_picture(self, here: int) -> NounPhrase | None:
        """ "a photo of zorblaxes": after such words even an unknown bare noun is meant, a plural also after "with"."""
        before = self.words.lower(here - 1)
        phrase = self.phrases.any_at(here) if before in {"of", "showing", "depicting", "featuring", "with"} else None
        return phrase if phrase is not None and (phrase.plural or before != "with") else None

    def _aside(self, phrase: NounPhrase) -> bool:
        """Words about the making, not the picture: "my nephew", "the entrance", a name after "for" or "by"."""
        quantity, words = phrase.quantity, self.words
        if (words.has("calendar", phrase.end - 1) and not phrase.known) or free_nouns.of_shades(words, phrase):
            return True
        if not quantity.said:
            before = words.lower(phrase.start - 1)
            led = (
                before in _DRAWN_FROM
                or phrase.compound
                or words.kind(phrase.start - 1) in {Kind.COMMA, Kind.COLON, Kind.STOP, None}
            )
            return not phrase.known and not led
        if self.words.refers_soon(phrase.end):
            return False
        if quantity.possessive and words.lower(phrase.start) in {"my", "our", "your"}:
            shown = words.free and words.lower(phrase.start - 1) in _DRAWN_FROM  # "a poster with our logo"
            return not (phrase.known or shown)
        if phrase.known or phrase.proper or phrase.owner or words.lower(phrase.end) == "of" or phrase.colour:
            return False
        return (quantity.definite or quantity.universal) and self.known(phrase) is None and not self._described_soon(phrase)

    def _described_soon(self, phrase: NounPhrase) -> bool:
        general = phrase.head in self.words.lexicon.words["generic_heads"] | self.words.lexicon.words["people_words"]
        return (
            self.words.lower(phrase.end) in _RELATIVE or general or self.discourse.last is Last.START or bool(phrase.modifiers)
        )

    # ---- new or known ----------------------------------------------------------------------------------------

    def resolve(self, phrase: NounPhrase, *, as_target: bool) -> tuple[list[ObjectDraft], int]:
        """The objects of a noun phrase, new or named before, with what fixes which ones are meant."""
        known = self.known(phrase)
        if known is not None:
            return [self._refined(known, phrase)], phrase.end
        draft = self.draft(phrase)
        others, end = self._which(phrase, draft) if not phrase.which else ([], phrase.end)
        same = self._same(draft, phrase, end) or self._counted_later(draft, phrase)
        if same is not None:
            return [self._refined(same, phrase)], end
        self._drop_announced(draft, phrase)
        draft.target = as_target
        drafts = [draft, *others]
        for new in drafts:
            self.discourse.add(new)
        return [new for new in drafts if not new.links], end

    def _drop_announced(self, draft: ObjectDraft, phrase: NounPhrase) -> None:
        """ "two flags: the flag of Italy …": the number only announced what follows."""
        group = objects_in(self.discourse.group)
        announced = group[-1] if group and self.words.kind(phrase.start - 1) is Kind.COLON else None
        if announced is not None and announced.noun == draft.noun and announced.number != 1 and draft.of and not announced.of:
            self.discourse.drop(announced)

    def draft(self, phrase: NounPhrase) -> ObjectDraft:
        tokens, quantity = self.words.tokens, phrase.quantity
        draft = ObjectDraft(
            noun=phrase.noun,
            span=Span(start=tokens[phrase.start].start, end=tokens[phrase.end - 1].end),
            number=phrase.number,
            exact=quantity.exact,
            size=phrase.size,
            arrangement=quantity.arrangement,
            columns=quantity.columns,
            known=phrase.known,
            living=phrase.living,
            modifiers=list(phrase.modifiers),
            of=phrase.which,
        )
        if phrase.colour is not None:
            self.paint(draft, phrase.colour)
        draft.modifiers = [word for word in draft.modifiers if word.lower() not in _ORDINALS]
        name, _, last = phrase.noun.rpartition(" ")
        if name and phrase.proper and last.lower() in self.words.lexicon.words["emblems"]:  # "the Nike logo"
            draft.noun, draft.of = last.lower(), name
        pairs = self.words.lexicon.words["named_pairs"]
        if (
            phrase.owner and phrase.owner.lower() in pairs and self.words.lower(phrase.start - 1) == "and"
        ):  # "Bosnia and Herzegovina's"
            phrase.owner = self.words.written(phrase.start - 2, phrase.start) + f" {phrase.owner}"
        if phrase.owner and (self._emblem(draft) or phrase.owner[:1].isupper() or not phrase.known):
            draft.of = phrase.owner
        elif phrase.owner:
            draft.modifiers.insert(0, f"{phrase.owner}'s")
        if self._emblem(draft) and draft.modifiers and all(word[:1].isupper() for word in draft.modifiers):
            draft.of, draft.modifiers = " ".join(draft.modifiers), []  # "the Burkina Faso flag"
        return draft

    def paint(self, draft: ObjectDraft, colour: str) -> None:
        if draft.colour is None:
            draft.colour, draft.colour_clause = colour, self.discourse.clause

    def read_shared_noun(self, here: int) -> int:
        """ "a red and a blue ball": the noun is said once for both."""
        words = self.words
        at = words.after_determiners(here) if words.number(here) is None else here + 1
        found = words.longest_colour(at, at + 3) if at > here else None
        if found is None or words.lower(found[1]) != "and" or words.colour(found[1] + 1, 1):  # "a black and white cat"
            return here
        phrase = self.phrases.at(found[1] + 1)
        if phrase is None or phrase.colour is None or not phrase.known:
            return here
        draft = self.draft(phrase)
        draft.number = words.number(here) or 1
        draft.span = Span(start=words.tokens[here].start, end=words.tokens[found[1] - 1].end)
        draft.colour, draft.colour_clause = found[0], self.discourse.clause
        self.discourse.mention([draft])
        return found[1]

    def split(self, whole: ObjectDraft, number: int, colour: str) -> None:
        """Take ``number`` of this colour out of ``whole``: the first such part stays in it, others are objects of their own."""
        if whole.colour is None:
            whole.number, whole.split = number, True
            self.paint(whole, colour)
            self.discourse.turn_to([whole])
            return
        part = replace(whole, number=number, colour=colour, colour_clause=self.discourse.clause, links=[], larger_than=[])
        self.discourse.mention([part])

    def known(self, phrase: NounPhrase) -> ObjectDraft | None:
        """The object named before that a definite phrase means."""
        quantity = phrase.quantity
        if not (quantity.definite or quantity.universal) or quantity.possessive or quantity.another or phrase.owner:
            return None
        following = self.words.lower(phrase.end)
        if following == "of" or self._reference_after(phrase.end) is not None:
            return None
        if following in _RELATIVE and not self.words.has("text_verbs", phrase.end + 1) and self._general_noun(phrase.noun):
            return None  # "the flag that belongs to …" is another one
        fitting = [draft for draft in self.discourse.recent_objects if self._fits(draft, phrase)]
        ordinal = next((_ORDINALS[word.lower()] for word in phrase.modifiers if word.lower() in _ORDINALS), None)
        if ordinal is None:
            return next(iter(fitting), None)
        in_order = sorted(fitting, key=lambda draft: draft.span.start)
        return in_order[ordinal] if in_order and -1 <= ordinal < len(in_order) else None

    def _general_noun(self, noun: str) -> bool:
        groups = self.words.lexicon.words
        return noun.lower().rpartition(" ")[2] in groups["emblems"] | groups["generic_heads"]

    def _fits(self, draft: ObjectDraft, phrase: NounPhrase) -> bool:
        noun, named = phrase.noun.lower(), draft.noun.lower()
        if named != noun and not named.endswith(f" {noun}"):
            return False
        if phrase.colour and draft.colour and phrase.colour != draft.colour:
            return False
        if any(word[:1].isupper() and word not in f"{draft.of} {' '.join(draft.modifiers)}" for word in phrase.modifiers):
            return False
        number = phrase.quantity.number
        return not (number and draft.number and number != draft.number)

    def _same(self, draft: ObjectDraft, phrase: NounPhrase, end: int) -> ObjectDraft | None:
        """The object with the same description, named again: "the flag of Chad … The flag of Chad is on the left"."""
        named = draft.of or (self.words.free and " of " in draft.noun)  # "the Statue of Liberty"
        if not named or not phrase.quantity.definite or self._reference_after(end) is not None:
            return None
        same = (one for one in self.discourse.objects if one.of.lower() == draft.of.lower() and one.noun == draft.noun)
        return next(same, None)

    def _counted_later(self, draft: ObjectDraft, phrase: NounPhrase) -> ObjectDraft | None:
        """ "more cats than dogs: four cats …": the number of what was named without one."""
        if not self.words.free or phrase.quantity.number is None or draft.of or not phrase.known:
            return None
        return next((obj for obj in self.discourse.objects if self._fits(obj, phrase) and obj.number is None), None)

    def _refined(self, draft: ObjectDraft, phrase: NounPhrase) -> ObjectDraft:
        if phrase.colour is not None:
            self.paint(draft, phrase.colour)
        draft.size = phrase.size or draft.size
        draft.exact = draft.exact or phrase.quantity.exact
        draft.arrangement = draft.arrangement or phrase.quantity.arrangement
        if draft.number is None and phrase.quantity.number is not None:
            draft.number = phrase.quantity.number
        self.discourse.touch(draft)
        return draft

    def owner(self, phrase: NounPhrase) -> ObjectDraft | None:
        """The everyday object that a possessive names: the lion of "the lion's head"."""
        entry = self.words.entry_of(phrase.owner.lower()) if phrase.owner else None
        if entry is None:
            return None
        known = next((draft for draft in self.discourse.recent_objects if draft.noun == entry.noun), None)
        if known is not None:
            return known
        span = Span(start=self.words.tokens[phrase.start].start, end=self.words.tokens[phrase.end - 1].end)
        draft = ObjectDraft(noun=entry.noun, span=span, known=True, living=entry.living, target=True)
        self.discourse.add(draft)
        return draft

    # ---- which one -------------------------------------------------------------------------------------------

    def _emblem(self, draft: ObjectDraft) -> bool:
        return draft.noun.lower().rpartition(" ")[2] in self.words.lexicon.words["emblems"]

    def _which(self, phrase: NounPhrase, draft: ObjectDraft) -> tuple[list[ObjectDraft], int]:
        """ "of Burkina Faso", "whose …": fills ``draft.of``; further objects come of "the flags of Chad and Mali"."""
        words, end = self.words, phrase.end
        following = words.lower(end)
        if following == "of" and end + 1 < len(words) and free_nouns.differing(words, end + 1) == end + 1:
            return self._of(phrase, draft, end + 1)
        unknown = not draft.known and following in _RELATIVE and phrase.quantity.definite
        general = not draft.known and draft.noun.rpartition(" ")[2] in words.lexicon.words["generic_heads"]
        general = general or unknown or self._emblem(draft)
        general = general or phrase.quantity.definite
        if not general or not (words.is_word(end + 1) or words.kind(end + 1) is Kind.NUMBER) or following == "":
            return [], end
        clause = following in _RELATIVE and (words.lower(end + 1) not in _SAYING or phrase.quantity.definite)
        clause = clause and not words.has("text_verbs", end + 1)
        attached = (
            following in {"with", "in", "for"} and phrase.quantity.definite and not self._emblem(draft) and not draft.known
        )
        named = (
            following in {"in", "from", "for", "on"}
            and (phrase.quantity.definite or following == "from")
            and not draft.known
            and words.capitalised(end + 1)
        )
        attached = (attached or named) and not self.descriptions.place_at(end) and not self.descriptions.setting_at(end)
        if phrase.quantity.definite:
            trait = following == "with" and self._trait_after(end + 1)  # "the whale with a tusk"
            shown = following == "on" and self._emblem_after(end + 1)  # "the animal on the flag of Mexico"
            done = self._participle(end, draft.known) and not phrase.proper  # "the streamer flown on Children's Day"
            clause = clause or trait or shown or done
        if not clause and not attached:
            return [], end
        stop = self.descriptions.end(end)
        draft.of = words.written(end, stop)
        draft.span = Span(start=draft.span.start, end=words.tokens[stop - 1].end)
        return [], stop

    def _emblem_after(self, here: int) -> bool:
        phrase = self.phrases.at(here)
        emblems = self.words.lexicon.words["emblems"]
        return phrase is not None and phrase.head in emblems and self.words.lower(phrase.end) == "of"

    def _trait_after(self, here: int) -> bool:
        phrase = self.phrases.at(here)
        return phrase is not None and self.words.has("traits", phrase.end - 1)

    def _participle(self, here: int, known: bool) -> bool:
        """ "the streamer | flown on Children's Day"."""
        words = self.words
        regular = words.lower(here).endswith("ed") and words.has("stops", here + 1) and not words.has("stops", here)
        return words.has("participles", here) or (regular and not known)

    def _of(self, phrase: NounPhrase, draft: ObjectDraft, at: int) -> tuple[list[ObjectDraft], int]:
        words = self.words
        if words.kind(words.after(at, {"the"})) is Kind.REFERENCE:
            return [], phrase.end
        colour = words.longest_colour(at, at + 3)
        if colour is not None and words.lower(colour[1]) in {"colour", "color"}:  # "a sheep of blue colour"
            self.paint(draft, colour[0])
            return [], colour[1] + 1
        content = self.phrases.any_at(at)
        if draft.noun in words.lexicon.words["containers"] and content is not None and not content.proper:
            poured = words.free and draft.noun in _POURED and not (content.plural or content.quantity.said)
            if poured or not (content.known or content.plural):  # "a bowl of water", "a bottle of milk"
                draft.modifiers.append(f"with {words.written(at, content.end)}")
                return [], content.end
            inside = self.draft(content)
            inside.links.append((Direction.INSIDE, (draft,)))
            inside.grounded = inside.target = True
            return [inside], content.end
        stop = self.descriptions.end(at)
        if stop <= at:
            return [], phrase.end
        draft.of = words.written(at, stop)
        if phrase.proper:  # "the Statue of Liberty" is a name
            name = words.written(phrase.start, stop)
            draft.noun, draft.of = re.sub(r"^(?:the|a|an|one)\s+", "", name, flags=re.IGNORECASE), ""
        draft.span = Span(start=draft.span.start, end=words.tokens[stop - 1].end)
        return self._further(phrase, draft, stop)

    def _further(self, phrase: NounPhrase, draft: ObjectDraft, end: int) -> tuple[list[ObjectDraft], int]:
        words = self.words
        others: list[ObjectDraft] = []
        if not self._emblem(draft) or not phrase.plural:
            return others, end
        while words.lower(end) == "and" or words.kind(end) is Kind.COMMA:
            at = words.after(end + 1, {"and", "of"}, most=2)
            if not words.capitalised(words.after(at, {"the"}, most=1)) and words.lower(at) != "the":
                break
            stop = self.descriptions.end(at)
            span = Span(start=words.tokens[at].start, end=words.tokens[stop - 1].end)
            others.append(ObjectDraft(noun=draft.noun, span=span, of=words.written(at, stop), known=draft.known))
            end = stop
        if others or phrase.quantity.number is None:
            draft.number = 1
        return others, end

    # ---- references ------------------------------------------------------------------------------------------

    def read_reference(self, here: int) -> int:
        """ "the first reference image": of the object just named, or an object of its own."""
        words = self.words
        at = here + (words.lower(here) in {"the", "a"})
        if words.kind(at) is not Kind.REFERENCE:
            return here
        if self._links_back(here) and self._attach(at):
            return at + 1
        drafts = self.referred(here, at)
        if self._renamed(at + 1, drafts):
            return self._renamed(at + 1, drafts)
        self.discourse.mention(drafts)
        return at + 1

    def _links_back(self, here: int) -> bool:
        """Whether the words before tie the reference to the object just named: "from the …", "(the …)", "copied from the …"."""
        words = self.words
        if not objects_in(self.discourse.group):
            return False
        before = words.kind(here - 1)
        if before is Kind.COLON:
            return words.text[words.tokens[here - 1].start] in "(["
        return before is Kind.WORD and (
            words.lower(here - 1) in _LINKED or words.words(here - 2, here) in {"after all", "shown by"}
        )

    def _attach(self, at: int) -> bool:
        objects = objects_in(self.discourse.group)
        ordinals = self.words.tokens[at].ordinals
        pairs = list(zip(objects[-len(ordinals) :], ordinals, strict=False))
        if any(obj.reference not in {None, ordinal} for obj, ordinal in pairs):
            return False
        for obj, ordinal in pairs:
            obj.reference = ordinal
        self.discourse.last = Last.NOUN
        return True

    def _reference_after(self, end: int) -> int | None:
        """The reference that the words after a noun phrase tie to it."""
        at = self.words.after(end, _LINKS, most=5)
        tied = at > end and self.words.kind(at) is Kind.REFERENCE
        return self.words.tokens[at].ordinals[0] if tied else None

    def referred(self, here: int, at: int) -> list[ObjectDraft]:
        """The objects that the references of token ``at`` show; those that no object has yet are objects of their own."""
        words = self.words
        drafts: list[ObjectDraft] = []
        for ordinal in words.tokens[at].ordinals:
            shown = [draft for draft in self.discourse.objects if draft.reference == ordinal]
            if shown:
                drafts.append(shown[-1])
            else:
                span = Span(start=words.tokens[here].start, end=words.tokens[at].end)
                drafts.append(ObjectDraft(noun=REFERENCE_NOUN, span=span, reference=ordinal, known=True))
                self.discourse.add(drafts[-1])
        return drafts

    def _renamed(self, end: int, drafts: Sequence[ObjectDraft]) -> int:
        """ "Use the first reference image for the flag": the reference shows that object. 0 when it says no such object."""
        if self.words.lower(end) not in {"as", "for", "shows"} or len(drafts) != 1 or drafts[0].noun != REFERENCE_NOUN:
            return 0
        phrase = self.phrases.at(end + 1, bare=False)
        if phrase is None or self.canvas.is_canvas(phrase) or self.whole.settings.is_background(phrase.end - 1):
            return 0
        (draft,) = drafts
        known = self.known(phrase)
        if known is not None and known is not draft and known.reference is None:
            known.reference = draft.reference
            self.discourse.drop(draft)
            self.discourse.turn_to([known])
        else:
            draft.noun, draft.living, draft.known = phrase.noun, phrase.living, phrase.known
            self.discourse.mention([draft])
        return phrase.end
