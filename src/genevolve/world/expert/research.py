"""What the request leaves to find out, what the observations say about it so far, and what is still missing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from genevolve.core.event import TextHit
from genevolve.world.expert.documents import plain_title
from genevolve.world.expert.facts import aliases, is_description, resolve, told_of
from genevolve.world.expert.normalize import normalized, with_ambiguities
from genevolve.world.expert.own import named, own_choice, own_wish, phrase
from genevolve.world.expert.references import ACCEPTED, SURE, Choice, Pick, Wish, choose, fit, is_vague, opaque
from genevolve.world.expert.subjects import subject
from genevolve.world.expert.transcript import SeenPicture, Transcript
from genevolve.world.expert.words import fold, tokens
from genevolve.world.language.icons import PICTOGRAMS
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import AmbiguityKind, Scene, SceneObject, Span, TextElement
from genevolve.world.language.surface_text import REFERENCE, described
from genevolve.world.language.vocabulary import Vocabulary

_POINTING = re.compile(
    r"\b(?:my|our|this|these|attached|supplied|provided|uploaded|given|enclosed|included|following|own)\b", re.IGNORECASE
)
_PRONOUN = re.compile(r"\b(?:its|their|his|her|(?:that|this|the) (?:country|nation|state|place|city)['’]s) ", re.IGNORECASE)
_CARRIED = re.compile(r"^(?:(?:that|which) belongs? to|belonging to|(?:that|which) is (?:the )?(?:one )?of)\s+", re.IGNORECASE)
_ALIVE = frozenset(("animal", "bird", "creature", "national animal", "national bird"))
_UNKNOWABLE = re.compile(r"(?:my|our|your|his|her|their|some|any|an?|one)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"(?:that|which|who|whose|where|(?:in|of|from|on) which|known|named)\b", re.IGNORECASE)
_TAIL = re.compile(
    r"(?P<words>(?:\s+(?:for|from|born|who|whose|that|on|of)\s[^,.;:]+?)?)(?=\s+(?:with|and|in|at|above|below|next|as)\b|[,.;:]|\s*$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What became of one object: how it is called now, and the picture for it (None: none was found or is needed)."""

    obj: SceneObject
    wish: Wish | None = None
    choice: Choice | None = None
    pending: bool = False  # the user's libraries were not yet asked for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Research:
    """``scene`` has every answered fact filled in. ``questions`` have no answer yet; ``facts`` are (asked, answer)."""

    scene: Scene
    finds: tuple[Find, ...]
    questions: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()


def research(scene: Scene, transcript: Transcript, pick: Pick, *, own: bool = False) -> Research:
    """Where objects stand after all observations so far. ``own``: the user has libraries, and they are asked first."""
    hits = transcript.hits
    scene = normalized(scene, len(transcript.supplied))
    supplied = bind_supplied(scene, [shown for shown in transcript.pictures if not shown.query])
    unknown = {hole.key for hole in scene.ambiguities if hole.kind is AmbiguityKind.UNKNOWN_OBJECT}
    finds = [_find(scene, obj, obj.key in unknown, supplied.get(obj.key), transcript, pick) for obj in scene.objects]
    if own:
        finds = [_own_first(scene, find, transcript) if find.obj.key not in supplied else find for find in finds]
    finds += [_handed_over(shown, scene) for shown in _unbound(supplied, transcript)]
    asked_texts = tuple(_explicit(_asking(text), finds) for text in scene.texts)
    strict = scene.vocabulary is Vocabulary.ICONS
    worded = tuple(_worded(text, hits, strict=strict) for text in asked_texts)
    asked = [question for obj in scene.objects if obj.key not in supplied and (question := question_of(scene, obj))]
    asked += [
        text.describes for text in asked_texts if text.describes and not text.quoted and not _PRONOUN.search(text.describes)
    ]
    resolved = [(question, resolve(question, hits)) for question in dict.fromkeys(asked)]
    return Research(
        scene=with_ambiguities(replace(scene, objects=tuple(find.obj for find in finds), texts=worded)),
        finds=tuple(finds),
        questions=tuple(dict.fromkeys(found.pending for _, found in resolved if found.pending)),
        facts=tuple((question, found.text) for question, found in resolved if not found.pending),
    )


