"""Trajectories of a data set as token ids with the loss on what the policy wrote, and as batches."""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.message import Message, Role
from genevolve.data.audit_checks import conversation_of
from genevolve.data.dataset import MARKS, BadExample, Example, Image, read_dataset
from genevolve.policies.local.template import ChatTemplate
from genevolve.protocol.observations import not_accepted
from genevolve.store.decode import decode, read_image

NO_LOSS = -100
_MARK = "<image>"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConversation:
    """One trajectory: ``mask`` is 1 on the ids that carry loss. ``images`` in the order of their placeholders."""

    place: str
    ids: tuple[int, ...]
    mask: tuple[int, ...]
    images: tuple[Image, ...] = ()

    @property
    def labels(self) -> list[int]:
        return [token if kept else NO_LOSS for token, kept in zip(self.ids, self.mask, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """``left_out`` counts rows by reason; nothing is dropped without being counted."""

    train: Sequence[TrainingConversation]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        return sum(len(transcript.ids) for transcript in self.train)

    @property
    def learnt(self) -> int:
        """Tokens that carry loss."""
        return sum(sum(transcript.mask) for transcript in self.train)


def source_of(path: Path) -> Path:
    """The file or folder of trajectories that ``path`` means: itself, a run's results, or a finished data set inside it."""
    if not path.exists():
        raise UsageError(f"--data {path}: there is no such file or folder")
    if (path / "dataset").is_dir() and (path / "recipes.jsonl").is_file():
        return path / "dataset"
    return path / "results.jsonl" if (path / "results.jsonl").is_file() else path


def read_corpus(
    path: Path,
    template: ChatTemplate,
    *,
    cutoff: int,
    vision: bool,
    skip_broken: bool = False,
    on_row: Callable[[int], None] = lambda rows: None,
) -> Corpus:
    """The trajectories to learn from. Held-out parts of a folder are not read. Raises ``UsageError`` for broken rows and for
    none.

    A trajectory of more than ``cutoff`` tokens, one whose teacher failed, and one that met an outage is left out and counted.
    """
    source = source_of(path)
    kept: list[TrainingConversation] = []
    left_out: Counter[str] = Counter()
    broken: list[str] = []
    for example in read_dataset(source):
        on_row(1)
        try:
            reason, transcript = _taken(example, template, cutoff, vision=vision, whole=source.is_file())
        except ValueError as error:
            broken.append(f"{example.place}: {error}")
            continue
        if transcript is not None:
            kept.append(transcript)
        elif reason:
            left_out[reason] += 1
    if broken and not skip_broken:
        more = f" ({len(broken)} rows are broken in all)" if len(broken) > 1 else ""
        raise UsageError(f"{source}: {broken[0]}{more}; fix the data, or set data.skip_broken = true to leave such rows out")
    left_out.update({"broken": len(broken)} if broken else {})
    return _some(path, Corpus(train=kept, left_out=dict(left_out)))


def _some(path: Path, corpus: Corpus) -> Corpus:
    if not corpus.train:
        why = ", ".join(f"{count} {reason}" for reason, count in corpus.left_out.items()) or "it has no rows with messages"
        raise UsageError(f"--data {path}: there is no trajectory to learn from ({why})")
    return corpus


def _taken(
    example: Example | BadExample, template: ChatTemplate, cutoff: int, *, vision: bool, whole: bool
) -> tuple[str, TrainingConversation | None]:
    """(why it is left out, None) or ("", transcript). Raises ``ValueError`` for a row that is broken."""
    if isinstance(example, BadExample):
        raise ValueError(f"{example.rule}: {example.detail}")
    if not whole and example.view in ("validation", "heldout", "evolve"):
        return "", None
    if not example.messages:
        return "without a trajectory", None
    if example.meta.get("error") or example.meta.get("termination", "answer") != "answer":
        return "without an answer", None
    if example.meta.get("degraded") or conversation_of(example.messages).degraded:
        return "degraded by an outage", None
    messages = conversation(example, vision=vision)
    shown = {name: picture(image) for name, image in _named(example).items()} if vision else None
    ids, mask = template.transcribe(
        messages, shown, counts=lambda number, following: number not in example.context and _accepted(following)
    )
    if not any(mask):
        return "without a reply to imitate", None
    if len(ids) > cutoff:
        return f"longer than the cutoff of {cutoff} tokens", None
    used = tuple(_named(example)[name] for message in messages for name in message.images)
    return "", TrainingConversation(place=example.place, ids=tuple(ids), mask=tuple(mask), images=used)


def _accepted(following: Sequence[Message]) -> bool:
    """Whether a reply that these messages follow was taken; to imitate one that was turned down would teach the mistake."""
    return not following or not not_accepted(following[0].text)


def conversation(example: Example, *, vision: bool) -> list[Message]:
    """The messages as a policy reads them. Raises ``ValueError`` for roles and replies that no episode could have.

    With ``vision`` images come after the text of their message, as in rollouts; without it, images and their marks go.
    """
    rows = example.messages if vision else example.text_messages()
    messages: list[Message] = []
    waiting = list(_named(example))
    for number, row in enumerate(rows, start=1):
        role, text = _role(row["role"], number), row["content"]
        names: list[str] = []
        if vision:
            count = text.count(_MARK)
            names, waiting = waiting[:count], waiting[count:]
            if len(names) < count:
                raise ValueError(f"there are more {_MARK} marks than the {len(example.images)} images")
            text = MARKS.sub("", text)
        _follows(messages, role, text, number)
        messages.append(Message(role=role, text=text, images=tuple(names)))
    if vision and waiting:
        raise ValueError(f"{len(waiting)} of {len(example.images)} images have no {_MARK} mark")
    while messages and messages[-1].role is not Role.ASSISTANT:
        messages.pop()
    if not messages:
        raise ValueError("there is no assistant message")
    return messages


def _role(name: str, number: int) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise ValueError(f"message {number} has the role {name!r}; roles are {', '.join(Role)}") from None


def _follows(earlier: Sequence[Message], role: Role, text: str, number: int) -> None:
    if role is Role.SYSTEM and earlier:
        raise ValueError(f"message {number} is a system message; it can only be the first")
    if role is not Role.ASSISTANT:
        return
    if not text.strip():
        raise ValueError(f"message {number} is an empty assistant message")
    if not earlier or earlier[-1].role is Role.SYSTEM:
        raise ValueError(f"message {number} is an assistant message without a user message before it")
    if earlier[-1].role is Role.ASSISTANT:
        raise ValueError(f"messages {number - 1} and {number} are both assistant messages")


def _named(example: Example) -> dict[str, Image]:
    return {str(number): image for number, image in enumerate(example.images)}


def picture(image: Image) -> Any:
    """A ``PIL.Image``, checked as every image is. Raises ``ValueError`` for one that is missing or damaged."""
    from PIL import Image as Pillow

    try:
        if image.data is not None:
            data = decode(image.data).png
        else:
            assert image.path is not None
            data = read_image(image.path, setting=f"image {image.name}:").png
    except (UsageError, ValueError) as error:
        raise ValueError(f"image {image.name}: {error}") from None
    with Pillow.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


class Collator:
    """Rows as one padded batch; with a ``processor``, the pixels of their images too.

    A row holds ``input_ids``, ``labels`` and ``number``, its place among ``transcripts``.
    """

    def __init__(
        self, transcripts: Sequence[TrainingConversation], *, pad: int, processor: Any | None, image_token: int | None
    ) -> None:
        self._transcripts = transcripts
        self._pad = pad
        self._processor = processor
        self._image_token = image_token

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        import torch

        def padded(name: str, filling: int) -> Any:
            columns = [torch.tensor(row[name], dtype=torch.long) for row in rows]
            return torch.nn.utils.rnn.pad_sequence(columns, batch_first=True, padding_value=filling)

        ids = padded("input_ids", self._pad)
        lengths = torch.tensor([len(row["input_ids"]) for row in rows])
        batch = {
            "input_ids": ids,
            "labels": padded("labels", NO_LOSS),
            "attention_mask": (torch.arange(ids.shape[1])[None, :] < lengths[:, None]).long(),
        }
        if self._processor is not None and self._image_token is not None:
            batch["mm_token_type_ids"] = (ids == self._image_token).int()
            shown = [picture(image) for row in rows for image in self._transcripts[row["number"]].images]
            if shown:
                batch.update(self._processor.image_processor(images=shown, return_tensors="pt"))
        return batch
