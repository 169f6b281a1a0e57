"""A place as a picture is set in it, said in a few words between commas: "foggy street", "dark pine forest"."""

from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.tokens import Kind
from genevolve.world.language.weather import weather_of
from genevolve.world.language.words import Words

_APART = frozenset({Kind.COMMA, Kind.STOP, Kind.SEMICOLON, Kind.COLON, Kind.QUOTE})
_LONGEST = 4  # words


def sets_scene(said: str) -> bool:
    """Whether it is a place in small letters, with how it looks there, and so no name: not "city park"."""
    *looks, place = said.split() or [""]
    known = lexicon().words
    named = place in known["settings"] or place in known["free_settings"]
    first = bool(looks) and (looks[0] in known["scenic"] or weather_of(looks[0]) is not None)
    return named and first and len(looks) < _LONGEST and said.islower()


def clause_at(words: Words, here: int) -> str:
    """What stands at ``here`` behind a comma, a quotation or a full stop, up to the next of them or a joint; else nothing."""
    end = here
    while words.is_word(end) and not words.has("stops", end) and end < here + _LONGEST:
        end += 1
    return words.written(here, end) if words.kind(here - 1) in _APART else ""
