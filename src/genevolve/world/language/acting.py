"""What somebody does or feels that a sign shows: "a cat | sleeping", "an angry bear", "a dog dreaming of a bone"."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language import bodies
from genevolve.world.language.actions import LONGEST, At, Sign, sign_for, sign_of, verb_forms
from genevolve.world.language.bodies import Spot
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft, TextDraft
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.fates_looks import shows_itself
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene, SceneObject, Span, TextElement, TextRole
from genevolve.world.language.objects import Objects
from genevolve.world.language.texts import Texts
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_DENIED = word_set("not n't never without no isn't aren't doesn't don't cannot can't nor neither")
_BEING = word_set("being becoming")
_SAID_ALOUD = word_set("out aloud loudly softly that")
_NOUNS_BEFORE = word_set("a an the of for my your his her its their our some")
_WAYS = word_set("across through along past")  # where who moves goes in a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One sign that is to be shown: the words at ``span`` say it of ``doer``."""

    sign: ObjectDraft
    doer: ObjectDraft


class Acting:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse, texts: Texts) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse
        self.texts = texts
        self.acts: list[Act] = []

    def read(self, here: int) -> int:
        """The end of what somebody does; ``here`` where nobody does what a sign shows."""
        words = self.words
        if not words.free or self.discourse.last is Last.CAST or not words.is_word(here):
            return here
        quote = self._quotation(here + 1)
        found = sign_for([words.lower(at) for at in range(here, here + LONGEST)], quoted=quote > here)
        if found is None or self._denied(here) or words.lower(here - 1) in _NOUNS_BEFORE:
            return here
        sign, count = found
        end = here + count
        doers = self._doers(sign, here)
        if self._onto(sign, end) or not doers or (count == 1 and not sign.quoted and self._describes(here)):
            return here
        if sign.quoted:
            return self._say(sign, doers[-1], here, quote)
        if sign.of and words.lower(end) in sign.of:
            return self._think(sign, doers[-1], here, end)
        for doer in doers:
            self._act(sign, doer, here, end)
        return end

    def _onto(self, sign: Sign, end: int) -> bool:
        """Whether words follow that make something else of it: "jumping | over a fence", but not "… | in the desert"."""
        words = self.words
        in_setting = words.lower(end) == "in" and any(words.is_place(at) for at in (end + 1, end + 2, end + 3))
        return words.lower(end) in sign.unless and not in_setting

    def _denied(self, here: int) -> bool:
        return any(self.words.lower(at) in _DENIED for at in (here - 1, here - 2))

    def _describes(self, here: int) -> bool:
        """Whether it describes the noun behind it: "(a dog and) | sleeping cats", "| sleeping bag"."""
        words = self.words
        if words.entry_of(words.words(here, here + 2)) is not None:
            return True
        return words.is_word(here + 1) and words.entry_of(words.lower(here + 1)) is not None

    def _quotation(self, here: int) -> int:
        """Where a quotation stands behind a verb of saying; 0 where none does."""
        words, at = self.words, here
        while at < here + 3 and (words.kind(at) in {Kind.COLON, Kind.COMMA} or words.lower(at) in _SAID_ALOUD):
            at += 1
        quoted = words.kind(at) is Kind.QUOTE and not words.tokens[at].describes
        return at if quoted and words.tokens[at].text != words.tokens[at].value else 0

    def _doers(self, sign: Sign, here: int) -> list[ObjectDraft]:
        """Who does it: whom the clause is about, else the latest who can."""
        about = objects_in(self.discourse.related)
        if sign.quoted and not self._speaks(sign, here):
            return []
        if len(about) > 1 and self._one(here):
            about = about[-1:]
        if about and all(can_show(sign, obj.noun, living=obj.living) for obj in about):
            return about
        if sign.of_things:
            return []
        able = [obj for obj in self.discourse.sentence if can_show(sign, obj.noun, living=obj.living)]
        others = [obj for obj in self.discourse.sentence if (obj.living or bodies.has_body(obj.noun)) and obj not in able]
        return [] if others else able[-1:]

    def _one(self, here: int) -> bool:
        """Whether the verb is said of one: "(a cat and a mouse, the mouse) is | sleeping", "… | sleeps"."""
        verb = self.words.lower(here)
        return self.words.lower(here - 1) in {"is", "was"} or (verb in verb_forms() and verb.endswith("s"))

    def _speaks(self, sign: Sign, here: int) -> bool:
        """Whether whoever was named last can say it; not "(a man holding a sign) | saying “HI”", "(a note) | saying …"."""
        start = self.words.tokens[here].start
        before = [obj for obj in self.discourse.recent_objects if obj.span.end <= start]
        last = max(before, key=lambda obj: obj.span.end, default=None)
        return last is not None and can_show(sign, last.noun, living=last.living) and not self.texts.bears(last)

    def _act(self, sign: Sign, doer: ObjectDraft, here: int, end: int) -> ObjectDraft:
        tokens = self.words.tokens
        return self._add(sign, doer, Span(start=tokens[here].start, end=tokens[end - 1].end))

    def _add(self, sign: Sign, doer: ObjectDraft, span: Span) -> ObjectDraft:
        draft = ObjectDraft(noun=sign.noun, span=span, number=doer.number, known=True, target=True)
        if not any(act.doer is doer and act.sign.noun == sign.noun for act in self.acts):
            self.acts.append(Act(sign=draft, doer=doer))
        return draft

    def _say(self, sign: Sign, doer: ObjectDraft, here: int, quote: int) -> int:
        """ "(a dog) | saying “Woof”"."""
        token = self.words.tokens[quote]
        if doer.number != 1 or any(act.doer is doer and sign_of(act.sign.noun) is sign for act in self.acts):
            return here
        bubble = self._act(sign, doer, here, here + 1)
        text = TextDraft(span=Span(start=token.start, end=token.end), content=token.value, quoted=True, role=TextRole.LABEL)
        text.links.append((Direction.ON, (bubble,)))
        self.discourse.add(text)
        self.discourse.last, self.discourse.joining = Last.NOUN, False
        return quote + 1

    def _think(self, sign: Sign, doer: ObjectDraft, here: int, end: int) -> int:
        """ "(a dog) | dreaming of a bone": it is in the bubble."""
        words = self.words
        phrase = self.objects.phrases.at(words.after(end + 1, _BEING, most=1))
        drawn = phrase is not None and (phrase.known or words.entry_of(phrase.noun) is not None)
        if phrase is None or not drawn or phrase.number != 1 or phrase.quantity.definite or doer.number != 1:
            return here
        if words.lower(phrase.end) in {"and", "or"} and self.objects.phrases.at(phrase.end + 1) is not None:
            return here
        bubble = self._act(sign, doer, here, end)
        drafts, end = self.objects.resolve(phrase, as_target=True)
        for draft in drafts:
            draft.links.append((Direction.PICTURED, (bubble,)))
            draft.body_described = draft.living  # nothing is bent that is but thought of
        self.discourse.group, self.discourse.last, self.discourse.joining = [doer], Last.NOUN, False
        return end

    def settle(self) -> None:
        """Puts the signs among the things of the scene, those of "an angry bear" with them."""
        if not self.words.free:
            return
        for obj in self.discourse.objects:
            for word in list(obj.modifiers):
                found = sign_for([word.lower()], quoted=False)
                told = self._word_in(obj.span, word)
                if found is None or told is None or not can_show(found[0], obj.noun, living=obj.living):
                    continue
                if shows_itself(obj.noun, word):
                    continue
                obj.modifiers.remove(word)
                self._add(found[0], obj, told)
        for act in self.acts:
            if act.doer in self.discourse.drafts and not self._shown(act):
                act.sign.links.append((Direction.SIGN, (act.doer,)))
                act.sign.number, act.sign.exact = act.doer.number, True  # one each
                act.doer.grounded = act.doer.grounded and sign_at(act) is not At.BELOW  # who jumps stands on nothing
                self.discourse.drafts.append(act.sign)

    def _word_in(self, span: Span, word: str) -> Span | None:
        """Where the word stands, which may be misspelt there."""
        said = (token for token in self.words.tokens if span.start <= token.start < span.end)
        return next((Span(start=one.start, end=one.end) for one in said if one.lower == word.lower()), None)

    def _shown(self, act: Act) -> bool:
        """Whether the picture of who does it shows that: "a man singing" became a singer."""
        said = self.words.text[act.sign.span.start : act.sign.span.end]
        return any(shows_itself(act.doer.noun, word) for word in said.split())


