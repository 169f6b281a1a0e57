"""A model in this process as the policy."""

from genevolve.policies.local.policy import LocalPolicy

__all__ = ["LocalPolicy"]