def _explicit(text: TextElement, finds: Sequence[Find]) -> TextElement:
    """ "Its capital" as "the capital of Chad", once it is known what "its" means: the first object that is of something."""
    objects = [find.obj for find in finds if find.obj.of or find.obj.noun[:1].isupper()]
    name = (objects[0].of or objects[0].noun) if objects else ""
    if not name or is_description(name) or not (found := _PRONOUN.search(text.describes)):
        return text
    after = text.describes[found.end() :]
    return replace(text, describes=f"{text.describes[: found.start()]}the {after} of {name}")


def _asking(text: TextElement) -> TextElement:
    """Unquoted words that describe what is to be written ("titled with Peru's currency") taken as such."""
    asks = not text.quoted and not text.describes and is_description(text.content)
    return replace(text, describes=text.content) if asks else text


def _worded(text: TextElement, hits: Sequence[TextHit], *, strict: bool) -> TextElement:
    """``strict``: what a document tells is taken only where it has every telling word of what is asked."""
    if text.quoted or not text.describes or _PRONOUN.search(text.describes):
        return text
    found = resolve(text.describes, hits)
    guessed = strict and not found.pending and not told_of(text.describes, found.text, hits)
    return text if found.pending or guessed else replace(text, content=found.text)


# ---- objects ---------------------------------------------------------------------------------------------------------


def _find(scene: Scene, obj: SceneObject, unknown: bool, own: SeenPicture | None, transcript: Transcript, pick: Pick) -> Find:
    if own is not None:
        noun = REFERENCE if is_vague(obj.noun) else obj.noun
        return Find(obj=replace(obj, noun=noun, reference=None), choice=Choice(shown=own, fit=1.0))
    asked = obj = replace(obj, reference=None)
    if (not unknown and not obj.of) or _UNKNOWABLE.match(obj.of):
        return Find(obj=obj)
    if question := question_of(scene, obj):
        found = resolve(question, transcript.hits)
        if found.pending:
            return Find(obj=obj, wish=_wish(obj, ()), choice=choose(_wish(obj, ()), transcript.pictures, pick))
        obj = _named(obj, found.text, scene.vocabulary)
        if not obj.of and lookup(obj.noun, scene.vocabulary):
            return Find(obj=obj)
    wish = _wish(obj, transcript.hits)
    choice = choose(wish, transcript.pictures, pick)
    if choice is None and wish.queries[0] in transcript.image_queries and (name := _by_description(obj, transcript)):
        obj = replace(obj, noun=name, of="", modifiers=())
        wish = _wish(obj, ())
        choice = choose(wish, transcript.pictures, pick)
    choice = choice or _described(wish, transcript)
    if scene.vocabulary is Vocabulary.ICONS and choice is not None and another_thing(choice.shown, wish):
        choice = None
    searched = scene.vocabulary is Vocabulary.ICONS and choice is None and wish.queries[0] in transcript.image_queries
    if searched and asked.noun in _ANY_OF_THEM and lookup(obj.noun) is None:
        return Find(obj=replace(asked, of="", modifiers=()))  # the highest mountain of Peru is shown as a mountain
    return Find(obj=_titled(obj, choice), wish=wish, choice=choice)


_ANY_OF_THEM = frozenset(("mountain",))


def another_thing(shown: SeenPicture, wish: Wish) -> bool:
    """A pictogram whose title has a word more than the noun is of another thing: a Geiger counter is no (kitchen) counter.

    One that shares no word with it was found by what it is about: "ringed planet" for Saturn.
    """
    pictogram = shown.picture.url.startswith(PICTOGRAMS)
    return pictogram and not wish.names and set(tokens(wish.noun)) < set(tokens(shown.picture.title))


