"""One reader for data sets of requests and trajectories: ours, the public ones, and others in the same forms.

A data set is a folder (with folders in it, such as one for each part) of JSON lines, JSON arrays or Parquet files. Where both
forms of a file lie side by side the JSON lines are read. Rows stream; a row that cannot be used is told, never dropped.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from genevolve.core.errors import UsageError
from genevolve.data.chat_format import BadToolCall, responses, with_calls
from genevolve.data.records import Json, objects
from genevolve.store.user_file import json_value

TRUTH_FIELDS = ("gt_image", "ground_truth", "target_image")
PROMPT_FIELDS = ("prompt", "question", "request")
SUFFIXES = (".jsonl", ".json", ".parquet")
MARKS = re.compile(r"(?:(?:IMG_\d{3,}:)?<image>)+\Z|\A(?:<image>\n?)+|<image>")
_NO_DATA = {"dataset_info.json", "made_by.json", "package.json", "run.json"}
_VIEWS = (
    ("validation", re.compile(r"(^|[_./-])(val|valid|validation|dev|eval)([_.-]|$)")),
    ("heldout", re.compile(r"(^|[_./-])(test|heldout|held-out|bench|benchmark)([_.-]|$)")),
    ("evolve", re.compile(r"(^|[_./-])(evolve|evolution|self[_-]?evo\w*|rl|visual[_-]?feedback)([_.-]|$)")),
    ("sft", re.compile(r"(^|[_./-])(sft|train|cold[_-]?start)([_.-]|$)")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a row: a file of the data set, or bytes that lie in a Parquet file."""

    name: str
    path: Path | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row. ``messages`` is empty for a request without a trajectory; ``truth`` is its ground-truth image.

    ``view`` is sft, evolve, validation, heldout, or the name of the file where that tells nothing. ``meta`` holds what the
    row carries beside these fields, and what the data set says about it in its metadata. ``context`` are the places among
    the assistant's messages of those with ``"weight": 0`` (as in OpenAI's format for fine-tuning): not to be imitated.
    """

    id: str
    place: str  # file and line, for people
    view: str
    prompt: str
    messages: tuple[Mapping[str, str], ...] = ()
    context: frozenset[int] = frozenset()
    images: tuple[Image, ...] = ()
    truth: Image | None = None
    eval_type: str = ""
    category: str = ""
    difficulty: str = ""
    meta: Mapping[str, object] = field(default_factory=dict)

    @property
    def entities(self) -> tuple[str, ...] | None:
        """The entities that the row is about; None when nobody has written them down."""
        listed = self.meta.get("entities")
        return tuple(map(str, listed)) if isinstance(listed, list) else None

    def text_messages(self) -> tuple[Mapping[str, str], ...]:
        """The conversation for a model that sees no images: without the marks of images, and otherwise to the letter."""
        return tuple({**message, "content": MARKS.sub("", message["content"])} for message in self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadExample:
    """A row that is no example. ``rule`` names what is wrong in one word."""

    place: str
    rule: str
    detail: str


def read_dataset(folder: Path) -> Iterator[Example | BadExample]:
    """Every row of the data set in ``folder`` (or of one file). Raises ``UsageError`` when there is no data."""
    files = data_files(folder)
    if not files:
        raise UsageError(f"{folder}: there is no .jsonl, .json or .parquet file of a data set in it")
    root = folder if folder.is_dir() else folder.parent
    for path in files:
        yield from _file(path, root)


def data_files(folder: Path) -> list[Path]:
    """The files that hold rows, each part once."""
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder")
    found = [path for path in folder.rglob("*") if path.suffix in SUFFIXES and _holds_rows(path.relative_to(folder))]
    best: dict[tuple[Path, str], Path] = {}
    for path in sorted(found, key=lambda path: (SUFFIXES.index(path.suffix), len(path.parts), path)):
        home = path.parent.parent if path.parent.name == "parquet" else path.parent
        best.setdefault((home, path.stem), path)
    return sorted(best.values())


def _holds_rows(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.name not in _NO_DATA and not {"metadata", "images", "chat"} & set(path.parts[:-1])


def view_of_file(path: Path, root: Path) -> str:
    """Which part of a data set a file is, by its name and, where that says little, by those of its folders."""
    names = [path.stem.lower(), *(part.lower() for part in reversed(path.relative_to(root).parts[:-1])), root.name.lower()]
    told = [view for name in names for view, pattern in _VIEWS if pattern.search(name)]
    if told and told[0] == "sft" and "evolve" in told:  # "train" in a folder of self-evolution
        return "evolve"
    return told[0] if told else path.stem


def _file(path: Path, root: Path) -> Iterator[Example | BadExample]:
    view = view_of_file(path, root)
    shown = path.relative_to(root) if path != root else path
    folder = path.parent if path.parent.name != "parquet" else path.parent.parent
    with _Metadata(folder / "metadata" / f"{path.stem}.jsonl") as known:
        for position, (number, value) in enumerate(_values(path)):
            place = f"{shown}, {'row' if path.suffix == '.parquet' else 'line'} {number}"
            if isinstance(value, BadExample):
                yield BadExample(place=place, rule=value.rule, detail=value.detail)
            else:
                yield _example(value, position, place, view, folder, known)


class _Metadata:
    """What ``metadata/NAME.jsonl`` says about the rows of a file, by id. Usually both are in the same order; where they are
    not, the places of the rows are looked up, so that no row is kept in memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb") if path.is_file() else None
        self._places: dict[str, int] | None = None

    def __enter__(self) -> "_Metadata":
        return self

    def __exit__(self, *problem: object) -> None:
        if self._file is not None:
            self._file.close()

    def of(self, key: str) -> Json:
        if self._file is None:
            return {}
        if self._places is None:
            value = _line(self._file.readline())
            if isinstance(value, dict) and str(value.get("id")) == key:
                return value
            self._places = self._looked_up(self._file)
        if key not in self._places:
            return {}
        self._file.seek(self._places[key])
        found = _line(self._file.readline())
        return found if isinstance(found, dict) else {}

    @staticmethod
    def _looked_up(file: BinaryIO) -> dict[str, int]:
        places: dict[str, int] = {}
        file.seek(0)
        offset = 0
        for line in file:
            value = _line(line)
            if isinstance(value, dict):
                places.setdefault(str(value.get("id")), offset)
            offset += len(line)
        return places


