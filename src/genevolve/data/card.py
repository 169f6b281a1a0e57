"""The data card: ``README.md`` of a finished data set, its funnel as a plot, and what made it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from genevolve.data.columns import PICTURE, TEXT, card_features, is_weighted
from genevolve.data.coverage import TITLES, coverage, funnel_table, share
from genevolve.data.dataset import Example, read_dataset
from genevolve.data.labels import Labels
from genevolve.data.records import Json
from genevolve.data.stage import Funnel
from genevolve.report.table import Table, markdown
from genevolve.services.secrets import recordable
from genevolve.store.hub import licence_fields
from genevolve.store.images import write_atomically

_ABOUT = {
    "sft": "trajectories to imitate: `messages` and `images`",
    "sft_validation": "trajectories of validation prompts, for the loss on what was not trained",
    "evolve": "requests with ground truth and metadata, for self-evolution",
    "validation": "the same, to watch training by",
    "test": "the held-out benchmark: the public benchmark's six fields",
}
_OPENING = """\
Made by `genevolve data`. Paths are relative to this folder; `parquet/` holds the same rows with the pictures in them, where it
was asked for. What judges
may know and agents may not (claims, entities, recipe, audit) is in `metadata/`, row by row, and in `meta`.
"""
_CLOSING = """\
The whole profiles are in `made_by.json`; recipe, teacher, profile and commit of each row in its `provenance`. Pictures keep the
licence of their source, which `metadata/sft.jsonl` names with each reference (pictograms of OpenMoji: CC BY-SA 4.0).
"""
_LOADING = """\
## Loading

```python
from datasets import load_dataset

rows = load_dataset("PATH OF THIS FOLDER")  # {part}
others = load_dataset("PATH OF THIS FOLDER", "{last}")
```

LLaMA-Factory: `dataset_dir` is this folder; `dataset_info.json` names the trajectories.
"""
_TAGS = ["text-to-image", "image-generation", "agent", "tool-use", "trajectories", "synthetic"]
_BLUE, _RED, _INK, _SOFT = "#3557d6", "#e0a3a0", "#1d2330", "#5d6678"
_ROW, _TOP, _LABEL, _WIDTH, _FIGURES = 44, 16, 150, 470, 210
_LONGEST = 64  # characters of a line of reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """``counts``: rows of each file; ``made``: what made them, texts for the card and whole settings for ``made_by.json``."""

    name: str
    licence: str
    counts: Mapping[str, int]
    funnels: Sequence[Funnel]
    made: Json


def write_card(folder: Path, card: DatasetCard) -> None:
    """``README.md``, ``funnel.svg`` and ``made_by.json`` in the data set's folder."""
    made = json.dumps(recordable(card.made), indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / "funnel.svg", str(funnel_plot(card.funnels)).encode("utf-8"))
    write_atomically(folder / "made_by.json", made.encode("utf-8", "replace"))
    write_atomically(folder / "README.md", _text(folder, card).encode("utf-8", "replace"))


def _text(folder: Path, card: DatasetCard) -> str:
    held = {part: count for part, count in card.counts.items() if count}
    files = tuple((f"{part}.jsonl", f"{count:,}", _ABOUT[part]) for part, count in held.items())
    made = tuple((key, value) for key, value in card.made.items() if isinstance(value, str))
    parts = [
        _front_matter(folder, card, held),
        f"# {_plain(card.name)}\n",
        _OPENING,
        markdown(Table(title="Files", columns=("file", "rows", "what it holds"), rows=files)),
        markdown(funnel_table(card.funnels)),
        "![What became of the rows in each stage](funnel.svg)\n",
        *(_covered(folder, part) for part in held),
        markdown(Table(title="Made by", columns=("what", "value"), rows=made)),
        _CLOSING,
        _LOADING.format(part=next(iter(held), "sft"), last=next(reversed(held), "test")),
    ]
    return "\n".join(parts)


def _front_matter(folder: Path, card: DatasetCard, counts: Mapping[str, int]) -> str:
    """What ``datasets`` and the hub read: a configuration for each file, since their columns differ, the first of them the
    one that is meant where none is named. Its values are JSON, which is YAML too.

    Configurations are the Parquet files, which hold the pictures, else the JSON lines with their columns declared.
    """
    parts = list(counts)
    tables = {part for part in parts if (folder / "parquet" / f"{part}.parquet").is_file()}
    told: Json = {
        "pretty_name": card.name,
        **licence_fields(card.licence),
        "language": ["en"],
        "task_categories": ["text-to-image"],
        "tags": _TAGS,
        "size_categories": [_size(sum(counts.values()))],
        "configs": [_configuration(part, part in tables, default=part == parts[0]) for part in parts],
        "dataset_info": [
            {"config_name": part, "features": _features(folder, part, PICTURE if part in tables else TEXT)} for part in parts
        ],
    }
    return "\n".join(["---", *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()), "---", ""])


