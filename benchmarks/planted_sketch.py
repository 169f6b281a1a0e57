"""Planted defects in pictures of the sketch generator: scenes built in code, of which one point is spoilt before drawing."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from genevolve.core.claim import (
    Arranged,
    Arrangement,
    Claim,
    Coloured,
    Counted,
    Direction,
    Grounded,
    Intact,
    Place,
    Placed,
    Present,
    Related,
    Styled,
    TextShown,
)
from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage
from genevolve.world.atlas.raster import reference_png
from genevolve.world.language.inventory import InventoryEntry
from genevolve.world.language.model import (
    Ambiguity,
    AmbiguityKind,
    Count,
    Relation,
    Scene,
    SceneObject,
    Size,
    Span,
    Style,
    TextElement,
    TextRole,
)
from genevolve.world.sketch import draw
from planted_case import COLOURS, TITLES, Planted, cast, flag_subject, misspell, subject, unlike
from planted_pasted import paintable

NOWHERE = Span(start=0, end=0)
BACKDROPS = (
    "light blue",
    "cream",
    "light green",
    "peach",
    "lavender",
    "beach",
    "meadow",
    "white",
    "light pink",
    "night sky",
    "street",
)
LIGHTS = ("soft even light", "warm golden light", "bright daylight", "soft light from the left")
SIZES = ((512, 512), (512, 512), (640, 480), (480, 640), (768, 512), (1024, 1024))


@dataclass(kw_only=True)
class Draft:
    scene: Scene
    claims: list[Claim]
    references: list[str]
    rng: random.Random
    split: str
    spoilt: tuple[str, str] = ("", "")


def sketched(defect: str, seed: int, split: str) -> Planted:
    """A picture with ``defect`` ("" for none)."""
    rng = random.Random(f"sketch {split} {defect} {seed}")
    draft = _DRAFTS[_WHERE.get(defect) or rng.choice(sorted(_DRAFTS))](rng, split)
    if not defect and rng.random() < 0.25:
        style = rng.choice(list(Style))
        draft.scene = replace(draft.scene, style=style, style_thorough=True)
        draft.claims.append(Styled(style=style.value))
    if defect:
        draft.spoilt = _SPOIL[defect](draft)
    references = tuple(_reference(code) for code in draft.references)
    image = draw(draft.scene, references, rng.choice(SIZES), rng.getrandbits(31)).data
    skill, notices = draft.spoilt
    return Planted(image=image, claims=tuple(draft.claims), defect=defect, skill=skill, notices=notices, source="sketch")


def _reference(code: str) -> ReferenceImage:
    picture = Picture(title=f"flag {code}", digest="0" * 64, source="openmoji")
    return ReferenceImage(picture=picture, note="the flag", data=reference_png(code, 512))


def _scene(rng: random.Random, objects: list[SceneObject], texts: list[TextElement]) -> Scene:
    return Scene(
        text="", objects=tuple(objects), texts=tuple(texts), background=rng.choice(BACKDROPS), light=rng.choice(LIGHTS)
    )


def _object(entry: InventoryEntry, **more: object) -> SceneObject:
    key = entry.noun.replace(" ", "_")
    made = SceneObject(key=key, noun=entry.noun, span=NOWHERE, living=entry.living, body_described=entry.living, grounded=True)
    return replace(made, **more)  # type: ignore[arg-type]


def _title(rng: random.Random, split: str, place: Place) -> TextElement:
    words = rng.choice(TITLES[split])
    role = TextRole.TITLE if place is Place.TOP else TextRole.CAPTION
    return TextElement(
        key="text", span=NOWHERE, content=words, quoted=True, role=role, place=place, bold=rng.random() < 0.7, large=True
    )


# ---- clean scenes ---------------------------------------------------------------------------------------------------


def _flag(rng: random.Random, split: str) -> Draft:
    """A flag by reference, animals in a row under it, a title: the knowledge-anchored track."""
    living, _, flags = cast(split)
    code, animal = rng.choice(flags), rng.choice(living)
    count = rng.randint(2, 6)
    below = Relation(direction=Direction.BELOW, targets=("flag",))
    objects = [
        SceneObject(key="flag", noun="flag", span=NOWHERE, reference=1, place=Place.CENTER, grounded=True),
        _object(animal, count=Count(number=count, exact=True), relations=(below,), arrangement=Arrangement.ROW),
    ]
    title = _title(rng, split, Place.TOP)
    who = subject(animal)
    claims: list[Claim] = [
        Present(subject=flag_subject(code)),
        Present(subject=who),
        Counted(subject=who, count=count),
        Intact(subject=who),
        Grounded(subject=who),
        Related(subject=who, direction=Direction.BELOW, targets=(flag_subject(code),)),
        Arranged(subject=who, arrangement=Arrangement.ROW),
        TextShown(text=title.content, place=Place.TOP),
    ]
    return Draft(scene=_scene(rng, objects, [title]), claims=claims, references=[code], rng=rng, split=split)


def _colours(rng: random.Random, split: str) -> Draft:
    """Two coloured objects side by side, a caption: the quality-anchored track."""
    _, lifeless, _ = cast(split)
    left, right = rng.sample([entry for entry in lifeless if paintable(entry)], 2)
    one, other = rng.sample(sorted(COLOURS), 2)
    objects = [_object(left, colour=one, place=Place.LEFT), _object(right, colour=other, place=Place.RIGHT)]
    caption = _title(rng, split, Place.BOTTOM)
    first, second = subject(left), subject(right)
    claims: list[Claim] = [
        Present(subject=first),
        Present(subject=second),
        Coloured(subject=first, colour=one),
        Coloured(subject=second, colour=other),
        Related(subject=first, direction=Direction.LEFT_OF, targets=(second,)),
        TextShown(text=caption.content, place=Place.BOTTOM),
    ]
    return Draft(scene=_scene(rng, objects, [caption]), claims=claims, references=[], rng=rng, split=split)


def _corners(rng: random.Random, split: str) -> Draft:
    """Three or four objects in corners, one of them large, no text."""
    living, lifeless, _ = cast(split)
    chosen = [rng.choice(living), *rng.sample(lifeless, rng.randint(2, 3))]
    places = rng.sample([Place.TOP_LEFT, Place.TOP_RIGHT, Place.BOTTOM_LEFT, Place.BOTTOM_RIGHT], len(chosen))
    sizes = [rng.choice((None, Size.SMALL, Size.LARGE)) for _ in chosen]
    objects = [_object(e, place=place, size=size) for e, place, size in zip(chosen, places, sizes, strict=True)]
    claims: list[Claim] = []
    for entry, place in zip(chosen, places, strict=True):
        who = subject(entry)
        claims += [Present(subject=who), Counted(subject=who, count=1), Placed(subject=who, place=place)]
    claims.append(Intact(subject=subject(chosen[0])))
    return Draft(scene=_scene(rng, objects, []), claims=claims, references=[], rng=rng, split=split)


def _crowd(rng: random.Random, split: str) -> Draft:
    """Five to nine of one kind in a grid, circle or row, one other object above."""
    living, lifeless, _ = cast(split)
    many, lone = rng.choice(living), rng.choice(lifeless)
    count = rng.randint(5, 9)
    arrangement = rng.choice((Arrangement.GRID, Arrangement.ROW)) if count % 2 == 0 else Arrangement.ROW
    objects = [
        _object(many, count=Count(number=count, exact=True), place=Place.BOTTOM, arrangement=arrangement),
        _object(lone, place=Place.TOP),
    ]
    who, other = subject(many), subject(lone)
    claims: list[Claim] = [
        Present(subject=who),
        Counted(subject=who, count=count),
        Arranged(subject=who, arrangement=arrangement),
        Intact(subject=who),
        Present(subject=other),
        Placed(subject=other, place=Place.TOP),
    ]
    return Draft(scene=_scene(rng, objects, []), claims=claims, references=[], rng=rng, split=split)


_DRAFTS: dict[str, Callable[[random.Random, str], Draft]] = {
    "flag": _flag,
    "colours": _colours,
    "corners": _corners,
    "crowd": _crowd,
}


# ---- defects --------------------------------------------------------------------------------------------------------


def _change(draft: Draft, key: str, **more: object) -> None:
    objects = tuple(replace(t, **more) if t.key == key else t for t in draft.scene.objects)  # type: ignore[arg-type]
    draft.scene = replace(draft.scene, objects=objects)


def _open(draft: Draft, kind: AmbiguityKind, key: str) -> None:
    draft.scene = replace(draft.scene, ambiguities=(*draft.scene.ambiguities, Ambiguity(kind=kind, key=key)))


def _count(draft: Draft) -> tuple[str, str]:
    claim = next(c for c in draft.claims if isinstance(c, Counted))
    wrong = claim.count + draft.rng.choice((-1, 1, 2))
    _change(draft, claim.subject.key, count=Count(number=wrong, exact=True), arrangement=Arrangement.ROW)
    return "quantity_counting", "exactly"


def _swapped(draft: Draft) -> tuple[str, str]:
    one, other = draft.scene.objects
    _change(draft, one.key, colour=other.colour)
    _change(draft, other.key, colour=one.colour)
    return "attribute_binding", r" is (red|green|blue|yellow|purple|orange)$"


def _wrong_flag(draft: Draft) -> tuple[str, str]:
    draft.references = [unlike(draft.rng, cast(draft.split)[2], draft.references)]
    return "attribute_binding", "^the flag is there"


def _wrong_thing(draft: Draft) -> tuple[str, str]:
    obj = draft.rng.choice([obj for obj in draft.scene.objects if obj.reference is None])
    looks = next(c.subject.looks for c in draft.claims if isinstance(c, Present) and c.subject.key == obj.key)
    living, lifeless, _ = cast(draft.split)
    pool = {entry.looks[0]: entry for entry in (*living, *lifeless) if not set(entry.looks) & set(looks)}
    _change(draft, obj.key, noun=pool[unlike(draft.rng, sorted(pool), looks)].noun)
    return "attribute_binding", "is there and recognisable"


def _misspelt(draft: Draft) -> tuple[str, str]:
    text = draft.scene.texts[0]
    draft.scene = replace(draft.scene, texts=(replace(text, content=misspell(text.content, draft.rng)),))
    return "text_rendering", '^the text ".*"$'


def _no_text(draft: Draft) -> tuple[str, str]:
    draft.scene = replace(draft.scene, texts=())
    return "text_rendering", '^the text ".*"$'


def _wrong_side(draft: Draft) -> tuple[str, str]:
    one, other = draft.scene.objects[:2]
    _change(draft, one.key, place=other.place)
    _change(draft, other.key, place=one.place)
    return "spatial_layout", "left of| at the "


def _overlap(draft: Draft) -> tuple[str, str]:
    _open(draft, AmbiguityKind.UNPLACED_OBJECT, draft.rng.choice(draft.scene.objects).key)
    return "spatial_layout", "nothing overlaps"


def _missing(draft: Draft) -> tuple[str, str]:
    gone = draft.rng.choice(draft.scene.objects).key
    objects = tuple(replace(t, relations=()) for t in draft.scene.objects if t.key != gone)
    draft.scene = replace(draft.scene, objects=objects)
    return "attribute_binding", "is there and recognisable"


def _distorted(draft: Draft) -> tuple[str, str]:
    _open(draft, AmbiguityKind.LOOSE_BODY, next(c.subject.key for c in draft.claims if isinstance(c, Intact)))
    return "anatomy_body_coherence", "undistorted"


def _floating(draft: Draft) -> tuple[str, str]:
    _open(draft, AmbiguityKind.FLOATING, next(c.subject.key for c in draft.claims if isinstance(c, Grounded)))
    return "physical_material_consistency", "stands on something"


def _half_style(draft: Draft) -> tuple[str, str]:
    style = draft.rng.choice(list(Style))
    draft.scene = replace(draft.scene, style=style)
    _open(draft, AmbiguityKind.WEAK_STYLE, "")
    draft.claims.append(Styled(style=style.value))
    return "creative_drawing", "the whole image in the style"


_SPOIL: dict[str, Callable[[Draft], tuple[str, str]]] = {
    "wrong count": _count,
    "swapped colours": _swapped,
    "wrong flag": _wrong_flag,
    "wrong thing": _wrong_thing,
    "misspelt text": _misspelt,
    "missing text": _no_text,
    "wrong side": _wrong_side,
    "overlap": _overlap,
    "missing thing": _missing,
    "distorted body": _distorted,
    "floating thing": _floating,
    "half a style": _half_style,
}
_WHERE = {
    "wrong count": "flag",
    "swapped colours": "colours",
    "wrong flag": "flag",
    "misspelt text": "flag",
    "missing text": "colours",
    "overlap": "corners",
    "distorted body": "flag",
    "wrong side": "colours",
    "floating thing": "flag",
}
