"""Shapes of Game Icons: names, pictures, colours, and that everyday reading does not change by them."""

import pytest

from genevolve.core.errors import UsageError
from genevolve.world.atlas import icons
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import UnknownPictogram, icon_raster, raster
from genevolve.world.language.icons import icon_names
from genevolve.world.language.inventory import entries, lookup, plural_of
from genevolve.world.language.vocabulary import Vocabulary

ICONS = Vocabulary.ICONS


def test_every_name_leads_to_a_shape_that_ships() -> None:
    there = set(icons.shapes())
    rows = [row for row in icon_names() if not row.look.startswith("=")]
    assert len(there) > 4000 and len(rows) > 850
    assert all(row.look in there or raster(row.look, 16).any() for row in rows)
    everyday = {entry.noun for entry in entries()}
    assert all(row.look.removeprefix("=") in everyday for row in icon_names() if row.look.startswith("="))


def test_no_name_is_given_twice_and_only_those_drawn_instead_take_one_of_the_inventory() -> None:
    names = [name for row in icon_names() for name in row.names]
    assert len(names) == len(set(names))
    drawn = {"sofa", "couch", "settee", "table", "mountain", "bowl", "plate", "dinner plate", "pumpkin", "fork"}
    assert {name for name in names if lookup(name) is not None} == drawn


@pytest.mark.parametrize("noun", ["bench", "cube", "submarine", "oven", "tennis racket", "sofa", "streetlight", "sinks"])
def test_nouns_that_were_grey_are_drawn(noun: str) -> None:
    found = lookup(noun, ICONS)
    assert found is not None and raster(found.looks[0], 64)[..., 3].any()


def test_what_needs_a_reference_still_does_where_policies_were_trained() -> None:
    assert lookup("bench") is None and lookup("submarine") is None
    assert AtlasKnowledge().looks("bench") == ()
    assert AtlasKnowledge(ICONS).looks("bench") == ("game-icons:bench",)


def test_words_of_the_same_meaning_lead_to_the_picture_of_openmoji() -> None:
    dog, car = lookup("dog", ICONS), lookup("motorcar", ICONS)
    assert dog == lookup("dog") and car == lookup("car")
    assert plural_of("bench") == "benches"


def test_a_shape_has_the_colour_that_is_asked_for_and_a_darker_side() -> None:
    pixels = icon_raster("game-icons:cube", 128, (200, 40, 40))
    solid = pixels[pixels[..., 3] > 250][:, :3]
    tones = {tuple(int(value) for value in tone) for tone in solid[::7]}
    assert (200, 40, 40) in tones and (164, 33, 33) in tones


def test_the_same_shape_gives_the_same_pixels_and_a_bad_name_is_told() -> None:
    assert (raster("game-icons:desk", 96) == raster("game-icons:desk", 96)).all()
    with pytest.raises(UnknownPictogram, match="no-such-shape"):
        raster("game-icons:no-such-shape", 32)
    with pytest.raises(UsageError, match="no colour"):
        icons.composed("M0 0", '"/><image href="x')


@pytest.mark.parametrize(
    "noun", ["tray", "rug", "shelf", "tunnel", "tile", "tablecloth", "toothpaste", "snow globe", "fishbowl"]
)
def test_shapes_of_our_own_are_drawn_and_carry_no_credit_of_others(noun: str) -> None:
    found = lookup(noun, ICONS)
    assert found is not None and icons.is_icon(found.looks[0]) and found.looks[0] in icons.shapes()
    assert found.looks[0].startswith("genevolve:") and raster(found.looks[0], 64)[..., 3].any()
    assert not icons.is_credited(found.looks[0]) and icons.is_credited("game-icons:desk")
    with pytest.raises(UsageError, match="no shape"):
        icons.outline("genevolve:no-such")


def test_a_bowl_has_no_spoon_and_counts_as_one_with_it() -> None:
    bowl = lookup("bowl", ICONS)
    assert bowl is not None and bowl.looks == ("genevolve:bowl", "openmoji:1F963")
