"""What can be drawn without a reference: a setting of a run, for what is everyday is what policies were trained with."""

from enum import StrEnum


class Vocabulary(StrEnum):
    """``everyday``: the scene inventory, as in the suites and data recipes. ``icons``: the shapes of Game Icons and further
    words for everyday objects, too."""

    EVERYDAY = "everyday"
    ICONS = "icons"
