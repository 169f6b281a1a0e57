"""Which field of a scene accounts for one word: of an object, of a text, of the whole image, of the kind of image asked for."""

import re
from collections.abc import Sequence
from functools import cache

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit, UnitKind
from genevolve.world.language import colours
from genevolve.world.language.backdrops import beyond_backdrop
from genevolve.world.language.claims import pictured_with, without
from genevolve.world.language.fate import DrawnSettings, FateOfWords, stem, stems
from genevolve.world.language.fates_groups import of_group
from genevolve.world.language.fates_looks import as_drawn, of_degree, of_material, of_picture, of_tilt, sideways, size_of
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Relation, Scene, SceneObject, Size, Span, TextElement
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.weather import accounts

# Kinds of image that need a layout of their own, which is not drawn here: a plain image with what it names comes instead.
_LAYOUTS = word_set(
    """
    menu timeline chart charts graph flowchart venn mindmap scoreboard
    diagram diagrams infographic comparison comic collage brochure certificate worksheet
    invitation invite table calendar map bar pie grid layout recipe schedule programme program notice pamphlet leaflet mural
    meme business sheet form ticket coupon receipt newsletter crossword puzzle stamp
    """
)
# Words before these say how the image is made ("oil painting"); before other kinds of image, what it is for ("birthday card").
_MEDIA = word_set(
    """
    painting drawing illustration sketch art artwork photo photograph photography shot portrait render rendering print design
    style image picture graphic wallpaper
    """
)
_USES = word_set("product fan stock concept book children's kids nursery desktop phone clip app")
_SHAPED = word_set("shape shapes shaped")
_PLAIN_CANVAS = word_set(
    """
    photo photograph picture art artwork style version kind type sort logo emblem graphic clip-art clipart theme themed motif
    """
)
_TASTE = word_set(
    """
    beautiful nice pretty lovely cute adorable good great fine best perfect fantastic amazing stunning gorgeous awesome
    elegant handsome quality high-quality professional modern simple attractive appealing
    proper cool wonderful interesting charming clear tidy neat well very really quite rather clearly exactly only please
    catchy eye-catching flat minimal minimalist clean cosy cozy
    """
)
_POSTURES = word_set(
    """
    sit sits sitting sat stand stands standing stood lie lies lying rest rests resting hang hangs hanging perch perched perches
    place placed places position positioned located arranged set put seated mounted laid displayed standing
    """
)
_ACTING = word_set(
    """
    around against opposite surrounding holding holds carrying carries wearing wears pushing pulling driving playing eating
    reading chasing facing looking
    """
)
# What a layout that is drawn in part lacks, by its kind or by the word that asks for it.
_LACKING = {
    "DIAGRAM": "where its parts are is not known: the lines lead to the thing only",
    **dict.fromkeys(("PIE donut", "PIE doughnut", "PIE ring"), "drawn as a whole pie, without a hole"),
    "infographic": "only its texts and things come, not a chart of them",
}
_AFLOAT = word_set("swim swims swimming float floats floating sail sails sailing")
_ALOFT = word_set("fly flies flying hover hovers hovering")
_WATERS = word_set("sea ocean water lake river pond waves underwater harbour harbor")
_POINTS = word_set("pointing points facing up down left right upwards downwards")
_CENTRE = word_set("middle centre center")
_HELD = word_set("holding holds carrying carries wearing wears")
_HEADGEAR = frozenset({"hat", "top hat", "cap", "crown", "helmet", "woman's hat", "graduation cap", "billed cap", "cowboy hat"})
_HATTED = word_set("witch wizard mage pirate cook king queen astronaut firefighter snowman knight")  # in their pictograms
_BESIDE = frozenset({Direction.NEXT_TO, Direction.LEFT_OF, Direction.RIGHT_OF})
_COMPARED = word_set("more fewer less twice double many")
_DEGREES = word_set("much far twice half times size clearly lot bit double")
_GROUNDED = word_set("ground grounded floor firmly shadow shadows contact surface")
_WHOLE_BODY = word_set(
    """
    body bodies anatomy anatomically limbs complete whole undistorted proportions intact proportioned
    """
)
_SCREENS = ("mobile phone", "television", "computer")  # whose plain part is their screen
_OUTSIDES = word_set("bearing displaying displays bears side front cover chest icing frosting body middle")
_TEXT_WORDS = word_set(
    """
    text title titles subtitle heading headline caption captions word words lettering letters slogan label labels message
    digits numerals figures say says
    written write writing reads read spelled line inscription greeting header name names quote quoted capitals uppercase
    labelled labeled inscribed printed embroidered engraved stitched
    """
)
_LABELS = word_set("label labels")
_BACKGROUND_WORDS = word_set("background backdrop backgrounds")
_LIGHT_WORDS = word_set("light lit lighting lights")
_WIDEST = 3  # words of a colour
_LONGEST = 3  # words of a name in the inventory
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_COLOUR_FOLLOWS = re.compile(r" [^\W\d_]+")


