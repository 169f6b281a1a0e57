"""What calls cost, where the user has set prices. Without a price a cost is 0, and reports say that no price is set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price list in one currency of the user's choice. ``cached`` None means: cached prompt tokens cost like others."""

    prompt_per_million: float = 0.0
    completion_per_million: float = 0.0
    cached_per_million: float | None = None
    per_call: float = 0.0
    per_image: float = 0.0

    def __post_init__(self) -> None:
        for name in ("prompt_per_million", "completion_per_million", "cached_per_million", "per_call", "per_image"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise ValueError(f"price {name} is {value}; a price is a number that is 0 or more")

    def least(self, *, calls: int = 1, images: int = 0) -> float:
        """What is known of the price of ``calls`` before they are made: all but the tokens."""
        return calls * self.per_call + images * self.per_image

    def cost(self, *, prompt: int = 0, completion: int = 0, cached: int = 0, images: int = 0) -> float:
        """The price of one call. ``prompt`` and ``completion`` count tokens; ``cached`` is the cached part of ``prompt``."""
        cached = min(cached, prompt)
        cached_price = self.prompt_per_million if self.cached_per_million is None else self.cached_per_million
        tokens = (prompt - cached) * self.prompt_per_million + cached * cached_price + completion * self.completion_per_million
        return tokens / 1_000_000 + self.per_call + images * self.per_image


FREE = Price()
