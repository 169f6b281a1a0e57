"""Parts of the picture that are to stay empty: everything stands elsewhere, or the wish is lost."""

import pytest

from genevolve.core.claim import Place
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

_WISH = {"leave", "keep", "middle", "centre", "top", "left", "empty", "free", "space", "title", "text"}


@pytest.mark.parametrize(
    ("request_", "places", "kept"),
    [
        ("snowflakes and fir trees, leave the middle empty for text", [Place.LEFT, Place.RIGHT], True),
        ("a fox and an owl, keep the centre of the banner free for a title", [Place.LEFT, Place.RIGHT], True),
        ("a whale, with space for a title at the top", [Place.BOTTOM], True),
        ("a kite, keep the left side clear", [Place.RIGHT], True),
        ("a kite and a boat, keep the left side clear", [None, None], False),
        ("a whale, leave the middle empty", [None], False),
    ],
)
def test_where_things_go(request_: str, places: list[Place | None], kept: bool) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [obj.place for obj in scene.objects] == places
    entries = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    lost = {entry.words for entry in entries if entry.fate.value.startswith("not")}
    assert not lost if kept else lost & _WISH
