"""The card of an adapter on the hub: what it is for, what it was trained on, what was measured, and how it is used."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genevolve.report.table import Table, inline, markdown
from genevolve.store.hub import licence_fields
from genevolve.store.journal import records
from genevolve.store.user_file import json_of_ours

_TAGS = ["genevolve", "lora", "agent", "tool-use", "text-to-image", "image-generation"]
_OVER = {  # of ``log.jsonl``
    **dict.fromkeys(("rollout/reward", "rollout/valid"), "held-out requests"),
    "eval_loss": "held-out trajectories",
    "loss": "trajectories of the step",
}
_USE = """\
## Use

```toml
# {profile}.toml
extends = "offline"
policy = {{ member = "local", model = {model}, adapter = {repo} }}
```

`genevolve generate "…" --profile {profile}.toml` plans pictures with it. With peft:

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained({model}), {repo})
```
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure of the run: the mean of ``name`` at ``step``, over ``what``, by ``judges``."""

    name: str
    value: float
    step: int
    what: str
    judges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """``base`` is the hub's name of the model below; ``lora`` the settings of ``adapter_config.json``; ``made`` is ``run.json``
    of its run, empty where there is none, ``notes`` what a README beside the weights said."""

    repo: str
    base: str
    licence: str
    lora: dict[str, Any]
    made: dict[str, Any]
    measured: Sequence[Measured]
    notes: str = ""

    def text(self) -> str:
        """``README.md``, with the front matter that the hub reads. Its values are JSON, which is YAML, too."""
        quoted = {"model": json.dumps(self.base), "repo": json.dumps(self.repo), "profile": self.repo.rpartition("/")[2]}
        parts = [
            self._front_matter(),
            f"# {inline(self.repo.rpartition('/')[2])}\n",
            f"LoRA weights for {inline(self.base)}: a policy of GenEvolve, which looks up facts and reference pictures and "
            "writes the program that an image generator draws from.\n",
            markdown(self._figures()) if self.measured else "No figures of a run lie beside these weights.\n",
            markdown(self._making()),
            _USE.format(**quoted),
            f"## Licence\n\nThese weights: {inline(self.licence)}. The model below has a licence of its own.\n",
            f"## Notes\n\n{self.notes.strip()}\n" if self.notes.strip() else "",
        ]
        return "\n".join(part for part in parts if part)

    def _front_matter(self) -> str:
        told: dict[str, Any] = {
            **licence_fields(self.licence),
            "base_model": self.base,
            "base_model_relation": "adapter",
            "library_name": "peft",
            "pipeline_tag": "text-generation",
            "tags": _TAGS,
            **({"model-index": [self._index()]} if self.measured else {}),
        }
        lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items())
        return "\n".join(["---", *lines, "---", ""])

    def _index(self) -> dict[str, Any]:
        """The figures as the hub lists them."""
        results = [
            {
                "task": {"type": "text-generation", "name": "planning of images"},
                "dataset": {"type": "genevolve", "name": each.what},
                "metrics": [{"type": each.name, "name": each.name, "value": each.value}],
            }
            for each in self.measured
        ]
        return {"name": self.repo.rpartition("/")[2], "results": results}

    def _figures(self) -> Table:
        rows = ((each.name, f"{each.value:.4g}", str(each.step), each.what) for each in self.measured)
        judges = sorted({judge for each in self.measured for judge in each.judges})
        return Table(
            title="Measured",
            columns=("what", "mean", "step", "over"),
            rows=tuple(rows),
            notes=(f"Judged by {', '.join(judges)}; not to be compared with figures of other judges.",) if judges else (),
        )

    def _making(self) -> Table:
        recipe = self.made.get("recipe")
        known = {**self.made, **(recipe if isinstance(recipe, dict) else {})}
        told = {
            "model below": self.base,
            "LoRA": f"r = {self.lora.get('r')}, alpha = {self.lora.get('lora_alpha')}",
            "recipe": Path(str(known.get("name") or "not known")).name,
            **{key: str(known[key]) for key in ("genevolve", "commit") if isinstance(known.get(key), str)},
        }
        return Table(title="Made by", columns=("what", "value"), rows=tuple(told.items()))


def measured_in(run: Path) -> list[Measured]:
    """The newest figures of a training run; none where ``run`` is none."""
    return [*_held_out(run / "evaluations.jsonl"), *_logged(run / "log.jsonl")]


def _held_out(path: Path) -> Iterator[Measured]:
    last: dict[str, Any] = {}
    for record in records(path):
        last = record if isinstance(record.get("means"), dict) and record["means"] else last
    judges = tuple(map(str, last.get("judges", ())))
    for name, value in last.get("means", {}).items():
        yield Measured(name=name, value=float(value), step=int(last.get("step", 0)), what="held-out requests", judges=judges)


def _logged(path: Path) -> Iterator[Measured]:
    """The last of each figure in ``_OVER``; rewards in a line with a loss are of the requests of that step, and left out."""
    last: dict[str, tuple[float, int]] = {}
    for record in records(path):
        for name in _OVER:
            if isinstance(record.get(name), int | float) and not (name.startswith("rollout/") and "loss" in record):
                last[name] = float(record[name]), int(record.get("step", 0))
    for name, (value, step) in last.items():
        yield Measured(name=name, value=value, step=step, what=_OVER[name])


def made_by(run: Path) -> dict[str, Any]:
    """The ``run.json`` of ``run``; empty where there is none that can be read."""
    try:
        found = json_of_ours((run / "run.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
