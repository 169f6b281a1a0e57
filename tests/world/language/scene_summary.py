"""A scene in a few short lines, for tests that compare what was read with what a person reads."""

from genevolve.world.language.model import Scene, SceneObject, TextElement


def summary(scene: Scene) -> list[str]:
    """One line for each object and text, and one for what is said of the whole image."""
    lines = [_object(obj) for obj in scene.objects] + [_text(text) for text in scene.texts]
    style = f"{scene.style.value}{' throughout' if scene.style_thorough else ''}" if scene.style else ""
    whole = {
        "backdrop": scene.background,
        "light": scene.light,
        "style": style,
        "without": ", ".join(scene.absent),
        "only": "this" if scene.nothing_else else "",
    }
    lines += [f"{name}: {value}" for name, value in whole.items() if value]
    return lines


def _object(obj: SceneObject) -> str:
    number = "?" if obj.count.number is None else str(obj.count.number)
    words = [f"{'exactly ' if obj.count.exact else ''}{number}"]
    words += [word for word in (obj.size.value if obj.size else "", obj.colour or "") if word]
    words.append(obj.key + (" (of) " + obj.of if obj.of else ""))
    words += [f"[{modifier}]" for modifier in obj.modifiers]
    if obj.reference:
        words.append(f"ref {obj.reference}")
    if obj.arrangement:
        words.append(f"in {obj.arrangement.value}" + (f" of {obj.columns}" if obj.columns else ""))
    words += _where(obj)
    words += [f"larger than {other}" for other in obj.larger_than]
    words += [word for word, true in (("grounded", obj.grounded), ("whole", obj.body_described)) if true]
    words += ["shared colour"] if obj.colour_shared else []
    return " ".join(words)


def _where(item: SceneObject | TextElement) -> list[str]:
    words = [f"@ {item.place.value}"] if item.place else []
    return words + [f"{relation.direction.value} {' + '.join(relation.targets)}" for relation in item.relations]


def _text(text: TextElement) -> str:
    said = f'"{text.content}"' if text.quoted else f"'{text.content}'" if text.content else f"<{text.describes}>"
    look = [word for word, true in (("large", text.large), ("bold", text.bold), (text.colour, text.colour)) if true]
    return " ".join([text.role.value, said, *map(str, look), *_where(text)])
