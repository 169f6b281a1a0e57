"""Nouns of several senses: which one is meant, by the company they keep in a free request ("a mouse" beside a keyboard)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from genevolve.core.claim import Direction
from genevolve.world.language.activities import activities
from genevolve.world.language.drafts import Draft, ObjectDraft, TextDraft
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

_WINDOWED = frozenset({"car", "bus", "taxi", "minivan", "pickup truck", "train", "van", "police car"})
_VESSELS = word_set(
    """
    bowl basket box package cup mug glass bag handbag shopping-bag barrel pot bucket crate cart wheelbarrow nest boat canoe
    bathtub bath backpack chest bin can stroller gift
    """
)


_UPRIGHT = frozenset({"spider web", "dart board", "dartboard", "target", "archery target", "world map", "map"})
_LEGGED = word_set("table desk chair stool bench")
_LAMPS = frozenset({"street lamp", "lamp post", "floor lamp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sense:
    """``means`` is the name in the inventory that ``noun`` stands for where one of ``near`` is in the request, too."""

    noun: str
    means: str
    near: frozenset[str]
    living: bool = False


_BALL_GAME = word_set("baseball glove helmet pitcher ball cap stadium player")
_CHESS = word_set("chess chessboard pawn pawns checkmate")
_SENSES = (
    _Sense(
        noun="mouse",
        means="computer mouse",
        near=word_set("keyboard monitor laptop computer screen printer usb cable mousepad"),
    ),
    _Sense(
        noun="musical note", means="paper note", near=word_set("says saying reads reading sticky written handwritten telling")
    ),
    _Sense(noun="bowl", means="fishbowl", near=word_set("goldfish")),
    _Sense(
        noun="pumpkin", means="jack-o-lantern", near=word_set("halloween carved spooky witch ghost ghosts bats trick lantern")
    ),
    _Sense(noun="tree", means="christmas tree", near=word_set("christmas xmas")),
    _Sense(noun="king", means="chess king", near=_CHESS),
    _Sense(noun="queen", means="chess queen", near=_CHESS),
    _Sense(noun="knight", means="chess knight", near=_CHESS),
    _Sense(noun="bishop", means="chess bishop", near=_CHESS),
    _Sense(noun="bat", means="baseball bat", near=_BALL_GAME),
    _Sense(noun="ball", means="baseball", near=word_set("baseball bat pitcher")),
    _Sense(noun="ball", means="basketball", near=word_set("basketball hoop dunk dunking")),
    _Sense(noun="cap", means="graduation cap", near=word_set("graduation graduate graduates diploma class")),
    _Sense(noun="ball", means="tennis ball", near=word_set("tennis racket racquet")),
)
_WORD = re.compile(r"[a-z]+")
_SHORT = 4  # characters of a number that a thing bears
_ANYBODY = word_set("person man woman boy girl child")
_DOES = re.compile(r"(?:\s+(?:who|that|is|are|and))*\s+(?P<act>[a-z]{2,}ing)\b")
_STEMS = frozenset(("flower", "rose", "tulip", "sunflower", "daisy", "lily", "bouquet", "branch", "plant", "lavender"))


def settle(objects: Sequence[ObjectDraft], text: str) -> Iterator[Correction]:
    """Renames objects whose sense the rest of ``text`` tells, and says which words were read so."""
    said = set(_WORD.findall(text.lower()))
    for obj in objects:
        obj.links = [
            (Direction.INSIDE if direction is Direction.ON and _faces(targets) else direction, targets)
            for direction, targets in obj.links
        ]
        yield from _actor(obj, text)
        if obj.noun == "traffic light" and obj.colour is not None:  # of its lamp, which a pictogram cannot show alone
            obj.modifiers, obj.colour = [*obj.modifiers, obj.colour], None
        sense = next((sense for sense in _SENSES if sense.noun == obj.noun and sense.near & (said - {obj.noun})), None)
        if sense is None:
            continue
        word = re.compile(rf"\b{sense.noun}s?\b", re.IGNORECASE).search(text, obj.span.start, obj.span.end)
        obj.noun, obj.living = sense.means, sense.living
        if word is not None:
            yield Correction(span=Span(start=word.start(), end=word.end()), word=sense.means)


def _faces(targets: tuple[Draft, ...]) -> bool:
    """Whether the one thing stands upright and is flat: who is on it or in its middle is before it, and not above it."""
    return len(targets) == 1 and isinstance(targets[0], ObjectDraft) and targets[0].noun in _UPRIGHT


def sticks_out(noun: str, vessel: str) -> bool:
    """ "roses in a vase": their stems are in it, and they are above it."""
    return noun.split()[-1] in _STEMS and vessel.split()[-1] == "vase"


def is_vessel(noun: str) -> bool:
    """Whether it is open at its top and not to be seen through: what is in it shows above its rim."""
    return noun in _VESSELS or noun.split()[-1] in _VESSELS


def is_shelter(noun: str) -> bool:
    """Whether it stands on the ground beside what is under it: a tree, a street lamp."""
    entry = lookup(noun, Vocabulary.ICONS)
    names = (noun, entry.kind if entry is not None else "", entry.noun if entry is not None else "")
    return any(name.split()[-1:] == ["tree"] or name in _LAMPS for name in names)


def has_legs(noun: str) -> bool:
    """Whether what is under it is between its legs."""
    return noun.split()[-1] in _LEGGED


def windowed(noun: str) -> bool:
    """Whether who is in it looks out of a window in its upper half."""
    return noun in _WINDOWED


_AND_ITS = re.compile(r"\s*,?\s*(?:and\s*)?(?:its\s*)?", re.IGNORECASE)


_WITH = re.compile(
    r"\s+(?:with|bearing|wearing|has|having)\s+(?:(?:the|a|an|its)\s+)?(?:[a-z]+\s+){0,2}(?:number|numeral|no\.|figure)?\s*[\"“]?"
)
_NUMBERED = re.compile(r"(?:with|bearing|wearing|has|having)\b.*\b(?:number|numeral|figure)\b", re.IGNORECASE | re.DOTALL)
_ON_IT = re.compile(
    r"[\"”]?\s+(?:written\s+|painted\s+|printed\s+)?on\s+(?:it|its\s+[a-z]+|the\s+(?:front|side|back|hood|bonnet|roof|sail|tail))\b"
)


def _numbered(text: TextDraft, objects: Sequence[ObjectDraft], request: str) -> ObjectDraft | None:
    """ "a racing car with the number 7 (on it)": the thing right before it."""
    before = [obj for obj in objects if obj.span.end <= text.span.start and not obj.living]
    obj = max(before, key=lambda one: one.span.end, default=None)
    if obj is None or len(text.content) > _SHORT or not any(sign.isdigit() for sign in text.content):
        return None
    said = request[obj.span.end : text.span.end]
    joined = _WITH.match(request, obj.span.end)
    near = joined is not None and joined.end() >= text.span.start
    return obj if near and (_NUMBERED.search(said) or _ON_IT.match(request, text.span.end)) else None


def settle_bearers(texts: Sequence[TextDraft], objects: Sequence[ObjectDraft], request: str) -> None:
    """A text stands on the thing that it was said with, as does the one that "and" joins to it, unless its place was said."""
    for text in texts:
        text.bearer = text.bearer or _numbered(text, objects, request)
    for before, text in pairwise(sorted(texts, key=lambda text: text.span.start)):
        joined = text.bearer is None and _AND_ITS.fullmatch(request, before.span.end, max(before.span.end, text.span.start))
        if joined and before.bearer is not None and (text.describes or text.quoted):
            text.bearer = before.bearer
    for text in texts:
        if text.bearer is not None and text.place is None and not text.links:
            text.links.append((Direction.ON, (text.bearer,)))
            text.role = None if text.role is TextRole.TITLE else text.role


def blank_signs(texts: Sequence[TextDraft]) -> None:
    """A sign that is written on is one without scribbles."""
    for text in texts:
        for direction, targets in text.links:
            sign = targets[0]
            if direction is Direction.ON and isinstance(sign, ObjectDraft) and sign.noun == "sign":
                sign.noun = "hanging sign"


def _actor(obj: ObjectDraft, text: str) -> Iterator[Correction]:
    """ "a boy running" is drawn as the runner, where there is a picture of one."""
    plain = obj.noun in _ANYBODY and not any(part.name in activities() for part in obj.parts)
    does = _DOES.match(text, obj.span.end) if plain else None
    actor = lookup(f"{does['act'][:-3]}er", Vocabulary.ICONS) if does is not None else None
    if does is None or does["act"] == "waiting" or actor is None or not actor.living:  # who waits is no waiter
        return
    yield Correction(span=obj.span, word=actor.noun)
    yield Correction(span=Span(start=does.start("act"), end=does.end("act")), word=actor.noun)
    obj.noun, obj.living = actor.noun, True