def sign_at(act: Act) -> At | None:
    sign = sign_of(act.sign.noun)
    return sign.at if sign is not None else None


def can_show(sign: Sign, noun: str, *, living: bool) -> bool:
    """Whether the picture of ``noun`` has a place for the sign."""
    if sign_of(noun) is not None:
        return False
    body = living or bodies.has_body(noun)
    if sign.of_things:
        return not body and bodies.pictured(noun)
    if not body:
        return sign.at is At.BEHIND and bodies.heads(noun)
    match sign.at:
        case At.MOUTH:
            return bodies.bears(noun, Spot.MOUTH)
        case At.EYES:
            return bodies.bears(noun, Spot.EYES)
        case At.BEHIND:
            return bodies.heads(noun)
        case At.BELOW:
            return bodies.has_feet(noun)
    return bodies.head_spot(noun) is not None


# ---- what became of the words, and how a prompt says it -----------------------------------------------------------------


def of_action_sign(unit: Unit, scene: Scene) -> FateOfWords | None:
    """By the sign that shows it: "sleeping: a Zzz at the head"."""
    moving = any(sign is not None and sign.at is At.BEHIND for sign in (sign_of(obj.noun) for obj in scene.objects))
    if moving and scene.background is not None and unit.text.lower() in _WAYS:
        return FateOfWords(Fate.APPLIED, "says where it is")
    for obj in scene.objects:
        sign = sign_of(obj.noun)
        if sign is None or not (obj.span.start <= unit.start and unit.end <= obj.span.end):
            continue
        doer = next((one for one in scene.objects if one.key in _doers_of(obj)), None)
        if doer is None:
            continue
        if doer.reference is not None or doer.of or not _has_place(sign, doer, scene):
            return FateOfWords(
                Fate.NOT_POSSIBLE, f"no picture of the {doer.noun} shows all that this needs", "related", obj.key
            )
        return FateOfWords(Fate.DRAWN, f"{unit.text.lower()}: {sign.told}", "related", obj.key)
    return None