def lines_of(path: Path) -> Iterator[tuple[int, "Json | BadExample"]]:
    """(line, row or what is wrong with it) of one file, whatever its rows are."""
    return _values(path)


def _values(path: Path) -> Iterator[tuple[int, "Json | BadExample"]]:
    if path.suffix == ".parquet":
        yield from enumerate(_parquet(path), start=1)
    elif path.suffix == ".json":
        yield from enumerate(_array(path), start=1)
    else:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip(b" \t\r\n\xef\xbb\xbf"):
                    yield number, _line(line)


def _line(line: bytes) -> "Json | BadExample":
    try:
        value = json_value(line)
    except ValueError as error:
        rule = "truncated_line" if not line.endswith(b"\n") or _opens(line) else "bad_json"
        return BadExample(place="", rule=rule, detail=f"{str(error)[:120]}; it ends with {line[-40:]!r}")
    return value if isinstance(value, dict) else BadExample(place="", rule="bad_row", detail="it is not a JSON object")


def _opens(line: bytes) -> bool:
    """The line begins an object and does not end it."""
    return line.lstrip().startswith(b"{") and not line.rstrip().endswith(b"}")


def _array(path: Path) -> Iterator["Json | BadExample"]:
    try:
        value = json_value(path.read_bytes())
    except ValueError as error:
        yield BadExample(place="", rule="bad_json", detail=f"{path.name} is not JSON ({str(error)[:120]})")
        return
    for entry in value if isinstance(value, list) else [value]:
        yield entry if isinstance(entry, dict) else BadExample(place="", rule="bad_row", detail="it is not a JSON object")


def _parquet(path: Path) -> Iterator["Json | BadExample"]:
    try:
        import pyarrow.parquet as parquet
    except ModuleNotFoundError:
        raise UsageError(f"{path}: reading Parquet needs the package 'pyarrow': pip install 'genevolve[data]'") from None
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        yield BadExample(place="", rule="bad_parquet", detail=str(error)[:200])


