"""Cases: determinism, splits without overlap, claims that follow from the request, variety of wording, JSON."""

import re
from collections import Counter
from functools import cache

import pytest

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
    Placed,
    Present,
    Related,
    Styled,
    TextShown,
)
from genevolve.core.program import Program, Rule, Selection, faults
from genevolve.data.labels import Requirement, Track
from genevolve.data.splits import EntitySplit, entity_split
from genevolve.world.recipes.case import RecipeCase, cases, heldout_cases, make_case
from genevolve.world.recipes.categories import CATEGORIES
from genevolve.world.recipes.from_seed import FAMILIES
from genevolve.world.recipes.wording import ARRANGEMENTS, COLOUR_WORDS, NUMBERS, STYLES, TEXT_PLACES, THING_PLACES


@cache
def sample(split: EntitySplit = EntitySplit.HELDOUT, count: int = 300) -> tuple[RecipeCase, ...]:
    return tuple(cases(count, 5, split))


def test_the_same_seed_gives_the_same_cases() -> None:
    assert heldout_cases(20, 3) == heldout_cases(20, 3)
    assert heldout_cases(20, 3) != heldout_cases(20, 4)
    assert heldout_cases(10, 3) == heldout_cases(20, 3)[:10]


def test_ids_and_requests_are_unique_and_of_fair_length() -> None:
    found = sample()
    assert len({case.id for case in found}) == len({case.text.lower() for case in found}) == len(found)
    assert all(10 <= len(case.text.split()) <= 80 for case in found)
    assert max(len(case.text.split()) for case in found) >= 40


def test_no_entity_is_shared_between_splits() -> None:
    shown = {split: {entity for case in sample(split) for entity in case.hidden.entities} for split in EntitySplit}
    assert all(entity_split(entity) is split for split, entities in shown.items() for entity in entities)
    assert not shown[EntitySplit.TRAIN] & shown[EntitySplit.HELDOUT]
    assert not shown[EntitySplit.VALIDATION] & (shown[EntitySplit.TRAIN] | shown[EntitySplit.HELDOUT])
    assert all(len(entities) > 20 for entities in shown.values())


def test_no_pictogram_is_shared_between_training_and_heldout() -> None:
    looks = {
        split: {look for case in sample(split) for figure in case.recipe.picture.figures for look in figure.looks}
        for split in (EntitySplit.TRAIN, EntitySplit.HELDOUT)
    }
    assert not looks[EntitySplit.TRAIN] & looks[EntitySplit.HELDOUT]


def test_coverage() -> None:
    found = sample()
    assert Counter(case.hidden.track for case in found) == {Track.KNOWLEDGE: 180, Track.QUALITY: 120}
    assert {case.recipe.family for case in found} == {family.__name__ for track in Track for family in FAMILIES[track]}
    assert {case.hidden.category for case in found} == set(CATEGORIES)
    assert {case.recipe.dominant for case in found} == {*Requirement}
    with_text = sum(any(isinstance(claim, TextShown) for claim in case.claims) for case in found) / len(found)
    assert 0.72 <= with_text <= 0.85
    assert all(len(case.claims) >= 2 for case in found)


def test_recipes_are_not_given_away() -> None:
    """A request with a gap in front of a picture never names what is to be found out."""
    for case in sample():
        for figure in case.recipe.picture.figures:
            owner = figure.name.removeprefix("flag of ").removeprefix("the ").removeprefix("zodiac sign of ")
            if figure.reference and owner.lower() not in figure.said.lower():
                quoted = [words.text.lower() for words in case.recipe.picture.words if not words.described]
                assert not any(re.search(rf"\b{re.escape(owner.lower())}\b", text) for text in quoted)
        for words in case.recipe.picture.words:
            assert not words.described or len(words.text) < 4 or words.text not in case.text, case.text


_DIRECTION_WORDS = {
    Direction.LEFT_OF: ("left",),
    Direction.RIGHT_OF: ("right",),
    Direction.ABOVE: ("above", "over"),
    Direction.BELOW: ("below", "under"),
    Direction.NEXT_TO: ("next to", "beside"),
    Direction.BETWEEN: ("between",),
}


