"""The pixel judge on pasted pictures: each claim is met on one picture and broken on another, by the right diagnostic."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from genevolve.core.claim import (
    Arranged,
    Arrangement,
    BackgroundColour,
    Claim,
    Coloured,
    Counted,
    Direction,
    Grounded,
    Intact,
    Larger,
    NothingElse,
    Place,
    Placed,
    Present,
    Related,
    Styled,
    TextShown,
)
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageCase, ReferenceImage
from genevolve.core.score import Diagnostic, Dimension, Score, Unscored
from genevolve.world.atlas.raster import raster
from genevolve.world.atlas.surroundings import water
from genevolve.world.language.claims import Derived
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.pixel.coverage import wordless
from genevolve.world.pixel.detect import Instance, Templates
from genevolve.world.pixel.grading import VERSION
from genevolve.world.pixel.match import match_template
from genevolve.world.pixel.paint import has_colour
from genevolve.world.pixel.stand_in import stand_ins
from genevolve.world.sketch import figures
from genevolve.world.sketch.plan import ImageSource, Origin
from tests.world.pixel.judge_pictures import (
    APPLE,
    BUS,
    CAT,
    CHAD,
    CLOCK,
    DOG,
    GUINEA,
    MALI,
    ROMANIA,
    encoded,
    page,
    painted,
    paste,
    put,
    row,
    sprite,
    subject,
    write,
)


class Knowledge:
    """Knows dogs and apples."""

    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return {"dog": (f"openmoji:{DOG}",), "apple": (f"openmoji:{APPLE}",)}.get(noun, ()) if not of else ()

    def wording(self, describes: str) -> str | None:
        return None


JUDGE = PixelJudge(knowledge=Knowledge(), template=raster)
DOGS, CATS, FLAG = subject(DOG, "dog"), subject(CAT, "cat"), subject(MALI, "flag")


def score(canvas: Image.Image, claims: Sequence[Claim], kind: str = "PNG") -> Score:
    result = asyncio.run(JUDGE.judge_image(ImageCase(request="", image=encoded(canvas, kind), claims=tuple(claims))))
    assert isinstance(result, Score), result
    return result


def failed(result: Score) -> list[str]:
    return [diagnostic.requirement for diagnostic in result.diagnostics if not diagnostic.passed]


def one(result: Score, requirement: str) -> Diagnostic:
    return next(d for d in result.diagnostics if d.requirement == requirement)


def scene() -> Image.Image:
    """A flag, three dogs in a row under it, a title."""
    canvas = page()
    write(canvas, "VISIT MALI", (256, 50))
    put(canvas, MALI, (256, 190), 170, shadow=False)
    row(canvas, DOG, (110, 256, 402), 400)
    return canvas


SCENE: tuple[Claim, ...] = (
    Present(subject=FLAG),
    Present(subject=DOGS),
    Counted(subject=DOGS, count=3),
    Related(subject=DOGS, direction=Direction.BELOW, targets=(FLAG,)),
    Arranged(subject=DOGS, arrangement=Arrangement.ROW),
    Intact(subject=DOGS),
    Grounded(subject=DOGS),
    TextShown(text="Visit Mali", place=Place.TOP, colour="black"),
    BackgroundColour(colour="light blue"),
    NothingElse(subjects=(FLAG, DOGS)),
)


@pytest.mark.parametrize(("kind", "size"), [("PNG", 512), ("JPEG", 512), ("JPEG", 300), ("JPEG", 1000)])
def test_clean_picture_passes_everything_at_any_scale(kind: str, size: int) -> None:
    result = score(scene().resize((size, size), Image.Resampling.BICUBIC), SCENE, kind)
    assert failed(result) == []
    assert (result.faithfulness, result.visual_correctness, result.text_accuracy, result.aesthetics) == (1, 1, 1, 1)


def test_same_picture_gives_the_same_score() -> None:
    assert score(scene(), SCENE) == score(scene(), SCENE)


def test_wrong_count_names_the_number() -> None:
    canvas = scene()
    put(canvas, DOG, (60, 250), 90)
    diagnostic = one(score(canvas, SCENE), "exactly 3 of dog")
    assert not diagnostic.passed
    assert (diagnostic.skill, diagnostic.detail) == ("quantity_counting", "4 were counted")


def test_wrong_flag_is_missing_and_halves_nothing_but_identity() -> None:
    canvas = page()
    put(canvas, GUINEA, (256, 256), 200, shadow=False)  # the same three bars, mirrored
    result = score(canvas, [Present(subject=FLAG), NothingElse(subjects=(FLAG,))])
    assert "flag is there and recognisable" in failed(result)
    assert result.visual_correctness == 0


def test_flags_that_nobody_can_tell_apart_pass_for_each_other() -> None:
    canvas = page()
    put(canvas, ROMANIA, (256, 256), 200, shadow=False)
    assert failed(score(canvas, [Present(subject=subject(CHAD, "flag"))])) == []


def test_misspelt_text_is_half_and_missing_text_nothing() -> None:
    misspelt, missing = page(), page()
    write(misspelt, "VISIT MALTI", (256, 60))
    near = score(misspelt, [TextShown(text="VISIT MALI")])
    gone = score(missing, [TextShown(text="VISIT MALI")])
    assert (near.text_accuracy, gone.text_accuracy) == (0.5, 0.0)
    assert "MALTI" in one(near, 'the text "VISIT MALI"').detail


def test_text_over_several_lines_is_one_text() -> None:
    canvas = page()
    write(canvas, "HARVEST", (256, 60), 60)
    write(canvas, "FESTIVAL", (256, 130), 60)
    assert score(canvas, [TextShown(text="Harvest Festival", place=Place.TOP)]).text_accuracy == 1.0


def test_text_at_the_wrong_place_or_in_the_wrong_colour() -> None:
    canvas = page()
    write(canvas, "GRAND SALE", (256, 450), 50, colour="#c01020")
    result = score(canvas, [TextShown(text="Grand Sale", place=Place.TOP, colour="blue")])
    assert failed(result) == ['the text "Grand Sale" at the top', 'the text "Grand Sale" in blue']
    assert failed(score(canvas, [TextShown(text="Grand Sale", place=Place.BOTTOM, colour="red")])) == []


def test_colours_swapped_between_two_of_a_kind() -> None:
    """Two apples told apart by colour alone: the claims follow the colour, so it is the sides that are wrong."""
    red, green = subject(APPLE, "red apple"), subject(APPLE, "green apple")
    claims: list[Claim] = [
        Coloured(subject=red, colour="red"),
        Coloured(subject=green, colour="green"),
        Related(subject=red, direction=Direction.LEFT_OF, targets=(green,)),
    ]
    for xs, wrong in (((140, 370), []), ((370, 140), ["red apple left of green apple"])):
        canvas = page()
        paste(canvas, painted(sprite(APPLE, 140), 60, (215, 40, 40)), (xs[0], 256))
        paste(canvas, painted(sprite(APPLE, 140), 60, (45, 150, 60)), (xs[1], 256))
        assert failed(score(canvas, claims)) == wrong


def test_wrong_colour_is_named() -> None:
    canvas = page()
    paste(canvas, painted(sprite(BUS, 200), 90, (45, 100, 215)), (256, 256))
    diagnostic = one(score(canvas, [Coloured(subject=subject(BUS, "bus"), colour="red")]), "bus is red")
    assert (diagnostic.passed, diagnostic.skill, diagnostic.detail) == (False, "attribute_binding", "it is blue")


def test_wrong_side_and_wrong_place() -> None:
    canvas = page()
    put(canvas, DOG, (390, 300))
    put(canvas, CAT, (120, 300))
    claims: list[Claim] = [
        Related(subject=DOGS, direction=Direction.LEFT_OF, targets=(CATS,)),
        Placed(subject=CATS, place=Place.RIGHT),
        Placed(subject=DOGS, place=Place.RIGHT),
    ]
    assert failed(score(canvas, claims)) == ["dog left of cat", "cat at the right"]


def test_overlap_is_seen_and_both_things_are_still_found() -> None:
    canvas = page()
    put(canvas, CAT, (290, 256), 170, shadow=False)
    put(canvas, DOG, (205, 262), 170, shadow=False)
    result = score(canvas, [Present(subject=DOGS), Present(subject=CATS)])
    assert failed(result) == ["nothing overlaps unasked"]
    behind = Related(subject=CATS, direction=Direction.BEHIND, targets=(DOGS,))
    assert failed(score(canvas, [Present(subject=DOGS), Present(subject=CATS), behind])) == []


def test_missing_thing() -> None:
    canvas = page()
    put(canvas, DOG, (150, 300))
    result = score(canvas, [Present(subject=DOGS), Present(subject=CATS)])
    assert failed(result) == ["cat is there and recognisable"]
    assert (result.faithfulness, result.visual_correctness) == (0.5, 0.0)


def test_another_animal_is_not_the_one_asked_for() -> None:
    canvas = page()
    put(canvas, CAT, (256, 300), 160)
    assert "dog is there and recognisable" in failed(score(canvas, [Present(subject=DOGS)]))


def test_distorted_body() -> None:
    canvas, whole = page(), sprite(DOG, 180)
    bent = whole.transform(
        whole.size, Image.Transform.QUAD, (-60, 0, 30, whole.height, whole.width + 40, whole.height - 60, whole.width - 50, 40)
    )
    paste(canvas, bent, (256, 280))
    result = score(canvas, [Intact(subject=DOGS)])
    assert one(result, "dog has a whole, undistorted body").skill == "anatomy_body_coherence"
    assert failed(result)


def test_no_contact_shadow() -> None:
    canvas = page()
    put(canvas, DOG, (256, 300), 150, shadow=False)
    assert failed(score(canvas, [Grounded(subject=DOGS)])) == ["dog stands on something"]


def test_larger_and_arranged() -> None:
    canvas = page()
    put(canvas, DOG, (130, 130), 60)
    put(canvas, CAT, (360, 300), 190)
    assert failed(score(canvas, [Larger(subject=CATS, other=DOGS)])) == []
    assert failed(score(canvas, [Larger(subject=DOGS, other=CATS)])) == ["dog is larger than cat"]
    stack = page()
    for y in (100, 256, 410):
        put(stack, DOG, (256, y), 90)
    assert failed(score(stack, [Arranged(subject=DOGS, arrangement=Arrangement.COLUMN)])) == []
    assert failed(score(stack, [Arranged(subject=DOGS, arrangement=Arrangement.ROW)])) == ["dog in a row"]


def test_something_nobody_asked_for_and_the_wrong_background() -> None:
    canvas = page()
    put(canvas, DOG, (150, 300))
    put(canvas, CLOCK, (370, 280))
    claims: list[Claim] = [Present(subject=DOGS), NothingElse(subjects=(DOGS,)), BackgroundColour(colour="yellow")]
    assert failed(score(canvas, claims)) == ["nothing else is in the image", "the background is yellow"]


def test_style_must_cover_the_whole_image() -> None:
    grey = scene().convert("L").convert("RGB")
    half = scene()
    half.paste(grey.crop((0, 0, 256, 512)), (0, 0))
    claims: list[Claim] = [Styled(style="black and white"), Present(subject=FLAG), Counted(subject=DOGS, count=3)]
    assert failed(score(grey, claims)) == []
    assert "the whole image in the style black and white" in failed(score(half, claims))


def test_layout_cut_and_faint() -> None:
    canvas = page()
    put(canvas, DOG, (25, 300), 160, shadow=False)
    write(canvas, "HARD TO READ", (256, 60), 44, colour="#b4d2e6")
    result = score(canvas, [Present(subject=DOGS), TextShown(text="HARD TO READ")])
    assert "nothing is cut off by the edge" in failed(result)
    dull = Image.new("RGB", (512, 512), (170, 168, 165))
    put(dull, DOG, (256, 300), 160)
    flat = one(score(dull, [Present(subject=DOGS)]), "the picture has light and is not flat")
    assert (flat.passed, flat.dimension) == (False, Dimension.AESTHETICS)


def test_unknown_looks_are_left_out_and_said() -> None:
    canvas = page()
    put(canvas, DOG, (256, 300), 150)
    result = score(canvas, [Present(subject=DOGS), Present(subject=subject("ABCDE", "moon base"))])
    assert failed(result) == []
    assert "moon base" in result.rationale


@pytest.mark.parametrize(
    ("image", "claims", "reason"),
    [
        (b"no image", (Present(subject=DOGS),), "cannot be read"),
        (encoded(page())[:200], (Present(subject=DOGS),), "cannot be read"),
        (encoded(page()), (), "nothing that this judge can check"),
        (encoded(page()), (Present(subject=subject("ABCDE", "moon base")),), "looks are unknown"),
    ],
)
def test_unscored(image: bytes, claims: tuple[Claim, ...], reason: str) -> None:
    result = asyncio.run(JUDGE.judge_image(ImageCase(request="", image=image, claims=claims)))
    assert isinstance(result, Unscored)
    assert reason in result.reason


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 2), (17, 17)])
def test_strange_sizes_are_scored_as_empty(size: tuple[int, int]) -> None:
    result = score(Image.new("RGB", size, "#88aacc"), [Present(subject=DOGS), TextShown(text="HELLO")])
    assert (result.visual_correctness, result.text_accuracy) == (0, 0)


def test_free_request_is_read_and_own_references_count() -> None:
    canvas = page()
    put(canvas, DOG, (256, 300), 150)
    free = ImageCase(request="a photo of a dog", image=encoded(canvas))
    result = asyncio.run(JUDGE.judge_image(free))
    assert isinstance(result, Score) and "dog is there and recognisable" not in failed(result)
    nothing = asyncio.run(JUDGE.judge_image(ImageCase(request="surprise me", image=encoded(canvas))))
    assert isinstance(nothing, Unscored)


def test_own_reference_must_be_recognisable() -> None:
    logo = ReferenceImage(
        picture=Picture(title="logo", digest="1" * 64, source="request"), note="", data=encoded(sprite(CLOCK, 300))
    )
    with_logo, without = page(), page()
    put(with_logo, CLOCK, (256, 256), 160)
    put(without, BUS, (256, 256), 160)
    request = "the logo from the first reference image in the center"
    results = [
        asyncio.run(JUDGE.judge_image(ImageCase(request=request, image=encoded(canvas), own_references=(logo,))))
        for canvas in (with_logo, without)
    ]
    there = [[d.passed for d in r.diagnostics if "recognisable" in d.requirement] for r in results if isinstance(r, Score)]
    assert there == [[True], [False]]


def test_ground_truth_without_claims_is_right_by_definition() -> None:
    canvas = scene()
    case = ImageCase(request="surprise me", image=encoded(canvas, "JPEG"), ground_truth=encoded(canvas))
    result = asyncio.run(JUDGE.judge_image(case))
    assert isinstance(result, Score)
    assert (result.faithfulness, result.visual_correctness, result.text_accuracy, result.aesthetics) == (1, 1, None, 1)
    other = ImageCase(request="surprise me", image=encoded(page()), ground_truth=encoded(canvas))
    assert isinstance(asyncio.run(JUDGE.judge_image(other)), Unscored)


def judged(request: str, canvas: Image.Image) -> Score | Unscored:
    return asyncio.run(JUDGE.judge_image(ImageCase(request=request, image=encoded(canvas))))


def pebble(canvas: Image.Image, box: tuple[int, int, int, int]) -> None:
    """The generator's grey stand-in."""
    shape = figures.picture(ImageSource(origin=Origin.GENERIC, aspect=1.0), (box[2] - box[0], box[3] - box[1]), None, None)
    canvas.paste(shape, box[:2], shape)


