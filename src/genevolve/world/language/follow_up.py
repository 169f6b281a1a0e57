"""A request and the changes that were asked for since, as the one request that says the same in one go."""

from collections.abc import Sequence

from genevolve.world.language.vocabulary import Vocabulary


def merged(wishes: Sequence[str], vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> str:
    return ". ".join(wishes)