def _number(unit: Unit) -> int | None:
    digits = unit.text.replace(",", "")
    return int(digits[:9]) if digits.isascii() and digits.isdigit() else lexicon().numbers.get(unit.text.lower())


# ---- an object --------------------------------------------------------------------------------------------------------


def of_object(unit: Unit, obj: SceneObject, shown: FateOfWords, scene: Scene, *, own: bool) -> FateOfWords | None:
    """``own``: the word stands in the object's phrase; else only what may be said of it from afar is considered."""
    plain = stem(unit.text)
    if (material := of_material(unit, obj, scene, own=own)) is not None:
        return material
    if plain in stems(obj.noun) or (own and (unit.kind is UnitKind.SIGN or _names_it(unit, obj, scene))):
        return shown
    if own and unit.text.lower() in {"one", "ones"} and obj.count.number is not None and not _named_in(obj, scene):
        return shown  # "two small ones"
    if obj.of and plain in stems(obj.of):
        return shown if shown.fate is not Fate.DRAWN else FateOfWords(Fate.LOOKED_UP, shown.becomes, "present", obj.key)
    return _number_of(unit, obj, scene, own=own) or _quality_of(unit, obj, scene) or _position_of(unit, obj, scene)


def _named_in(obj: SceneObject, scene: Scene) -> bool:
    """Whether its noun stands in its own phrase; else "one" stands for it."""
    return bool(stems(obj.noun) & stems(scene.text[obj.span.start : obj.span.end]))


def _names_it(unit: Unit, obj: SceneObject, scene: Scene) -> bool:
    """Whether the word is part of a name for the object in its own phrase: "old" of "old man", which is the grandfather."""
    entry = lookup(obj.noun, scene.vocabulary)
    words = list(_WORD.finditer(scene.text, obj.span.start, obj.span.end))
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            if words[start].start() <= unit.start < words[end - 1].end():
                named = lookup(" ".join(word[0] for word in words[start:end]), scene.vocabulary)
                if named is not None and entry is not None and named.noun == entry.noun:
                    return True
    return False


def _number_of(unit: Unit, obj: SceneObject, scene: Scene, *, own: bool) -> FateOfWords | None:
    number, word = _number(unit), unit.text.lower()
    if number is not None and obj.count.number == number and (own or number > 1):
        return FateOfWords(Fate.DRAWN, f"{number} × {obj.noun}", "counted", obj.key)
    if number is not None and number == _same_kind(obj, scene) and number > 1:
        return FateOfWords(Fate.DRAWN, f"{number} in all", "counted", obj.key)
    follows = _COLOUR_FOLLOWS.match(scene.text, unit.end)
    coloured = follows if obj.colour is not None else None
    said = coloured is not None and colours.named(coloured[0].strip()) == obj.colour
    sized = follows if obj.size is not None and _same_kind(obj, scene) > 1 else None
    if number == obj.count.number == 1 and sized is not None and lexicon().sizes.get(sized[0].strip().lower()) is obj.size:
        return FateOfWords(Fate.DRAWN, f"1 × {obj.noun}", "counted", obj.key)
    if number == obj.count.number == 1 and coloured and (said or _says_colour(unit, scene.text, obj.colour or "")):
        return FateOfWords(Fate.DRAWN, f"1 × {obj.noun}", "counted", obj.key)
    if own and word in _COMPARED and obj.count.number is not None:
        return FateOfWords(Fate.DRAWN, f"{obj.count.number} × {obj.noun}: numbers were chosen", "counted", obj.key)
    if number is not None and number in _rows_and_columns(obj):
        return FateOfWords(Fate.DRAWN, "its rows or columns", "columns", obj.key)
    vague = lexicon().has("vague", word) or lexicon().has("herds", word) or word == "family"
    if own and vague and obj.count.number is None:
        return FateOfWords(Fate.APPLIED, "a number was chosen", "number", obj.key)
    holding = (lexicon().has("containers", word) or lexicon().has("portions", word)) and scene.text[unit.end :].startswith(
        " of "
    )
    if own and obj.count.number == 1 and holding:
        return FateOfWords(Fate.APPLIED, "how it comes")
    if word == "half" and own and obj.count.number is not None and obj.count.number > 1:
        return FateOfWords(Fate.DRAWN, f"{obj.count.number} × {obj.noun}", "counted", obj.key)
    if own and (word in {"pair", "couple", "dozen"} or holding):
        return (
            FateOfWords(Fate.DRAWN, f"{obj.count.number} × {obj.noun}", "counted", obj.key) if obj.count.number != 1 else None
        )
    if own and lexicon().has("exact", word):
        return FateOfWords(Fate.DRAWN, "counted exactly", "counted", obj.key)
    return None


