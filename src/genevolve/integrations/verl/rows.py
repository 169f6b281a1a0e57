"""Requests as the Parquet rows that verl's data set reads: ``python -m genevolve.integrations.verl.rows RECIPE DIR``."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genevolve.core.case import Case, Hidden, TruthFile
from genevolve.core.errors import UsageError
from genevolve.data.claims_json import claims_from_json, claims_to_json
from genevolve.integrations.episodes import SPLITS, cases_for
from genevolve.train.recipe import load_recipe

SOURCE = "genevolve"


def row_of(case: Case, number: int) -> dict[str, Any]:
    """One row. What only judges may know is in ``extra_info``, never in ``prompt``."""
    hidden = case.hidden
    known = {
        "id": case.id,
        "text": case.text,
        "track": hidden.track,
        "family": hidden.family,
        "claims": None if hidden.claims is None else claims_to_json(hidden.claims),
        "truth": hidden.truth.path if isinstance(hidden.truth, TruthFile) else None,
    }
    return {
        "data_source": SOURCE,
        "agent_name": SOURCE,
        "prompt": [{"role": "user", "content": case.text}],
        "reward_model": {"style": SOURCE, "ground_truth": ""},
        "extra_info": {"index": number, "case": json.dumps(known)},
    }


def case_from_row(extra: Mapping[str, Any]) -> Case:
    """The case that ``row_of`` was made of, as far as judges and lessons need it."""
    known = json.loads(extra["case"])
    hidden = Hidden(
        track=known["track"],
        family=known["family"],
        claims=None if known["claims"] is None else claims_from_json(known["claims"]),
        truth=None if known["truth"] is None else TruthFile(path=known["truth"]),
    )
    return Case(id=known["id"], text=known["text"], hidden=hidden)


def write_rows(recipe: str, folder: Path, data: Path | None = None) -> list[Path]:
    """``train.parquet`` and ``validation.parquet`` in ``folder``. Raises ``UsageError``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder / f"{split}.parquet", cases_for(load_recipe(recipe), split, folder, data)) for split in SPLITS]


def _written(path: Path, cases: Iterable[Case]) -> Path:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([row_of(case, number) for number, case in enumerate(cases)]), path)
    return path


if __name__ == "__main__":
    try:
        for made in write_rows(sys.argv[1], Path(sys.argv[2]), *map(Path, sys.argv[3:4])):
            print(made)
    except (IndexError, UsageError) as problem:
        raise SystemExit(f"python -m genevolve.integrations.verl.rows RECIPE DIR [DATA]: {problem}") from None
