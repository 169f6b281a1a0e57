"""A scene as it was described: objects, text, setting, with the words each came from. What is open stays open."""

from dataclasses import dataclass, field
from enum import StrEnum

from genevolve.core.claim import Arranging, Direction, Place
from genevolve.world.language.vocabulary import Vocabulary


class Size(StrEnum):
    TINY = "tiny"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    HUGE = "huge"


class Style(StrEnum):
    """Whole-image styles that the sketch generator can draw and the pixel judge can see."""

    WATERCOLOR = "watercolor"
    PIXEL_ART = "pixel art"
    BLUEPRINT = "blueprint"
    BLACK_AND_WHITE = "black and white"
    SEPIA = "sepia"
    PENCIL = "pencil sketch"
    NEON = "neon"
    POP_ART = "pop art"


class Weather(StrEnum):
    """What falls or hangs over a whole scene."""

    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"


class TextRole(StrEnum):
    TITLE = "title"
    SUBTITLE = "subtitle"
    CAPTION = "caption"
    LABEL = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Character range [start, end) in the text that was read."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many. ``number`` is None for a vague quantity ("several"). ``exact``: the text insists ("exactly four")."""

    number: int | None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """``targets`` are keys of objects or texts of the same scene: two for ``between``, else one.

    "Between two trees" names the same key twice. "A cake surrounded by candles" is the cake ``inside`` the candles, which
    are arranged in a circle.
    """

    direction: Direction
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A part that the picture of a thing shows. ``colour``: in the palette, None where the text tells none; ``span``: the words
    that tell of it."""

    name: str
    colour: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneObject:
    """One kind of object in the scene, ``count`` instances of it.

    ``noun`` is the singular head ("dog", "flag", "traffic light"). ``of`` is a description that fixes which one, as
    written ("Burkina Faso", "the country whose capital is Ouagadougou"). ``reference`` is the 1-based ordinal of the
    reference image that shows it. ``colour_shared``: its colour stands in one clause with another object's colour.
    """

    key: str
    noun: str
    span: Span
    of: str = ""
    reference: int | None = None
    count: Count = field(default_factory=lambda: Count(number=1))
    colour: str | None = None
    colour_shared: bool = False
    size: Size | None = None
    place: Place | None = None
    relations: tuple[Relation, ...] = ()
    arrangement: Arranging | None = None
    columns: int | None = None  # of a grid, when the text says so
    living: bool = False  # a person or an animal: has a body that can come out wrong
    body_described: bool = False  # the text asks for a complete, undistorted body
    grounded: bool = False  # the text puts it on something or gives it a contact shadow
    avoided: tuple[str, ...] = ()  # colours that the text rules out for it: any other will do
    modifiers: tuple[str, ...] = ()  # adjectives that the model has no field for ("Persian", "wooden")
    larger_than: tuple[str, ...] = ()  # keys of objects that the text calls smaller than this one
    made_of: str = ""  # noun of the things that it is built from ("sandwich" of a castle made of sandwiches)
    parts: tuple[NamedPart, ...] = ()  # "with a red roof"
    varied: Span | None = None  # the words by which several were told apart: "of different colours"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextElement:
    """Text in the image. ``content`` is exact when ``quoted``; else it is ``describes``: what the text should say, in words."""

    key: str
    span: Span
    content: str = ""
    quoted: bool = False
    describes: str = ""
    role: TextRole = TextRole.LABEL
    place: Place | None = None
    relations: tuple[Relation, ...] = ()
    colour: str | None = None
    bold: bool | None = None
    large: bool | None = None


class AmbiguityKind(StrEnum):
    """What a description can leave open; each is a way in which generators go wrong, and a skill prevents it."""

    VAGUE_COUNT = "vague_count"  # "several dogs"
    LOOSE_COUNT = "loose_count"  # four or more, neither "exactly" nor arranged
    UNQUOTED_TEXT = "unquoted_text"
    UNPLACED_TEXT = "unplaced_text"
    SHARED_COLOUR = "shared_colour"
    UNPLACED_OBJECT = "unplaced_thing"  # several kinds of objects, this one neither placed nor related
    UNKNOWN_OBJECT = "unknown_thing"  # no reference, and not an everyday object
    LOOSE_BODY = "loose_body"
    FLOATING = "floating"  # nothing says what it stands on
    UNLIT = "unlit"
    NO_BACKGROUND = "no_backdrop"
    WEAK_STYLE = "weak_style"  # a style is named, but not for the whole image


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Something left open. ``key`` is the object or text it concerns, empty for the whole scene."""

    kind: AmbiguityKind
    key: str = ""
    words: str = ""


