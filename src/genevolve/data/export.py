"""The finished data set in the public layout: trajectories to imitate, requests with ground truth, and the benchmark.

``sft.jsonl`` (ShareGPT messages and images), ``sft_validation.jsonl``, ``evolve.jsonl`` and ``validation.jsonl`` (request,
ground truth, metadata), ``test.jsonl`` (the public benchmark's six fields; what judges may know is in ``metadata``), each
also as Parquet; ``images/``, ``dataset_info.json`` for LLaMA-Factory and a data card. All paths are relative to the folder.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from genevolve.data.chat_format import chat_messages
from genevolve.data.records import Json, TrajectoryRow, json_object
from genevolve.data.splits import Split
from genevolve.data.stage import OnRow, digest_of
from genevolve.protocol.listing import listed
from genevolve.store.decode import read_image

FILES = ("sft", "sft_validation", "evolve", "validation", "test")
MARK = "<image>"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAMES = {Split.EVOLVE: "evolve", Split.VALIDATION: "validation", Split.HELDOUT: "case"}
_TAGS = {
    "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedImage:
    """Which of the found images stand in the trajectories: of each message the first ``each``, of all the newest ``total``.

    Nothing is shown to a policy that reads text alone.
    """

    each: int = 0
    total: int = 0


TEXT_ONLY, FOUND = ExportedImage(), ExportedImage(each=5, total=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSource:
    """Where the images of the rows lie: those that lessons showed, and the ground truths."""

    lessons: Path
    truths: Path


def export(
    rows: Iterable[TrajectoryRow],
    source: ExportSource,
    target: Path,
    *,
    shown: ExportedImage = TEXT_ONLY,
    chat: Sequence[Json] | None = None,
    on_row: OnRow,
) -> dict[str, int]:
    """Write the data set; the number of rows in each file. An earlier export in ``target`` is replaced file by file.

    ``chat``: the tools, as servers are told of them; the trajectories are written in the chat format of OpenAI and TRL too.
    """
    images = target / "images"
    images.mkdir(parents=True, exist_ok=True)
    (target / "metadata").mkdir(exist_ok=True)
    with ExitStack() as stack:
        files = _Files(target, stack)
        for row in rows:
            for name, record in _records(row, source, images, shown, files):
                files.write(name, record)
            on_row(1)
    files.settle()
    write_chat(target, chat, pictures=shown.total > 0)
    _write_json(target / "dataset_info.json", llama_factory(files.counts))
    return files.counts


class _Files:
    """The files that are being written, each beside its name until all of them are whole."""

    def __init__(self, target: Path, stack: ExitStack) -> None:
        self.target = target
        self.counts = dict.fromkeys(FILES, 0)
        self._stack = stack
        self._open: dict[str, TextIO] = {}
        for name in FILES:
            self._file(f"{name}.jsonl")

    def _file(self, name: str) -> TextIO:
        if name not in self._open:
            path = self.target / f"{name}.writing"
            self._open[name] = self._stack.enter_context(path.open("w", encoding="utf-8"))
        return self._open[name]

    def write(self, name: str, record: Json) -> None:
        self._file(f"{name}.jsonl").write(json.dumps(record, ensure_ascii=False) + "\n")
        if name in self.counts:
            self.counts[name] += 1

    def settle(self) -> None:
        for name in self._open:
            (self.target / f"{name}.writing").replace(self.target / name)
        for name in FILES:
            if f"metadata/{name}.jsonl" not in self._open:  # of an earlier export
                (self.target / "metadata" / f"{name}.jsonl").unlink(missing_ok=True)


def _records(
    row: TrajectoryRow, source: ExportSource, images: Path, shown: ExportedImage, files: _Files
) -> Iterator[tuple[str, Json]]:
    split = row.prompt.split
    assert split is not None
    if split in (Split.SFT, Split.VALIDATION):
        name = "sft" if split is Split.SFT else "sft_validation"
        yield name, _trajectory(row, source.lessons, images, shown)
        yield f"metadata/{name}", {**metadata(row, row.id), "references": _references(row, source.lessons, images)}
    if split is Split.SFT:
        return
    assert row.truth is not None
    name = "test" if split is Split.HELDOUT else split.value
    number = files.counts[name]
    path = f"images/{_NAMES[split]}_{number:05d}.jpg"
    digest = _as_jpeg(source.truths / row.truth.image_path, images.parent / path)
    key: str | int = number if split is Split.HELDOUT else row.prompt_id
    yield name, _request(row, split, key, path, digest)
    yield (
        f"metadata/{name}",
        {**metadata(row, key), "gt_sha256": digest, "gt_score": row.truth.kscore, "gt_judge": row.truth.judge},
    )


def provenance(row: TrajectoryRow) -> Json:
    """Always the same fields, so that tables can hold them."""
    names = ("recipe", "realiser", "teacher", "profile", "commit", "genevolve")
    told = row.prompt.provenance
    return {**{name: str(told.get(name) or "") for name in names}, "audit": str((row.audit or {}).get("judge") or "")}


def metadata(row: TrajectoryRow, key: str | int) -> Json:
    """What judges and statistics may know; never part of what an agent or a student reads."""
    prompt = row.prompt
    recipe = json_object(prompt.hidden.recipe)
    return {
        "id": key,
        "source_id": row.id,
        "view": prompt.split,
        **prompt.labels.to_json(),
        "entities": list(prompt.entities),
        "recipe": {name: recipe.get(name) for name in ("family", "gap", "anchor", "dominant", "secondary")},
        "claims": prompt.hidden.claims,
        "program": row.collected.program,
        "audit": row.audit,
        "provenance": provenance(row),
    }


def _references(row: TrajectoryRow, lessons: Path, images: Path) -> list[Json]:
    """The selected references with their files in the data set and where they came from."""
    found: list[Json] = []
    for reference in row.collected.references:
        told = {name: str(reference.get(name) or "") for name in ("img_id", "note", "title", "url", "page_url", "licence")}
        local = lessons / str(reference.get("local_path") or ".")
        name = None
        if local.is_file():
            digest = local.stem if _DIGEST.fullmatch(local.stem) else digest_of(local)
            name = f"images/{digest}.png"
            _link(local, images.parent / name)
        found.append({**told, "image": name})
    return found


def _request(row: TrajectoryRow, split: Split, key: str | int, path: str, digest: str) -> Json:
    prompt = row.prompt
    labels = prompt.labels.to_json()
    if split is Split.HELDOUT:
        return {"id": key, "question": prompt.prompt, "gt_image": path, **labels}
    meta = {
        "entities": list(prompt.entities),
        "claims": json.dumps(prompt.hidden.claims or [], ensure_ascii=False),
        "seed": row.collected.seed,
        "gt_sha256": digest,
        "provenance": provenance(row),
    }
    return {"id": key, "prompt": prompt.prompt, "gt_image": path, **labels, "meta": meta}


def _trajectory(row: TrajectoryRow, lessons: Path, images: Path, shown: ExportedImage) -> Json:
    """The conversation as the policy saw it. An image is marked by ``<image>`` at the end of the message that names it, after
    its id, as the policy's endpoint got it; the marks and ``images`` are in the same order."""
    told: list[Json] = []
    paths: list[str] = []
    left = shown.total
    for message in reversed(row.collected.messages or ()):
        text = message.content.replace(MARK, "&lt;image>")
        digests = message.images[: min(shown.each, left)]
        left -= len(digests)
        for digest in digests:
            _link(lessons / "images" / f"{digest}.png", images / f"{digest}.png")
        paths = [*(f"images/{digest}.png" for digest in digests), *paths]
        names = [*(f"{found.img_id}:" for found in listed(text)), *("" for _ in digests)]
        marks = "".join(f"{name}{MARK}" for name, _ in zip(names, digests, strict=False))
        told.append({"role": message.role, "content": text + marks, **({"weight": 0} if message.context else {})})
    labels = row.prompt.labels.to_json()
    return {"id": row.id, "messages": told[::-1], "images": paths, **labels, "provenance": provenance(row)}


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where that cannot be. Raises ``UsageError`` for an image that is damaged."""
    if target.exists():
        return
    read_image(source, setting="an image of a lesson:")
    temporary = target.with_suffix(".link")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    temporary.replace(target)


def _as_jpeg(source: Path, target: Path) -> str:
    """The image as the public sets hold it; the SHA-256 of the file."""
    import hashlib

    from genevolve.services.pictures import Encoding, encode
    from genevolve.store.images import write_atomically

    data = encode(read_image(source, setting="a ground truth:").png, Encoding(jpeg_quality=95))
    write_atomically(target, data)
    return hashlib.sha256(data).hexdigest()


def llama_factory(counts: dict[str, int]) -> Json:
    """``dataset_info.json``: the trajectories under the names that LLaMA-Factory's ``dataset`` setting takes."""
    columns = {"messages": "messages", "images": "images"}
    return {
        f"genevolve_{name}": {"file_name": f"{name}.jsonl", "formatting": "sharegpt", "columns": columns, "tags": _TAGS}
        for name in ("sft", "sft_validation")
        if counts.get(name)
    }


CHAT = ("sft", "sft_validation")


def write_chat(folder: Path, tools: Sequence[Json] | None, *, pictures: bool) -> None:
    """``chat/NAME.jsonl`` of each file of trajectories: messages with ``tool_calls``, and the tools as JSON text (a
    table cannot hold parameters of different tools in one column). Without ``tools`` what an
    earlier export wrote is taken away."""
    for name in CHAT:
        source, target = folder / f"{name}.jsonl", folder / "chat" / f"{name}.jsonl"
        if tools is None or not source.stat().st_size:
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(exist_ok=True)
        temporary = target.with_suffix(".writing")
        with source.open(encoding="utf-8") as rows, temporary.open("w", encoding="utf-8") as file:
            for row in map(json.loads, rows):
                row["messages"] = list(chat_messages(row["messages"], parts=pictures))
                file.write(json.dumps({**row, "tools": json.dumps(tools, ensure_ascii=False)}, ensure_ascii=False) + "\n")
        temporary.replace(target)


def _write_json(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
