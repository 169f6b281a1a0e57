"""Which picture shows which object, decided by titles: never simply the first result, and none rather than a wrong one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from genevolve.world.expert.transcript import SeenPicture
from genevolve.world.expert.words import names, tokens
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.surface_text import described

_ADJECTIVE_ENDINGS = word_set("n an ian ese i ish ean er ic")
ACCEPTED = 0.55  # least fit of a picture that is used
SURE = 0.85  # fit at which no second wording of the query is tried
_OWN_BONUS = 0.1
_NOISE = word_set(
    "photo photograph image picture icon emoji symbol svg png jpg jpeg webp wikipedia wikimedia common vector "
    "illustration stock free high resolution hd national official file clipart drawing front view"
)
_VAGUE = word_set(
    "photo photograph picture image snapshot drawing thing object item subject file reference center centre middle focus"
)


class Pick(StrEnum):
    """How a reference is chosen among the results of a query; ``first`` is a broken part for ablations."""

    TITLE = "title"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a picture is wanted of. ``names`` are all wordings of which one it is, best known first; empty: just the noun."""

    key: str
    noun: str
    names: tuple[str, ...] = ()

    def query(self, name: str) -> str:
        if not name:
            return self.noun
        if set(tokens(self.noun)) <= set(tokens(name)):
            return name
        return described(self.noun, name)

    @property
    def queries(self) -> tuple[str, ...]:
        wordings = [self.query(name) for name in self.names or ("",)]
        turned = [f"{name} {self.noun}" for name in self.names[:1]]
        return tuple(dict.fromkeys((*wordings, *turned)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``fit`` in [0, 1]: how well the title agrees with what was wanted."""

    shown: SeenPicture
    fit: float


def fit(title: str, wish: Wish) -> float:
    """The best agreement of ``title`` with any wording of ``wish``: 1 is exact, 0 is something else."""
    return max(_fit(title, wish.noun, name) for name in wish.names or ("",))


def _fit(title: str, noun: str, name: str) -> float:
    said = [token for token in tokens(title) if token not in _NOISE or token in tokens(f"{noun} {name}")]
    kind, particular = tokens(noun), [token for token in tokens(name) if token not in tokens(noun)]
    if not said or not (kind or particular):
        return 0.0
    base = _named_fit(said, kind, particular) if particular else _plain_fit(said, kind)
    foreign = [token for token in said if token not in kind and not any(akin(token, other) for other in particular)]
    return max(0.0, base - 0.35 * len(foreign) / len(said))


def _named_fit(said: Sequence[str], kind: Sequence[str], particular: Sequence[str]) -> float:
    covered = sum(any(akin(token, other) for other in said) for token in particular) / len(particular)
    same_kind = not kind or kind[-1] in said
    if covered <= 0.5 or (not same_kind and len(set(said)) > len(set(particular))):
        return 0.0
    return 0.75 * covered + (0.25 if same_kind else 0.0)


def akin(one: str, other: str) -> bool:
    """The same word, or a name and its adjective: Japan and Japanese, Italy and Italian."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    stem = short[:-1] if short[-1] in "aeoy" else short
    return len(stem) > 3 and long.startswith(stem) and long[len(stem) :] in _ADJECTIVE_ENDINGS


def _plain_fit(said: Sequence[str], kind: Sequence[str]) -> float:
    """The head noun must be named, or nothing else than a part of the whole name ("tennis" for a tennis racket)."""
    if kind[-1] not in said:
        return ACCEPTED if set(said) < set(kind) else 0.0
    return 0.4 + 0.6 * sum(token in said for token in kind) / len(kind)


def choose(wish: Wish, pictures: Iterable[SeenPicture], pick: Pick = Pick.TITLE) -> Choice | None:
    """The picture for ``wish``, or None when no title fits. The user's own pictures win over others that fit as well."""
    if pick is Pick.FIRST:
        return _first(wish, pictures)
    best: Choice | None = None
    for shown in pictures:
        agreement = fit(shown.picture.title, wish)
        if agreement < ACCEPTED:
            continue
        if is_own(shown):
            agreement += _OWN_BONUS
        if best is None or agreement > best.fit + 1e-9:
            best = Choice(shown=shown, fit=agreement)
    return best


def _first(wish: Wish, pictures: Iterable[SeenPicture]) -> Choice | None:
    """Whatever came first for any of the wish's own queries."""
    found = (shown for shown in pictures if shown.query in wish.queries and shown.rank == 0)
    return next((Choice(shown=shown, fit=1.0) for shown in found), None)


def is_own(shown: SeenPicture) -> bool:
    """The user's own picture: it came with the request, or its address is not on the web but in one of his libraries."""
    address = f"{shown.picture.url} {shown.picture.page_url}".lower()
    return not shown.query or "library:" in address or address.startswith("library")


def opaque(title: str) -> bool:
    """A title that says nothing ("IMG 2034", "photo", "scan0001"), as cameras and programs give them."""
    telling = [token for token in tokens(title) if token not in _NOISE | _VAGUE and token.strip(".0123456789")]
    return not [token for token in telling if not any(char.isdigit() for char in token) and token not in ("img", "dsc", "scan")]


def is_vague(noun: str) -> bool:
    """A noun that only points at a picture: "the attached photo"."""
    said = tokens(noun)
    return bool(said) and said[-1] in _VAGUE


def particular(name: str) -> bool:
    return bool(names(name))
