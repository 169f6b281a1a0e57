"""A colour for what only must not have the colour of the others of its kind: "twelve roses, all white except one"."""

from dataclasses import replace

from genevolve.world.language.colours import akin
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.vocabulary import Vocabulary

_CHOICE = ("white", "red", "blue")


def told_apart(scene: Scene) -> Scene:
    """``scene`` of a free request with a chosen colour where its kind has one that is ruled out for it."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return scene
    return replace(scene, objects=tuple(_coloured(obj, scene) for obj in scene.objects))


def _coloured(obj: SceneObject, scene: Scene) -> SceneObject:
    others = {other.colour for other in scene.objects if other.noun == obj.noun and other.colour in obj.avoided}
    if obj.colour is not None or not others:
        return obj
    free = next(colour for colour in _CHOICE if not any(akin(colour, avoided) for avoided in obj.avoided))
    return replace(obj, colour=free)