def with_dog() -> Image.Image:
    canvas = page()
    put(canvas, DOG, (150, 300), 150)
    return canvas


def test_scores_say_what_they_cover_and_which_judge_they_are_of() -> None:
    whole = judged("a photo of a dog", with_dog())
    assert isinstance(whole, Score) and (whole.coverage, whole.version) == (1.0, VERSION)
    part = judged("two dogs and a dog beside an apple in warm light", with_dog())
    assert isinstance(part, Score) and part.coverage is not None and 0.5 < part.coverage < 1
    assert "warm" in part.rationale and part.ledger is not None
    shipped = score(scene(), [Present(subject=DOGS)])
    assert (shipped.coverage, shipped.version) == (1.0, VERSION)


@pytest.mark.parametrize("request_", ["a sleeping dog and an apple", "a dog beside an apple, enchanted"])
def test_a_word_that_was_lost_is_no_pass(request_: str) -> None:
    canvas = with_dog()
    put(canvas, APPLE, (380, 300), 120)
    result = judged(request_, canvas)
    assert isinstance(result, Score) and result.visual_correctness == 0.5
    assert any("of the request" in requirement for requirement in failed(result))


def test_too_little_covered_is_unscored_with_the_reason() -> None:
    result = judged("a dog dreaming of faraway galaxies", with_dog())
    assert isinstance(result, Unscored) and "could be checked" in result.reason
    assert result.coverage is not None and result.coverage <= 0.5 and result.ledger is not None


