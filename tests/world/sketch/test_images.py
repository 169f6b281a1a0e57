"""The pixels of the sketch generator: the same each time, at every size, from every kind of reference, and never a crash."""

import asyncio
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage, RenderOrder
from genevolve.store.faces import DISPLAY, HEAVY, MEDIUM, missing
from genevolve.world.atlas.raster import reference_png
from genevolve.world.language.colours import PALETTE, nearest
from genevolve.world.language.model import (
    Ambiguity,
    AmbiguityKind,
    Count,
    Relation,
    Scene,
    SceneObject,
    Size,
    Style,
    TextElement,
    TextRole,
)
from genevolve.world.sketch import Sketch, draw, figures
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.figures import bend
from genevolve.world.sketch.plan import Origin, Warp
from genevolve.world.sketch.text import clean, fit
from tests.world.sketch.sketch_scenes import NOWHERE, obj, opened, reference, scene, words


def flag(hexcode: str) -> ReferenceImage:
    picture = Picture(title="a flag", digest="0" * 64, source="openmoji")
    return ReferenceImage(picture=picture, note="", data=reference_png(hexcode, 256))


BURKINA = "1F1E7-1F1EB"


def poster() -> Scene:
    return scene(
        obj("flag", reference=1, size=Size.LARGE),
        obj("camel", 4, rel=[(Direction.BELOW, ["flag"])], arrangement=Arrangement.ROW, grounded=True),
        texts=[words("VISIT BURKINA", bold=True), words("land of honest people", TextRole.CAPTION, Place.BOTTOM)],
        background="desert",
        light="warm sunset light",
    )


def test_the_same_order_gives_the_same_bytes() -> None:
    first = draw(poster(), [flag(BURKINA)], seed=7).data
    figures._picture.cache_clear()
    figures._opened.cache_clear()
    assert draw(poster(), [flag(BURKINA)], seed=7).data == first
    assert draw(poster(), [flag(BURKINA)], seed=8).data != first


def test_the_member_reads_prompts() -> None:
    prompt = 'Exactly three red apples in a row in the center, the title "Fresh" in bold at the top, on a white background.'
    order = RenderOrder(prompt=prompt, references=(), size=(256, 192), seed=1)
    one, two = asyncio.run(Sketch().generate(order)), asyncio.run(Sketch().generate(order))
    assert one.data == two.data
    image = opened(one)
    assert image.format == "PNG" and image.size == (256, 192) and image.mode == "RGB"


@pytest.mark.parametrize("size", [(64, 64), (2048, 64), (64, 2048), (333, 777), (2048, 2048)])
def test_every_size(size: tuple[int, int]) -> None:
    assert opened(draw(poster(), [flag(BURKINA)], size)).size == size


@pytest.mark.parametrize("size", [(63, 512), (512, 2049), (0, 0), (30000, 30000)])
def test_other_sizes_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match=f"{size[0]}x{size[1]}.*64 to 2048"):
        draw(poster(), [flag(BURKINA)], size)


def _strip() -> Image.Image:
    return Image.linear_gradient("L").resize((4000, 10)).convert("RGB")


def _logo() -> Image.Image:
    logo = Image.new("RGBA", (90, 60))
    ImageDraw.Draw(logo).ellipse((20, 10, 70, 50), fill=(10, 160, 90, 255))
    return logo


