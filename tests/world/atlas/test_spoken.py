"""Longer texts that ask for a fact in their middle or at their end."""

import pytest

from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def written(request_text: str) -> list[str | None]:
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    texts = read(request_text, Vocabulary.ICONS, facts_in).texts
    return [text.content or knowledge.wording(text.describes) for text in texts]


@pytest.mark.parametrize(
    ("request_text", "text"),
    [
        ("a postcard saying hello from the capital of Australia", "hello from Canberra"),
        ("a sticker that says i love the capital of Japan", "i love Tokyo"),
        ("a t-shirt reading made in the largest country in the world", "made in Russia"),
        ("a mug saying best nan from the capital of Peru in red letters", "best nan from Lima"),
        ("a banner that says long live the country where Lisbon is the capital and a dog", "long live Portugal"),
        ("a sign with the text 500 km to the capital of Spain today", "500 km to Madrid today"),
    ],
)
def test_the_answer_stands_in_the_text(request_text: str, text: str) -> None:
    assert text in written(request_text)


@pytest.mark.parametrize(
    ("request_text", "text"),
    [
        ("a sign saying the capital of Peru", "Lima"),  # nothing else is said
        ('a card saying "hello from the capital of Peru"', "hello from the capital of Peru"),  # as it is quoted
        ("a card that says greetings from the seaside", "greetings from the seaside"),
    ],
)
def test_other_texts_stay_what_they_are(request_text: str, text: str) -> None:
    assert text in written(request_text)
