"""Policies behind an OpenAI-compatible chat endpoint."""

from genevolve.policies.chat.policy import ChatPolicy, Observe, Tools

__all__ = ["ChatPolicy", "Observe", "Tools"]
