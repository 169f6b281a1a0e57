"""The prompt pool: what is unusable, gives the answer away or repeats another is taken out, then a balanced sample is kept."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.data.duplicates import NEAR, Seen
from genevolve.data.records import Prompt
from genevolve.data.stage import OnRow, Rejected, Stage, rows_of, run_stage
from genevolve.run.rows import request_text


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ENGLISH = _words(
    "the a an of to and in on with for is it at from that this as be by or two three should make show please draw its i you we "
    "my our me would like want need add put write text title picture image background left right top bottom against saying"
)  # fmt: skip
_OTHERS = _words(
    "der die das und mit ein eine einen einem einer im auf zeichne bitte bild zeige für von ist nicht "
    "le la les un une des du et avec dans sur pour dessine est qui au aux "
    "el los las una unos con en del por para que dibuja y imagen "
    "il lo gli uno di con nel della che disegna e per immagine "
    "um uma os com no na do da desenhe imagem "
    "het een van met op en voor teken"
) - _ENGLISH  # fmt: skip
_MARKUP = re.compile(r"IMG_\d+|https?://|<\/?\w+>|\{\"|\bgen_prompt\b|\breference_images\b|\beval_type\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFilter:
    """What a prompt must be like, and when it repeats another."""

    min_words: int = 6
    max_words: int = 160
    near_duplicates: float = NEAR


def fill_pool(
    stage: Stage,
    rows: Iterable[Prompt],
    wanted: PromptFilter,
    *,
    private: Collection[str] = (),
    scratch: Path,
    on_row: OnRow,
) -> None:
    """Put every usable, new prompt of ``rows`` into ``stage``. ``private`` are words that only recipes know."""
    with Seen(scratch, near=wanted.near_duplicates) as seen:
        for row in map(Prompt.from_json, rows_of(stage.path)):
            seen.add(row.id, row.prompt)
        run_stage(stage, rows, lambda row: _admit(row, wanted, private, seen), on_row)


def _admit(row: Prompt, wanted: PromptFilter, private: Collection[str], seen: Seen) -> Prompt | Rejected:
    problem = fault_of(row, wanted, private)
    if problem is not None:
        return problem
    prompt = " ".join(row.prompt.split())
    twin = seen.find_or_add(row.id, prompt)
    if twin is None:
        return replace(row, prompt=prompt)
    rule = "exact_duplicate" if twin.exact else "near_duplicate"
    return Rejected(rule=rule, detail=f"{twin.likeness:.2f} like {twin.of}")


def fault_of(row: Prompt, wanted: PromptFilter, private: Collection[str] = ()) -> Rejected | None:
    """Why a prompt cannot be used, apart from repeating another."""
    if not row.prompt.strip():
        return Rejected(rule="empty", detail="there is no prompt")
    try:
        text = request_text(row.prompt, setting="prompt")
    except UsageError as problem:
        return Rejected(rule="unreadable", detail=str(problem))
    count = len(text.split())
    if count < wanted.min_words:
        return Rejected(rule="too_short", detail=f"{count} words")
    if count > wanted.max_words:
        return Rejected(rule="too_long", detail=f"{count} words")
    if not english(text):
        return Rejected(rule="not_english", detail=text[:80])
    return leak_of(text, row, private)


def english(text: str) -> bool:
    """Mostly Latin letters, and more of the little words of English than of its neighbours."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(char.isascii() or "À" <= char <= "ɏ" for char in letters)
    words = re.findall(r"[^\W\d_]+", text.lower())
    own, other = sum(word in _ENGLISH for word in words), sum(word in _OTHERS for word in words)
    return bool(letters) and latin >= 0.9 * len(letters) and own >= max(other, len(words) // 12)


def leak_of(text: str, row: Prompt, private: Collection[str] = ()) -> Rejected | None:
    """What the prompt says although only the recipe may know it."""
    lowered = text.casefold()
    for answer in row.hidden.answers or ():
        if re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", lowered):
            return Rejected(rule="leaked_answer", detail=f"it says {answer!r}, which has to be found out")
    for word in private if row.hidden.recipe is not None else ():
        if word in lowered:
            return Rejected(rule="leaked_field", detail=f"it holds {word!r}, a word of the recipe")
    if found := _MARKUP.search(text):
        return Rejected(rule="leaked_markup", detail=f"it holds {found[0]!r}")
    return None


# ---- stratified sampling ----------------------------------------------------------------------------------------------

Stratum = tuple[str, ...]


def stratum_of(row: Prompt) -> Stratum:
    labels = row.labels
    return (row.split.value if row.split is not None else "", labels.eval_type, labels.category, labels.difficulty)


def sample(stage: Stage, source: Path, size: int, seed: int, on_row: OnRow) -> None:
    """Put ``size`` rows of ``source`` into ``stage``, each stratum in proportion, the others as rejected.

    Which rows of a stratum are taken depends on their ids and ``seed`` alone. Only a digest of each row is held in memory.
    """
    chosen = _chosen(map(Prompt.from_json, rows_of(source)), size, seed)

    def keep(row: Prompt) -> Prompt | Rejected:
        if _priority(row, seed) in chosen:
            return row
        return Rejected(rule="not_sampled", detail="more of its kind than the sample takes")

    run_stage(stage, map(Prompt.from_json, rows_of(source)), keep, on_row)


def _chosen(rows: Iterable[Prompt], size: int, seed: int) -> frozenset[int]:
    strata: dict[Stratum, list[int]] = {}
    for row in rows:
        strata.setdefault(stratum_of(row), []).append(_priority(row, seed))
    quotas = apportioned({key: len(members) for key, members in strata.items()}, size)
    return frozenset(each for key, members in strata.items() for each in sorted(members)[: quotas[key]])


def _priority(row: Prompt, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {row.id}".encode()).digest()[:8])


def apportioned(sizes: dict[Stratum, int], total: int) -> dict[Stratum, int]:
    """``total`` places among groups in proportion to their sizes, by largest remainder; never more than a group has."""
    everything = sum(sizes.values())
    if total >= everything:
        return dict(sizes)
    exact = {key: count * total / everything for key, count in sizes.items()}
    quotas = {key: int(share) for key, share in exact.items()}
    by_remainder: Callable[[Stratum], tuple[float, str]] = lambda key: (quotas[key] - exact[key], json.dumps(key))  # noqa: E731
    for key in sorted(sizes, key=by_remainder)[: total - sum(quotas.values())]:
        quotas[key] += 1
    return quotas
