"""Young animals beside a grown one: "a bear and her two cubs" are a large bear and two small ones.

No picture shows a cub, so that its size tells it: the judge measures that the grown one is larger. Without a grown one beside
it nothing could be told, and a young animal stays what it was; a chick beside a hen has a picture of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.inventory import lookup, of_group, plural_of, singular_of
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Scene, SceneObject, Size
from genevolve.world.language.tokens import Kind, Token, tokenize
from genevolve.world.language.vocabulary import Vocabulary

_BIRDS = "penguin eagle owl bird swan flamingo turkey parrot peacock ostrich crow stork"
_YOUNG = {
    "cub": "bear,polar bear,lion,lioness,tiger,fox,wolf,panda,leopard,raccoon,badger",
    "pup": "dog,wolf,seal,otter,fox,bat,poodle",
    "puppy": "dog,wolf,poodle",
    "kitten": "cat,leopard",
    "calf": "cow,ox,elephant,whale,dolphin,giraffe,hippopotamus,bison,buffalo,rhinoceros,camel,moose",
    "lamb": "sheep,ram",
    "foal": "horse,donkey,zebra",
    "piglet": "pig,boar",
    "fawn": "deer",
    "kid": "goat",
    "joey": "kangaroo,koala",
    "bunny": "rabbit",
    "duckling": "duck",
    "gosling": "goose",
    "cygnet": "swan",
    "chick": _BIRDS.replace(" ", ","),
    "owlet": "owl",
    "hatchling": "turtle,crocodile,snake,lizard,bird",
    "hoglet": "hedgehog",
}
_ANY = word_set("baby infant young newborn")  # before the animal, or alone: "an elephant and her baby"
_ALONE = word_set("baby babies young offspring")
_PARENTS = word_set("mother mum mom mama mummy mommy father dad daddy papa parent adult grown grown-up")
_OWN = word_set("her his its their the")
_GROUPS = ("pets", "animals", "birds", "sea animals")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """Tokens [start, end) name a grown animal; ``parent``: only as "its mother"."""

    start: int
    end: int
    noun: str
    parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Young:
    """Tokens [start, end) name young ones, which may be those of ``adults``; ``counted``: a number says how many."""

    start: int
    end: int
    adults: frozenset[str]
    many: bool
    owner: int | None = None  # "her" of "her five ducklings"
    counted: bool = False


def with_young(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """``tokens`` with "small bears" in place of "cubs", and "large" before the grown one, where both are told."""
    for young in _young_in(tokens):
        adult = _adult_of(tokens, young)
        if adult is not None:
            return tuple(_rewritten(tokens, adult, young))
    return tuple(tokens)


def _rewritten(tokens: Sequence[Token], adult: _Name, young: _Young) -> Iterator[Token]:
    for index, token in enumerate(tokens):
        if index == adult.start:
            yield _said(token, "large")
            yield _said(token, adult.noun) if adult.parent else token
        elif adult.parent and index == adult.start - 1:  # "its | mother"
            yield _said(token, "a")
        elif index == young.owner:
            if not (young.many or young.counted):
                yield _said(token, "a")
        elif index == young.start:
            yield _said(token, "small")
            yield _said(token, plural_of(adult.noun) if young.many else adult.noun)
        elif not (young.start < index < young.end or (token.lower in _PARENTS and index in (adult.start - 1, adult.start - 2))):
            yield token


def _young_in(tokens: Sequence[Token]) -> Iterator[_Young]:
    """The first words for young ones come first."""
    for at, token in enumerate(tokens):
        if token.kind is not Kind.WORD:
            continue
        single = singular_of(token.lower) or token.lower
        name = _name_at(tokens, at + 1) if token.lower in _ANY else None
        if name is not None:  # "baby | elephants"
            many = singular_of(tokens[name.end - 1].lower) is not None
            yield _counted(tokens, _Young(start=at, end=name.end, adults=frozenset({name.noun}), many=many))
        elif single in _young_of():
            before = _name_at(tokens, at - 1) if at else None  # "lion | cubs"
            start = at - 1 if before is not None and before.noun in _young_of()[single] else at
            adults = frozenset({before.noun}) if before is not None and start < at else _young_of()[single]
            young = _Young(start=start, end=at + 1, adults=adults, many=single != token.lower)
            yield _counted(tokens, young)
        elif token.lower in _ALONE:
            young = _Young(start=at, end=at + 1, adults=_animals(), many=token.lower != "baby")
            told = _counted(tokens, young)
            if told.owner is not None:
                yield told


def _counted(tokens: Sequence[Token], young: _Young) -> _Young:
    """``young`` with what stands before it: "her five fluffy"."""
    counted = False
    for at in range(young.start - 1, max(-1, young.start - 5), -1):
        word = tokens[at].lower
        if word in _OWN:
            return replace(young, owner=at if word != "the" else None, counted=counted)
        if tokens[at].kind is Kind.NUMBER or word in lexicon().numbers:
            counted = True
        elif not lexicon().has("adjectives", word):
            break
    return replace(young, counted=counted)


def _adult_of(tokens: Sequence[Token], young: _Young) -> _Name | None:
    """The nearest grown one before, else the first behind; "its mother" where only the young one is named."""
    names = [name for name in _names_in(tokens) if name.noun in young.adults]
    before = [name for name in names if name.end <= young.start]
    behind = [name for name in names if name.start >= young.end]
    if before or behind:
        return before[-1] if before else behind[0]
    known = next(iter(young.adults)) if len(young.adults) == 1 else None
    for at in range(young.end + 1, len(tokens)):
        if known is not None and tokens[at].lower in _PARENTS and tokens[at - 1].lower in _OWN:
            return _Name(start=at, end=at + 1, noun=known, parent=True)
    return None


def _names_in(tokens: Sequence[Token]) -> Iterator[_Name]:
    at = 0
    while at < len(tokens):
        name = _name_at(tokens, at)
        at = name.end if name is not None else at + 1
        if name is not None:
            yield name


def _name_at(tokens: Sequence[Token], at: int) -> _Name | None:
    """The animal that is named from token ``at`` on."""
    for length in (2, 1):
        words = tokens[at : at + length]
        if len(words) < length or any(word.kind is not Kind.WORD for word in words):
            continue
        said = " ".join(word.lower for word in words)
        entry = lookup(said, Vocabulary.ICONS) if (singular_of(said) or said) not in _young_of() else None
        if entry is not None and entry.noun in _animals():
            return _Name(start=at, end=at + length, noun=entry.noun)
    return None


def _said(token: Token, word: str) -> Token:
    return replace(token, kind=Kind.WORD, text=word, lower=word)


@cache
def _young_of() -> dict[str, frozenset[str]]:
    return {word: frozenset(adults.split(",")) for word, adults in _YOUNG.items()}


@cache
def _animals() -> frozenset[str]:
    told = (noun for adults in _YOUNG.values() for noun in adults.split(","))
    return frozenset((*told, *(noun for group in _GROUPS for noun in of_group(group)))) - {"chick"}


def of_young(unit: Unit, scene: Scene) -> FateOfWords | None:
    """What becomes of "cubs" and of "mother" beside them."""
    word = unit.text.lower()
    known = word in _PARENTS | _ANY | _ALONE or (singular_of(word) or word) in _young_of()
    if scene.vocabulary is not Vocabulary.ICONS or not known or not young_in(scene.text):
        return None
    pairs = [(one, other) for one in scene.objects for other in scene.objects if _is_pair(one, other)]
    if not pairs:
        return None
    large = pairs[0][0]
    if word in _PARENTS:
        return FateOfWords(Fate.DRAWN, f"the larger {large.noun}", "larger", large.key)
    return FateOfWords(Fate.DRAWN, f"the same kind, drawn smaller than the {large.noun}", "larger", large.key)


def owns_young(word: str, obj: SceneObject, scene: Scene) -> bool:
    """Whether "its" only says whose young ones ``obj`` are."""
    return word.lower() in _OWN and any(_is_pair(one, obj) for one in scene.objects) and bool(young_in(scene.text))


def _is_pair(one: SceneObject, other: SceneObject) -> bool:
    return one.noun == other.noun and one.size is Size.LARGE and other.size is Size.SMALL


def young_in(text: str) -> list[tuple[int, int]]:
    """Where ``text`` names young ones and their parent, which "small" and "large" tell in a prompt."""
    tokens = tokenize(text)
    found = []
    for young in _young_in(tokens):
        adult = _adult_of(tokens, young)
        if adult is not None:
            found.append((tokens[young.start].start, tokens[young.end - 1].end))
            parents = range(max(0, adult.start - 2), adult.end)
            found += [(tokens[at].start, tokens[at].end) for at in parents if tokens[at].lower in _PARENTS]
            break
    return found
