"""Does the wording of a request give its recipe's family away? A bag-of-words classifier tries, on words that carry no content.

The words of the frame (openings, occasions, purposes, asides) must not tell one family from another of the same track. Shown
beside: always naming the commonest family, and the same classifier with all words, which may of course guess a family by what
is asked for.

    python benchmarks/data_wording.py --rows 4000
"""

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from genevolve.data.labels import Track
from genevolve.data.splits import EntitySplit
from genevolve.world.recipes import wording
from genevolve.world.recipes.case import RecipeCase, cases

_WORD = re.compile(r"[a-z’']+")
_FRAME = (
    wording.LETTERED_OCCASIONS, wording.PLAIN_OCCASIONS, wording.QUALIFIERS, wording.PURPOSES, wording.ASIDES, wording.FRAMES,
    wording.PLAIN_FRAMES, wording.MAKE, wording.SHOWING,
)  # fmt: skip
_CONTENT = (
    *wording.RELATIONS.values(), *wording.ARRANGEMENTS.values(), *wording.THING_PLACES.values(), *wording.TEXT_PLACES.values(),
    wording.LARGER, wording.GROUNDED, wording.INTACT, wording.NOTHING_ELSE, wording.BACKDROP_SENTENCES,
    wording.BACKDROP_ATTACHED, wording.TITLED, wording.TITLE_ATTACHED, wording.TITLE_SENTENCES, wording.CAPTION_ATTACHED,
    wording.NUMBERS, *wording.STYLES.values(), wording.STYLE_SENTENCES, wording.LABEL_SENTENCES, wording.CAPTION_SENTENCES,
    wording.DESCRIBED_SENTENCES, wording.PLACE_SENTENCES,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000, help="requests to learn from; half as many are guessed")
    chosen = parser.parse_args()
    print(f"{'track':<20} {'families':>8} {'commonest':>10} {'frame words':>12} {'all words':>10}")
    for track, found in accuracies(chosen.rows).items():
        print(f"{track:<20} {found[0]:>8} {found[1]:>10.3f} {found[2]:>12.3f} {found[3]:>10.3f}")


def accuracies(rows: int, seed: int = 0) -> dict[str, tuple[int, float, float, float]]:
    """Track → families, and the shares of right guesses: by the commonest family, by frame words, by all words."""
    learnt, asked = list(cases(rows, seed, EntitySplit.TRAIN)), list(cases(rows // 2, seed + 1, EntitySplit.HELDOUT))
    found = {}
    for track in Track:
        train, test = ([case for case in some if case.hidden.track == track] for some in (learnt, asked))
        commonest = Counter(case.recipe.family for case in train).most_common(1)[0][0]
        base = sum(case.recipe.family == commonest for case in test) / len(test)
        frame, whole = (accuracy(train, test, only) for only in (frame_words(), None))
        found[track.value] = len({case.recipe.family for case in train}), base, frame, whole
    return found


def frame_words() -> frozenset[str]:
    """Words of the frame's tables that no table of content shares."""
    return frozenset(words_of(_FRAME)) - frozenset(words_of(_CONTENT))


def words_of(tables: Iterable[Iterable[str]]) -> Iterator[str]:
    for table in tables:
        for text in table:
            yield from _WORD.findall(re.sub(r"\{\w+\}", " ", text.lower()))


def accuracy(train: list[RecipeCase], test: list[RecipeCase], only: frozenset[str] | None) -> float:
    """Multinomial naive Bayes with add-one smoothing; ``only`` are the words that it may see."""
    counts: dict[str, Counter[str]] = {}
    priors = Counter(case.recipe.family for case in train)
    for case in train:
        counts.setdefault(case.recipe.family, Counter()).update(seen(case, only))
    vocabulary = len({word for family in counts.values() for word in family})
    totals = {family: sum(found.values()) + vocabulary for family, found in counts.items()}

    def guess(case: RecipeCase) -> str:
        words = seen(case, only)
        return max(
            counts,
            key=lambda family: (
                math.log(priors[family]) + sum(math.log((counts[family][word] + 1) / totals[family]) for word in words)
            ),
        )

    return sum(guess(case) == case.recipe.family for case in test) / len(test)


def seen(case: RecipeCase, only: frozenset[str] | None) -> list[str]:
    words = _WORD.findall(case.text.lower())
    return words if only is None else [word for word in words if word in only]


if __name__ == "__main__":
    main()
