"""Plain English → ``Scene``. One pass over the tokens; what is not understood is passed over, and nothing is ever raised."""

from dataclasses import replace

from genevolve.world.language.ambiguities import ambiguities_of
from genevolve.world.language.asked import Finder, nothing_asked
from genevolve.world.language.drafts import freeze
from genevolve.world.language.model import Scene
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
    form = parser.found.form and replace(parser.found.form, parts=tuple(filling.part() for filling in parser.fillings))
    slotted = form.keys if form is not None else frozenset()
    return Scene(
        text=text,
        vocabulary=vocabulary,
        objects=objects,
        texts=texts,
        background=whole.background,
        light=whole.light,
        style=whole.style,
        style_thorough=whole.style_thorough,
        absent=tuple(dict.fromkeys(whole.absent)),
        nothing_else=whole.nothing_else,
        form=form,
        shape=parser.shape,
        facts=tuple(parser.facts),
        corrections=parser.corrections,
        excluded=tuple(parser.whole.excluded),
        asides=(*parser.asides, *parser.found.asides),
        ambiguities=ambiguities_of(  # a form says where what fills it goes
            [obj for obj in objects if obj.key not in slotted],
            [text for text in texts if text.key not in slotted],
            background=whole.background,
            light=whole.light,
            style=whole.style,
            style_thorough=whole.style_thorough,
            text=text,
            vocabulary=vocabulary,
        ),
    )
