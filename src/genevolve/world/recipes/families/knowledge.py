"""Knowledge-anchored families: something in the request has to be found out, or exists only as a reference picture."""

from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.data.labels import Requirement
from genevolve.world.recipes import countries, described_entities
from genevolve.world.recipes.draw import CORNERS, Draw, DrawnPicture
from genevolve.world.recipes.picture import IntendedPicture, IntendedText


def hidden_flag(draw: Draw) -> DrawnPicture:
    """The flag of a country that is only described, with a title."""
    clue = countries.described_country(draw)
    place = draw.pick((Place.LEFT, Place.RIGHT, Place.CENTER)) if draw.chance(0.2) else None
    figure = replace(countries.flag(draw, "a", clue), place=place)
    words = (draw.title(), *((draw.caption(),) if draw.chance(0.35) else ()))
    backdrop = draw.pale() if draw.chance(0.25) else None
    return DrawnPicture(
        dominant=Requirement.GROUNDING,
        gaps=(clue.gap,),
        picture=IntendedPicture(figures=(figure,), words=words, backdrop=backdrop),
    )


def flag_with_things(draw: Draw) -> DrawnPicture:
    """A described flag and a number of everyday things above, below or beside it."""
    clue = countries.described_country(draw)
    flag = countries.flag(draw, "a", clue)
    things = draw.thing("b", number=draw.random.randint(2, 6), apart_from=[flag])
    if draw.chance(0.6):
        things = replace(things, direction=Direction.BELOW, targets=("a",))
    if things.number > 2 and draw.chance(0.6):
        things = replace(things, arrangement=Arrangement.ROW)
    figures = (things, flag) if things.direction else (flag, things)
    return DrawnPicture(
        dominant=Requirement.GROUNDING, gaps=(clue.gap,), picture=IntendedPicture(figures=figures, words=draw.some_words(0.65))
    )


def flag_and_fact(draw: Draw) -> DrawnPicture:
    """A flag, and a text that is described by what it says about the country."""
    clue = countries.described_country(draw) if draw.chance(0.7) else countries.named_country(draw)
    fact = countries.text_about(draw, clue)
    words: list[IntendedText] = [fact.words]
    if draw.chance(0.4):
        words.insert(0, draw.title())
    picture = IntendedPicture(figures=(countries.flag(draw, "a", clue),), words=tuple(words))
    return DrawnPicture(dominant=Requirement.GROUNDING, gaps=tuple(filter(None, (clue.gap, fact.gap))), picture=picture)


def two_flags(draw: Draw) -> DrawnPicture:
    """Two flags side by side, at least one of them described."""
    first = countries.described_country(draw)
    second = (
        countries.described_country(draw, besides=first) if draw.chance(0.5) else countries.named_country(draw, besides=first)
    )
    left, right = countries.flag(draw, "a", first), countries.flag(draw, "b", second)
    if draw.chance(0.3):
        corners = draw.random.sample(CORNERS, 2)
        figures = (replace(left, place=corners[0]), replace(right, place=corners[1]))
    else:
        direction = draw.pick((Direction.LEFT_OF, Direction.RIGHT_OF, Direction.NEXT_TO, Direction.ABOVE))
        figures = (replace(left, direction=direction, targets=("b",)), right)
    picture = IntendedPicture(figures=figures, words=draw.some_words(0.65))
    return DrawnPicture(dominant=Requirement.GROUNDING, gaps=tuple(filter(None, (first.gap, second.gap))), picture=picture)


def rare_thing(draw: Draw) -> DrawnPicture:
    """Something that is named plainly, but that only a reference picture can show."""
    figure = described_entities.rare_thing(draw, "a")
    figures = [figure]
    if draw.chance(0.4):
        other = draw.thing("b", number=draw.random.randint(1, 3), apart_from=figures)
        side = draw.pick((Direction.LEFT_OF, Direction.RIGHT_OF, Direction.NEXT_TO))
        figures = [replace(figure, direction=side, targets=("b",)), other] if other.number == 1 else [figure, other]
    words = draw.some_words(0.75)
    backdrop = draw.pale() if draw.chance(0.25) or not words else None
    picture = IntendedPicture(figures=tuple(figures), words=words, backdrop=backdrop)
    return DrawnPicture(dominant=Requirement.GROUNDING, gaps=("appearance",), picture=picture)


def hidden_thing(draw: Draw) -> DrawnPicture:
    """A thing other than a flag that is only described: the animal of a year, the sign of a birthday, a landmark …"""
    figure, gap = described_entities.hidden_thing(draw, "a")
    figures = [figure]
    if draw.chance(0.3):
        figures.append(draw.thing("b", number=draw.random.randint(1, 4), apart_from=figures))
    words = (draw.title(), *((draw.caption(),) if draw.chance(0.3) else ()))
    return DrawnPicture(
        dominant=Requirement.GROUNDING, gaps=(gap,), picture=IntendedPicture(figures=tuple(figures), words=words)
    )


def fact_in_words(draw: Draw) -> DrawnPicture:
    """An everyday thing with a text that has to be found out."""
    fact = countries.text_of_country(draw) if draw.chance(0.5) else described_entities.text_fact(draw)
    words = [fact.words]
    if draw.chance(0.3):
        words.append(draw.caption())
    figure = draw.thing("a", number=draw.pick((1, 1, 2, 3)))
    return DrawnPicture(
        dominant=Requirement.GROUNDING,
        gaps=(fact.gap,),
        entities=fact.entities,
        picture=IntendedPicture(figures=(figure,), words=tuple(words)),
    )


FAMILIES = (hidden_flag, flag_with_things, flag_and_fact, two_flags, rare_thing, hidden_thing, fact_in_words)
