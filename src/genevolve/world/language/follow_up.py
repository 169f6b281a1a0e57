"""A request and the changes that were asked for since, as the one request that says the same in one go.

A change is read clause by clause: what it takes away, replaces, recolours, counts anew, moves or sets elsewhere is edited in
the words of the request, and what it adds is put behind them. Words are found by leaving them out: those without which the
reader sees everything else, and no longer what is to go. What is in no such form is added as it was said: nothing is lost.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from genevolve.world.language import colours, inventory
from genevolve.world.language.commands import as_command, clauses
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Scene, SceneObject, Span
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

_TEXTS = r"(?:title|headline|heading|caption|subtitle|label|text|words?|sign|slogan|name)"
_REMOVE = re.compile(
    r"^(?:remove|delete|drop|erase|lose|omit|leave out|take (?:away|out)|get rid of|without|no(?: more)?)\s+"
    r"(?:the|any|all|all the)?\s*(?P<what>.+)$",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    r"^(?:replace|swap|exchange|change|turn|switch|make)\s+(?:the\s+)?(?P<old>.+?)\s+(?:with|by|for|into|to(?: be| say| read)?)"
    r"\s+(?P<new>.+)$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^(?:make it\s+|use\s+|have\s+)?(?P<new>.+?)\s+(?:instead of|rather than|not)\s+(?:the\s+)?(?P<old>.+)$", re.I
)
_RECOLOUR = (
    r"^(?:make|paint|colou?r|turn|dye)?\s*(?:all\s+)?the\s+(?P<what>.+?)\s+(?:(?:should|must|is|are|be|to be|now)\s+)*"
    r"(?P<how>{how})$"
)
_IT = re.compile(
    r"^(?:make|paint|colou?r|turn)\s+(?:it|everything|the (?:picture|image))\s+(?:more\s+|all\s+)?(?P<how>.+)$", re.I
)
_MOVE = re.compile(
    r"^(?:put|move|place|set|shift)\s+(?:the\s+)?(?P<what>.+?)\s+(?P<where>(?:to|on|in|at|into|onto|above|below|under|beside"
    r"|next to|behind|near|left of|right of|in front of)\b.+)$",
    re.IGNORECASE,
)
_GIVE = re.compile(
    r"^(?:give|hand) (?:the )?(?P<who>.+?) (?P<what>(?:an?|some|\d+|two|three|four|five|six)\s+.+)$", re.IGNORECASE
)
_OF_NUMBER = re.compile(r"^make it\s+|^(?:use|have)\s+|\s+(?:instead of|rather than|not)\s+(?:just |only )?\w+$", re.IGNORECASE)
_DAY = re.compile(r"^(?:during|by|in|at) (?:the )?day(?:time|light)?$|^daytime$", re.IGNORECASE)
_ADD = re.compile(r"^(?:add|include|draw|insert|show|give it|with|put in|put|have)\s+(?P<what>.+)$", re.IGNORECASE)
_FURTHER = re.compile(r"^(?:another|one more|an additional|a second|a further)\s+", re.IGNORECASE)
_BEGINS = word_set("in on at under against over during inside by with a an the as from near behind before of")
_LEADS = (_BEGINS - {"of"}) | word_set("and next to front standing sitting lying")
_ARTICLES = word_set("a an the")
_MOST = 9  # words that are left out at once


@lru_cache(maxsize=256)
def merged(wishes: tuple[str, ...], vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> str:
    """One request for ``wishes``, the first request and its changes. Deterministic; any text will do."""
    text = wishes[0] if wishes else ""
    for wish in wishes[1:]:
        for clause in clauses(wish, vocabulary):
            text = _tidied(_Edit(text, vocabulary).changed(clause))
    return text


# ---- sentences -------------------------------------------------------------------------------------------------------


def _tidied(text: str) -> str:
    text = re.sub(r"\s+([,.;:!])", r"\1", re.sub(r"\s{2,}", " ", text))
    text = re.sub(r"(?:[,;:]\s*)+(?=[.!]|$)|(?<=[.!])\s*[,;:]+|\b(?:and|with)\s*(?=[,.;]|$)", "", text)
    text = re.sub(r"([.!])(?:\s*\.)+", r"\1", text).strip(" ,;")
    return text[:1].upper() + text[1:]


def _sentence(words: str) -> str:
    words = words.strip(" ,")
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "!", '"', "”")) else ".")


# ---- edits ------------------------------------------------------------------------------------------------------------


class _Edit:
    """One clause carried out on ``text``."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text, self.vocabulary = text, vocabulary
        self.scene = read(text, vocabulary)

    def changed(self, clause: str) -> str:
        """The text with ``clause`` carried out."""
        plain = as_command(clause)
        forms = (
            self._removed,
            self._replaced,
            self._coloured,
            self._given,
            self._moved,
            self._recounted,
            self._set,
            self._worded,
        )
        for form in forms:
            if (text := form(plain)) is not None:
                return text
        added = _ADD.match(plain)
        return self._with(added["what"] if added else plain if clause.lower().endswith(plain.lower()) else clause)

    def _given(self, clause: str) -> str | None:
        """ "Give the cat a hat": what somebody has or wears."""
        found = _GIVE.match(clause)
        if found is None or not (objects := self._named(found["who"])):
            return None
        verb = "have" if (objects[0].count.number or 2) > 1 else "has"
        return self._with(f"The {found['who']} {verb} {found['what']}")

    def _with(self, words: str) -> str:
        further = _FURTHER.sub("a ", words)
        ending = "" if self.text.rstrip().endswith((".", "!", "?", "\n")) or not self.text.strip() else "."
        return f"{self.text.rstrip()}{ending} {_sentence(further)}".strip()

    def _again(self, text: str) -> "_Edit":
        return _Edit(_tidied(text), self.vocabulary)

    def _named(self, words: str) -> list[SceneObject]:
        """The objects that ``words`` mean."""
        meant = [obj.noun for obj in read(f"the {words}", self.vocabulary).objects] or [words]
        said = words.lower().split()
        found = [obj for obj in self.scene.objects if obj.noun in meant or obj.noun.lower() in words.lower()]
        shaded = [obj for obj in found if obj.colour in said]
        return shaded or found or [obj for obj in self.scene.objects if said and said[-1] in obj.noun.lower().split()]

    def _removed(self, clause: str) -> str | None:
        if (found := _REMOVE.match(clause)) is None:
            return None
        what = found["what"]
        if (quoted := _quoted(what)) or re.match(rf"{_TEXTS}$", what, re.IGNORECASE):
            texts = [each for each in self.scene.texts if not quoted or each.content.lower() == quoted.lower()]
            stays = [each.content or each.describes for each in self.scene.texts if each not in texts[:1]]
            things = sorted(map(_look, self.scene.objects))

            def fits(seen: Scene) -> bool:
                return _texts(seen) == stays and sorted(map(_look, seen.objects)) == things

            return self._left_out(fits, [texts[0].span]) if texts else self.text
        text = self.text
        if objects := self._named(what):
            for obj in objects:
                text = _Edit(text, self.vocabulary)._without(obj.noun, obj.colour)
            return text
        if re.match(r"background|backdrop|scenery", what, re.IGNORECASE):
            return self._without_setting("background")
        return self._with(f"No {what}")

    def _without(self, noun: str, colour: str | None) -> str:
        """The text without every mention of these objects; where that cannot be, it says that there are none."""
        kept = self._look_without(self.scene, noun, colour)
        edit = self
        for obj in reversed([each for each in self.scene.objects if (each.noun, each.colour) == (noun, colour)]):
            names = rf"\b(?:{re.escape(noun)}|{re.escape(inventory.plural_of(noun))})\b"
            places = [Span(start=hit.start(), end=hit.end()) for hit in re.finditer(names, edit.text, re.IGNORECASE)]
            for place in reversed(places or [obj.span]):
                rest = edit._left_out(lambda seen: self._look_without(seen, noun, colour) == kept, [place])
                edit = self if rest is None else edit._again(rest)
        gone = all((each.noun, each.colour) != (noun, colour) for each in edit.scene.objects)
        return edit.text if gone else self._with(f"No {noun}")

    def _look_without(self, scene: Scene, noun: str, colour: str | None) -> object:
        others = sorted(_look(obj) for obj in scene.objects if (obj.noun, obj.colour) not in ((noun, colour), (noun, None)))
        return others, _texts(scene), scene.background, scene.style

    def _replaced(self, clause: str) -> str | None:
        found = _REPLACE.match(clause) or _INSTEAD.match(clause)
        if found is None:
            return None
        old, new = found["old"].strip(), found["new"].strip()
        new_text = _quoted(new) or (
            new if re.fullmatch(_TEXTS, old, re.IGNORECASE) and (new.isupper() or new.istitle()) else ""
        )
        if new_text and (re.match(rf"{_TEXTS}\b", old, re.IGNORECASE) or _quoted(old)):
            return self._reworded(old, new_text)
        if re.match(r"(?:the )?(?:background|backdrop|scenery|setting|place)$", old, re.IGNORECASE):
            return self._set(new) or self._again(self._without_setting("background"))._with(f"The background is {new}")
        objects = self._named(old)
        if not objects:
            seen = read(f"in {old}", self.vocabulary)
            return self._set(new) if seen.background or seen.light or seen.style else None
        if _colour(shade := re.sub(r"^an? ", "", new, flags=re.IGNORECASE)):
            return self._painted(objects, shade)
        if new.lower() in lexicon().numbers or new.isdigit():
            return self._numbered(objects[0], new)
        return self._exchanged(objects[0], new)

    def _exchanged(self, obj: SceneObject, new: str) -> str:
        """``obj`` in its place as something else: "a pear" for "a red apple"."""
        said = (
            new
            if re.match(r"(?:an?|the|some|\d+|" + "|".join(lexicon().numbers) + r")\b", new, re.I)
            else self._counted(obj, new)
        )
        text = self.text[: obj.span.start] + said + self.text[obj.span.end :]
        names = {obj.noun, inventory.plural_of(obj.noun)}
        again = next(iter(read(said, self.vocabulary).objects), None)
        called = again.noun if again is not None else new
        for name in names:  # "the apple" said later of the same
            text = re.sub(rf"\b(the|this|that) {re.escape(name)}\b", lambda hit: f"{hit[1]} {called}", text)
        return text

    def _counted(self, obj: SceneObject, noun: str) -> str:
        number = obj.count.number or 1
        return f"{number} {inventory.plural_of(noun)}" if number > 1 else f"a {noun}"

    def _coloured(self, clause: str) -> str | None:
        if (found := _IT.match(clause)) is not None:
            how = re.sub(r"^(\w+?)(?:er|r)$", r"\1", found["how"].lower())
            how = how if _colour(how) else _stem(found["how"].lower())
            if not _colour(how):
                return self._set(found["how"]) or self._recounted(found["how"])
            if len(self.scene.objects) == 1:
                return self._painted(list(self.scene.objects), how)
            return self._again(self._without_setting("background"))._with(f"The background is {how}")
        return next((text for found in _recolourings(clause) if (text := self._as(**found)) is not None), None)

    def _as(self, what: str, how: str) -> str | None:
        """``what`` in the colour or the size ``how``."""
        if _colour(how) and re.fullmatch(_TEXTS, what, re.IGNORECASE):
            return self._inked(how)
        if _colour(how) and (objects := self._named(what)):
            return self._painted(objects, how)
        if re.match(r"(?:background|backdrop|sky)$", what, re.IGNORECASE) and _colour(how):
            return self._again(self._without_setting("background"))._with(f"The background is {how}")
        if how.lower() in _SIZES and (objects := self._named(what)):
            return self._put_before(objects[0], _SIZES[how.lower()], _SIZES.values())
        return None

    def _inked(self, colour: str) -> str | None:
        """The first quoted text in ``colour``."""
        text = next((each for each in self.scene.texts if each.quoted), None)
        end = self.text.find(text.content) + len(text.content) + 1 if text is not None else 0
        if text is None or end > len(self.text) or _colour(text.colour or "") is not None:
            return None
        inked = f"{self.text[:end]} in {colour}{self.text[end:]}"
        return inked if _texts(read(inked, self.vocabulary)) == _texts(self.scene) else None

    def _painted(self, objects: Sequence[SceneObject], colour: str) -> str:
        text = self.text
        for obj in sorted(objects, key=lambda each: -each.span.start):
            text = _Edit(text, self.vocabulary)._put_before(obj, colour, [*colours.PALETTE, *colours.SYNONYMS])
        seen = [each for each in read(_tidied(text), self.vocabulary).objects if each.noun == objects[0].noun]
        return (
            text
            if all(_colour(colour) in (each.colour, None) for each in seen)
            else self._again(text)._with(f"The {objects[0].noun} is {colour}")
        )

    def _put_before(self, obj: SceneObject, word: str, others: object) -> str:
        """``word`` in front of the noun of ``obj``, in the place of ``others`` of its kind."""
        said = self.text[obj.span.start : obj.span.end]
        known = sorted(map(str, others), key=len, reverse=True)  # type: ignore[call-overload]
        bare = re.sub(
            rf"\b(?:(?:dark|light|bright|pale|deep)\s+)?(?:{'|'.join(map(re.escape, known))})\b\s*", "", said, flags=re.I
        )
        noun = re.search(rf"\b(?:{re.escape(obj.noun)}|{re.escape(inventory.plural_of(obj.noun))})\b", bare, re.IGNORECASE)
        at = noun.start() if noun else len(re.match(r"(?:(?:an?|the|\w+)\s+)?", bare)[0])  # type: ignore[index]
        new = re.sub(r"\b([Aa])n?\s+(?=\w)", lambda hit: hit[1] + " ", f"{bare[:at]}{word} {bare[at:]}", count=1)
        new = re.sub(r"\b([Aa]) (?=[aeio])", r"\1n ", new, count=1)
        return self.text[: obj.span.start] + new + self.text[obj.span.end :]

    def _moved(self, clause: str) -> str | None:
        found = _MOVE.match(clause)
        objects = self._named(found["what"]) if found else []
        if found is None or not objects:
            return None
        obj, text = objects[0], self.text
        rest = [(each.noun, each.count, each.colour) for each in self.scene.objects]
        unplaced = self._left_out(
            lambda seen: [(each.noun, each.count, each.colour) for each in seen.objects] == rest
            and all(each.place is None for each in seen.objects if each.noun == obj.noun),
            (),
        ) if obj.place is not None else None  # fmt: skip
        where = re.sub(r"^to (?=the)", "on ", found["where"])
        verb = "are" if (obj.count.number or 2) > 1 else "is"
        return self._again(unplaced or text)._with(f"The {found['what']} {verb} {where}")

    def _recounted(self, clause: str) -> str | None:
        """ "Four camels", where there are two: a number of what is there already."""
        bare = _ADD.sub(lambda hit: hit["what"], _OF_NUMBER.sub("", clause)) if not clause.lower().startswith("add ") else ""
        seen = read(bare, self.vocabulary)
        said = next(iter(seen.objects), None)
        if said is None or len(seen.objects) > 1 or _FURTHER.match(bare):
            return None
        there = [obj for obj in self.scene.objects if obj.noun == said.noun]
        first = bare.split()[0].lower()
        if len(there) != 1 or not bare or seen.texts:
            return None
        text = self.text
        if first in lexicon().numbers or first.isdigit():
            text = self._numbered(there[0], bare.split()[0])
        elif first not in ("a", "an", "the", "some"):
            return None
        if said.colour and said.colour != there[0].colour:
            edit = _Edit(text, self.vocabulary)
            return edit._painted([obj for obj in edit.scene.objects if obj.noun == said.noun], said.colour)
        return text if text != self.text else None

    def _numbered(self, obj: SceneObject, number: str) -> str:
        said = self.text[obj.span.start : obj.span.end]
        numbers = "|".join(sorted(map(re.escape, lexicon().numbers), key=len, reverse=True))
        bare = re.sub(
            rf"^(?:(?:exactly|only|just|the|these|those)\s+)*(?:an?|some|several|many|a few|the|\d+|{numbers})\s+",
            "",
            said,
            flags=re.I,
        )
        one, many = obj.noun, inventory.plural_of(obj.noun)
        meant = one if number.lower() in ("one", "1", "a", "an") else many
        bare = re.sub(rf"\b(?:{re.escape(many)}|{re.escape(one)})\b", meant, bare, flags=re.IGNORECASE)
        return f"{self.text[: obj.span.start]}{number} {bare}{self.text[obj.span.end :]}"

    def _set(self, clause: str) -> str | None:
        """Time, place, weather, style: what was said of the same is taken away."""
        bare = _DAY.sub("in daylight", _IT.sub(lambda hit: hit["how"], clause))
        seen = read(bare, self.vocabulary)
        if seen.objects or seen.texts or not (seen.background or seen.light or seen.style):
            return None
        edit = self
        for name in ("style", "light", "background"):
            of_time = name == "background" and (_of_time(seen, bare) or _of_time(edit.scene, edit.scene.light or ""))
            if getattr(seen, name) and getattr(edit.scene, name) and not of_time:
                edit = edit._again(edit._without_setting(name))
        return edit._beside_the_place(bare, seen) or edit._with(bare)

    def _beside_the_place(self, words: str, wanted: Scene) -> str | None:
        """A time of day in the sentence of the place: "on a beach at sunset"; on its own it would be a place, too."""
        place = self.scene.background
        if not place or not _of_time(wanted, words):
            return None
        first = re.match(r"[^.!]*", self.text)
        at = first.end() if first is not None and '"' not in first[0] else len(self.text.rstrip(" ."))
        said = f"{self.text[:at]} {words}{self.text[at:]}"
        seen = read(said, self.vocabulary)
        return said if seen.background == place and seen.light == wanted.light else None

    def _without_setting(self, name: str) -> str:
        held = getattr(self.scene, name)
        if not held:
            return self.text
        rest = sorted(map(_look, self.scene.objects))
        kept = self._left_out(
            lambda seen: (
                getattr(seen, name) != held and sorted(map(_look, seen.objects)) == rest and _texts(seen) == _texts(self.scene)
            ),
            (),
        )
        return self.text if kept is None else kept

    def _worded(self, clause: str) -> str | None:
        """A text in a role that one has already takes its place."""
        added = _ADD.match(clause)
        texts = read(added["what"] if added else clause, self.vocabulary).texts
        if len(texts) != 1 or not texts[0].quoted or clause.lower().startswith("add "):
            return None
        same = [text for text in self.scene.texts if text.quoted and text.role is texts[0].role]
        return self._reworded(f'"{same[0].content}"', texts[0].content) if same else None

    def _reworded(self, old: str, new: str) -> str:
        content = _quoted(old) or next(
            (text.content for text in self.scene.texts if text.quoted and text.role.value in old.lower()), ""
        )
        content = content or next((text.content for text in self.scene.texts if text.quoted), "")
        if content and content in self.text:
            return self.text.replace(content, new, 1)
        return self._with(f'The title "{new}"')

    def _left_out(self, fits: Callable[[Scene], bool], around: Sequence[Span]) -> str | None:
        """The text without the fewest words so that what is read ``fits``; the words include what is ``around``. Words that led
        to them go with them."""
        words = [(hit.start(), hit.end()) for hit in re.finditer(r"\S+", self.text)]

        def without(first: int, last: int) -> str | None:
            gone = self.text[words[first][0] : words[last][1]]
            rest = _tidied(self.text[: words[first][0]] + _stops(gone) + self.text[words[last][1] :])
            return rest if fits(read(rest, self.vocabulary)) else None

        for first, last in _windows(self.text, words, around):
            if (rest := without(first, last)) is not None:
                while first > 0 and self._leads(words[first - 1]) and (less := without(first - 1, last)) is not None:
                    first, rest = first - 1, less
                begins = first == 0 or self.text[words[first - 1][1] - 1] in ".!"
                while begins and last + 1 < len(words) and self._joins(words[last + 1]) and (less := without(first, last + 1)):
                    last, rest = last + 1, less
                return rest
        return None

    def _joins(self, word: tuple[int, int]) -> bool:
        return self._leads(word) and self.text[word[0] : word[1]].lower() not in _ARTICLES

    def _leads(self, word: tuple[int, int]) -> bool:
        return self.text[word[0] : word[1]].lower() in _LEADS


