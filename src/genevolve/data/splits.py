"""The four splits of a data set, and the rule that keeps them apart: each entity always belongs to the same one.

A hash of its id decides, so that splits made at different times cannot come to overlap. An entity is for training, for
validation or held out; those to train on are divided again, between imitation and self-evolution.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

_HELDOUT, _VALIDATION = 0.3, 0.1
_SFT_SHARE = 0.65  # of the entities to train on


class EntitySplit(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    HELDOUT = "heldout"


class Split(StrEnum):
    """In files its field is called ``view``."""

    SFT = "sft"
    EVOLVE = "evolve"
    VALIDATION = "validation"
    HELDOUT = "heldout"


ENTITY_SPLIT = {
    Split.SFT: EntitySplit.TRAIN,
    Split.EVOLVE: EntitySplit.TRAIN,
    Split.VALIDATION: EntitySplit.VALIDATION,
    Split.HELDOUT: EntitySplit.HELDOUT,
}
SHARES = {Split.SFT: 0.62, Split.EVOLVE: 0.22, Split.VALIDATION: 0.04, Split.HELDOUT: 0.12}  # of rows, unless set otherwise


@lru_cache(maxsize=16384)  # asked for every entity in every draw
def entity_split(entity: str) -> EntitySplit:
    """About 60 % of all entities train, 10 % validate, 30 % are held out."""
    share = _share(f"genevolve split {entity.casefold()}")
    if share < _HELDOUT:
        return EntitySplit.HELDOUT
    return EntitySplit.VALIDATION if share < _HELDOUT + _VALIDATION else EntitySplit.TRAIN


def split_of_entity(entity: str) -> Split:
    """About 39 % of entities are for imitation, 21 % for self-evolution, 10 % validate and 30 % are held out."""
    found = entity_split(entity)
    if found is EntitySplit.TRAIN:
        return Split.SFT if _share(f"genevolve view {entity.casefold()}") < _SFT_SHARE else Split.EVOLVE
    return Split.VALIDATION if found is EntitySplit.VALIDATION else Split.HELDOUT


def splits_of(entities: Iterable[str]) -> frozenset[Split]:
    return frozenset(split_of_entity(entity) for entity in entities)


def split_of_prompt(prompt: str) -> Split:
    """For requests whose entities nobody has written down: by the words alone, in the default shares of rows."""
    share, total = _share(f"genevolve prompt {normal(prompt)}"), 0.0
    for split, part in SHARES.items():
        total += part
        if share < total:
            return split
    return Split.HELDOUT


def normal(prompt: str) -> str:
    """The words of a prompt in lower case, without punctuation: what makes two prompts the same prompt."""
    return " ".join(re.findall(r"\w+", prompt.casefold()))


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]) / 2**64
