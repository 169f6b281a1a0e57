"""The rule-based policy. A pure function of what it has seen.

``policy`` decides the next turn: ``research`` says what is still to be looked up, ``program`` writes the answer: ``normalize``
tidies the scene, the ``skill_edits`` of the skills that were read change it, ``language.surface_text`` writes it, and
``check`` reads it back.
"""

from genevolve.world.expert.policy import ExpertPolicy

__all__ = ["ExpertPolicy"]
