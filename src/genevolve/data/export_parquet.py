"""The same rows as Parquet, with fixed column types: an empty list of images is still a list of texts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.data.export import FILES
from genevolve.data.records import Json

_ROWS = 512  # in memory at once


def write_parquet(folder: Path) -> list[Path]:
    """``parquet/NAME.parquet`` for each file of the data set that has rows. Raises ``UsageError`` without pyarrow."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ModuleNotFoundError:
        raise UsageError("writing Parquet needs the package 'pyarrow': pip install 'genevolve[data]'") from None
    written = []
    for name in FILES:
        source, target = folder / f"{name}.jsonl", folder / "parquet" / f"{name}.parquet"
        if not source.exists() or not source.stat().st_size:
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(exist_ok=True)
        schema = _schema(name, arrow)
        temporary = target.with_suffix(".writing")
        with parquet.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for rows in _blocks(source):
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
        temporary.replace(target)
        written.append(target)
    return written


def drop_parquet(folder: Path) -> None:
    """Take away what an earlier export wrote."""
    for name in FILES:
        (folder / "parquet" / f"{name}.parquet").unlink(missing_ok=True)


def _blocks(path: Path) -> Iterator[list[Json]]:
    block: list[Json] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            block.append(json.loads(line))
            if len(block) == _ROWS:
                yield block
                block = []
    if block:
        yield block


def _schema(name: str, arrow: Any) -> Any:
    text, texts = arrow.string(), arrow.list_(arrow.string())
    labels = [(field, text) for field in ("eval_type", "category", "difficulty")]
    made = [(field, text) for field in ("recipe", "realiser", "teacher", "profile", "commit", "genevolve", "audit")]
    if name.startswith("sft"):
        message = arrow.struct([("role", text), ("content", text)])
        columns = [("id", text), ("messages", arrow.list_(message)), ("images", texts), *labels]
        return arrow.schema([*columns, ("provenance", arrow.struct(made))])
    if name == "test":
        return arrow.schema([("id", arrow.int64()), ("question", text), ("gt_image", text), *labels])
    fields = [("entities", texts), ("claims", text), ("seed", arrow.int64()), ("gt_sha256", text)]
    meta = arrow.struct([*fields, ("provenance", arrow.struct(made))])
    return arrow.schema([("id", text), ("prompt", text), ("gt_image", text), *labels, ("meta", meta)])