class FormKind(StrEnum):
    """Kinds of image with a layout of their own that can be drawn."""

    LIST = "a title and lines of text"
    CARD = "lines of text"
    BARS = "a bar chart"
    TIMELINE = "a timeline"
    STEPS = "steps joined by arrows"
    CYCLE = "a cycle of steps joined by arrows"
    GRID = "a grid"
    COMPARISON = "side by side"
    TILE = "symbol, number and name"
    DIAGRAM = "a picture with labels beside it"
    PIE = "a pie chart"
    LINES = "a line graph"
    VENN = "overlapping circles"
    TABLE = "a table"
    TREE = "a tree of boxes"
    PYRAMID = "a pyramid of levels"
    CHECKS = "a list of boxes to tick"
    MAP = "ideas around a middle"
    FRAMED = "a framed sheet of texts"
    PLOT = "the curve of a function on two axes"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPart:
    """What fills one slot of a form: keys of ``texts``, the heading first, and of a ``picture``. ``value`` is the height of a
    bar and ``said`` the words that give it; ``span``: all of it in the text that was read. ``under``: the number of the slot
    that it hangs from in a tree, the first being 0; ``skip``: empty cells before it in the row of a table. A picture ``under``
    a row of a table stands in one of its cells, beside what is written there."""

    span: Span
    texts: tuple[str, ...] = ()
    picture: str | None = None
    value: float | None = None
    said: str = ""
    under: int | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The words at ``span`` ask for what the form leaves open or cannot show; ``why`` says so to people."""

    span: Span
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``words`` (lower case) ask for it; ``rows`` and ``columns`` are of a grid or a table, else 0; ``columns`` are the circles
    of overlapping ones. Its ``parts`` are drawn slot by slot. ``worked_out``: the request does not say what fills them."""

    kind: FormKind
    words: frozenset[str]
    rows: int = 0
    columns: int = 0
    parts: tuple[FormPart, ...] = ()
    worked_out: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Objects and texts that stand in a slot."""
        return frozenset(key for part in self.parts for key in (*part.texts, part.picture) if key is not None)


class Cut(StrEnum):
    """The edge of a sheet that is a thing by itself."""

    PERFORATED = "perforated"  # a stamp
    NOTCHED = "notched"  # a ticket
    HOLED = "holed"  # a tag
    ROUND = "round"  # a badge


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSheet:
    """The image is on one sheet, which ``noun`` names at ``span``; all ``words`` that ask for it."""

    cut: Cut
    noun: str
    span: Span
    colour: str | None = None
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edging:
    """A border all around the image, in a ``colour`` of the palette; ``width``: "thick", "thin" or nothing."""

    colour: str
    span: Span
    width: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """``word`` is what the misspelt word at ``span`` was read as."""

    span: Span
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFact:
    """``question`` stands for itself, whatever the words at ``span`` lean on: "its capital" is "the capital of Peru".

    With a ``noun`` the fact is a thing to be shown, and ``question`` says which ("flag", "Peru" of "the country's flag");
    without one it is to be written. Of several things (``each``) these are their questions; ``named``: with their names.
    """

    span: Span
    question: str
    noun: str = ""
    each: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    text: str
    vocabulary: Vocabulary = Vocabulary.EVERYDAY  # which nouns need no reference
    objects: tuple[SceneObject, ...] = ()
    texts: tuple[TextElement, ...] = ()
    background: str | None = None  # a palette colour or a named setting ("beach", "night sky")
    light: str | None = None  # the words about light, as written
    weather: tuple[Weather, ...] = ()  # what falls or hangs over all of it, of a free request
    style: Style | None = None
    style_thorough: bool = False  # "the whole image", "throughout", "every element"
    absent: tuple[str, ...] = ()  # nouns that the text says must not be there ("no people")
    nothing_else: bool = False  # the text says that nothing else may be there
    ambiguities: tuple[Ambiguity, ...] = ()
    form: Form | None = None
    sheet: CutSheet | None = None  # with an edge of its own, on which everything is
    edging: Edging | None = None  # a border all around the image
    shape: Span | None = None  # the words that name the shape of the image ("landscape format")
    facts: tuple[AskedFact, ...] = ()  # every word of their spans was understood
    corrections: tuple[Correction, ...] = ()
    excluded: tuple[Span, ...] = ()  # words that only rule something out ("not a black one")
    asides: tuple[Span, ...] = ()  # remarks and purposes ("for my aunt", "I will frame it"): read, and not part of the image

    def object_of(self, key: str) -> SceneObject:
        return next(obj for obj in self.objects if obj.key == key)