def _own_first(scene: Scene, find: Find, transcript: Transcript) -> Find:
    """``find`` with a picture of the user's libraries where a caption is about the object, before any pictogram."""
    obj = next(held for held in scene.objects if held.key == find.obj.key)
    if question_of(scene, obj):
        return find
    wish = own_wish(scene, obj)
    if (choice := own_choice(wish, obj, transcript.pictures)) is not None:
        return Find(obj=named(replace(obj, reference=None), wish), wish=wish, choice=choice)
    return replace(find, wish=wish, choice=None, pending=True) if _askable(wish, transcript) else find


def _askable(wish: Wish, transcript: Transcript) -> bool:
    return transcript.calls_left > 0 and wish.noun not in transcript.image_queries


def question_of(scene: Scene, obj: SceneObject) -> str:
    """What has to be looked up before ``object`` can be drawn; empty when its name says it.

    "The flag of the country whose …" asks for the country; "the landmark that …" and "the animal of the zodiac for …" ask for
    the object itself, with every word that belongs to it.
    """
    if not obj.of and not (obj.modifiers and _itself(obj) and lookup(obj.noun, scene.vocabulary) is None):
        return ""
    if obj.of and obj.noun in obj.of.split():  # "the largest planet": it names its kind itself
        return obj.of
    if _itself(obj):
        said = " ".join([*obj.modifiers, obj.noun])
        tail = _TAIL.match(scene.text[obj.span.end :])
        return described(f"the {said}", obj.of) + (tail["words"] if tail else "")
    return obj.of if is_description(obj.of) else ""


def _itself(obj: SceneObject) -> bool:
    """The description says which ``noun`` it is, and the noun alone is no picture: "the animal of …", "the landmark that …"."""
    return bool(_RELATIVE.match(obj.of)) or lexicon().has("generic_heads", obj.noun.split()[-1].lower())


def _named(obj: SceneObject, name: str, vocabulary: Vocabulary) -> SceneObject:
    """``object`` with its description answered: "the landmark that …" becomes its name, "the flag of …" keeps its noun."""
    if _itself(obj):
        known = lookup(name, vocabulary)
        if known is not None and not known.living and vocabulary is Vocabulary.ICONS and obj.noun in _ALIVE:
            return replace(obj, noun=f"{name} {obj.noun}", of="", modifiers=())  # the kiwi that is a bird
        if known is None and (called := lookup(f"{obj.noun} {name}", vocabulary)) is not None:
            return replace(obj, noun=called.noun, of="", modifiers=())  # Mercury that is a planet
        living = known.living if known else obj.living and "national" in obj.modifiers
        return replace(obj, noun=known.noun if known else name, of="", modifiers=(), living=living)
    return replace(obj, of=name)


def _titled(obj: SceneObject, choice: Choice | None) -> SceneObject:
    """``object`` called as its picture's title "NOUN of NAME" calls it: Japanese becomes Japan, "Ghana" the flag of Ghana."""
    found = re.fullmatch(r"(?P<noun>\w+) of (?P<name>.+)", choice.shown.picture.title) if choice is not None else None
    if choice is None or found is None:
        return obj
    if obj.of and found["noun"].lower() == obj.noun and choice.fit >= SURE:
        return replace(obj, of=found["name"])
    if not obj.of and fold(found["name"]) == fold(obj.noun):
        return replace(obj, noun=found["noun"].lower(), of=found["name"])
    return obj


def _wish(obj: SceneObject, hits: Sequence[TextHit]) -> Wish:
    names = (obj.of, *aliases(obj.of, hits)) if obj.of else ()
    return Wish(key=obj.key, noun=obj.noun, names=names)


def _by_description(obj: SceneObject, transcript: Transcript) -> str:
    """What "the NOUN of …" as a whole is called, where documents say so: "the candlestick of Hanukkah" is a menorah."""
    whole = described(" ".join(["the", *obj.modifiers, obj.noun]), obj.of)
    found = subject(whole, transcript.hits) if obj.of else None
    return found if found and fold(found) not in fold(whole) else ""


