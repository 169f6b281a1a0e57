"""What a free request asks for, as claims: read by the scene reader, looks from the knowledge and the user's own references."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Claim
from genevolve.core.ledger import Ledger
from genevolve.core.protocols import ReferenceImage
from genevolve.world.language.claims import Derived, Knowledge, derive
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import SceneObject
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a free request asks for: what can be checked, and what became of each of its words."""

    derived: Derived
    ledger: Ledger
    setting: str | None = None  # the place that it is set in, where that is one which can be drawn

    @property
    def claims(self) -> tuple[Claim, ...]:
        return self.derived.claims


def derive_claims(
    request: str, knowledge: Knowledge, own: Sequence[ReferenceImage], vocabulary: Vocabulary = Vocabulary.EVERYDAY
) -> Asked:
    """Claims of ``request``, and in words what none of them covers. "The logo from the first reference image" must look
    like the user's first own reference."""
    scene = read(request, vocabulary)
    objects = tuple(_pinned(obj, len(own)) for obj in scene.objects)
    pinned = replace(scene, objects=objects)
    known = _WithOwn(knowledge=knowledge, own=tuple(own))
    derived = derive(pinned, known)
    derived = replace(derived, claims=tuple(dict.fromkeys(derived.claims)))
    means = Means(knowledge=known, setting=_can_be_drawn, references=len(own))
    place = scene.background if scene.background and scene.style is None and _can_be_drawn(scene.background) else None
    return Asked(derived=derived, ledger=ledger(scene, means), setting=place)


def _can_be_drawn(setting: str) -> bool:
    from genevolve.world.sketch.background import choose

    return not choose(setting).note


def look_of(reference: ReferenceImage) -> str:
    return f"image:{reference.picture.digest}"


_MARK = "reference image "


def _pinned(obj: SceneObject, count: int) -> SceneObject:
    if obj.reference is None or not 1 <= obj.reference <= count:
        return obj
    return replace(obj, of=f"{_MARK}{obj.reference}", reference=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithOwn:
    """The given knowledge, and the user's own references by number."""

    knowledge: Knowledge
    own: tuple[ReferenceImage, ...]

    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        number = of.removeprefix(_MARK)
        if of.startswith(_MARK) and number.isdigit() and 1 <= int(number) <= len(self.own):
            return (look_of(self.own[int(number) - 1]),)
        return self.knowledge.looks(noun, of)

    def wording(self, describes: str) -> str | None:
        return self.knowledge.wording(describes)