def test_a_grey_stand_in_fails_what_it_stands_for() -> None:
    canvas = with_dog()
    pebble(canvas, (300, 220, 440, 360))
    asked = "exactly one dog to the left of a zorblax, dog"
    result = judged(asked, canvas)
    assert isinstance(result, Score) and result.visual_correctness == 0
    assert any("zorblax" in requirement for requirement in failed(result))
    drawn = with_dog()
    put(drawn, BUS, (380, 300), 120)
    assert any("zorblax" in found for found in failed(judged(asked, drawn)))  # type: ignore[arg-type]  # nobody has seen it


@pytest.mark.parametrize("code", [DOG, CAT, APPLE, CLOCK, BUS, "1F418", "1F401", "1F5FF", "1FAA8", "1F480"])
def test_grey_things_with_a_shape_are_no_stand_in(code: str) -> None:
    canvas = page()
    put(canvas, code, (256, 256), 200)
    assert not stand_ins(np.asarray(canvas, np.float32))
    pebble(canvas, (20, 20, 120, 90))
    assert len(stand_ins(np.asarray(canvas, np.float32))) == 1


def test_what_must_not_be_there() -> None:
    canvas = with_dog()
    assert failed(judged("a dog, no apple", canvas)) == []  # type: ignore[arg-type]
    put(canvas, APPLE, (380, 300), 120)
    assert "no apple" in failed(judged("a dog, no apple", canvas))  # type: ignore[arg-type]
    write(canvas, "WELCOME", (256, 80))
    assert "no text" in failed(judged("a dog and an apple, no text", canvas))  # type: ignore[arg-type]


