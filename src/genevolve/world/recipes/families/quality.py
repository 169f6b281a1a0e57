"""Quality-anchored families: everyday things that everybody knows, and demands that generators get wrong."""

from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.data.labels import Requirement
from genevolve.world.recipes.draw import COLOURS, CORNERS, Draw, DrawnPicture
from genevolve.world.recipes.picture import IntendedPicture

_SIDES = (Direction.LEFT_OF, Direction.RIGHT_OF, Direction.ABOVE, Direction.BELOW)
_LINES = (Arrangement.ROW, Arrangement.ROW, Arrangement.CIRCLE, Arrangement.GRID)


def lettering(draw: Draw) -> DrawnPicture:
    """Two texts that must both be right, one perhaps in a colour or at a place."""
    ink = draw.ink() if draw.chance(0.4) else None
    place = draw.pick((Place.TOP, Place.BOTTOM)) if draw.chance(0.3) else None
    title = replace(draw.title(), colour=ink, place=place)
    figure = draw.thing("a", number=draw.pick((1, 1, 1, 2)))
    words = (title, draw.caption()) if draw.chance(0.8) else (title,)
    return DrawnPicture(dominant=Requirement.TEXT, picture=IntendedPicture(figures=(figure,), words=words))


def counting(draw: Draw) -> DrawnPicture:
    """One or two kinds of things, in numbers that generators lose track of."""
    number = draw.random.randint(3, 9)
    arrangement = draw.pick(_LINES) if draw.chance(0.35) else None
    if arrangement is Arrangement.GRID:
        number = draw.pick((4, 6, 8, 9))
    if arrangement is Arrangement.CIRCLE:
        number = draw.random.randint(5, 8)
    first = draw.thing("a", number=number, arrangement=arrangement)
    figures = [first]
    if number <= 5 and not arrangement and draw.chance(0.5):
        figures.append(draw.thing("b", number=draw.random.randint(2, 4), apart_from=figures))
    return DrawnPicture(dominant=Requirement.COUNT, picture=IntendedPicture(figures=tuple(figures), words=draw.some_words(0.6)))


def spatial(draw: Draw) -> DrawnPicture:
    """Things whose places relative to each other, or on the canvas, are asked for."""
    first = draw.thing("a")
    second = draw.thing("b", apart_from=[first])
    if draw.chance(0.25):
        third = draw.thing("c", apart_from=[first, second])
        first = replace(first, direction=Direction.BETWEEN, targets=("b", "c"))
        figures = [first, second, third]
    elif draw.chance(0.3):
        corners = draw.random.sample(CORNERS, 2)
        figures = [replace(first, place=corners[0]), replace(second, place=corners[1])]
    else:
        figures = [replace(first, direction=draw.pick(_SIDES), targets=("b",)), second]
    return DrawnPicture(
        dominant=Requirement.LAYOUT, picture=IntendedPicture(figures=tuple(figures), words=draw.some_words(0.6))
    )


def binding(draw: Draw) -> DrawnPicture:
    """Two or three coloured things in one breath."""
    number = draw.pick((2, 2, 3))
    colours = draw.random.sample(COLOURS, number)
    if draw.chance(0.15):
        same = draw.thing("a", tintable=True)
        figures = [replace(same, key=key, colour=colour) for key, colour in zip("abc", colours, strict=False)]
    else:
        figures = []
        for key, colour in zip("abc", colours, strict=False):
            figures.append(draw.thing(key, tintable=True, apart_from=figures, colour=colour))
    return DrawnPicture(
        dominant=Requirement.BINDING, picture=IntendedPicture(figures=tuple(figures), words=draw.some_words(0.6))
    )


def body(draw: Draw) -> DrawnPicture:
    """A person or an animal whose body must be right."""
    first = replace(draw.thing("a", living=True), intact=True)
    figures = [first]
    if draw.chance(0.5):
        other = draw.thing("b", apart_from=figures)
        direction = draw.pick((Direction.LEFT_OF, Direction.RIGHT_OF, Direction.NEXT_TO))
        figures = [replace(first, direction=direction, targets=("b",)), other]
    backdrop = draw.pale() if draw.chance(0.3) else None
    picture = IntendedPicture(figures=tuple(figures), words=draw.some_words(0.65), backdrop=backdrop)
    return DrawnPicture(dominant=Requirement.BODY, picture=picture)


def material(draw: Draw) -> DrawnPicture:
    """A thing that must stand on the ground with its shadow, perhaps beside a smaller one."""
    first = replace(draw.thing("a"), grounded=True)
    figures = [first]
    if draw.chance(0.5):
        figures.append(draw.thing("b", apart_from=figures))
        figures[0] = replace(first, larger_than="b")
    picture = IntendedPicture(figures=tuple(figures), words=draw.some_words(0.65), nothing_else=draw.chance(0.2))
    return DrawnPicture(dominant=Requirement.MATERIAL, picture=picture)


def beauty(draw: Draw) -> DrawnPicture:
    """A calm composition: one kind of thing on a background of a given colour."""
    figure = draw.thing("a", number=draw.pick((1, 1, 2, 3)))
    place = draw.pick((Place.LEFT, Place.RIGHT, Place.CENTER)) if figure.number == 1 and draw.chance(0.3) else None
    picture = IntendedPicture(
        figures=(replace(figure, place=place),),
        words=draw.some_words(0.8),
        backdrop=draw.pale(),
        nothing_else=draw.chance(0.3),
    )
    return DrawnPicture(dominant=Requirement.BEAUTY, picture=picture)


def style(draw: Draw) -> DrawnPicture:
    """A style for the whole picture."""
    figures = [draw.thing("a", number=draw.pick((1, 1, 2, 3)))]
    if figures[0].number == 1 and draw.chance(0.4):
        figures.append(draw.thing("b", apart_from=figures))
        figures[0] = replace(figures[0], direction=draw.pick(_SIDES), targets=("b",))
    picture = IntendedPicture(figures=tuple(figures), words=draw.some_words(0.6), style=draw.style())
    return DrawnPicture(dominant=Requirement.STYLE, picture=picture)


def mixture(draw: Draw) -> DrawnPicture:
    """Number, colour, place and text at once."""
    first = draw.thing("a", tintable=True, number=draw.random.randint(2, 5), colour=draw.pick(COLOURS))
    second = draw.thing("b", apart_from=[first])
    if draw.chance(0.5):
        second = replace(second, direction=draw.pick((Direction.ABOVE, Direction.BELOW)), targets=("a",))
        figures = (second, replace(first, arrangement=Arrangement.ROW))
    else:
        figures = (replace(first, arrangement=Arrangement.ROW if draw.chance(0.5) else None), second)
    words = (draw.title(), *((draw.caption(),) if draw.chance(0.4) else ()))
    backdrop = draw.pale(besides=first.colour) if draw.chance(0.3) else None
    return DrawnPicture(dominant=Requirement.COUNT, picture=IntendedPicture(figures=figures, words=words, backdrop=backdrop))


FAMILIES = (lettering, counting, spatial, binding, body, material, beauty, style, mixture)
