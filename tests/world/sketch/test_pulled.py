"""What is pulled is on the ground behind who pulls it, and a rope joins the two."""

import pytest

from genevolve.world.language.bodies import Side, heading_of
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan


@pytest.mark.parametrize(("who", "thing"), [("horse", "cart"), ("tractor", "cart"), ("raccoon", "sled"), ("duck", "cart")])
def test_it_is_in_line_behind_and_on_a_rope(who: str, thing: str) -> None:
    layout = plan(read(f"A {who}. A {thing} is pulled by the {who}.", Vocabulary.ICONS), (), (640, 640), 1)
    (puller,), (pulled,), (rope,) = layout.of(who), layout.of(thing), layout.marks
    right = heading_of(puller.source.look) is Side.RIGHT
    assert (pulled.box.cx < puller.box.cx) is right
    assert pulled.source.mirrored is right
    assert pulled.box.overlap(puller.box) == 0
    assert abs(pulled.box.bottom - puller.box.bottom) < 0.1 * puller.box.h
    ends = sorted((rope.start[0], rope.end[0]))
    first, last = sorted((pulled.box, puller.box), key=lambda box: box.cx)
    assert ends[0] < first.x + first.w
    assert last.x < ends[1]
