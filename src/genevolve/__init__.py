"""GenEvolve: image-generation agents that get better by themselves."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genevolve.app.generate import Generation, generate, generate_async

__all__ = ["Generation", "__version__", "generate", "generate_async"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The interface is loaded on first use, so that ``import genevolve`` stays light."""
    if name in __all__:
        from genevolve.app import generate

        return getattr(generate, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
