"""``genevolve experience``: what a training run has learnt, for people to read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.core.errors import UsageError

if TYPE_CHECKING:
    from genevolve.experience.bundle import Bundle
    from genevolve.experience.memory import Memory, MemoryEntry

DEFAULT = "experience.sqlite"


@click.group()
def experience() -> None:
    """Lessons that a training run drew from its best and worst attempts.

    FILE is the memory itself, a snapshot of it, or a folder that holds one as experience.sqlite.
    """


@experience.command("list")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def listing(file: Path, as_json: bool) -> int:
    """Show every entry of FILE, the oldest first: id, step, reward gap, request and its focus."""
    from genevolve.cli.show import plain

    with _open(file) as memory:
        entries = memory.entries()
        for entry in entries:
            bundle = memory.bundle(entry)
            focus = bundle.decision_guidance.focus[0].text
            if as_json:
                click.echo(json.dumps(_record(entry, bundle), ensure_ascii=False))
            else:
                click.echo(f"{entry.id}\tstep {entry.step}\tgap {entry.gap:.2f}\t{plain(entry.request)[:70]}\t{plain(focus)}")
        if not entries:
            click.echo(f"{file} is empty", err=True)
    return 0


@experience.command("show")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("number", metavar="ID", type=int)
@click.option("--teacher", is_flag=True, help="Show the guide as it appears in the teacher's prompt.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(file: Path, number: int, teacher: bool, as_json: bool) -> int:
    """Show entry ID of FILE with all of its bullets; those marked with a dot are standard."""
    with _open(file) as memory:
        entry = next((entry for entry in memory.entries() if entry.id == number), None)
        if entry is None:
            raise UsageError(f"{memory.path} has no entry {number}; `genevolve experience list` shows them")
        _print(entry, memory.bundle(entry), teacher=teacher, as_json=as_json)
    return 0


@experience.command("tokens")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--step", type=click.IntRange(0), required=True, help="Number of the step, as its folder in RUN/steps.")
@click.option("--row", type=click.IntRange(0), required=True, help="Position of the episode in the step.")
@click.option("--process", type=click.IntRange(0), default=0, show_default=True, help="Which process of several.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="[default: tokens-STEP-ROW.html in RUN]")
def tokens(run: Path, step: int, row: int, process: int, out: Path | None) -> int:
    """Write a page: token by token, where the teacher with its lesson disagreed with the student."""
    from genevolve.report.tokens import tokens_page
    from genevolve.store.images import write_atomically
    from genevolve.train.records import guided_rows, read_disagreement, read_episode

    folder = run / "steps" / f"{step:06d}"
    episode = read_episode(folder, process, row)
    if episode is None:
        raise UsageError(f"RUN {run}: there is no episode with --step {step} --row {row} --process {process}")
    found = read_disagreement(folder, process, row)
    if found is None:
        taught = ", ".join(map(str, guided_rows(folder, process))) or "none"
        raise UsageError(
            f"--row {row} of step {step} had no lesson, so there was no teacher; rows of this step that had: {taught}"
        )
    target = out or run / f"tokens-{step}-{row}.html"
    try:
        page = tokens_page(episode, found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{folder}: row {row} of process {process} is damaged ({type(error).__name__}: {error})") from None
    write_atomically(target, page.encode("utf-8", "replace"))
    click.echo(str(target))
    return 0


@experience.command("search")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("request")
@click.option("--top", type=click.IntRange(1, 100), default=5, show_default=True, help="How many entries to show.")
@click.option(
    "--embedder", help="Name of the model, for a memory of sentence_transformers. [default: the one it was made with]"
)
def search(file: Path, request: str, top: int, embedder: str | None) -> int:
    """Show the entries of FILE whose source requests are most similar to REQUEST, and which of them pass the gate."""
    from genevolve.cli.show import plain

    with _open(file) as memory:
        made = _embedder(memory, embedder)
        entries = memory.entries()
        similar = (made.embed([request]) @ memory.embeddings(entries).T)[0] if entries else []
        for entry, value in sorted(zip(entries, map(float, similar), strict=True), key=lambda pair: -pair[1])[:top]:
            mark = "✓" if value >= made.gate else " "
            click.echo(f"{mark} {value:.3f}\t{entry.id}\tstep {entry.step}\t{plain(entry.request)[:100]}")
        click.echo(
            f"the gate of {plain(made.name)} is {made.gate:g}; the nearest entry above it is what a teacher gets", err=True
        )
    return 0


def _open(file: Path) -> "Memory":
    from genevolve.experience.memory import Memory

    if not file.exists():
        raise UsageError(f"{file}: there is no such file or folder")
    return Memory(file / DEFAULT if file.is_dir() else file)


def _embedder(memory: "Memory", model: str | None) -> Any:
    from genevolve.experience.embed import MiniLmEmbedder, SentenceTransformerEmbedder

    kind, _, rest = memory.embedder.partition(":")
    if kind == "minilm":
        made: SentenceTransformerEmbedder = MiniLmEmbedder()
    else:
        name, pooling, length = rest.rsplit(" ", 2)
        settings: dict[str, Any] = {"pooling": pooling, "max_length": int(length)}
        made = SentenceTransformerEmbedder(model=model or name, **settings)
    if made.dimension != memory.dimension:
        raise UsageError(f"--embedder {made.name} gives {made.dimension} numbers, but the memory holds {memory.dimension}")
    return made


def _record(entry: "MemoryEntry", bundle: "Bundle") -> dict[str, Any]:
    from genevolve.experience.bundle import bundle_to_json

    about = {name: getattr(entry, name) for name in ("id", "request", "step", "group", "family", "gap", "judge")}
    return {**about, "bundle": bundle_to_json(bundle)}


def _print(entry: "MemoryEntry", bundle: "Bundle", *, teacher: bool, as_json: bool) -> None:
    from genevolve.cli.show import plain
    from genevolve.experience.bundle import bullets
    from genevolve.experience.teacher_view import guide

    if as_json:
        click.echo(json.dumps(_record(entry, bundle), ensure_ascii=False, indent=2))
        return
    if teacher:
        click.echo(guide(bundle))
        return
    by = f" by {plain(entry.judge)}" if entry.judge else ""
    click.echo(f"entry {entry.id}: step {entry.step}, group {plain(entry.group)}, reward gap {entry.gap:.2f}{by}")
    click.echo(f"request: {plain(entry.request)}")
    click.echo(f"applies when: {plain(bundle.retrieval_key.trigger)}")
    before = ""
    for part, bullet in bullets(bundle):
        if part != before:
            click.echo(f"\n{part.replace('_', ' ')}")
        click.echo(f"  {'·' if bullet.standard else '*'} {plain(bullet.text)}")
        before = part
