"""One lesson out of many: what the widest gaps support, and of opposite sentences one alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genevolve.core.errors import UsageError
from genevolve.experience.bundle import Bullet, Bundle
from genevolve.experience.embed import MiniLmEmbedder
from genevolve.experience.pooling import MOST, pooled
from genevolve.experience.retrieve import Retriever
from genevolve.world.quirks.profile import QUIRKS
from tests.experience.bundles import bundle
from tests.experience.test_memory import Spoken, memory, unit

DIGITS = "Write every number of objects as a digit, because this generator miscounts the words."
WORDS = "Write every number of objects as a word, because this generator miscounts the digits."
LAST = "Describe the background after all objects, because one that comes earlier gets another colour."


def apart(sentences: Sequence[str]) -> Any:
    """Every sentence is about something else, but those about numbers."""
    rows = np.eye(40, dtype=np.float32)
    return np.stack([rows[0] if "number" in text else rows[1 + sum(map(ord, text)) % 39] for text in sentences])


def telling(*advice: str) -> Bundle:
    return bundle(prompt_program_guidance=tuple(Bullet(text=text) for text in advice))


def advice(of: Bundle) -> list[str]:
    return [bullet.text for bullet in of.decision_guidance.prompt_program_guidance]


def test_of_sentences_about_one_thing_the_best_supported_stays() -> None:
    found = [(telling(WORDS), 0.5), (telling(DIGITS, LAST), 0.3), (telling(DIGITS), 0.3)]
    assert advice(pooled(found, apart)) == [DIGITS, LAST]  # 0.6 against 0.5; nobody speaks against the background
    assert advice(pooled(found[:2], apart)) == [WORDS, LAST]


def test_a_bundle_supports_what_it_says_once() -> None:
    twice = telling(WORDS, WORDS)
    assert advice(pooled([(twice, 0.4), (telling(DIGITS), 0.5)], apart)) == [DIGITS]


def test_when_and_what_is_standard_come_from_the_nearest() -> None:
    near, other = bundle("title"), bundle("label", prompt_program_guidance=(Bullet(text=LAST),))
    lesson = pooled([(near, 0.2), (other, 0.9)], apart)
    assert lesson.retrieval_key == near.retrieval_key
    assert lesson.decision_guidance.focus == near.decision_guidance.focus
    assert lesson.decision_guidance.recommended_tool_plan == near.decision_guidance.recommended_tool_plan
    assert advice(lesson) == [LAST]  # the nearest one has nothing but what is standard there


def test_a_list_has_the_best_supported_alone() -> None:
    many = [(telling(f"Say {chr(97 + number) * (number + 1)}."), 0.1 * (number + 1)) for number in range(MOST + 3)]
    told = advice(pooled(many, apart))
    assert len(told) == MOST
    assert told[0] == advice(many[-1][0])[0]


def test_one_bundle_is_its_own_lesson(tmp_path: Path) -> None:
    embedder = Spoken({"r": unit(1)})
    with memory(tmp_path) as held:
        held.add(bundle("title"), "one", unit(1), 0.5, 1, "g")
        (alone,) = Retriever(held, embedder, pooled=8).find(["r"], 2)
        assert alone is not None
        assert (alone.bundle, alone.pooled) == (bundle("title"), 1)


def test_the_nearest_that_pass_the_gate_are_pooled(tmp_path: Path) -> None:
    vectors = {DIGITS: unit(1), WORDS: unit(1, 0.1), LAST: unit(0, 1), "r": unit(1)}
    guards = [bullet.text for bullet in bundle().decision_guidance.failure_guards]
    embedder = Spoken({**vectors, **{text: unit(0, 0, 1) for text in guards}})
    with memory(tmp_path) as held:
        for number, (told, near) in enumerate(
            [(WORDS, unit(1)), (DIGITS, unit(1, 0.1)), (DIGITS, unit(1, 0.2)), (LAST, unit(0, 1))]
        ):
            held.add(telling(told), f"request {number}", near, 0.3, number, "g")
        (three,) = Retriever(held, embedder, pooled=9).find(["r"], 9)
        (two,) = Retriever(held, embedder, pooled=2).find(["r"], 9)
        (one,) = Retriever(held, embedder).find(["r"], 9)
    assert three is not None
    assert two is not None
    assert one is not None
    assert (three.pooled, advice(three.bundle)) == (3, [DIGITS])  # the fourth is below the gate
    assert (three.request, three.similarity) == (one.request, one.similarity)  # those of the nearest
    assert (two.pooled, advice(two.bundle)) == (2, [WORDS])  # of equal support, the nearer
    assert (one.pooled, one.bundle) == (1, telling(WORDS))


def test_wrong_lessons_are_pooled_out_of_other_families(tmp_path: Path) -> None:
    vectors = {text: unit(0, 1) for text in (DIGITS, WORDS, LAST)}
    guards = [bullet.text for bullet in bundle().decision_guidance.failure_guards]
    embedder = Spoken({**vectors, **{text: unit(0, 0, 1) for text in guards}, "r": unit(1)})
    with memory(tmp_path) as held:
        held.add(telling(WORDS), "right", unit(1), 0.9, 0, "g", family="own")
        for number in range(4):
            held.add(telling(DIGITS), f"wrong {number}", unit(0, 1), 0.3, number, "g", family="other")
        (found,) = Retriever(held, embedder, mismatch=True, pooled=3).find(["r"], 9)
    assert found is not None
    assert (found.mismatched, found.pooled, advice(found.bundle)) == (True, 3, [DIGITS])


def test_a_lesson_of_no_bundle_is_refused(tmp_path: Path) -> None:
    with memory(tmp_path) as held, pytest.raises(UsageError, match=r"experience\.pooled is 0"):
        Retriever(held, Spoken({}), pooled=0)


def test_minilm_tells_the_rules_of_two_habits_apart() -> None:
    """Two options of a habit are about one thing, options of two habits are not: what ``ALIKE`` was chosen by."""
    embedder = MiniLmEmbedder()
    first = [next(iter(quirk.options.values())).advice for quirk in QUIRKS.values()]
    last = [list(quirk.options.values())[-1].advice for quirk in QUIRKS.values()]
    found = [(telling(*last), 0.2), (telling(*first), 0.3)]
    assert set(advice(pooled(found, embedder.embed))) <= set(first)
