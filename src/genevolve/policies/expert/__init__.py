"""The expert policy: rules over the request and the observations, nothing hidden, nothing learned."""

from genevolve.policies.expert.policy import ExpertPolicy

__all__ = ["ExpertPolicy"]
