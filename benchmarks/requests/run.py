"""Draw the free requests of a file with the offline profile and lay them out on contact sheets, to be looked at one by one.

``python benchmarks/requests/run.py REQUESTS OUT``: one request a line in; ``OUT/table.jsonl`` and ``OUT/sheet-N.png`` out.
A profile with several rounds (``--profile FILE``) also gives ``OUT/changed-N.png``, with the first picture and the result of
those that were revised.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from genevolve.app.generate import generate
from genevolve.core.errors import ServiceError, UsageError

_TILE, _ACROSS, _DOWN, _FOOT = 330, 5, 5, 66
_LINE = 56


def draw(request: str, out: Path, profile: str) -> dict[str, object]:
    """What one request came to; an error is what it says."""
    try:
        done = generate(request, out=out, profile=profile)
    except (ServiceError, UsageError, OSError, ValueError) as error:
        return {"request": request, "error": f"{type(error).__name__}: {error}"}
    said = done.to_json()
    score = said.get("score") or {}
    unscored = said.get("unscored") or {}
    ledger = score.get("ledger") or unscored.get("ledger") or []
    lost = [f"{entry['words']} ({entry['fate']})" for entry in ledger if entry["fate"].startswith("not")]
    return {
        "request": request,
        "image": str(done.image) if done.image else None,
        "kscore": score.get("kscore_renormalized"),
        "coverage": score.get("coverage"),
        "unscored": unscored.get("reason"),
        "lost": lost,
        "program": said.get("program"),
        **_revised(said, out),
    }


def _revised(said: dict[str, Any], out: Path) -> dict[str, object]:
    """The rounds of a request that had several: what each scored, where its picture lies, and which is the result."""
    revision = said.get("revision")
    if not revision or len(revision["rounds"]) < 2:
        return {}
    rounds = [
        {
            "kscore": (each.get("score") or {}).get("kscore_renormalized"),
            "image": str(out / each["image"]) if each["image"] else None,
            "prompt": each["gen_prompt"],
        }
        for each in revision["rounds"]
    ]
    return {"rounds": rounds, "best": revision["best"], "ended": revision["ended"]}


def _changed(row: dict[str, Any]) -> list[dict[str, object]]:
    """The first picture and the result as two rows of a sheet; none where the first is the result."""
    if row.get("best") in (None, 1):
        return []
    shown = (row["rounds"][0], row["rounds"][row["best"] - 1])
    return [{**row, "image": each["image"], "kscore": each["kscore"], "lost": None} for each in shown]


def sheet(rows: list[dict[str, object]], path: Path, first: int) -> None:
    font = ImageFont.load_default(11)
    page = Image.new("RGB", (_ACROSS * _TILE, _DOWN * (_TILE + _FOOT)), "white")
    pen = ImageDraw.Draw(page)
    for index, row in enumerate(rows):
        x, y = index % _ACROSS * _TILE, index // _ACROSS * (_TILE + _FOOT)
        if row.get("image"):
            with Image.open(str(row["image"])) as image:
                tile = image.convert("RGB")
            tile.thumbnail((_TILE - 8, _TILE - 8))
            page.paste(tile, (x + 4, y + 4))
        name = f"{first + index} {row['request']}"
        said = row.get("error") or (
            f"{row['kscore']} cov {row['coverage']}" if row.get("kscore") is not None else row["unscored"]
        )
        lost = row.get("lost")
        named = ", ".join(map(str, lost)) if isinstance(lost, list) else ""
        lines = [name[:_LINE], name[_LINE : 2 * _LINE], str(said)[:_LINE], "lost: " + named]
        for line, words in enumerate(lines):
            pen.text((x + 4, y + _TILE - 4 + line * 15), words[: _LINE + 6], fill="black" if line < 2 else "blue", font=font)
    page.save(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--profile", default="offline")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    requests = [line.strip() for line in given.requests.read_text("utf-8").splitlines() if line.strip()]
    rows = [draw(request, given.out / f"{number:03d}", given.profile) for number, request in enumerate(requests)]
    (given.out / "table.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    size = _ACROSS * _DOWN
    for start in range(0, len(rows), size):
        sheet(rows[start : start + size], given.out / f"sheet-{start // size}.png", start)
    pairs = [each for row in rows for each in _changed(row)]
    for start in range(0, len(pairs), size - 1):
        sheet(pairs[start : start + size - 1], given.out / f"changed-{start // (size - 1)}.png", start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