def _described(wish: Wish, transcript: Transcript) -> Choice | None:
    """A picture whose whole title is said of the object in a document about it: "ringed planet" for Saturn."""
    about = [hit for hit in transcript.hits if any(fold(plain_title(hit)) == fold(name) for name in (wish.noun, *wish.names))]
    said = {token[:4] for hit in about for token in tokens(f"{hit.title} {hit.snippet}")}
    for shown in transcript.pictures:
        title = tokens(shown.picture.title)
        if shown.query in wish.queries and len(title) > 1 and all(token[:4] in said for token in title):
            return Choice(shown=shown, fit=ACCEPTED)
    return None


# ---- pictures that came with the request ----------------------------------------------------------------------------


def bind_supplied(scene: Scene, supplied: Sequence[SeenPicture]) -> dict[str, SeenPicture]:
    """Which object each supplied picture shows, by key: by ordinal, by title, by "my …", then by what is unknown otherwise."""
    bound: dict[str, SeenPicture] = {}

    def take(obj: SceneObject, shown: SeenPicture) -> None:
        if obj.key not in bound and shown not in bound.values():
            bound[obj.key] = shown

    for obj in scene.objects:
        if obj.reference is not None and obj.reference <= len(supplied):
            take(obj, supplied[obj.reference - 1])
    for fitness, obj, shown in _by_title(scene, supplied):
        if fitness >= ACCEPTED:
            take(obj, shown)
    for obj in _likely(scene):
        waiting = [shown for shown in supplied if shown not in bound.values()]
        if waiting and obj.key not in bound:
            take(obj, waiting[0])
    waiting = [shown for shown in supplied if shown not in bound.values()]
    if len(scene.objects) == 1 and not bound and waiting and _may_show(waiting[0], scene.objects[0]):
        take(scene.objects[0], waiting[0])
    return bound


def _by_title(scene: Scene, supplied: Iterable[SeenPicture]) -> list[tuple[float, SceneObject, SeenPicture]]:
    """How well each title agrees with each object, as it is named here or in the request ("the bag", a handbag)."""

    def agreement(obj: SceneObject, title: str) -> float:
        names = (obj.of,) if obj.of else ()
        return max(fit(title, Wish(key=obj.key, noun=noun, names=names)) for noun in {obj.noun, phrase(scene, obj)})

    pairs = [(agreement(obj, shown.picture.title), obj, shown) for obj in scene.objects for shown in supplied]
    return sorted(pairs, key=lambda pair: -pair[0])


def _likely(scene: Scene) -> list[SceneObject]:
    """Objects that the user points at ("my logo", "the attached photo"), then those that nobody else knows."""
    unknown = {hole.key for hole in scene.ambiguities if hole.kind is AmbiguityKind.UNKNOWN_OBJECT}
    pointed = [obj for obj in scene.objects if _pointed_at(scene, obj) or is_vague(obj.noun)]
    return [*pointed, *(obj for obj in scene.objects if obj.key in unknown and obj not in pointed)]


def _pointed_at(scene: Scene, obj: SceneObject) -> bool:
    before = re.split(r"[.,;]| and ", scene.text[max(0, obj.span.start - 24) : obj.span.start])[-1]
    return bool(_POINTING.search(before + scene.text[obj.span.start : obj.span.end]))


def _may_show(shown: SeenPicture, obj: SceneObject) -> bool:
    """The picture may well be of the one object that the request is about: its title says nothing, or names a living one."""
    title = shown.picture.title
    return opaque(title) or (obj.living and not any(lookup(token) for token in tokens(title)))


def _unbound(supplied: dict[str, SeenPicture], transcript: Transcript) -> list[SeenPicture]:
    return [shown for shown in transcript.pictures if not shown.query and shown not in supplied.values()]


def _handed_over(shown: SeenPicture, scene: Scene) -> Find:
    """A supplied picture that the request does not name: it is wanted all the same, as an object of its own."""
    title = fold(shown.picture.title)
    noun = next((word for word in reversed(re.findall(r"[a-z]{3,}", title)) if lookup(word) or word == "logo"), REFERENCE)
    obj = SceneObject(key=f"supplied {shown.img_id}", noun=noun, span=Span(start=len(scene.text), end=len(scene.text)))
    return Find(obj=obj, choice=Choice(shown=shown, fit=1.0))
