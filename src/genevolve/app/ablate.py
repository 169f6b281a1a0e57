"""``genevolve ablate`` as a function: arms and seeds as jobs, each of them a command of its own that can be resumed.

The directory holds ``cold/`` (the cold start), ``arms/NAME/seed-N/`` with ``recipe.toml``, ``train/``, ``profile.toml`` and
``test/``, the log of each job beside it, and the report. What is finished is not run again; seeds, arms and rows may be added.
"""

import json
import shlex
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.app.arguments import Count, checked
from genevolve.app.environment import environment, usable_cores
from genevolve.app.training import need_packages
from genevolve.core.errors import Notice, UsageError
from genevolve.run.folder import held_directory
from genevolve.store.hub import local_folder
from genevolve.store.images import write_atomically

if TYPE_CHECKING:
    from genevolve.train.ablation import AblationPlan, Arm
    from genevolve.train.recipe import Recipe

ADAPTER = "adapter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmJob:
    """``command`` are arguments of ``genevolve``. It is done when ``result`` is there, and can start when ``needs`` are.

    Where ``asked`` is a path, ``result`` counts only if the command noted there, which made it, is this one.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    result: Path
    needs: tuple[Path, ...] = ()
    asked: Path | None = None

    @property
    def done(self) -> bool:
        made = self.asked is None or (self.asked.is_file() and self.asked.read_text(encoding="utf-8") == self.line)
        return made and self.result.exists()

    @property
    def line(self) -> str:
        """What a person would type."""
        return shlex.join(["genevolve", *self.command])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablated:
    """``failed`` jobs, those ``waiting`` for what failed, and whether there is anything ``tested`` to report on."""

    failed: tuple[ArmJob, ...]
    waiting: tuple[ArmJob, ...]
    tested: bool


@checked
def ablate(
    plan: "str | Path | AblationPlan",
    *,
    out: Path | str,
    workers: Count = 1,
    on_job: Callable[[ArmJob, str], None] = lambda job, state: None,
) -> Ablated:
    """Run every job of ``plan`` that is not done, ``workers`` at a time, in the directory ``out``; the same one goes on.

    ``on_job`` is told "starts", "done" and "failed". Raises ``UsageError``.
    """
    need_packages()
    from genevolve.train.ablation import AblationPlan, load_plan

    chosen = plan if isinstance(plan, AblationPlan) else load_plan(str(plan))
    folder = Path(out)
    with held_directory(folder):
        jobs = prepare(chosen, folder)
        values = chosen.model_dump(mode="json")
        for name, arm in chosen.arms.items():
            values["arms"][name]["seeds"] = list(chosen.seeds_of(arm))
        write_atomically(folder / "ablation.json", json.dumps(values, indent=2).encode())
        failed = run_jobs(jobs, workers=workers, on_job=on_job)
    return Ablated(
        failed=failed,
        waiting=tuple(job for job in jobs if not job.done and job not in failed),
        tested=any(job.done for job in jobs if job.name.startswith("test")),
    )


def prepare(plan: "AblationPlan", out: Path) -> tuple[ArmJob, ...]:
    """Write the files of all jobs. Raises ``UsageError`` where ``out`` holds a job of the same name with other settings."""
    return tuple(_jobs(plan, out.absolute()))


def _jobs(plan: "AblationPlan", out: Path) -> Iterator[ArmJob]:
    from genevolve.train.recipe import load_recipe

    given = plan.adapter and local_folder(plan.adapter, "model", setting="adapter").absolute()
    start = given or out / "cold" / ADAPTER
    if plan.adapter is not None and not start.is_dir():
        raise UsageError(f"adapter is {plan.adapter!r}: there is no such folder; leave it out to train a cold start")
    if plan.adapter is None and any(arm.stage in ("cold_start", "evolve") for arm in plan.arms.values()):
        recipe, cold = _recipe_file(out / "cold.toml", load_recipe(plan.training)), out / "cold"
        command = ("sft", str(recipe), "--out", str(cold))
        yield ArmJob(name="cold start", command=command, log=out / "cold.log", result=start)
    seeds = dict.fromkeys(seed for arm in plan.arms.values() for seed in plan.seeds_of(arm))
    for seed in seeds:  # all arms of one seed before the next: what is there can be compared
        for name, arm in plan.arms.items():
            if seed in plan.seeds_of(arm):
                yield from _arm_jobs(plan, name, arm, seed, out, start)


def _arm_jobs(plan: "AblationPlan", name: str, arm: "Arm", seed: int, out: Path, cold: Path) -> Iterator[ArmJob]:
    import tomli_w

    folder = _job_folder(out, name, seed)
    weights: Path | None = None
    if arm.stage == "cold_start":
        weights = cold
    elif arm.stage == "evolve":
        recipe, run = _recipe_file(folder / "recipe.toml", plan.recipe(arm, seed, cold)), folder / "train"
        weights = run / ADAPTER
        command = ("evolve", str(recipe), "--out", str(run))
        yield ArmJob(name=f"train {name} {seed}", command=command, log=folder / "train.log", result=weights, needs=(cold,))
    source = None if arm.memory is None else _job_folder(out, arm.memory, seed) / "train"
    profile = _written(folder / "profile.toml", tomli_w.dumps(_profile(plan, arm, seed, weights, source)))
    test = folder / "test"
    habits = () if plan.quirks is None else ("--quirks", str(plan.quirks))
    part = ("--rows", str(plan.rows), *(("--skip", str(plan.skip)) if plan.skip else ()))
    asked = (*part, "--profile", str(profile), *habits, "--name", name)
    yield ArmJob(
        name=f"test {name} {seed}",
        command=("bench", plan.suite, "--out", str(test), *asked),
        log=folder / "test.log",
        result=test / "bench.json",
        needs=tuple(path for path in (weights, source and source / ADAPTER) if path is not None),
        asked=folder / "test.command",  # a test that is asked for more rows goes on
    )


def _job_folder(out: Path, arm: str, seed: int) -> Path:
    return out / "arms" / arm / f"seed-{seed}"


def _profile(plan: "AblationPlan", arm: "Arm", seed: int, weights: Path | None, source: Path | None) -> dict[str, Any]:
    """``source`` is the training run whose memory the policy reads."""
    from genevolve.train.evolve import MEMORY

    if arm.stage == "raw":
        return {"extends": plan.profile, "policy": {"member": "raw"}}
    adapter = str(weights) if weights is not None else "none"
    chosen = {"extends": plan.profile, "policy": {"member": "local", **plan.policy, "adapter": adapter, "seed": seed}}
    if source is None:
        return chosen
    experience = plan.recipe(arm, seed, weights or Path("none")).experience
    read: dict[str, Any] = {
        "file": str(source / MEMORY),
        "characters": experience.guide_characters,
        "embedder": experience.embedder,
    }
    read |= {} if experience.gate is None else {"gate": experience.gate}
    read |= {} if experience.pooled == 1 else {"pooled": experience.pooled}
    return {**chosen, "memory": read}


def _recipe_file(path: Path, recipe: "Recipe") -> Path:
    """``recipe`` as a file; one that an earlier version wrote with the same settings stays as it is. Raises ``UsageError``."""
    import tomli_w

    from genevolve.train.recipe import load_recipe

    if path.is_file():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Notice)  # keys that have another name by now
            if load_recipe(str(path)).model_copy(update={"name": recipe.name}) == recipe:
                return path
    return _written(path, tomli_w.dumps(recipe.model_dump(mode="json", by_alias=True, exclude={"name"}, exclude_none=True)))


def _written(path: Path, text: str) -> Path:
    if path.is_file():
        if path.read_text(encoding="utf-8") != text:
            raise UsageError(
                f"{path} was written for other settings: an arm keeps its settings in --out; give the changed arm another "
                "name, or choose another directory"
            )
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
    return path


def run_jobs(
    jobs: Sequence[ArmJob], *, workers: int = 1, on_job: Callable[[ArmJob, str], None] = lambda job, state: None
) -> tuple[ArmJob, ...]:
    """Run what is not done, ``workers`` at a time, the first in the list first. The jobs that failed; what needs them waits.

    ``on_job`` is told "starts", "done" and "failed". An interrupt stops the running jobs; each goes on from its last step.
    """
    waiting = [job for job in jobs if not job.done]
    failed: list[ArmJob] = []
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running: dict[Future[bool], ArmJob] = {}
        try:
            while waiting or running:
                ready = [job for job in waiting if all(path.exists() for path in job.needs)]
                for job in ready[: workers - len(running)]:
                    waiting.remove(job)
                    on_job(job, "starts")
                    running[pool.submit(_run, job, workers, stop)] = job
                if not running:
                    break  # what is left needs a job that failed
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    good = future.result()
                    on_job(job, "done" if good else "failed")
                    failed += [] if good else [job]
        finally:
            stop.set()
    return tuple(failed)


def _run(job: ArmJob, workers: int, stop: threading.Event) -> bool:
    """One command with its share of the cores; its output goes to the job's log. Whether its result is there."""
    cores = max(1, usable_cores() // workers)
    variables = {"OMP_NUM_THREADS": str(cores), **environment()}
    job.log.parent.mkdir(parents=True, exist_ok=True)
    if job.asked is not None:
        job.result.unlink(missing_ok=True)
    with job.log.open("ab") as log:
        log.write(f"$ {job.line}\n".encode())
        log.flush()
        process = subprocess.Popen([sys.executable, "-m", "genevolve", *job.command], stdout=log, stderr=log, env=variables)
        while process.poll() is None:
            try:
                process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                if stop.is_set():
                    process.terminate()
    if job.asked is not None and job.result.exists():
        write_atomically(job.asked, job.line.encode())
    return job.done  # a benchmark is also done when the policy found no answer to some rows


def last_words(job: ArmJob) -> str:
    """What to say of a job that failed: its last words."""
    try:
        lines = job.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = next((line for line in reversed(lines) if line.strip()), "no output")
    return f"{job.name}: {last[:300]} (all of it: {job.log}; by hand: {job.line})"
