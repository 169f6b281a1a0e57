"""What the request leaves to find out, what the observations say about it so far, and what is still missing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from genevolve.core.event import TextHit
from genevolve.world.expert.documents import plain_title
from genevolve.world.expert.facts import aliases, is_description, resolve
from genevolve.world.expert.normalize import reopened, tidied
from genevolve.world.expert.references import ACCEPTED, REFERENCE, SURE, Choice, Pick, Wish, choose, fit, is_vague, opaque
from genevolve.world.expert.subjects import subject
from genevolve.world.expert.transcript import SeenPicture, Transcript
from genevolve.world.expert.words import described, fold, tokens
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import AmbiguityKind, Scene, SceneObject, Span, TextElement

_POINTING = re.compile(
    r"\b(?:my|our|this|these|attached|supplied|provided|uploaded|given|enclosed|included|following|own)\b", re.IGNORECASE
)
_PRONOUN = re.compile(r"\b(?:its|their|his|her|(?:that|this|the) (?:country|nation|state|place|city)['’]s) ", re.IGNORECASE)
_CARRIED = re.compile(r"^(?:(?:that|which) belongs? to|belonging to|(?:that|which) is (?:the )?(?:one )?of)\s+", re.IGNORECASE)
_ITS = re.compile(r"\b(?:its|their)\s+(?P<property>[^,.;]+)", re.IGNORECASE)
_THE_OWNER = re.compile(
    r"^(?:the )?(?:(?:full |official |short )?name of )?(?:the|this|that|its) (?:country|nation|state|place|land)"
    r"(?:['’]s name)?$",
    re.IGNORECASE,
)
_UNKNOWABLE = re.compile(r"(?:my|our|your|his|her|their|some|any|an?|one)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"(?:that|which|who|whose|where|(?:in|of|from|on) which|known|named)\b", re.IGNORECASE)
_TAIL = re.compile(
    r"(?P<words>(?:\s+(?:for|from|born|who|whose|that|on|of)\s[^,.;:]+?)?)(?=\s+(?:with|and|in|at|above|below|next|as)\b|[,.;:]|\s*$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What became of one thing: how it is called now, and the picture for it (None: none was found or is needed)."""

    thing: SceneObject
    wish: Wish | None = None
    choice: Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Research:
    """``scene`` has every answered fact filled in. ``questions`` have no answer yet; ``facts`` are (asked, answer)."""

    scene: Scene
    finds: tuple[Find, ...]
    questions: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()


def research(scene: Scene, transcript: Transcript, pick: Pick) -> Research:
    """Where things stand after all observations so far."""
    hits = transcript.hits
    scene = tidied(scene, len(transcript.asked.supplied))
    supplied = bind_supplied(scene, [shown for shown in transcript.pictures if not shown.query])
    unknown = {hole.key for hole in scene.opens if hole.kind is AmbiguityKind.UNKNOWN_THING}
    finds = [_find(scene, thing, thing.key in unknown, supplied.get(thing.key), transcript, pick) for thing in scene.things]
    finds += [_handed_over(shown, scene) for shown in _unbound(supplied, transcript)]
    texts = tuple(_explicit(_asking(text), finds) for text in scene.letterings)
    letterings = tuple(_worded(text, hits) for text in texts)
    asked = [question for thing in scene.things if thing.key not in supplied and (question := question_of(scene, thing))]
    asked += [text.describes for text in texts if text.describes and not text.quoted and not _PRONOUN.search(text.describes)]
    resolved = [(question, resolve(question, hits)) for question in dict.fromkeys(asked)]
    return Research(
        scene=reopened(replace(scene, things=tuple(find.thing for find in finds), letterings=letterings)),
        finds=tuple(finds),
        questions=tuple(dict.fromkeys(found.pending for _, found in resolved if found.pending)),
        facts=tuple((question, found.text) for question, found in resolved if not found.pending),
    )


def _explicit(text: TextElement, finds: Sequence[Find]) -> TextElement:
    """ "Its capital" as "the capital of Chad", once it is known what "its" means: the first thing that is of something."""
    things = [find.thing for find in finds if find.thing.of or find.thing.noun[:1].isupper()]
    name = (things[0].of or things[0].noun) if things else ""
    if not name or is_description(name) or not (found := _PRONOUN.search(text.describes)):
        return text
    after = text.describes[found.end() :]
    return replace(text, describes=f"{text.describes[: found.start()]}the {after} of {name}")


