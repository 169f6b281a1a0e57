"""Plain English → ``Scene``. One pass over the tokens; what is not understood is passed over, and nothing is ever raised."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.world.language.ambiguities import ambiguities_of
from genevolve.world.language.asked import Finder, nothing_asked
from genevolve.world.language.drafts import freeze
from genevolve.world.language.model import Ambiguity, Relation, Scene, SceneObject, TextElement
from genevolve.world.language.parser import Parser
from genevolve.world.language.vocabulary import Vocabulary


def read(text: str, vocabulary: Vocabulary = Vocabulary.EVERYDAY, facts: Finder = nothing_asked) -> Scene:
    """The scene that ``text`` describes. Any string will do; only the first 20,000 characters are read, in linear time.

    ``facts`` finds the facts that a free request asks for; each is a text of the scene whose wording is described.

    Keys are the nouns ("dog", "dog 2") and "text", "text 2"; spans are character ranges of ``text``.
    """
    parser = Parser(text, vocabulary, facts)
    parser.run()
    return _scene(text, vocabulary, parser)


def _scene(text: str, vocabulary: Vocabulary, parser: Parser) -> Scene:
    whole = parser.whole
    objects, texts = freeze(parser.discourse.drafts)
    objects = _by_what_bears(objects, texts) if vocabulary is Vocabulary.ICONS else objects
    form = parser.found.form and replace(parser.found.form, parts=tuple(filling.part() for filling in parser.fillings))
    slotted = form.keys if form is not None else frozenset()
    return Scene(
        text=text,
        vocabulary=vocabulary,
        objects=objects,
        texts=texts,
        background=whole.background,
        light=whole.light,
        weather=tuple(parser.weather.kinds),
        style=whole.style,
        style_thorough=whole.style_thorough,
        absent=tuple(dict.fromkeys(whole.absent)),
        nothing_else=whole.nothing_else,
        form=form,
        sheet=parser.sheet.sheet if parser.sheet is not None else None,
        edging=parser.edging,
        shape=parser.shape,
        facts=tuple(parser.facts),
        corrections=parser.corrections,
        excluded=tuple(parser.whole.excluded),
        asides=(*parser.asides, *parser.found.asides),
        ambiguities=_left_open(
            parser,
            [obj for obj in objects if obj.key not in slotted],
            [one for one in texts if one.key not in slotted],
            text,
            vocabulary,
        ),
    )


def _left_open(
    parser: Parser, objects: Sequence[SceneObject], texts: Sequence[TextElement], text: str, vocabulary: Vocabulary
) -> tuple[Ambiguity, ...]:
    """What is left open of ``objects`` and ``texts`` that stand in no slot: a form says where what fills it goes."""
    whole = parser.whole
    return ambiguities_of(
        objects,
        texts,
        background=whole.background,
        light=whole.light,
        style=whole.style,
        style_thorough=whole.style_thorough,
        text=text,
        vocabulary=vocabulary,
    )


def _by_what_bears(objects: Sequence[SceneObject], texts: Sequence[TextElement]) -> tuple[SceneObject, ...]:
    """``objects`` placed beside what a text stands on, not beside its letters: "a sign that says “OPEN”, a cup under it"."""
    bearers = {text.key: rel.targets for text in texts for rel in text.relations if rel.direction is Direction.ON}
    return tuple(replace(obj, relations=tuple(_beside(obj, rel, bearers) for rel in obj.relations)) for obj in objects)


def _beside(obj: SceneObject, relation: Relation, bearers: Mapping[str, tuple[str, ...]]) -> Relation:
    targets = tuple(bearer for key in relation.targets for bearer in bearers.get(key, (key,)))
    return relation if obj.key in targets else replace(relation, targets=targets)
