"""Names and stand-ins that were chosen by hand: each is drawn, a stand-in says so, and everyday reading stays as it was."""

from importlib.resources import files

import pytest

from genevolve.world.atlas import icons
from genevolve.world.atlas.raster import raster
from genevolve.world.language.icons import OWN, icon_names
from genevolve.world.language.inventory import is_trade, lookup
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

ICONS = Vocabulary.ICONS


def _chosen() -> list[tuple[str, str]]:
    lines = (files("genevolve.world.language") / "kinds_chosen.tsv").read_text("utf-8").splitlines()[1:]
    return [(name, kind) for name, _, kind in (line.partition("\t") for line in lines)]


def test_every_shape_of_our_own_has_a_name_and_is_seen() -> None:
    own = {row.look for row in icon_names() if row.look.startswith(OWN)}
    assert {look for look in icons.shapes() if look.startswith(OWN)} == own
    assert all((raster(look, 48)[..., 3] > 0).mean() > 0.05 for look in own)


def test_what_stands_for_a_noun_has_a_picture_of_its_own_and_is_said_to_be_another() -> None:
    rows = _chosen()
    assert len(rows) > 300 and len({name for name, _ in rows}) == len(rows)
    for name, kind in rows:
        shown, entry = lookup(kind, ICONS), lookup(name, ICONS)
        assert shown is not None and not shown.kind, kind
        assert entry is not None and (entry.looks, entry.kind) == (shown.looks, shown.noun), name


@pytest.mark.parametrize("name", ["hammock", "trailer", "clay pots", "ballerina", "dresser", "popcorn bucket", "phone booth"])
def test_nouns_that_were_grey_have_a_picture_of_their_own(name: str) -> None:
    entry = lookup(name, ICONS)
    assert entry is not None and not entry.kind
    assert lookup(name) is None


@pytest.mark.parametrize(
    ("name", "trade"),
    [("teacher", True), ("plumber", True), ("photographer", True), ("judge", True), ("hammock", False), ("phoenix", False)],
)
def test_what_somebody_is_by_trade(name: str, trade: bool) -> None:
    assert is_trade(name) is trade


@pytest.mark.parametrize("trade", ["plumber", "dentist", "photographer", "programmer"])
@pytest.mark.parametrize("request_", ["Business card for Ada Shah, {}, 020 7946 0123", "business card: Ada Shah, {}, a@b.cc"])
def test_a_trade_on_a_business_card_is_written(request_: str, trade: str) -> None:
    scene = read(request_.format(trade), ICONS)
    assert trade.capitalize() in {text.content for text in scene.texts} and scene.objects == ()