def _owned(text: TextElement, finds: Sequence[Find]) -> TextElement:
    """ "Its currency" and "the name of the country" mean what the first described thing belongs to."""
    owner = next((find.thing.of for find in finds if find.thing.of), "")
    if not owner or not text.describes:
        return text
    if _THE_OWNER.match(text.describes):
        return replace(text, describes=owner) if is_description(owner) else replace(text, content=owner)
    said = _ITS.sub(lambda its: f"the {its['property']} of {owner}", text.describes, count=1)
    return replace(text, describes=said)


def _asking(text: TextElement) -> TextElement:
    """Unquoted words that describe what is to be written ("titled with Peru's currency") taken as such."""
    asks = not text.quoted and not text.describes and is_description(text.content)
    return replace(text, describes=text.content) if asks else text


def _worded(text: TextElement, hits: Sequence[TextHit]) -> TextElement:
    if text.quoted or not text.describes or _PRONOUN.search(text.describes):
        return text
    found = resolve(text.describes, hits)
    return text if found.pending else replace(text, content=found.text)


# ---- things ---------------------------------------------------------------------------------------------------------


def _find(scene: Scene, thing: SceneObject, unknown: bool, own: SeenPicture | None, transcript: Transcript, pick: Pick) -> Find:
    if own is not None:
        noun = REFERENCE if is_vague(thing.noun) else thing.noun
        return Find(thing=replace(thing, noun=noun, reference=None), choice=Choice(shown=own, fit=1.0))
    thing = replace(thing, reference=None)
    if (not unknown and not thing.of) or _UNKNOWABLE.match(thing.of):
        return Find(thing=thing)
    if question := question_of(scene, thing):
        found = resolve(question, transcript.hits)
        if found.pending:
            return Find(thing=thing, wish=_wish(thing, ()), choice=choose(_wish(thing, ()), transcript.pictures, pick))
        thing = _named(thing, found.text)
        if not thing.of and lookup(thing.noun):
            return Find(thing=thing)
    wish = _wish(thing, transcript.hits)
    choice = choose(wish, transcript.pictures, pick)
    if choice is None and wish.queries[0] in transcript.image_queries and (name := _by_description(thing, transcript)):
        thing = replace(thing, noun=name, of="", modifiers=())
        wish = _wish(thing, ())
        choice = choose(wish, transcript.pictures, pick)
    choice = choice or _described(wish, transcript)
    return Find(thing=_titled(thing, choice), wish=wish, choice=choice)


def question_of(scene: Scene, thing: SceneObject) -> str:
    """What has to be looked up before ``thing`` can be drawn; empty when its name says it.

    "The flag of the country whose …" asks for the country; "the landmark that …" and "the animal of the zodiac for …" ask for
    the thing itself, with every word that belongs to it.
    """
    if not thing.of and not (thing.modifiers and _itself(thing) and lookup(thing.noun) is None):
        return ""
    if _itself(thing):
        said = " ".join([*thing.modifiers, thing.noun])
        tail = _TAIL.match(scene.text[thing.span.end :])
        return described(f"the {said}", thing.of) + (tail["words"] if tail else "")
    return thing.of if is_description(thing.of) else ""


def _itself(thing: SceneObject) -> bool:
    """The description says which ``noun`` it is, and the noun alone is no picture: "the animal of …", "the landmark that …"."""
    return bool(_RELATIVE.match(thing.of)) or lexicon().has("generic_heads", thing.noun.split()[-1].lower())


def _named(thing: SceneObject, name: str) -> SceneObject:
    """``thing`` with its description answered: "the landmark that …" becomes its name, "the flag of …" keeps its noun."""
    if _itself(thing):
        known = lookup(name)
        return replace(
            thing, noun=known.noun if known else name, of="", modifiers=(), living=known is not None and known.living
        )
    return replace(thing, of=name)


def _titled(thing: SceneObject, choice: Choice | None) -> SceneObject:
    """``thing`` called as its picture's title "NOUN of NAME" calls it: Japanese becomes Japan, "Ghana" the flag of Ghana."""
    found = re.fullmatch(r"(?P<noun>\w+) of (?P<name>.+)", choice.shown.picture.title) if choice is not None else None
    if choice is None or found is None:
        return thing
    if thing.of and found["noun"].lower() == thing.noun and choice.fit >= SURE:
        return replace(thing, of=found["name"])
    if not thing.of and fold(found["name"]) == fold(thing.noun):
        return replace(thing, noun=found["noun"].lower(), of=found["name"])
    return thing


def _wish(thing: SceneObject, hits: Sequence[TextHit]) -> Wish:
    names = (thing.of, *aliases(thing.of, hits)) if thing.of else ()
    return Wish(key=thing.key, noun=thing.noun, names=names)


