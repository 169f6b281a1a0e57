"""What a free request asks for, as claims: read by the scene reader, looks from the knowledge and the user's own references."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Claim
from genevolve.core.ledger import Ledger
from genevolve.core.protocols import ReferenceImage
from genevolve.world.atlas.asked import facts_in
from genevolve.world.expert.own import caption_fit, named, own_wish, phrase
from genevolve.world.expert.references import ACCEPTED
from genevolve.world.expert.research import bind_supplied
from genevolve.world.expert.transcript import SeenPicture
from genevolve.world.language.claims import Derived, Knowledge, derive
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import CutSheet, Edging, Form, Scene, SceneObject, Weather
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.lettering import with_doubts


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedClaims:
    """What a free request asks for: what can be checked, and what became of each of its words."""

    derived: Derived
    ledger: Ledger
    setting: str | None = None  # the place that it is set in, where that is one which can be drawn
    weather: tuple[Weather, ...] = ()
    light: str | None = None
    form: Form | None = None  # the layout that it asks for
    sheet: CutSheet | None = None  # with an edge of its own
    edging: Edging | None = None  # a border all around
    request: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        return self.derived.claims


def derive_claims(
    request: str,
    knowledge: Knowledge,
    own: Sequence[ReferenceImage],
    vocabulary: Vocabulary = Vocabulary.EVERYDAY,
    *,
    chosen: Sequence[ReferenceImage] = (),
) -> DerivedClaims:
    """Claims of ``request``, and in words what none of them covers. "The logo from the first reference image" must look
    like the user's first own reference, and what a picture of the user's libraries was ``chosen`` for like that picture."""
    scene = read(request, vocabulary, facts_in)
    scene = replace(scene, objects=tuple(_national(obj, knowledge) for obj in scene.objects))
    pinned = replace(scene, objects=_pinned(scene, own, chosen))
    known = _WithOwn(knowledge=knowledge, own=tuple(own), chosen=tuple(chosen))
    derived = derive(pinned, known)
    derived = replace(derived, claims=tuple(dict.fromkeys(derived.claims)))
    means = Means(knowledge=known, setting=_shown, references=len(own))
    place = scene.background if scene.background and scene.style is None and _shown(scene.background) else None
    written = [text.content or known.wording(text.describes) or "" for text in scene.texts]
    return DerivedClaims(
        derived=derived,
        ledger=with_doubts(ledger(_told(scene, pinned), means), request, written),
        setting=place,
        weather=scene.weather if scene.style is None else (),
        light=scene.light,
        form=scene.form,
        sheet=scene.sheet,
        edging=scene.edging,
        request=request,
    )


def _national(obj: SceneObject, knowledge: Knowledge) -> SceneObject:
    """ "The national bird of Peru": the word belongs to what is asked for, where that is known."""
    if not obj.of or "national" not in obj.modifiers or not knowledge.looks(f"national {obj.noun}", obj.of):
        return obj
    rest = tuple(word for word in obj.modifiers if word != "national")
    return replace(obj, noun=f"national {obj.noun}", modifiers=rest)


def _told(scene: Scene, pinned: Scene) -> Scene:
    """The scene for the ledger: numbered references stay numbered, what was found by its title is as found."""
    pairs = zip(scene.objects, pinned.objects, strict=True)
    return replace(scene, objects=tuple(obj if obj.reference is not None else found for obj, found in pairs))


def _shown(words: str, word: str = "") -> bool:
    from genevolve.world.sketch.shown import shows

    return shows(words, word)


def look_of(reference: ReferenceImage) -> str:
    return f"image:{reference.picture.digest}"


_MARK, _CHOSEN = "reference image ", "library picture "


def _pinned(scene: Scene, own: Sequence[ReferenceImage], chosen: Sequence[ReferenceImage]) -> tuple[SceneObject, ...]:
    """Objects with what they must look like: a reference by number, by its title or because the request points at it
    ("my logo"), else the library's picture whose caption is about just this."""
    supplied = [SeenPicture(img_id=str(number), picture=image.picture) for number, image in enumerate(own, start=1)]
    bound = {key: int(shown.img_id) for key, shown in bind_supplied(scene, supplied).items()}
    return tuple(_as_shown(scene, obj, bound.get(obj.key), chosen) for obj in scene.objects)


def _as_shown(scene: Scene, obj: SceneObject, number: int | None, chosen: Sequence[ReferenceImage]) -> SceneObject:
    if number is not None:
        said = obj.noun if obj.reference is not None else phrase(scene, obj)
        plain = obj.modifiers if obj.reference is not None else ()
        return replace(obj, noun=said, modifiers=plain, of=f"{_MARK}{number}", reference=None)
    wish = own_wish(scene, obj)
    fits = [caption_fit(image.picture.title, wish.noun, obj.colour) for image in chosen]
    if fits and max(fits) >= ACCEPTED:
        return replace(named(obj, wish), of=f"{_CHOSEN}{fits.index(max(fits)) + 1}", reference=None)
    return obj


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithOwn:
    """The given knowledge, and the user's own references by number."""

    knowledge: Knowledge
    own: tuple[ReferenceImage, ...]
    chosen: tuple[ReferenceImage, ...] = ()

    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        for mark, images in ((_MARK, self.own), (_CHOSEN, self.chosen)):
            number = of.removeprefix(mark)
            if of.startswith(mark) and number.isdigit() and 1 <= int(number) <= len(images):
                return (look_of(images[int(number) - 1]),)
        return self.knowledge.looks(noun, of)

    def wording(self, describes: str) -> str | None:
        return self.knowledge.wording(describes)
