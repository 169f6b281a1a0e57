"""Settings as backgrounds: the same bytes each time, dark at night, and the shapes of Game Icons with their credit."""

import numpy as np
import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import draw
from genevolve.world.sketch.background import choose, made, painted
from genevolve.world.sketch.light import Hour
from genevolve.world.sketch.places import BEFORE_OTHERS, PLACES
from genevolve.world.sketch.scenery import Scenery

SETTINGS = (
    "forest", "underwater", "space", "kitchen", "street", "night sky", "beach", "desert", "snow", "mountains", "sky", "room",
    "outdoors at night", "farm", "harbour", "swimming pool", "football pitch", "tennis court", "river bank",
)  # fmt: skip
OUTDOORS = ("forest", "street", "beach", "desert", "snow", "mountains", "sky", "farm", "harbour", "swimming pool")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_drawn_and_the_same_each_time(name: str) -> None:
    assert choose(name).scenery is not None and choose(name).note == ""
    first = np.asarray(painted(name, (96, 96), 1))
    made.cache_clear()
    assert (np.asarray(painted(name, (96, 96), 1)) == first).all() and first.std() > 5


@pytest.mark.parametrize("name", OUTDOORS)
def test_it_is_darker_at_night_outdoors(name: str) -> None:
    day, night = (np.asarray(painted(name, (96, 96), 0, hour=hour)).mean() for hour in (Hour.DAY, Hour.NIGHT))
    assert night < 0.6 * day


@pytest.mark.parametrize("name", OUTDOORS)
def test_its_sky_is_red_at_sunset(name: str) -> None:
    day, dusk = (np.asarray(painted(name, (96, 96), 0, hour=hour))[:40].mean(axis=(0, 1)) for hour in (Hour.DAY, Hour.DUSK))
    assert dusk[0] > dusk[2] and dusk[0] - dusk[2] > day[0] - day[2] + 20


def test_policies_that_were_trained_see_the_sunset_that_they_knew() -> None:
    said = "A dog stands on the ground. The background is a beach. The scene is at sunset."
    old, free = (draw(read(said, words), size=(96, 96), seed=1).data for words in (Vocabulary.EVERYDAY, Vocabulary.ICONS))
    assert old != free


def test_it_stays_as_bright_indoors() -> None:
    assert painted("kitchen", (64, 64), 0, hour=Hour.NIGHT) == painted("kitchen", (64, 64), 0)


def test_a_kitchen_table_is_still_a_table() -> None:
    assert [choose(words).scenery.name for words in ("kitchen table", "kitchen")] == ["table", "kitchen"]  # type: ignore[union-attr]


def test_a_shape_is_drawn_and_credited_only_where_the_vocabulary_has_it() -> None:
    with_icons = draw(read("one bench", Vocabulary.ICONS), size=(128, 128))
    without = draw(read("one bench"), size=(128, 128))
    assert not with_icons.notes and "CC BY 3.0" in with_icons.credits[0]
    assert "grey shape" in without.notes[0] and without.credits == ()


@pytest.mark.parametrize("scenery", (*BEFORE_OTHERS, *PLACES), ids=lambda scenery: str(scenery.name))
def test_a_place_is_called_by_its_name_and_painted_over_the_whole_picture(scenery: Scenery) -> None:
    assert choose(scenery.name).scenery is not None and choose(scenery.name).scenery.name == scenery.name  # type: ignore[union-attr]
    picture = np.asarray(painted(scenery.name, (96, 96), 1))
    assert picture.std() > 5 and (picture.max(axis=2) > 0).mean() > 0.999


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("mountains and a lake", "mountain lake"), ("hills with a river", "river"), ("a lake in the woods", "lake"),
        ("street in the village", "village street"), ("dark forest", "dark woods"), ("overcast sky", "cloudy sky"),
        ("dark blue sky", "night sky"), ("gas station", None), ("train station", "station"), ("frozen lake", "frozen lake"),
        ("lake shore", "river bank"), ("park in spring", "spring meadow"), ("village in winter", "snowy village"),
    ],
)  # fmt: skip
def test_which_place_is_meant(words: str, name: str | None) -> None:
    scenery = choose(words).scenery
    assert (scenery.name if scenery else None) == name
