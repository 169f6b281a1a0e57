"""GenEvolve's environment under a name that ``verifiers`` finds: ``vf-eval genevolve-env``."""

from genevolve.integrations.verifiers import GenEvolveHarness, GenEvolveTaskset

__all__ = ["GenEvolveHarness", "GenEvolveTaskset"]
