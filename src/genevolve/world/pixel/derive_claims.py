"""What a free request asks for, as claims: read by the scene reader, looks from the knowledge and the user's own references."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genevolve.core.protocols import ReferenceImage
from genevolve.world.language.claims import Derived, Knowledge, derive
from genevolve.world.language.model import SceneObject
from genevolve.world.language.reader import read


def derive_claims(request: str, knowledge: Knowledge, own: Sequence[ReferenceImage]) -> Derived:
    """Claims of ``request``, and in words what none of them covers. "The logo from the first reference image" must look
    like the user's first own reference."""
    scene = read(request)
    objects = tuple(_pinned(obj, len(own)) for obj in scene.objects)
    derived = derive(replace(scene, objects=objects), _WithOwn(knowledge=knowledge, own=tuple(own)))
    return replace(derived, claims=tuple(dict.fromkeys(derived.claims)))


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