def _by_description(thing: SceneObject, transcript: Transcript) -> str:
    """What "the NOUN of …" as a whole is called, where documents say so: "the candlestick of Hanukkah" is a menorah."""
    whole = described(" ".join(["the", *thing.modifiers, thing.noun]), thing.of)
    found = subject(whole, transcript.hits) if thing.of else None
    return found if found and fold(found) not in fold(whole) else ""


def _described(wish: Wish, transcript: Transcript) -> Choice | None:
    """A picture whose whole title is said of the thing in a document about it: "ringed planet" for Saturn."""
    about = [hit for hit in transcript.hits if any(fold(plain_title(hit)) == fold(name) for name in (wish.noun, *wish.names))]
    said = {token[:4] for hit in about for token in tokens(f"{hit.title} {hit.snippet}")}
    for shown in transcript.pictures:
        title = tokens(shown.picture.title)
        if shown.query in wish.queries and len(title) > 1 and all(token[:4] in said for token in title):
            return Choice(shown=shown, fit=ACCEPTED)
    return None


# ---- pictures that came with the request ----------------------------------------------------------------------------


def bind_supplied(scene: Scene, supplied: Sequence[SeenPicture]) -> dict[str, SeenPicture]:
    """Which thing each supplied picture shows, by key: by ordinal, by title, by "my …", then by what is unknown otherwise."""
    bound: dict[str, SeenPicture] = {}

    def take(thing: SceneObject, shown: SeenPicture) -> None:
        if thing.key not in bound and shown not in bound.values():
            bound[thing.key] = shown

    for thing in scene.things:
        if thing.reference is not None and thing.reference <= len(supplied):
            take(thing, supplied[thing.reference - 1])
    for fitness, thing, shown in _by_title(scene.things, supplied):
        if fitness >= ACCEPTED:
            take(thing, shown)
    for thing in _likely(scene):
        waiting = [shown for shown in supplied if shown not in bound.values()]
        if waiting and thing.key not in bound:
            take(thing, waiting[0])
    waiting = [shown for shown in supplied if shown not in bound.values()]
    if len(scene.things) == 1 and not bound and waiting and _may_show(waiting[0], scene.things[0]):
        take(scene.things[0], waiting[0])
    return bound


def _by_title(things: Iterable[SceneObject], supplied: Iterable[SeenPicture]) -> list[tuple[float, SceneObject, SeenPicture]]:
    pairs = [
        (fit(shown.picture.title, Wish(key=thing.key, noun=thing.noun, names=(thing.of,) if thing.of else ())), thing, shown)
        for thing in things
        for shown in supplied
    ]
    return sorted(pairs, key=lambda pair: -pair[0])


def _likely(scene: Scene) -> list[SceneObject]:
    """Things that the user points at ("my logo", "the attached photo"), then those that nobody else knows."""
    unknown = {hole.key for hole in scene.opens if hole.kind is AmbiguityKind.UNKNOWN_THING}
    pointed = [thing for thing in scene.things if _pointed_at(scene, thing) or is_vague(thing.noun)]
    return [*pointed, *(thing for thing in scene.things if thing.key in unknown and thing not in pointed)]


def _pointed_at(scene: Scene, thing: SceneObject) -> bool:
    before = re.split(r"[.,;]| and ", scene.text[max(0, thing.span.start - 24) : thing.span.start])[-1]
    return bool(_POINTING.search(before + scene.text[thing.span.start : thing.span.end]))


def _may_show(shown: SeenPicture, thing: SceneObject) -> bool:
    """The picture may well be of the one thing that the request is about: its title says nothing, or names a living one."""
    title = shown.picture.title
    return opaque(title) or (thing.living and not any(lookup(token) for token in tokens(title)))


def _unbound(supplied: dict[str, SeenPicture], transcript: Transcript) -> list[SeenPicture]:
    return [shown for shown in transcript.pictures if not shown.query and shown not in supplied.values()]


def _handed_over(shown: SeenPicture, scene: Scene) -> Find:
    """A supplied picture that the request does not name: it is wanted all the same, as a thing of its own."""
    title = fold(shown.picture.title)
    noun = next((word for word in reversed(re.findall(r"[a-z]{3,}", title)) if lookup(word) or word == "logo"), REFERENCE)
    thing = SceneObject(key=f"supplied {shown.img_id}", noun=noun, span=Span(start=len(scene.text), end=len(scene.text)))
    return Find(thing=thing, choice=Choice(shown=shown, fit=1.0))
