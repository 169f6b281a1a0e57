"""A chat template as exact token ids, piece by piece, so that what was sampled is never tokenised a second time.

A conversation is ``opening`` (system and user), then for every reply its sampled ids and what ``following`` puts between
its end and the next generation prompt. Cold start, rollouts and training all build their ids here.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genevolve.core.errors import Notice, UsageError
from genevolve.core.message import Message, Role
from genevolve.protocol.escape import escape

_HOLE = "\u2063reply\u2063"  # stands for a reply while the template is rendered around it
_THOUGHT = "<think>first</think>\n<tool_call>\n{}\n</tool_call>"
_HEARD = ("<tool_response>\nfound\n</tool_response>", "Write your answer now.")  # templates may tell the two kinds apart
_SHOWN = 30  # characters of a difference that are shown

Images = Mapping[str, Any]  # digest → PIL image; only for vision models


class ChatTemplate:
    """The template of ``tokenizer``. With a ``processor`` (vision models) images become placeholders of the right length.

    Special tokens that stand inside a message's text are defused; only the template itself can form them.
    Raises ``UsageError`` for a tokenizer without a template, or one that cannot end a turn.
    """

    def __init__(self, tokenizer: Any, processor: Any = None) -> None:
        self._tokenizer = tokenizer
        self._processor = processor
        if not (getattr(processor, "chat_template", None) or tokenizer.chat_template):
            name = tokenizer.name_or_path or type(tokenizer).__name__
            raise UsageError(f"the model {name!r} has no chat template; choose an instruction-tuned model in policy.model")
        self._specials = {token: _defused(token) for token in tokenizer.all_special_tokens}
        self.end = self._end_of_turn()

    def opening(self, messages: Sequence[Message], images: Images | None = None) -> list[int]:
        """Ids of the system and user messages that a conversation begins with, up to where the first reply starts."""
        return self._ids(self._render(messages), _shown(messages), images)

    def following(self, observations: Sequence[Message], *, closed: bool, images: Images | None = None) -> list[int]:
        """Ids between the end of a reply and the start of the next one.

        ``closed``: the reply's ids already hold the end of its turn; else (a reply that was cut) it comes first.
        """
        ids = self._ids(self._after_reply(observations), _shown(observations), images)
        return ids[1:] if closed else ids

    def reply(self, text: str) -> list[int]:
        """Ids of a reply that was written elsewhere, with the end of its turn."""
        return [*self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"], self.end]

    def transcribe(
        self,
        messages: Sequence[Message],
        images: Images | None = None,
        *,
        counts: Callable[[int, Sequence[Message]], bool] = lambda number, following: True,
    ) -> tuple[list[int], list[int]]:
        """A whole conversation as (ids, mask): the mask is 1 on the ids of replies with the end of their turns, else 0.

        ``counts`` says of a reply, by its number and the messages that follow it, whether it has a mask of 1 at all.
        Raises ``ValueError`` when it does not begin with a user's request or does not hold a reply.
        """
        opening, rest = _split(messages)
        ids = self.opening(opening, images)
        mask = [0] * len(ids)
        for number, (reply, observations) in enumerate(rest):
            spoken = self.reply(reply.text)
            heard = self.following(observations, closed=True, images=images) if observations else []
            ids += [*spoken, *heard]
            mask += [*([int(counts(number, observations))] * len(spoken)), *([0] * len(heard))]
        return ids, mask

    def rewritten(self) -> tuple[str, str] | None:
        """What the template writes of an earlier turn before and after the conversation goes on; None where it stays.

        Nothing is lost here, where turns are appended. An endpoint that is asked by messages renders all of them each time.
        """
        talk = [Message(role=Role.SYSTEM, text="system"), Message(role=Role.USER, text="request")]
        try:
            for heard in _HEARD:
                before = self._render(talk) + _THOUGHT
                talk += [Message(role=Role.ASSISTANT, text=_THOUGHT), Message(role=Role.USER, text=heard)]
                after = self._render(talk)
                if not after.startswith(before):
                    place = next(
                        (n for n, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), len(after)
                    )
                    place = max(before.rfind("\n", 0, place) + 1, place - _SHOWN // 2)
                    return before[place : place + _SHOWN], after[place : place + _SHOWN]
        except UsageError:  # a conversation that it refuses is told where there is one
            pass
        return None

    def tell_where_rewritten(self, name: str) -> None:
        """A ``Notice`` where an endpoint for chats would show the model ``name`` another conversation than it learns from."""
        if (found := self.rewritten()) is not None:
            before, after = found
            warnings.warn(
                f"the chat template of {name} rewrites earlier turns once more turns follow ({before!r} becomes {after!r}); "
                "training and sampling here keep every turn as it was said, a server that is asked by messages "
                "(policy.member = 'chat') does not: use what is trained by policy.member = 'local', or start the server with a "
                "--chat-template that keeps earlier turns",
                Notice,
                stacklevel=3,
            )

    def _end_of_turn(self) -> int:
        """The id that ends a turn: the first one that the template writes after a reply."""
        first: int = self._ids(self._after_reply([Message(role=Role.USER, text="more")]), (), None)[0]
        if first not in self._tokenizer.all_special_ids:
            shown = self._tokenizer.decode([first])
            raise UsageError(f"the chat template of policy.model ends a turn with {shown!r}, which is not a special token")
        return first

    def _after_reply(self, observations: Sequence[Message]) -> str:
        asked = Message(role=Role.USER, text="request")
        rendered = self._render([asked, Message(role=Role.ASSISTANT, text=_HOLE), *observations])
        before, hole, after = rendered.rpartition(_HOLE)
        if not hole:
            raise UsageError(f"the chat template of policy.model drops replies from the conversation: {before[-80:]!r}")
        return after

    def _render(self, messages: Sequence[Message]) -> str:
        wire = [{"role": str(message.role), "content": self._content(message)} for message in messages]
        maker = self._processor if getattr(self._processor, "chat_template", None) else self._tokenizer
        try:
            text: str = maker.apply_chat_template(wire, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # templates raise what they like
            roles = ", ".join(str(message.role) for message in messages)
            raise UsageError(
                f"the chat template of policy.model refuses a conversation of the roles {roles}: {error}"
            ) from None
        return text

    def _content(self, message: Message) -> Any:
        text = message.text
        for token, harmless in self._specials.items():
            text = text.replace(token, harmless)
        if self._processor is None:
            return text
        return [{"type": "text", "text": text}, *({"type": "image"} for _ in message.images)]

    def _ids(self, text: str, digests: Sequence[str], images: Images | None) -> list[int]:
        if self._processor is None or not digests:
            ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
            return ids
        shown = [(images or {})[digest] for digest in digests]
        made = self._processor(text=[text], images=shown, add_special_tokens=False)
        return [int(token) for token in made["input_ids"][0]]


def _shown(messages: Sequence[Message]) -> tuple[str, ...]:
    return tuple(digest for message in messages for digest in message.images)


def _defused(token: str) -> str:
    """``token`` as text that no tokenizer takes for it."""
    escaped = escape(token)
    return escaped if escaped != token else f"{token[:1]} {token[1:]}"


def _split(messages: Sequence[Message]) -> tuple[list[Message], list[tuple[Message, list[Message]]]]:
    """The messages before the first reply, then each reply with what follows it."""
    opening: list[Message] = []
    rest: list[tuple[Message, list[Message]]] = []
    for message in messages:
        if message.role is Role.ASSISTANT:
            rest.append((message, []))
        elif rest:
            rest[-1][1].append(message)
        else:
            opening.append(message)
    if not rest or not any(message.role is Role.USER for message in opening):
        raise ValueError("a conversation needs a user's request and, after it, at least one reply")
    return opening, rest