HOSTILE = {
    "one pixel": reference(Image.new("RGB", (1, 1), "red")),
    "a strip": reference(_strip()),
    "a tall strip": reference(_strip().rotate(90, expand=True)),
    "grey": reference(Image.linear_gradient("L")),
    "palette": reference(Image.linear_gradient("L").convert("RGB").quantize(16)),
    "cmyk": reference(Image.new("CMYK", (80, 60), (0, 200, 200, 0)), "JPEG"),
    "alpha": reference(_logo()),
    "all clear": reference(Image.new("RGBA", (50, 50))),
    "16 bit": reference(Image.new("I;16", (40, 40), 30000)),
    "one bit": reference(Image.new("1", (40, 40), 1)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_references_of_every_kind(kind: str) -> None:
    rendering = draw(scene(obj("picture", reference=1), background="navy"), [HOSTILE[kind]])
    image = opened(rendering)
    assert image.size == (512, 512)
    if kind != "all clear":
        assert len(image.getcolors(1 << 20) or []) > 1


def test_references_keep_their_aspect_and_content() -> None:
    wide = Image.new("RGB", (300, 100), (0, 0, 255))
    wide.paste((255, 0, 0), (0, 0, 150, 100))
    (figure,) = plan(scene(obj("picture", reference=1)), [reference(wide)], (512, 512), 0).figures
    assert figure.box.w / figure.box.h == pytest.approx(3, rel=0.01)
    pixels = np.asarray(opened(draw(scene(obj("picture", reference=1)), [reference(wide)])))
    row = pixels[round(figure.box.cy)]
    assert tuple(row[round(figure.box.cx) - 60]) == (255, 0, 0) and tuple(row[round(figure.box.cx) + 60]) == (0, 0, 255)


def test_what_a_reference_is_drawn_as() -> None:
    def origin(noun: str, image: ReferenceImage) -> Origin:
        return plan(scene(obj(noun, reference=1)), [image], (512, 512), 0).figures[0].source.origin

    assert origin("picture", HOSTILE["grey"]) is Origin.PHOTO
    assert origin("logo", HOSTILE["alpha"]) is Origin.CUTOUT
    assert origin("flag", flag(BURKINA)) is Origin.CLOTH


def test_a_broken_reference_is_a_failure_that_names_it() -> None:
    broken = ReferenceImage(picture=Picture(title="my cat", digest="0" * 64, source="x"), note="", data=b"no image")
    with pytest.raises(ServiceError, match=r"reference image 1 \(my cat\)"):
        draw(scene(obj("cat", reference=1)), [broken])


def test_a_reference_that_was_not_given_is_named() -> None:
    rendering = draw(scene(obj("flag", reference=2)), [HOSTILE["grey"]])
    assert any("the second reference image" in note for note in rendering.notes)


@pytest.mark.parametrize(
    "colour", ["red", "blue", "green", "yellow", "black", "white", "purple", "orange", "pink", "brown", "grey"]
)
@pytest.mark.parametrize("noun", ["apple", "car", "balloon", "dog", "bicycle", "cup", "umbrella"])
def test_recoloured_things_have_their_colour(noun: str, colour: str) -> None:
    background = "cyan"
    drawn = scene(obj(noun, colour=colour), background=background)
    (figure,) = plan(drawn, (), (512, 512), 0).figures
    picture = figures.picture(figure.source, (300, 300), figure.colour, None)
    pixels = np.asarray(picture)
    fill = pixels[(pixels[:, :, 3] > 250) & (pixels[:, :, :3].max(axis=2) > 25)][:, :3]
    reds, greens, blues = np.median(fill, axis=0)
    target = np.array(PALETTE[colour], float)
    assert np.abs(np.array((reds, greens, blues)) - target).max() < 25


@pytest.mark.parametrize("colour", sorted(PALETTE))
def test_a_coloured_backdrop_keeps_its_name(colour: str) -> None:
    pixels = np.asarray(opened(draw(scene(obj("dog"), background=colour, light="warm sunset light"), size=(256, 256))))
    edge = np.concatenate([pixels[:8].reshape(-1, 3), pixels[:, :8].reshape(-1, 3), pixels[:, -8:].reshape(-1, 3)])
    red, green, blue = (round(float(value)) for value in np.median(edge, axis=0))
    assert nearest((red, green, blue)) == colour


def test_unknown_settings_lights_and_colours_are_named() -> None:
    odd = scene(obj("dog", colour="octarine"), background="the inside of a thought", light="zorblax rays")
    notes = " ".join(draw(odd).notes)
    assert "the inside of a thought" in notes and "zorblax rays" in notes and "octarine" in notes
    assert draw(scene(obj("dog", colour="red"), background="a sunny beach", light="golden hour")).notes == ()


@pytest.mark.parametrize("background", ["white", "black", "red", "yellow", "teal", "meadow", "night sky", "city", "beach"])
@pytest.mark.parametrize("colour", [None, "white", "black", "red", "yellow", "grey"])
def test_lettering_stands_out_from_its_ground(background: str, colour: str | None) -> None:
    texts = [words("HEADLINE", bold=True, colour=colour)]
    (block,) = plan(scene(obj("dog"), texts=texts), (), (512, 512), 0).texts
    image = opened(draw(scene(obj("dog"), texts=texts, background=background))).convert("L")
    box = block.box
    cut = np.asarray(image.crop((round(box.x), round(box.y), round(box.right), round(box.bottom))), np.float32)
    assert np.percentile(cut, 97) - np.percentile(cut, 3) > 55


def test_characters_that_the_fonts_lack_are_named() -> None:
    rendering = draw(scene(obj("dog"), texts=[words("漢字 Привет Ελλάδα Łódź ß")]))
    (note,) = rendering.notes
    assert "漢" in note and "字" in note and "П" not in note.split("“")[0]
    for face in (MEDIUM, HEAVY):
        assert missing("ÄÖÜäöüßéèêñçøåłśżğışőűćčđŽАБВЖЩЫЭЮЯїєіґΑΒΓΔΩάέήίόύώ€£¥•…—“”‘’«»×%&@№→", face) == ()
    assert missing("ÄÖÜßéñçøåłŽ", DISPLAY) == ()


@pytest.mark.parametrize("text", ["a", "word " * 300, "x" * 500, "Two lines please, they said"])
@pytest.mark.parametrize("width, height", [(10, 10), (400, 60), (100, 400)])
def test_fitted_text_stays_in_its_box(text: str, width: float, height: float) -> None:
    setting = fit(text, HEAVY, width=width, height=height, max_px=60, min_px=6)
    assert setting.width <= width * 1.01 + 1 and setting.height <= max(height, 6 * 1.16) + 1


def test_control_characters_never_reach_the_image() -> None:
    assert clean("a\u202eb\u0000c\nd\u200be") == "abc de"


def test_a_style_covers_the_whole_image() -> None:
    grey = np.asarray(opened(draw(scene(obj("car", colour="red"), background="meadow", style=Style.BLACK_AND_WHITE))), int)
    assert np.ptp(grey, axis=2).max() <= 2


_text = st.text(max_size=40)
_key = st.sampled_from(["a", "b", "c", "t", ""])
_relations = st.lists(
    st.builds(Relation, direction=st.sampled_from(Direction), targets=st.lists(_key, max_size=3).map(tuple)), max_size=3
).map(tuple)
_number = st.one_of(st.none(), st.integers(-3, 9), st.integers(100, 10**9))
_objects = st.builds(
    SceneObject,
    key=_key,
    noun=st.one_of(st.sampled_from(["dog", "flag", "axolotl", "sun", "bicycle"]), _text),
    span=st.just(NOWHERE),
    of=st.one_of(st.just(""), _text),
    reference=st.one_of(st.none(), st.integers(-1, 4)),
    count=st.builds(Count, number=_number, exact=st.booleans()),
    colour=st.one_of(st.none(), st.sampled_from(["red", "white", "no colour"])),
    colour_shared=st.booleans(),
    size=st.one_of(st.none(), st.sampled_from(Size)),
    place=st.one_of(st.none(), st.sampled_from(Place)),
    relations=_relations,
    arrangement=st.one_of(st.none(), st.sampled_from(Arrangement)),
    columns=st.one_of(st.none(), st.integers(-1, 30)),
    grounded=st.booleans(),
    larger_than=st.lists(_key, max_size=2).map(tuple),
)
_texts = st.builds(
    TextElement,
    key=_key,
    span=st.just(NOWHERE),
    content=_text,
    quoted=st.booleans(),
    describes=_text,
    role=st.sampled_from(TextRole),
    place=st.one_of(st.none(), st.sampled_from(Place)),
    relations=_relations,
    colour=st.one_of(st.none(), st.sampled_from(["red", "no colour"])),
    bold=st.one_of(st.none(), st.booleans()),
    large=st.one_of(st.none(), st.booleans()),
)
_scenes = st.builds(
    Scene,
    text=st.just(""),
    objects=st.lists(_objects, max_size=5).map(tuple),
    texts=st.lists(_texts, max_size=3).map(tuple),
    background=st.one_of(st.none(), st.sampled_from(["white", "beach", "city at night"]), _text),
    light=st.one_of(st.none(), _text),
    style=st.one_of(st.none(), st.sampled_from(Style)),
    ambiguities=st.lists(st.builds(Ambiguity, kind=st.sampled_from(AmbiguityKind), key=_key), max_size=5).map(tuple),
)
NO_SHRINKING = (Phase.explicit, Phase.generate)  # shrinking draws thousands of images
_references = [HOSTILE["alpha"], HOSTILE["a strip"]]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
@given(_scenes, st.sampled_from([(96, 96), (64, 200), (200, 64)]), st.integers(0, 10**6))
def test_no_scene_makes_it_crash(drawn: Scene, size: tuple[int, int], seed: int) -> None:
    rendering = draw(drawn, _references, size, seed)
    assert Image.open(io.BytesIO(rendering.data)).size == size
    assert all(note.strip() for note in rendering.notes)


@pytest.mark.parametrize("warp", Warp)
@pytest.mark.parametrize("size", [(1, 1), (5, 40), (40, 5)])
def test_the_smallest_bodies_can_be_bent(warp: Warp, size: tuple[int, int]) -> None:
    assert bend(Image.new("RGBA", size, "red"), warp).size == size
