"""Planted defects in pictures pasted together with Pillow (``planted_composed``)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import planted_composed as composed
from genevolve.core.claim import (
    Arranged,
    Arrangement,
    Claim,
    Coloured,
    Counted,
    Direction,
    Intact,
    Place,
    Placed,
    Present,
    Related,
    Subject,
    TextShown,
)
from genevolve.world.language.inventory import InventoryEntry
from planted_case import COLOURS, TITLES, Planted, cast, flag_subject, misspell, subject, unlike
from planted_composed import Composition, Sprite, Words


@dataclass(kw_only=True)
class Draft:
    """A clean picture that a defect may still be worked into."""

    scene: Composition
    claims: list[Claim]
    rng: random.Random
    split: str


def pasted(defect: str, seed: int, split: str) -> Planted:
    """A picture with ``defect`` ("" for none)."""
    rng = random.Random(f"{split} {defect} {seed}")
    draft = _DRAFTS[_WHERE.get(defect) or rng.choice(("flag", "colours", "scene", "group"))](rng, split)
    skill = notices = ""
    if defect:
        skill, notices = _SPOIL[defect](draft)
    image = composed.encode(composed.compose(draft.scene), rng)
    return Planted(image=image, claims=tuple(draft.claims), defect=defect, skill=skill, notices=notices, source="pasted")


# ---- clean pictures -------------------------------------------------------------------------------------------------


def _flag(rng: random.Random, split: str) -> Draft:
    """A flag, some animals in a row under it, and a title."""
    living, _, flags = cast(split)
    flag, animal = rng.choice(flags), rng.choice(living)
    count = rng.randint(2, 5)
    side = min(0.2, 0.72 / count)
    sprites = [
        Sprite(
            key="flag", look=f"openmoji:{flag}", x=0.5, y=rng.uniform(0.38, 0.45), side=rng.uniform(0.28, 0.4), floating=True
        )
    ]
    sprites += [_one(animal, (0.5 + (i - (count - 1) / 2) * 0.84 / count, 0.8), side) for i in range(count)]
    title, words = _title(rng, split)
    who = subject(animal)
    claims: list[Claim] = [
        Present(subject=flag_subject(flag)),
        Present(subject=who),
        Counted(subject=who, count=count),
        Intact(subject=who),
        Related(subject=who, direction=Direction.BELOW, targets=(flag_subject(flag),)),
        Arranged(subject=who, arrangement=Arrangement.ROW),
        TextShown(text=title, place=Place.TOP),
    ]
    return Draft(
        scene=Composition(seed=rng.getrandbits(32), sprites=sprites, words=[words]), claims=claims, rng=rng, split=split
    )


def _colours(rng: random.Random, split: str) -> Draft:
    """Two coloured objects side by side, a caption below."""
    _, lifeless, _ = cast(split)
    left, right = rng.sample([e for e in lifeless if paintable(e)], 2)
    one, other = rng.sample(sorted(COLOURS), 2)
    sprites = [
        replace_colour(_one(left, (0.27, 0.5), rng.uniform(0.25, 0.38)), one),
        replace_colour(_one(right, (0.73, 0.5), rng.uniform(0.25, 0.38)), other),
    ]
    title, words = _title(rng, split, bottom=True)
    first, second = subject(left), subject(right)
    claims: list[Claim] = [
        Present(subject=first),
        Present(subject=second),
        Coloured(subject=first, colour=one),
        Coloured(subject=second, colour=other),
        Related(subject=first, direction=Direction.LEFT_OF, targets=(second,)),
        TextShown(text=title, place=Place.BOTTOM),
    ]
    return Draft(
        scene=Composition(seed=rng.getrandbits(32), sprites=sprites, words=[words]), claims=claims, rng=rng, split=split
    )


def _scene(rng: random.Random, split: str) -> Draft:
    """Three or four different objects in corners, no text."""
    living, lifeless, _ = cast(split)
    chosen: list[InventoryEntry] = [rng.choice(living), *rng.sample(lifeless, rng.randint(2, 3))]
    places = {
        Place.TOP_LEFT: (0.25, 0.26),
        Place.TOP_RIGHT: (0.75, 0.26),
        Place.BOTTOM_LEFT: (0.25, 0.75),
        Place.BOTTOM_RIGHT: (0.75, 0.75),
    }
    sprites, claims = [], list[Claim]()
    for entry, place in zip(chosen, rng.sample(list(places), len(chosen)), strict=True):
        x, y = places[place]
        sprites.append(_one(entry, (x + rng.uniform(-0.05, 0.05), y + rng.uniform(-0.05, 0.05)), rng.uniform(0.16, 0.36), rng))
        claims += [
            Present(subject=subject(entry)),
            Counted(subject=subject(entry), count=1),
            Placed(subject=subject(entry), place=place),
        ]
    claims.append(Intact(subject=subject(chosen[0])))
    return Draft(scene=Composition(seed=rng.getrandbits(32), sprites=sprites), claims=claims, rng=rng, split=split)


def _group(rng: random.Random, split: str) -> Draft:
    """Five to nine of one kind, spread out, beside one other object."""
    living, lifeless, _ = cast(split)
    many, lone = rng.choice(living), rng.choice(lifeless)
    count = rng.randint(5, 9)
    places = composed.spread(count, rng, (0.04, 0.36, 0.96, 0.97))
    sprites = [_one(many, (x, y), 0.78 * room) for x, y, room in places]
    sprites.append(_one(lone, (rng.uniform(0.2, 0.8), 0.19), 0.24))
    claims: list[Claim] = [
        Present(subject=subject(many)),
        Counted(subject=subject(many), count=count),
        Intact(subject=subject(many)),
        Present(subject=subject(lone)),
        Placed(subject=subject(lone), place=Place.TOP),
    ]
    return Draft(scene=Composition(seed=rng.getrandbits(32), sprites=sprites), claims=claims, rng=rng, split=split)


_DRAFTS: dict[str, Callable[[random.Random, str], Draft]] = {
    "flag": _flag,
    "colours": _colours,
    "scene": _scene,
    "group": _group,
}


def _one(entry: InventoryEntry, at: tuple[float, float], side: float, rng: random.Random | None = None) -> Sprite:
    key = entry.noun.replace(" ", "_")
    return Sprite(key=key, look=entry.looks[0], x=at[0], y=at[1], side=side, mirrored=bool(rng and rng.random() < 0.3))


def replace_colour(sprite: Sprite, name: str) -> Sprite:
    return replace(sprite, colour=COLOURS[name])


def paintable(entry: InventoryEntry) -> bool:
    """One fill makes up most of it, so that everyone agrees what its colour is."""
    import numpy as np

    pixels = np.asarray(composed.sprite_image(entry.looks[0], 64)).astype(float)
    fill = (pixels[..., 3] > 200) & (pixels[..., :3].max(axis=2) > 60)
    if fill.sum() < 500:
        return False
    values, counts = np.unique((pixels[..., :3][fill] // 32).astype(int), axis=0, return_counts=True)
    main = values[counts.argmax()] * 32 + 16
    return bool(counts.max() > 0.6 * fill.sum() and np.ptp(main) > 50)


def _title(rng: random.Random, split: str, *, bottom: bool = False) -> tuple[str, Words]:
    text = rng.choice(TITLES[split])
    return text, Words(text=text, x=0.5, y=0.91 if bottom else 0.1, height=rng.uniform(0.055, 0.1))


# ---- defects: each changes the picture, not the claims, and says who has to notice ----------------------------------


def _subject_of(draft: Draft, key: str) -> Subject:
    return next(c.subject for c in draft.claims if isinstance(c, Present) and c.subject.key == key)


def _count(draft: Draft) -> tuple[str, str]:
    counted = next(c for c in draft.claims if isinstance(c, Counted))
    mine = [sprite for sprite in draft.scene.sprites if sprite.key == counted.subject.key]
    if draft.rng.random() < 0.5:
        draft.scene.sprites.remove(draft.rng.choice(mine))
    else:
        extra = replace(mine[0], x=0.12, y=0.16, side=min(0.15, mine[0].side))
        draft.scene.sprites.append(extra)
        for sprite in draft.scene.sprites:
            if sprite.key not in (counted.subject.key, "flag"):
                sprite.x = 0.7
        for words in draft.scene.words:
            words.y = 0.6 if words.y > 0.5 else words.y
            words.x, words.height = 0.58, 0.05
    return "quantity_counting", "exactly"


def _swapped(draft: Draft) -> tuple[str, str]:
    one, other = draft.scene.sprites[:2]
    one.colour, other.colour = other.colour, one.colour
    return "attribute_binding", r" is (red|green|blue|yellow|purple|orange)$"


def _wrong_flag(draft: Draft) -> tuple[str, str]:
    flag = draft.scene.sprites[0]
    flag.look = "openmoji:" + unlike(draft.rng, cast(draft.split)[2], [flag.look.removeprefix("openmoji:")])
    return "attribute_binding", "^the flag is there"


def _wrong_thing(draft: Draft) -> tuple[str, str]:
    at = draft.rng.randrange(len(draft.scene.sprites))
    key = draft.scene.sprites[at].key
    looks = _subject_of(draft, key).looks
    living, lifeless, _ = cast(draft.split)
    pool = [entry.looks[0] for entry in (*living, *lifeless) if not set(entry.looks) & set(looks)]
    other = unlike(draft.rng, pool, looks)
    for sprite in draft.scene.sprites:
        if sprite.key == key:
            sprite.look = other
    return "attribute_binding", "is there and recognisable"


def _misspelt(draft: Draft) -> tuple[str, str]:
    words = draft.scene.words[0]
    words.text = misspell(words.text, draft.rng)
    return "text_rendering", '^the text ".*"$'


def _no_text(draft: Draft) -> tuple[str, str]:
    draft.scene.words.clear()
    return "text_rendering", '^the text ".*"$'


def _wrong_side(draft: Draft) -> tuple[str, str]:
    if len(draft.scene.sprites) == 2:
        one, other = draft.scene.sprites
        one.x, other.x = other.x, one.x
        return "spatial_layout", "left of"
    sprite = draft.rng.choice(draft.scene.sprites[:2])
    partner = (
        next(other for other in draft.scene.sprites if other is not sprite and abs(other.x - sprite.x) > 0.2)
        if any(abs(other.x - sprite.x) > 0.2 for other in draft.scene.sprites)
        else draft.scene.sprites[2]
    )
    sprite.x, partner.x, sprite.y, partner.y = partner.x, sprite.x, partner.y, sprite.y
    return "spatial_layout", " at the "


def _overlap(draft: Draft) -> tuple[str, str]:
    one, other = draft.rng.sample(draft.scene.sprites, 2)
    inward = 1 if other.x < 0.5 else -1
    slope = draft.rng.uniform(-0.7, 0.7)
    distance = 0.6 * (one.side + other.side)
    while distance > 0 and composed.shared(one, other) < 0.2:
        distance -= 0.01
        one.x, one.y = other.x + inward * distance, other.y + slope * distance * (1 if other.y < 0.5 else -1)
    return "spatial_layout", "nothing overlaps"


def _missing(draft: Draft) -> tuple[str, str]:
    key = draft.rng.choice(draft.scene.sprites).key
    draft.scene.sprites = [sprite for sprite in draft.scene.sprites if sprite.key != key]
    return "attribute_binding", "is there and recognisable"


def _distorted(draft: Draft) -> tuple[str, str]:
    key = next(c.subject.key for c in draft.claims if isinstance(c, Intact))
    mine = [sprite for sprite in draft.scene.sprites if sprite.key == key]
    how = draft.rng.choice(("wave", "lean", "squash", "twice"))
    for sprite in mine if draft.rng.random() < 0.5 else mine[:1]:
        sprite.bent = how
    return "anatomy_body_coherence", "undistorted"


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
}
_WHERE = {
    "wrong count": "group",
    "swapped colours": "colours",
    "wrong flag": "flag",
    "misspelt text": "flag",
    "missing text": "colours",
    "overlap": "scene",
    "distorted body": "flag",
    "wrong side": "scene",
}