def readable(claim: Claim, case: RecipeCase) -> bool:
    """Whether the request says what the claim demands (checked with plain string search, not with the scene reader)."""
    text = case.text.lower()

    def said(*options: str) -> bool:
        return any(option.lower() in text for option in options)

    match claim:
        case TextShown(text=wanted, colour=colour, place=place):
            described = [words.described for words in case.recipe.picture.words if words.text == wanted and words.described]
            return said(*(described or [wanted])) and said(colour or "") and said(*(TEXT_PLACES[place] if place else [""]))
        case Coloured(colour=colour) | BackgroundColour(colour=colour):
            return said(*COLOUR_WORDS.get(colour, (colour,)))
        case Counted(count=count):
            numbers = [str(count), NUMBERS[count], *({2: ["a pair of"], 6: ["half a dozen"]}.get(count, []))]
            return any(re.search(rf"\b{number}\b", text) for number in numbers)
        case Styled(style=style):
            return said(*STYLES[style])
        case Present(subject=subject):
            figure = case.recipe.picture.figure(subject.key)
            return said(figure.said or (figure.plural if figure.number > 1 else figure.noun))
        case Placed(place=place):
            return said(*THING_PLACES[place])
        case Arranged(arrangement=arrangement):
            return said(*ARRANGEMENTS[Arrangement(arrangement)])
        case Related(direction=direction):
            return said(*_DIRECTION_WORDS[direction])
        case Larger():
            return said("larger", "bigger")
        case Grounded():
            return said("ground", "shadow")
        case Intact():
            return said("anatom", "body", "whole", "complete", "natural")
        case NothingElse():
            return said("nothing else", "no other", "everything else")
    raise AssertionError(f"no rule for {claim}")


@pytest.mark.parametrize("split", [EntitySplit.TRAIN, EntitySplit.HELDOUT])
def test_every_claim_follows_from_the_request(split: EntitySplit) -> None:
    broken = [(case.text, claim) for case in sample(split) for claim in case.claims if not readable(claim, case)]
    assert not broken


def test_wording_varies() -> None:
    found = sample()
    openings = Counter(" ".join(case.text.split()[:2]).lower() for case in found)
    assert len(openings) > 100
    assert openings.most_common(1)[0][1] <= len(found) * 0.06


def test_framing_words_do_not_give_the_family_away() -> None:
    """Guessing the family from the opening words is hardly better than always naming the commonest family."""
    train, test = sample(EntitySplit.TRAIN), sample(EntitySplit.HELDOUT)
    for track in Track:
        by_opening: dict[str, Counter[str]] = {}
        for case in (case for case in train if case.hidden.track == track):
            by_opening.setdefault(case.text.split()[0], Counter())[case.recipe.family] += 1
        asked = [case for case in test if case.hidden.track == track]
        guesses = [by_opening.get(case.text.split()[0], Counter({"": 1})).most_common(1)[0][0] for case in asked]
        hits = sum(guess == case.recipe.family for guess, case in zip(guesses, asked, strict=True)) / len(asked)
        commonest = Counter(case.recipe.family for case in asked).most_common(1)[0][1] / len(asked)
        assert hits <= commonest + 0.1


def test_ground_truth_is_a_valid_program() -> None:
    for case in sample():
        known = [f"IMG_{n:03d}" for n in range(1, len(case.truth.references) + 1)]
        program = Program(prompt=case.truth.prompt, references=tuple(Selection(img_id=img_id) for img_id in known))
        found = faults(program, known_ids=known, max_references=2)
        assert not [fault for fault in found if fault.rule is not Rule.TOO_MANY_REFERENCES], (case.truth.prompt, found)
        assert len(case.truth.references) <= 2


def test_a_case_needs_no_other_case() -> None:
    for case in sample()[:20]:
        assert make_case(case.recipe.seed, EntitySplit.HELDOUT, case.recipe.track) == case