def _rows_and_columns(obj: SceneObject) -> tuple[int, ...]:
    if not obj.columns:
        return ()
    return (obj.columns, -(-(obj.count.number or 0) // obj.columns))


def _same_kind(obj: SceneObject, scene: Scene) -> int:
    """How many objects of this noun there are in all: "four apples: two red, one green, one yellow"."""
    return sum(other.count.number or 0 for other in scene.objects if other.noun == obj.noun)


def _quality_of(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    word, plain = unit.text.lower(), stem(unit.text)
    if obj.colour is not None and _says_colour(unit, scene.text, obj.colour):
        return FateOfWords(Fate.DRAWN, f"the {obj.noun} in {obj.colour}", "coloured", obj.key)
    comparing = obj.larger_than or any(obj.key in other.larger_than for other in scene.objects)
    if comparing and (word == "times" or scene.text[unit.end :].lower().startswith(" times ")):
        return FateOfWords(Fate.APPLIED, "drawn larger: how much is not measured", "size", obj.key)
    if comparing and (lexicon().has("comparatives", word) or word in _DEGREES):
        return FateOfWords(Fate.DRAWN, "drawn larger", "larger", obj.key)
    if obj.size is not None and (lexicon().sizes.get(word) is obj.size or (word == "short" and obj.size is Size.SMALL)):
        return size_of(obj, scene)
    if word in _SHAPED and lookup(obj.noun, scene.vocabulary) is not None:
        return FateOfWords(Fate.APPLIED, "drawn in flat shapes")
    if word in _POINTS and obj.noun.endswith(" arrow"):
        return FateOfWords(Fate.DRAWN, f"a picture of the {obj.noun}", "present", obj.key)
    if word in _TASTE:
        return FateOfWords(Fate.ASIDE, "a matter of taste: not measured")
    if scene.vocabulary is Vocabulary.ICONS and (inherent := of_picture(unit, obj)) is not None:
        return inherent
    if any(plain in stems(modifier) for modifier in obj.modifiers):
        return FateOfWords(Fate.NOT_POSSIBLE, f"said of the {obj.noun}: a pictogram cannot show it", "quality", obj.key)
    if obj.body_described and word in _WHOLE_BODY:
        return FateOfWords(Fate.DRAWN, "a whole body", "intact", obj.key)
    hangs = obj.living and word.startswith(("hang", "hung")) and scene.vocabulary is Vocabulary.ICONS
    if obj.grounded and word in _GROUNDED | _POSTURES and not hangs:
        return FateOfWords(Fate.DRAWN, "standing on something", "grounded", obj.key)
    return None


def _position_of(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    word = unit.text.lower()
    pair = next((pair for pair in _worn(scene) if obj.key in pair), None) if word.startswith("wear") else None
    worn = pair[0] if pair is not None else None
    if pair is not None and any(key != worn and scene.object_of(key).noun in _HATTED for key in pair[:2]):
        return FateOfWords(Fate.NOT_POSSIBLE, "its picture has something on its head already", "related", worn or "")
    if worn is not None and pair is not None and any(sideways(scene.object_of(key)) for key in pair[1:]):
        return FateOfWords(Fate.NOT_POSSIBLE, "its picture shows it from the side: only put on its back", "related", worn)
    if worn is not None and scene.object_of(worn).noun in _HEADGEAR:
        return FateOfWords(Fate.DRAWN, "put on its head", "related", worn)
    if obj.relations and word in _HELD:
        return FateOfWords(Fate.NOT_POSSIBLE, "only put beside it or on it", "held", obj.key)
    if (tilted := of_group(unit, obj, scene) or of_tilt(unit, obj, scene)) is not None:
        return tilted
    if obj.relations and word in _ACTING and not (word == "around" and obj.arrangement):
        return FateOfWords(Fate.NOT_POSSIBLE, "only put beside it or on it", "action", obj.key)
    if word == "full" and any(obj.key in relation.targets for other in scene.objects for relation in other.relations):
        return FateOfWords(Fate.APPLIED, "filled with some of them")
    mutual = word == "other" and scene.text[: unit.start].lower().endswith("each ")
    if (mutual or word in {"row", "line"}) and any(relation.direction in _BESIDE for relation in obj.relations):
        return FateOfWords(Fate.DRAWN, "beside each other", "related", obj.key)
    if (relation := _relation(word, obj.relations)) is not None:
        return FateOfWords(Fate.DRAWN, relation.direction.value, "related", obj.key)
    centred = word in _CENTRE and any(other.place is Place.CENTER for other in scene.objects)
    if obj.place is not None and word in _place_words(obj.place.value) and (not centred or obj.place is Place.CENTER):
        return FateOfWords(Fate.DRAWN, f"at the {obj.place.value}", "placed", obj.key)
    if isinstance(obj.arrangement, Arrangement) and word in _arrangement_words()[obj.arrangement.value]:
        return FateOfWords(Fate.DRAWN, f"in a {obj.arrangement.value}", "arranged", obj.key)
    if word in _POSTURES and (obj.relations or obj.place):
        return FateOfWords(Fate.APPLIED, "says where it is")
    return None


def _relation(word: str, relations: Sequence[Relation]) -> Relation | None:
    return next((relation for relation in relations if word in _relation_words()[relation.direction]), None)


@cache
def _relation_words() -> dict[Direction, frozenset[str]]:
    tables = (lexicon().relations, lexicon().particles)
    return {
        direction: frozenset(
            word for table in tables for words, meaning in table.entries() if meaning is direction for word in words
        )
        for direction in Direction
    }


@cache
def _arrangement_words() -> dict[str, frozenset[str]]:
    table = lexicon().arrangements
    found: dict[str, set[str]] = {}
    for words, meaning in table.entries():
        found.setdefault(meaning.value, set()).update(words)
    return {name: frozenset(words | {name}) for name, words in found.items()}


def _place_words(place: str) -> frozenset[str]:
    words = {word for phrase, meaning in lexicon().places.entries() if meaning.value == place for word in phrase}
    return frozenset(words | {"side", "corner", "edge", "hand", "half", "part", "third", "across"})


def _says_colour(unit: Unit, text: str, colour: str) -> bool:
    """Whether the word is part of a name of ``colour``: "dark" and "blue" of dark blue."""
    if colours.named(unit.text) is not None and colours.akin(colours.named(unit.text) or "", colour):
        return True
    after = re.match(r"(?:[\s-]+[^\W\d_]+){1,2}", text[unit.end : unit.end + 40])
    before = re.search(r"(?:[^\W\d_]+[\s-]+){1,2}$", text[max(0, unit.start - 40) : unit.start])
    following, leading = (after[0].split() if after else []), (before[0].split() if before else [])
    names = [" ".join([unit.text, *following[:count]]) for count in range(1, min(_WIDEST, 1 + len(following)))]
    names += [" ".join([*leading[-count:], unit.text]) for count in range(1, min(_WIDEST, 1 + len(leading)))]
    return any((name := colours.named(words)) is not None and colours.akin(name, colour) for words in names)


# ---- a text -----------------------------------------------------------------------------------------------------------


def of_text(unit: Unit, text: TextElement, wording: str) -> FateOfWords | None:
    word, plain = unit.text.lower(), stem(unit.text)
    written = unit.kind is UnitKind.NUMBER and unit.text in text.content and text.span.start <= unit.start < text.span.end
    if not text.quoted and text.content and (written or plain in stems(text.content) or unit.text in text.content.split()):
        return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
    if text.describes and plain in stems(text.describes):
        if wording:
            return FateOfWords(Fate.LOOKED_UP, f"the text “{wording}”", "lettering", text.key)
        return FateOfWords(Fate.NOT_POSSIBLE, "what should be written was not found", "lettering", text.key)
    character = word in {"letter", "number", "numeral", "digit", "year"} and text.span.start <= unit.start < text.span.end
    if word in _TEXT_WORDS or word == text.role.value or character:
        return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
    if (text.bold and word in {"bold", "strong", "thick", "heavy"}) or (
        text.large is not None and (word == "numbers" or lexicon().sizes.get(word) is not None)
    ):
        return FateOfWords(Fate.APPLIED, "how the text is set")
    if text.colour is not None and colours.named(word) is not None and colours.akin(colours.named(word) or "", text.colour):
        return FateOfWords(Fate.DRAWN, f"the text in {text.colour}", "lettering", text.key)
    if text.place is not None and word in _place_words(text.place.value):
        return FateOfWords(Fate.DRAWN, f"at the {text.place.value}", "lettering", text.key)
    if (relation := _relation(word, text.relations)) is not None:
        return FateOfWords(Fate.APPLIED, relation.direction.value, "text place", text.key)
    bearers = [relation.targets[0] for relation in text.relations if relation.direction is Direction.ON]
    screened = word in {"screen", "display"} and any(key.startswith(_SCREENS) for key in bearers)
    if screened or (word in _OUTSIDES and bearers):
        return FateOfWords(Fate.APPLIED, "written on it", "text place", text.key)
    return None


def _worn(scene: Scene) -> list[tuple[str, ...]]:
    """(what is put on, what it is put on) by key."""
    return [
        (obj.key, *relation.targets)
        for obj in scene.objects
        for relation in obj.relations
        if relation.direction is Direction.ON
    ]


def of_form(unit: Unit, scene: Scene) -> FateOfWords | None:
    """By the layout that is asked for and can be drawn: "menu", "bar chart"."""
    if scene.form is None:
        return None
    told = (part for part in scene.form.parts if part.said and unit.text in part.said and _covers(part.span, unit))
    if (part := next(told, None)) is not None:
        return FateOfWords(Fate.DRAWN, "its place in the layout" if part.value is None else "a bar of this height", "layout")
    if unit.text.lower() not in scene.form.words:
        return None
    kind, word = scene.form.kind.name, unit.text.lower()
    lacking = next((_LACKING[name] for name in (word, kind, f"{kind} {word}") if name in _LACKING), None)
    if lacking is not None:
        return FateOfWords(Fate.NOT_POSSIBLE, lacking, "layout")
    return FateOfWords(Fate.APPLIED, f"the layout: {scene.form.kind.value}", "layout")


def _covers(span: Span, unit: Unit) -> bool:
    return span.start <= unit.start and unit.end <= span.end


def of_action(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "eat" of "birds that eat": what somebody does is not drawn, but that it flies, or is in the water."""
    word = unit.text.lower()
    if word in _AFLOAT and scene.background is not None and set(scene.background.lower().split()) & _WATERS:
        return FateOfWords(Fate.APPLIED, "says where it is")
    before = [obj for obj in scene.objects if obj.span.end <= unit.start]
    if before and scene.vocabulary is Vocabulary.ICONS and (inherent := of_picture(unit, before[-1])) is not None:
        return inherent
    if word in _ALOFT and before and before[-1].noun in lexicon().words["airborne"]:
        return FateOfWords(Fate.APPLIED, "drawn in the air")
    acting = word.endswith("ing") and any(obj.relations for obj in scene.objects) and lookup(word, scene.vocabulary) is None
    doing = acting or lexicon().has("verbs", word) or word in lexicon().verb_forms
    if not doing or not scene.objects or scene.vocabulary is not Vocabulary.ICONS:
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, "what somebody does is not drawn", "action")


def of_place(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "over" of "over a lake": where the setting is."""
    word = unit.text.lower()
    if (beyond := beyond_backdrop(unit, scene)) is not None:
        return beyond
    if scene.background is not None and word == "full":  # "a garden full of flowers"
        return FateOfWords(Fate.APPLIED, "filled with some of them")
    if scene.background is None or word in _ALOFT or not any(word in words for words in _relation_words().values()):
        return None
    return FateOfWords(Fate.APPLIED, "says where it is")


def left_out(noun: str, scene: Scene) -> FateOfWords:
    part = without(scene, noun)
    if part is not None and any(obj.span.end == part.start() for obj in scene.objects):  # "a snowman without a hat"
        return FateOfWords(Fate.NOT_POSSIBLE, "a pictogram is drawn whole, with all its parts", "part")
    if scene.vocabulary is Vocabulary.ICONS and (bearer := pictured_with(scene, noun)):
        return FateOfWords(Fate.NOT_POSSIBLE, f"the picture of the {bearer} has it", "part")
    return FateOfWords(Fate.APPLIED, f"no {noun}", "absent", "text" if noun.lower() in _TEXT_WORDS else noun)


# ---- the whole image ---------------------------------------------------------------------------------------------------


def of_scene(unit: Unit, scene: Scene, setting: DrawnSettings) -> FateOfWords | None:
    if found := whole_answer(unit, scene, setting):
        return found
    word, plain = unit.text.lower(), stem(unit.text)
    if (absent := next((noun for noun in scene.absent if plain in stems(noun)), None)) is not None:
        return left_out(absent, scene)
    if word in {"else", "other", "only", "just", "extra", "more", "additional"} and scene.nothing_else:
        return FateOfWords(Fate.APPLIED, "nothing else is drawn", "nothing_else")
    if word in _TASTE:
        return FateOfWords(Fate.ASIDE, "a matter of taste: not measured")
    return None


def whole_answer(unit: Unit, scene: Scene, setting: DrawnSettings) -> FateOfWords | None:
    """By background, light or style."""
    word, plain = unit.text.lower(), stem(unit.text)
    if (degree := of_degree(unit, scene)) is not None:
        return degree
    if (kind := accounts(word, scene.weather)) is not None:
        return FateOfWords(Fate.APPLIED, f"the weather: {kind.value}", "weather", kind.value)
    if scene.background is not None:
        plainly = scene.background in colours.PALETTE
        known = plainly or setting(scene.background)
        kept = FateOfWords(
            Fate.APPLIED if known else Fate.NOT_POSSIBLE,
            f"the background: {scene.background}" if known else "this setting cannot be drawn here",
            "backdrop" if plainly else "setting",
        )
        if plainly and _says_colour(unit, scene.text, scene.background):
            return kept
        if plain in stems(scene.background) or set(re.split(r"[-–]", word)) <= set(scene.background.lower().split()):
            shown = plainly or not known or scene.vocabulary is not Vocabulary.ICONS or setting(scene.background, word)
            return kept if shown else _unshown(word)
        if word in _BACKGROUND_WORDS or word in {"plain", "solid"}:
            return kept
    if scene.light is not None and (plain in stems(scene.light) or word in _LIGHT_WORDS):
        return FateOfWords(Fate.APPLIED, f"the light: {scene.light}", "light")
    if scene.style is not None and _says_style(word, plain, scene.style.value):
        return FateOfWords(Fate.APPLIED, f"the style: {scene.style.value}", "styled")
    return None


def _unshown(word: str) -> FateOfWords | None:
    """ "crowded" of "a crowded market", which is drawn without people; a matter of taste is told as such."""
    if word in _TASTE:
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, "the picture of this setting does not show it", "setting")


def _says_style(word: str, plain: str, style: str) -> bool:
    names = {name for phrase, meaning in lexicon().styles.entries() if meaning.value == style for name in phrase}
    aged = style == "sepia" and word in {"vintage", "old", "antique", "retro"}
    drawn = aged or (
        style == "pencil sketch" and word in {"line", "ink", "pen", "black", "white"}
    )  # "black and white line drawing"
    return (
        drawn
        or word in names
        or plain in names
        or word in {"style", "styled", "painting", "drawing", "throughout", "whole", "entire"}
    )


def of_canvas(unit: Unit) -> FateOfWords | None:
    """By the kind of image that is asked for."""
    word = unit.text.lower()
    if unit.kind not in {UnitKind.WORD, UnitKind.NAME}:
        return None
    if word in _LAYOUTS:
        return FateOfWords(Fate.NOT_POSSIBLE, "its layout cannot be drawn here: a plain image comes instead", "layout")
    if lexicon().has("canvas", word) or word in _PLAIN_CANVAS:
        return FateOfWords(Fate.ASIDE, "the image itself")
    return FateOfWords(Fate.ASIDE, "a matter of taste: not measured") if word in _TASTE else None


def before_canvas(unit: Unit, canvas: str, vocabulary: Vocabulary) -> FateOfWords | None:
    """By the kind of image right behind it: how that is made ("oil painting"), or what it is for ("birthday card")."""
    word = unit.text.lower()
    if as_drawn(word):
        return FateOfWords(Fate.APPLIED, "drawn in flat shapes")
    manner = canvas in _MEDIA and word not in _USES
    if manner or lexicon().has("adjectives", word):
        return FateOfWords(Fate.NOT_POSSIBLE, "it cannot be drawn in this way here", "style")
    if lookup(unit.text, vocabulary) is not None and word not in _USES:
        return None
    return FateOfWords(Fate.ASIDE, "what the image is for")


def asks_nothing(unit: Unit) -> bool:
    """Words for the image itself, for its texts, and matters of taste."""
    answer = of_canvas(unit)
    return unit.text.lower() in _TEXT_WORDS - _LABELS or (answer is not None and answer.fate is Fate.ASIDE)