def _features(folder: Path, part: str, picture: str) -> list[Json]:
    return card_features(part, picture=picture, weighted=is_weighted(folder / f"{part}.jsonl"))


def _configuration(part: str, table: bool, *, default: bool) -> Json:
    split = {"test": "test", "validation": "validation", "sft_validation": "validation"}.get(part, "train")
    path = f"parquet/{part}.parquet" if table else f"{part}.jsonl"
    told: Json = {"config_name": part, "data_files": [{"split": split, "path": path}]}
    return {**told, "default": True} if default else told


def _size(rows: int) -> str:
    """The hub's word for so many rows."""
    bounds = ((1000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((word for bound, word in bounds if rows < bound), "n>1M")


def _covered(folder: Path, part: str) -> str:
    rows = (
        Labels(eval_type=row.eval_type, category=row.category, difficulty=row.difficulty)
        for row in read_dataset(folder / f"{part}.jsonl")
        if isinstance(row, Example)
    )
    table = coverage(rows)
    return markdown(Table(title=f"Coverage of {part}.jsonl", columns=table.columns, rows=table.rows), level=3)


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in " ._-/") or "data"


# ---- the plot -----------------------------------------------------------------------------------------------------------


def funnel_plot(funnels: Sequence[Funnel]) -> Markup:
    """A bar for each stage: what came in, of it what was kept, and beneath it why the others were not."""
    most = max((found.taken for found in funnels), default=1) or 1
    height = _TOP + _ROW * len(funnels) + 30
    width = _LABEL + _WIDTH + _FIGURES
    rows = Markup("").join(_bar(found, position, most) for position, found in enumerate(funnels))
    legend = Markup("").join(
        Markup(
            '<rect x="{x}" y="{y}" width="12" height="12" rx="2" fill="{fill}"/><text x="{after}" y="{line}" fill="{soft}">'
            "{label}</text>"
        ).format(x=x, y=height - 20, fill=fill, after=x + 18, line=height - 10, soft=_SOFT, label=label)
        for x, fill, label in ((_LABEL, _BLUE, "kept"), (_LABEL + 70, _RED, "not kept"))
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="What became of the rows in each stage" font-family="system-ui, sans-serif" font-size="13">'
        '<rect width="{w}" height="{h}" fill="#ffffff"/>{rows}{legend}</svg>\n'
    ).format(w=width, h=height, rows=rows, legend=legend)


def _bar(found: Funnel, position: int, most: int) -> Markup:
    y = _TOP + position * _ROW
    kept, taken = _WIDTH * found.kept / most, _WIDTH * found.taken / most
    why = ", ".join(f"{rule.replace('_', ' ')} {count:,}" for rule, count in found.why.items())
    shown = why if len(why) <= _LONGEST else f"{why[: _LONGEST - 1]}…"
    return Markup(
        '<g><title>{title}</title><text x="{label_x}" y="{text_y}" text-anchor="end" fill="{ink}">{label}</text>'
        '<rect x="{left}" y="{y}" width="{taken:.1f}" height="18" rx="2" fill="{red}"/>'
        '<rect x="{left}" y="{y}" width="{kept:.1f}" height="18" rx="2" fill="{blue}"/>'
        '<text x="{figure_x}" y="{text_y}" fill="{ink}">{figure}</text>'
        '<text x="{left}" y="{why_y}" font-size="11" fill="{soft}">{why}</text></g>'
    ).format(
        title=f"{TITLES.get(found.stage, found.stage)}: {why or 'all kept'}", label=TITLES.get(found.stage, found.stage),
        label_x=_LABEL - 10, text_y=y + 14, left=_LABEL, y=y, taken=taken, kept=kept, figure_x=_LABEL + _WIDTH + 12,
        figure=f"{found.kept:,} of {found.taken:,} ({share(found)})", why_y=y + 32, why=shown,
        ink=_INK, red=_RED, blue=_BLUE, soft=_SOFT,
    )  # fmt: skip
