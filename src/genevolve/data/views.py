"""The four parts of a data set, and the rule that keeps them apart: each entity belongs to one of them for ever.

The rule only adds to that of ``splits``: entities to train on are divided again, between imitation and self-evolution.
"""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum

from genevolve.data.splits import Split, split_of

_SFT_SHARE = 0.65  # of the entities to train on


class View(StrEnum):
    SFT = "sft"
    EVOLVE = "evolve"
    VALIDATION = "validation"
    HELDOUT = "heldout"


SPLIT_OF = {
    View.SFT: Split.TRAIN,
    View.EVOLVE: Split.TRAIN,
    View.VALIDATION: Split.VALIDATION,
    View.HELDOUT: Split.HELDOUT,
}
SHARES = {View.SFT: 0.62, View.EVOLVE: 0.22, View.VALIDATION: 0.04, View.HELDOUT: 0.12}  # of rows, unless set otherwise


def view_of_entity(entity: str) -> View:
    """About 39 % of entities are for imitation, 21 % for self-evolution, 10 % validate and 30 % are held out."""
    split = split_of(entity)
    if split is Split.TRAIN:
        return View.SFT if _share(f"genevolve view {entity.casefold()}") < _SFT_SHARE else View.EVOLVE
    return View.VALIDATION if split is Split.VALIDATION else View.HELDOUT


def views_of(entities: Iterable[str]) -> frozenset[View]:
    return frozenset(view_of_entity(entity) for entity in entities)


def view_of_prompt(prompt: str) -> View:
    """For requests whose entities nobody has written down: by the words alone, in the default shares of rows."""
    share, total = _share(f"genevolve prompt {normal(prompt)}"), 0.0
    for view, part in SHARES.items():
        total += part
        if share < total:
            return view
    return View.HELDOUT


def normal(prompt: str) -> str:
    """The words of a prompt in lower case, without punctuation: what makes two prompts the same prompt."""
    return " ".join(re.findall(r"\w+", prompt.casefold()))


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]) / 2**64
