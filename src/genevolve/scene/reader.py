"""Plain English → ``Scene``. One pass over the tokens; what is not understood is passed over, and nothing is ever raised."""

from genevolve.scene.drafts import freeze
from genevolve.scene.model import Scene
from genevolve.scene.opens import opens
from genevolve.scene.parser import Parser


def read(text: str) -> Scene:
    """The scene that ``text`` describes. Any string will do; only the first 20,000 characters are read, in linear time.

    Keys are the nouns ("dog", "dog 2") and "text", "text 2"; spans are character ranges of ``text``.
    """
    parser = Parser(text)
    parser.run()
    things, letterings = freeze(parser.drafts)
    return Scene(
        text=text,
        things=things,
        letterings=letterings,
        backdrop=parser.backdrop,
        light=parser.light,
        style=parser.style,
        style_thorough=parser.style_thorough,
        absent=tuple(dict.fromkeys(parser.absent)),
        nothing_else=parser.nothing_else,
        opens=opens(
            things,
            letterings,
            backdrop=parser.backdrop,
            light=parser.light,
            style=parser.style,
            style_thorough=parser.style_thorough,
            text=text,
        ),
    )
