"""GenEvolve: image-generation agents that get better by themselves."""

__version__ = "0.1.0"