def _example(row: Json, position: int, place: str, view: str, folder: Path, known: _Metadata) -> Example | BadExample:
    key = str(row.get("id", position))
    try:
        messages = _messages(row)
    except ValueError as error:
        return BadExample(place=place, rule="bad_messages", detail=str(error))
    weights = _weights(row)
    if odd := [weight for weight in weights if weight not in (0, 1)]:
        return BadExample(place=place, rule="bad_messages", detail=f"a message has weight {odd[0]!r}; it is 0 or 1")
    prompt = next((row[name] for name in PROMPT_FIELDS if isinstance(row.get(name), str)), None)
    if prompt is None and messages:
        prompt = next((message["content"] for message in messages if message["role"] == "user"), None)
    if not isinstance(prompt, str) or not prompt.strip():
        return BadExample(place=place, rule="bad_row", detail=f"there is no {' or '.join(PROMPT_FIELDS)} and no conversation")
    named = next((row[name] for name in TRUTH_FIELDS if row.get(name)), None)
    listed = row.get("images") or []
    if not isinstance(listed, list):
        return BadExample(place=place, rule="bad_row", detail=f"images is a {type(listed).__name__}, not a list")
    meta = {**known.of(key), **_meta(row)}
    return Example(
        id=key,
        place=place,
        view=view,
        prompt=prompt.replace("<image>", "").strip(),
        messages=messages,
        context=frozenset(number for number, weight in enumerate(weights) if weight == 0),
        images=tuple(_image(entry, folder) for entry in listed),
        truth=_image(named, folder) if named is not None else None,
        eval_type=str(row.get("eval_type") or meta.get("eval_type") or ""),
        category=str(row.get("category") or meta.get("category") or ""),
        difficulty=str(row.get("difficulty") or meta.get("difficulty") or ""),
        meta=meta,
    )


def _meta(row: Json) -> Json:
    """Nested metadata, then the remaining fields of the row."""
    own = {"id", "messages", "conversations", "images", *PROMPT_FIELDS, *TRUTH_FIELDS}
    found: Json = {}
    for name in ("extra_info", "metadata", "meta"):
        value = row.get(name)
        if isinstance(value, str) and value.startswith("{"):
            try:
                value = json_value(value)
            except ValueError:
                continue
        if isinstance(value, dict):
            found |= {key: entry for key, entry in value.items() if entry is not None}
    return {**found, **{key: value for key, value in row.items() if key not in own and key not in ("meta", "metadata")}}


_ROLES = {
    "human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "user", "tool": "user",
    "developer": "system",
}  # fmt: skip


def _messages(row: Json) -> tuple[Mapping[str, str], ...]:
    """Messages of the forms role/content and from/value; parts of a content are joined to text with ``<image>`` marks, and
    native calls and what tools say become the text of our protocol. Raises ``ValueError`` for what is none of it."""
    listed = _listed(row)
    if not isinstance(listed, list) or not all(_is_message(message) for message in listed):
        raise ValueError("messages is not a list of objects with a role and a content")
    found: list[Mapping[str, str]] = []
    if isinstance(system := row.get("system"), str) and system:
        found.append({"role": "system", "content": system})
    for role, group in itertools.groupby(enumerate(listed, start=1), key=lambda numbered: _role(numbered[1])):
        texts = [_spoken(message, number) for number, message in group]
        known = _ROLES.get(role, role)
        found += [{"role": known, "content": responses(texts)}] if role == "tool" else _each(known, texts)
    return tuple(found)


def _each(role: str, texts: Iterable[str]) -> list[Mapping[str, str]]:
    return [{"role": role, "content": text} for text in texts]


def _spoken(message: Json, number: int) -> str:
    text = _text(message.get("content", message.get("value", "")))
    try:
        return with_calls(text, message)
    except BadToolCall as error:
        raise ValueError(f"message {number}: {error}") from None


def _listed(row: Json) -> object:
    return row.get("messages") or row.get("conversations") or []


def _weights(row: Json) -> list[object]:
    """Of the assistant's messages; a table writes null where a message has none."""
    spoken = [message for message in objects(_listed(row)) if _ROLES.get(role := _role(message), role) == "assistant"]
    return [1 if message.get("weight") is None else message["weight"] for message in spoken]


def _role(message: Json) -> str:
    return str(message.get("role", message.get("from", "")))


def _is_message(message: object) -> bool:
    """A tool call of other makers may come without a text."""
    if not isinstance(message, dict) or not isinstance(message.get("role", message.get("from")), str):
        return False
    return isinstance(message.get("content", message.get("value", "")), str | list | None)


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(_part(part) for part in content)
    return content if isinstance(content, str) else ""


def _part(part: object) -> str:
    if isinstance(part, dict):
        return str(part.get("text") or "") if part.get("type") == "text" else "<image>"
    return part if isinstance(part, str) else ""


def _image(entry: object, folder: Path) -> Image:
    """A path, or a cell of an image column: its path and bytes."""
    if isinstance(entry, dict):
        data, name = entry.get("bytes"), str(entry.get("path") or "bytes in the row")
        return Image(name=name, data=data) if isinstance(data, bytes) else Image(name=name, path=folder / name)
    name = str(entry)
    return Image(name=name, path=folder / name)
