"""The request's scene made fit for research: in order of mention, descriptions plain, relations told from one side."""

import re
from dataclasses import replace

from genevolve.world.expert.references import is_vague
from genevolve.world.expert.sequence import INVERSE
from genevolve.world.language.ambiguities import ambiguities_of
from genevolve.world.language.colours import akin
from genevolve.world.language.inventory import lookup, singular_of
from genevolve.world.language.model import Relation, Scene
from genevolve.world.language.patterns import pattern_of
from genevolve.world.language.vocabulary import Vocabulary

_OTHERS = ("red", "blue", "yellow", "green", "orange", "purple", "pink", "brown", "grey", "black", "white", "teal")
_COATS = ("brown", "white", "grey", "black", "orange", "yellow", "red")  # what the living are called by, the commonest first
_POSSESSIVE = re.compile(r"['’]s?$")
_COUNTED = re.compile(
    r"^(?:the )?(?:two|three|four|five|\d+|both) (?:countries|nations|states|cities|places)(?: of)? ", re.IGNORECASE
)
_LABELLED = re.compile(r",? (?:labell?ed|captioned|titled|entitled|headed|marked)$", re.IGNORECASE)
_BELONGS = re.compile(r"^(?:(?:that|which) (?:belongs|belonged) to|belonging to|(?:flown|used) by|of) ", re.IGNORECASE)


def normalized(scene: Scene, supplied: int) -> Scene:
    """``scene`` ready for research. ``supplied``: how many pictures came with the request."""
    return _told_apart(_about_texts(_in_order(scene, supplied)))


def with_ambiguities(scene: Scene) -> Scene:
    """``scene`` with its openings counted afresh: facts close some, and supplied pictures that nobody mentioned add objects."""
    return replace(
        scene,
        ambiguities=ambiguities_of(
            scene.objects,
            scene.texts,
            background=scene.background,
            light=scene.light,
            style=scene.style,
            style_thorough=scene.style_thorough,
            text=scene.text,
            vocabulary=scene.vocabulary,
        ),
    )


def _in_order(scene: Scene, supplied: int) -> Scene:
    """Objects in the order of mention; single ones in no arrangement; references that nobody supplied left out."""
    missing = {obj.key for obj in scene.objects if (obj.reference or 0) > supplied and is_vague(obj.noun)}
    objects = (
        replace(
            obj,
            noun=_one(obj.noun, scene.vocabulary),
            of=plain_description(obj.of),
            arrangement=obj.arrangement if obj.count.number != 1 else None,
            relations=tuple(relation for relation in obj.relations if missing.isdisjoint(relation.targets)),
        )
        for obj in sorted(scene.objects, key=lambda obj: obj.span.start)
        if obj.key not in missing
    )
    return replace(scene, objects=tuple(objects))


def _told_apart(scene: Scene) -> Scene:
    """Of "four cars, one of them blue" the others are of another colour, which the request leaves open, and so is "a car that
    isn't red"."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return scene
    objects = []
    for obj in scene.objects:
        taken = {one.colour for one in scene.objects if (one.noun, one.of) == (obj.noun, obj.of) and one is not obj}
        bare = obj.colour is None and not any(pattern_of(part.name) for part in obj.parts)
        open_ = bare and obj.reference is None and (obj.avoided or (taken - {None} and not obj.living))
        wide = _COATS if obj.living else _OTHERS
        free = (colour for colour in wide if colour not in taken and not any(akin(colour, out) for out in obj.avoided))
        chosen = next(free, None) if open_ else obj.colour
        objects.append(replace(obj, colour=chosen))
    return replace(scene, objects=tuple(objects))


def _one(noun: str, vocabulary: Vocabulary) -> str:
    """A plural that was read as the name of one object ("these shoes") in the singular, where that is an everyday object."""
    known, single = lookup(noun, vocabulary), singular_of(noun, vocabulary)
    return single if single and known is not None and noun.lower() not in (known.noun, *known.also) else noun


def plain_description(of: str) -> str:
    """ "that belongs to Chad", "the two countries Chad" and "Chad's" all mean Chad."""
    return _BELONGS.sub("", _COUNTED.sub("", _POSSESSIVE.sub("", _LABELLED.sub("", of))))


def _about_texts(scene: Scene) -> Scene:
    """Relations of objects to texts, told from the text's side; where the text has a place of its own, that place decides."""
    texts = {text.key: text for text in scene.texts}
    for obj in scene.objects:
        for relation in obj.relations:
            text = texts.get(relation.targets[0])
            turned = INVERSE.get(relation.direction)
            if text is not None and turned is not None and text.place is None and not text.relations:
                texts[text.key] = replace(text, relations=(Relation(direction=turned, targets=(obj.key,)),))
    objects = (
        replace(obj, relations=tuple(relation for relation in obj.relations if texts.keys().isdisjoint(relation.targets)))
        for obj in scene.objects
    )
    return replace(scene, objects=tuple(objects), texts=tuple(texts.values()))