def _doers_of(obj: SceneObject) -> tuple[str, ...]:
    return next((relation.targets for relation in obj.relations if relation.direction is Direction.SIGN), ())


def _has_place(sign: Sign, doer: SceneObject, scene: Scene) -> bool:
    """Whether the one picture that is drawn of it has the place of the sign."""
    look = bodies.drawn_look(doer, scene)
    if look is None or sign.of_things:
        return look is not None
    if sign.at is At.BEHIND:
        return bodies.heading_of(look) is not None
    if sign.at is At.BELOW:
        return bodies.shows_feet(look)
    spot = bodies.sign_spot(sign, doer.noun)
    return spot is not None and spot in bodies.body_of(look)


def acted(scene: Scene) -> tuple[Scene, tuple[str, ...]]:
    """``scene`` without its signs and what stands in them, and the keys of those that a sentence of its own tells."""
    signed = {obj.key for obj in scene.objects if sign_of(obj.noun) is not None and _doers_of(obj)}
    things: tuple[SceneObject | TextElement, ...] = (*scene.objects, *scene.texts)
    within = {one.key for one in things if any(signed & set(relation.targets) for relation in one.relations)}
    gone = signed | within
    rest = replace(
        scene,
        objects=tuple(obj for obj in scene.objects if obj.key not in gone),
        texts=tuple(text for text in scene.texts if text.key not in gone),
    )
    return rest, tuple(obj.key for obj in scene.objects if obj.key in signed)


def told(scene: Scene, keys: Sequence[str], name: Callable[[str], str], phrase: Callable[[SceneObject], str]) -> Iterator[str]:
    """A sentence for each sign: "the cat is dreaming of a red fish."."""
    for key in keys:
        obj = scene.object_of(key)
        sign, (doer, *_) = sign_of(obj.noun), _doers_of(obj)
        if sign is None:
            continue
        inside = next((one for one in scene.objects if _stands_in(one, key)), None)
        text = next((one for one in scene.texts if _stands_in(one, key)), None)
        more = f" of {phrase(inside)}" if inside is not None else f' "{text.content}"' if text is not None else ""
        yield f"{name(doer)} {'are' if obj.count.number != 1 else 'is'} {sign.verb}{more}."


def _stands_in(one: SceneObject | TextElement, key: str) -> bool:
    return any(key in relation.targets for relation in one.relations)
