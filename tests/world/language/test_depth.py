"""Near and far: things before and behind each other, landscapes behind everything."""

import pytest

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "one", "direction", "other"),
    [
        ("a tiger in the foreground and a volcano in the distance", "volcano", Direction.BEHIND, "tiger"),
        ("a goat with a windmill in the background", "wind turbine", Direction.BEHIND, "goat"),
        ("a church on the horizon, a tractor", "church", Direction.BEHIND, "tractor"),
        ("a tree, two sheep in the foreground", "sheep", Direction.IN_FRONT_OF, "tree"),
    ],
)
def test_far_things_are_behind_near_ones(request_: str, one: str, direction: Direction, other: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    relations = {(obj.noun, rel.direction, rel.targets) for obj in scene.objects for rel in obj.relations}
    assert any(noun == one and way is direction and keys[0].startswith(other) for noun, way, keys in relations)
    entries = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    far = {entry.words: entry.fate for entry in entries if entry.words in {"foreground", "distance", "background", "horizon"}}
    assert far and set(far.values()) == {Fate.DRAWN}


@pytest.mark.parametrize(
    ("request_", "background"),
    [
        ("a bicycle by a tree, hills in the background", "hills"),
        ("a hen, a forest in the distance", "forest"),
        ("a goat in a field, mountains in the background", "mountain field"),
        ("a fox on a beach, hills in the background", "beach"),
    ],
)
def test_a_landscape_is_no_thing(request_: str, background: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.background == background and "mountain" not in [obj.noun for obj in scene.objects]