def _windows(text: str, words: Sequence[tuple[int, int]], around: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Ranges of words that make a phrase, the shortest first."""
    said = [text[start:end].lower() for start, end in words]
    most = len(words) if around else _MOST
    for length in range(1, min(len(words), most) + 1):
        for first in range(len(words) - length + 1):
            last = first + length - 1
            held = not around or (words[first][0] <= around[0].start and around[0].end <= words[last][1])
            if held and _begins(said, first) and _ends(said, last):
                yield first, last


def _begins(said: Sequence[str], at: int) -> bool:
    """A phrase begins with its preposition, article or number, or behind what joins it."""
    word = said[at].strip('"“(')
    before = said[at - 1] if at else "."
    joined = before in _LEADS - _ARTICLES or before[-1] in ".,;:!"
    return word in _BEGINS or word in lexicon().numbers or word.isdigit() or joined


def _ends(said: Sequence[str], at: int) -> bool:
    """A phrase ends before the next preposition or "and", or with its clause."""
    return at + 1 == len(said) or said[at][-1] in ".,;:!" or said[at + 1] in (_LEADS - _ARTICLES) | {"of"}


def _stops(words: str) -> str:
    """The sentence end that stays when words go."""
    return words[-1] if words[-1:] in ".!" else ""


# ---- words ------------------------------------------------------------------------------------------------------------

_SIZES = {
    "bigger": "large",
    "larger": "large",
    "big": "large",
    "large": "large",
    "huge": "huge",
    "smaller": "small",
    "small": "small",
    "tiny": "tiny",
}


def _recolourings(clause: str) -> Iterator[dict[str, str]]:
    """What is to become how, with one word for the colour, then with two ("dark blue")."""
    for words in (r"(?!(?:to|be|is|are|now|all|more|very)\b)[\w-]+ [\w-]+", r"[\w-]+"):
        if (found := re.match(_RECOLOUR.format(how=words), clause, re.IGNORECASE)) is not None:
            yield found.groupdict()


def _of_time(scene: Scene, words: str) -> bool:
    """The words tell a time of day and no place, though a time of day has a look of its own ("outdoors at night")."""
    if not scene.light or scene.light.lower() != words.lower():
        return False
    alone = scene.background or ""
    return not alone or alone.lower() in words.lower() or words.lower() in alone.lower()


def _quoted(words: str) -> str:
    found = re.search(r'"([^"]+)"|“([^”]+)”', words)
    return (found[1] or found[2]) if found else ""


def _colour(words: str) -> str | None:
    found = read(f"a {words} ball", Vocabulary.ICONS).objects
    return found[0].colour if len(found) == 1 and found[0].noun == "ball" and len(words.split()) <= 2 else None


def _stem(word: str) -> str:
    """ "bluer" and "redder" as blue and red."""
    return next((base for base in (word[:-1], word[:-2], word[:-3]) if word.endswith("er") and _colour(base)), word)


def _look(obj: SceneObject) -> tuple[str, int, str, str]:
    return (obj.noun, obj.count.number or 0, obj.colour or "", str(obj.place or ""))


def _texts(scene: Scene) -> list[str]:
    return [text.content or text.describes for text in scene.texts]
