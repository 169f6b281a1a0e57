"""The expert policy: rules over the request and the observations, nothing hidden, nothing learned."""

from genevolve.world.expert.policy import ExpertPolicy

__all__ = ["ExpertPolicy"]
