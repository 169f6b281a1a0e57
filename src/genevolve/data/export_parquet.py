"""The same rows as Parquet with the pictures in them, and fixed column types: an empty list of images is still a list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.data.columns import arrow_schema, is_weighted
from genevolve.data.export import FILES
from genevolve.data.records import Json

_ROWS = 512  # in memory at once, unless their pictures have more than:
_BYTES = 64 * 1024 * 1024


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
        schema = arrow_schema(name, arrow, weighted=is_weighted(source))
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
    """Rows with their pictures, so many that they fit into memory."""
    block: list[Json] = []
    held = 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            held += _put_pictures(row, path.parent)
            block.append(row)
            if len(block) == _ROWS or held >= _BYTES:
                yield block
                block, held = [], 0
    if block:
        yield block


def _put_pictures(row: Json, folder: Path) -> int:
    """Put the files that ``row`` names into it; their size in bytes."""
    if isinstance(listed := row.get("images"), list):
        cells = [_picture(name, folder) for name in listed]
        row["images"] = cells
    else:
        cells = [_picture(row["gt_image"], folder)]
        row["gt_image"] = cells[0]
    return sum(len(cell["bytes"]) for cell in cells)


def _picture(name: object, folder: Path) -> dict[str, Any]:
    return {"bytes": (folder / str(name)).read_bytes(), "path": str(name)}
