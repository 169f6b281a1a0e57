"""Scenes built by hand for the tests of the sketch generator, so that no reading error can hide a drawing error."""

import io
from collections.abc import Sequence

from PIL import Image

from genevolve.core.claim import Direction, Place
from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage, Rendering
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import (
    Ambiguity,
    AmbiguityKind,
    Count,
    Relation,
    Scene,
    SceneObject,
    Span,
    TextElement,
    TextRole,
)

NOWHERE = Span(start=0, end=0)


def obj(key: str, count: int | None = 1, rel: Sequence[tuple[Direction, Sequence[str]]] = (), **fields: object) -> SceneObject:
    noun = str(fields.pop("noun", key))
    entry = lookup(noun)
    relations = tuple(Relation(direction=direction, targets=tuple(targets)) for direction, targets in rel)
    living = bool(entry and entry.living)
    return SceneObject(
        key=key, noun=noun, span=NOWHERE, count=Count(number=count), relations=relations, living=living, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def words(text: str, role: TextRole = TextRole.TITLE, place: Place | None = Place.TOP, **fields: object) -> TextElement:
    key = str(fields.pop("key", text))
    return TextElement(key=key, span=NOWHERE, content=text, quoted=True, role=role, place=place, **fields)  # type: ignore[arg-type]


def scene(
    *objects: SceneObject,
    texts: Sequence[TextElement] = (),
    ambiguities: Sequence[tuple[AmbiguityKind, str]] = (),
    **fields: object,
) -> Scene:
    fields = {"background": "white", "light": "soft light", "style_thorough": True, **fields}
    opened = tuple(Ambiguity(kind=kind, key=key) for kind, key in ambiguities)
    return Scene(text="", objects=objects, texts=tuple(texts), ambiguities=opened, **fields)  # type: ignore[arg-type]


def reference(image: Image.Image, kind: str = "PNG") -> ReferenceImage:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return ReferenceImage(picture=Picture(title="a picture", digest="0" * 64, source="test"), note="", data=buffer.getvalue())


def opened(rendering: Rendering) -> Image.Image:
    image = Image.open(io.BytesIO(rendering.data))
    image.load()
    return image
