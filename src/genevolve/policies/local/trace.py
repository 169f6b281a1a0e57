"""What training needs of an episode: its token ids exactly as they were sampled and shown."""

from dataclasses import dataclass, field, replace


@dataclass(slots=True)
class Trace:
    """A conversation as it grew. ``logprobs`` and ``mask`` go with ``completion``; a mask of 1 marks sampled tokens."""

    prompt: list[int]
    completion: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)
    images: list[str] = field(default_factory=list)  # digests, in the order of their placeholders
    replies: list[int] = field(default_factory=list)  # where in ``completion`` each reply begins, sampled here or not

    @classmethod
    def blank(cls, end: int) -> "Trace":
        """Of a model that never answered: a single closing token, which carries no loss."""
        return cls(prompt=[end], completion=[end], logprobs=[0.0], mask=[0])

    @property
    def sampled(self) -> int:
        """Tokens that the policy wrote."""
        return sum(self.mask)

    def cut(self, tokens: int) -> "Trace":
        """Its first ``tokens`` behind the prompt."""
        return replace(
            self,
            completion=self.completion[:tokens],
            logprobs=self.logprobs[:tokens],
            mask=self.mask[:tokens],
            replies=[place for place in self.replies if place < tokens],
        )

    @property
    def ids(self) -> list[int]:
        return [*self.prompt, *self.completion]

    def begin_reply(self) -> None:
        """What comes next is a reply that was said elsewhere."""
        self.replies.append(len(self.completion))

    def append_context(self, ids: list[int]) -> None:
        """What the policy was shown: no loss."""
        self.completion += ids
        self.logprobs += [0.0] * len(ids)
        self.mask += [0] * len(ids)

    def append_sample(self, ids: tuple[int, ...], logprobs: tuple[float, ...]) -> None:
        """A reply that the policy sampled."""
        self.begin_reply()
        self.completion += ids
        self.logprobs += logprobs
        self.mask += [1] * len(ids)
