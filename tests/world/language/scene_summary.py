"""A scene in a few short lines, for tests that compare what was read with what a person reads."""

from genevolve.world.language.model import Scene, SceneObject, TextElement


def summary(scene: Scene) -> list[str]:
    """One line for each thing and text, and one for what is said of the whole image."""
    lines = [_thing(thing) for thing in scene.things] + [_lettering(text) for text in scene.letterings]
    style = f"{scene.style.value}{' throughout' if scene.style_thorough else ''}" if scene.style else ""
    whole = {
        "backdrop": scene.backdrop,
        "light": scene.light,
        "style": style,
        "without": ", ".join(scene.absent),
        "only": "this" if scene.nothing_else else "",
    }
    lines += [f"{name}: {value}" for name, value in whole.items() if value]
    return lines


def _thing(thing: SceneObject) -> str:
    number = "?" if thing.count.number is None else str(thing.count.number)
    words = [f"{'exactly ' if thing.count.exact else ''}{number}"]
    words += [word for word in (thing.size.value if thing.size else "", thing.colour or "") if word]
    words.append(thing.key + (" (of) " + thing.of if thing.of else ""))
    words += [f"[{modifier}]" for modifier in thing.modifiers]
    if thing.reference:
        words.append(f"ref {thing.reference}")
    if thing.arrangement:
        words.append(f"in {thing.arrangement.value}" + (f" of {thing.columns}" if thing.columns else ""))
    words += _where(thing)
    words += [f"larger than {other}" for other in thing.larger_than]
    words += [word for word, true in (("grounded", thing.grounded), ("whole", thing.body_described)) if true]
    words += ["shared colour"] if thing.colour_shared else []
    return " ".join(words)


def _where(item: SceneObject | TextElement) -> list[str]:
    words = [f"@ {item.place.value}"] if item.place else []
    return words + [f"{relation.direction.value} {' + '.join(relation.targets)}" for relation in item.relations]


def _lettering(text: TextElement) -> str:
    said = f'"{text.content}"' if text.quoted else f"'{text.content}'" if text.content else f"<{text.describes}>"
    look = [word for word, true in (("large", text.large), ("bold", text.bold), (text.colour, text.colour)) if true]
    return " ".join([text.role.value, said, *map(str, look), *_where(text)])