def test_nothing_else_holds_against_unasked_text() -> None:
    canvas = with_dog()
    assert "nothing else is in the image" not in failed(score(canvas, [Present(subject=DOGS), NothingElse(subjects=(DOGS,))]))
    write(canvas, "WELCOME", (300, 80))
    assert "nothing else is in the image" in failed(score(canvas, [Present(subject=DOGS), NothingElse(subjects=(DOGS,))]))


def test_a_text_that_nobody_knows_is_missing_when_nothing_is_written() -> None:
    derived = Derived(claims=(), unclaimed=(), unworded=("the year in which it was built",))
    (verdict,) = wordless(derived, text_seen=False)
    assert (verdict.dimension, verdict.value) == (Dimension.TEXT_ACCURACY, 0.0)
    assert not wordless(derived, text_seen=True)


def test_the_water_under_a_boat_is_not_the_boat() -> None:
    boat = subject("26F5", "boat")
    plain = sprite("26F5", 200)
    pixels = np.array(plain)
    wet = water(pixels)
    for where, wrong in ((wet, ["boat is red"]), (~wet & (pixels[..., :3].max(axis=2) > 60), [])):
        canvas, painted_boat = page(), pixels.copy()
        painted_boat[where, :3] = (215, 40, 40)
        paste(canvas, Image.fromarray(painted_boat), (256, 256))
        assert failed(score(canvas, [Coloured(subject=boat, colour="red")])) == wrong


@pytest.mark.parametrize(("colour", "wrong"), [("blue", []), ("red", ["skateboard is red"])])
def test_a_thin_thing_does_not_take_the_colour_of_the_ground(colour: str, wrong: list[str]) -> None:
    canvas = Image.new("RGB", (512, 512), (220, 40, 40))
    paste(canvas, painted(sprite("1F6F9", 190), 60, (45, 100, 215)), (256, 256))
    assert failed(score(canvas, [Coloured(subject=subject("1F6F9", "skateboard"), colour=colour)])) == wrong


def test_a_colour_of_which_too_little_is_seen_is_unchecked() -> None:
    """Of a bus behind another thing: no verdict, and no pass."""
    canvas = page()
    put(canvas, BUS, (256, 256), 200)
    pixels = np.asarray(canvas, np.float32)
    bus = Templates(raster).of(f"openmoji:{BUS}")[0]
    found = match_template(pixels, bus, 256, 256, 200)
    assert found is not None
    everything = np.ones(pixels.shape[:2], np.float32)
    assert has_colour(pixels, Instance(template=bus, agreement=found), "blue", everything) == (None, "")


def test_a_list_whose_lines_do_not_stand_one_under_another_is_no_list() -> None:
    request = "menu: soup 5, salad 4"
    for places, passed in (((256, 120, 256, 300), True), ((256, 300, 256, 120), False)):
        canvas = page()
        write(canvas, "Menu", (256, 50))
        write(canvas, "Soup 5", places[:2])
        write(canvas, "Salad 4", places[2:])
        judge = PixelJudge(Knowledge(), raster, Vocabulary.ICONS)
        result = asyncio.run(judge.judge_image(ImageCase(request=request, image=encoded(canvas))))
        assert isinstance(result, Score)
        assert one(result, "the layout: one entry per row, in order").passed is passed
