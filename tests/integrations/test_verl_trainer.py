"""Lessons and their teacher in verl's trainer, over verl's own TransferQueue: what a step writes beside its rows.

Skipped where verl 0.9 is not installed (see ``test_verl.py``). Workers are a function of the ids in their rows; the rows are
those of verl's agent loop.
"""

import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("verl.trainer.ppo.core_algos", reason="verl is not installed")
torch = pytest.importorskip("torch")
pytest.importorskip("transfer_queue", reason="TransferQueue is not installed")

with warnings.catch_warnings():  # verl asks Ray in ways that Ray is about to give up
    warnings.simplefilter("ignore")
    from genevolve.integrations.verl import trainer as module
    from genevolve.integrations.verl.loop import ATTEMPT
    from genevolve.integrations.verl.loss import TEACHER, TOTALS, loss_with_lessons
    from genevolve.integrations.verl.teaching import Teaching
    from tests.integrations.test_verl import composed
    from tests.integrations.test_verl_loop import played

from genevolve.integrations.episodes import EpisodePlayer  # noqa: E402
from genevolve.policies.local.template import ChatTemplate  # noqa: E402
from genevolve.train.losses import lambda_at, selection_size  # noqa: E402
from genevolve.train.settings import SdlSettings  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
GROUPS = {0: "alone", 1: "pair", 2: "other", 3: "pair"}  # row 1 succeeds, and row 3 says nothing useful


@pytest.fixture
def queue() -> Iterator[Any]:
    """A TransferQueue on this machine."""
    import ray
    import transfer_queue as tq

    ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    try:
        tq.init()
        yield tq
        tq.close()
    finally:
        ray.shutdown()


def said(ids: Any) -> Any:
    """What the workers say of each place: it depends on all ids up to the next one."""
    sums = ids.double().cumsum(0).roll(-1)
    return (-1.0 - (sums % 97) / 50).float()


class WorkersOfIds:
    """Two processes that score rows of the queue."""

    def __init__(self, tq: Any, partition: str) -> None:
        self._tq, self._partition = tq, partition
        self._dispatch_info = {"actor": [0, 1]}
        self.scored: list[list[str]] = []

    def compute_log_prob(self, batch: Any) -> Any:
        assert len(batch) % 2 == 0, "every process gets as many rows"
        assert batch.extra_info["temperature"] == pytest.approx(0.7)
        rows = self._tq.kv_batch_get(keys=batch.keys, partition_id=self._partition, select_fields=["input_ids"])
        found = [said(row) for row in rows["input_ids"].unbind()]
        nested = torch.nested.as_nested_tensor(found, layout=torch.jagged)
        from tensordict import TensorDict

        fields = TensorDict({"log_probs": nested, "entropy": nested * 0}, batch_size=len(found))
        self._tq.kv_batch_put(keys=batch.keys, partition_id=self._partition, fields=fields)
        self.scored.append(batch.keys)
        return batch


def queued(tq: Any, found: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The rows of the agent loop in the queue, as verl's own worker puts them there."""
    from transfer_queue.metadata import KVBatchMeta
    from verl.utils.tensordict_utils import list_of_dict_to_tensordict

    keys, rows, tags = [], [], []
    width = found.batch["prompts"].shape[1]
    for number in range(4):
        inside = found.batch["attention_mask"][number].bool()
        prompt, response = found.batch["prompts"][number][inside[:width]], found.batch["responses"][number][inside[width:]]
        mask = found.batch["response_mask"][number][inside[width:]]
        scores = torch.zeros(len(response))
        scores[-1] = found.batch["rm_scores"][number].sum()
        others = found.non_tensor_batch
        keys.append(f"{GROUPS[number]}_{number}_0")
        rows.append(
            {
                "uid": GROUPS[number],
                "prompts": prompt,
                "responses": response,
                "input_ids": torch.cat([prompt, response]),
                "position_ids": found.batch["position_ids"][number][:, inside],
                "response_mask": mask,
                "rm_scores": scores,
                "multi_modal_inputs": others["multi_modal_inputs"][number],
                "extra_fields": {ATTEMPT: others[ATTEMPT][number]},
            }
        )
        tags.append({"status": "success", "seq_len": len(prompt) + len(response)})
    tq.kv_batch_put(keys=keys, partition_id="train", fields=list_of_dict_to_tensordict(rows), tags=tags)
    return KVBatchMeta(keys=keys, tags=tags, partition_id="train"), rows


def test_a_step_brings_its_teacher(tmp_path: Path, queue: Any) -> None:
    found, _, processor, tiny, _ = played(tmp_path)
    batch, rows = queued(queue, found)
    player = EpisodePlayer(str(tmp_path / "recipe.toml"), folder=tmp_path / "pictures")
    run = object.__new__(module.GenEvolveTrainer)
    run.config = composed("actor_rollout_ref.rollout.calculate_log_probs=false")
    run.global_steps, run.total_training_steps = 1, 10
    run.actor_rollout_wg = workers = WorkersOfIds(queue, "train")
    run.teaching = Teaching(player, ChatTemplate(tiny.tokenizer, processor), tmp_path / "memory", vision=True)
    metrics: dict[str, Any] = {}
    assert run._compute_old_log_prob(batch, metrics) is not None
    assert metrics["experience/bundles"] == 1 and len(workers.scored) == 2
    data = queue.kv_batch_get(keys=batch.keys, partition_id="train", select_fields=[TEACHER, TOTALS, "old_log_probs"])
    teacher = list(data[TEACHER].unbind())
    assert [bool(row.isnan().all()) for row in teacher] == [True, False, True, False], "only the pair has a lesson"
    lessons = run._runner.run(run.teaching.teach(1, dict(list(told(rows, batch.keys).items())), groups(batch.keys))).guides
    for number in (1, 3):
        row, guide = rows[number], torch.tensor(lessons[batch.keys[number]])
        assert len(guide) > len(row["prompts"]), "the prompt holds the lesson"
        whole = said(torch.cat([guide, row["responses"]]))
        torch.testing.assert_close(teacher[number], whole[len(guide) - 1 : -1])
        plain = said(row["input_ids"])[len(row["prompts"]) - 1 : -1]
        torch.testing.assert_close(data["old_log_probs"].unbind()[number], plain)
        assert not torch.equal(plain, teacher[number])
    settings = player.recipe.sdl
    tokens = [int(rows[number]["response_mask"].sum()) for number in (1, 3)]
    kept = sum(selection_size(count, settings.top_fraction) for count in tokens)
    counts = torch.tensor([kept, 2, 4, sum(tokens), lambda_at(0, 10, settings)])
    for row in data[TOTALS].unbind():
        torch.testing.assert_close(row, counts.double())
    assert not [key for key in queue.kv_list("train")["train"] if "lesson" in key], "the teacher's rows are gone"
    run._runner.run(run.teaching.aclose())
    run._runner.close()


def told(rows: list[dict[str, Any]], keys: list[str]) -> dict[str, bytes]:
    return {key: row["extra_fields"][ATTEMPT] for key, row in zip(keys, rows, strict=True)}


def groups(keys: list[str]) -> dict[str, str]:
    return {key: key.partition("_")[0] for key in keys}


def test_a_step_without_any_score_stops(tmp_path: Path) -> None:
    from genevolve.core.errors import ServiceError

    found, *_ = played(tmp_path, broken=True)
    teaching = object.__new__(Teaching)
    rows = {f"r{number}_0_0": packed for number, packed in enumerate(found.non_tensor_batch[ATTEMPT])}
    assert all(pickle.loads(packed).value is None for packed in rows.values())
    import asyncio

    with pytest.raises(ServiceError, match="not one of 4 episodes could be scored"):
        asyncio.run(teaching.teach(0, rows, {key: key for key in rows}))


def test_workers_take_our_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of roles that train; their settings are the recipe's."""
    from functools import partial

    from verl.workers.engine_workers import ActorRolloutRefWorker
    from verl.workers.utils.losses import ppo_loss

    taken: list[Any] = []
    config = SimpleNamespace(genevolve_recipe="paper")
    worker = object.__new__(module.GenEvolveWorker)
    worker.role, worker.config = "actor_rollout_ref", config
    worker.actor = SimpleNamespace(set_loss_fn=taken.append)

    def begun(self: Any) -> None:
        self.loss_fn = partial(ppo_loss, config="the actor's")

    monkeypatch.setattr(ActorRolloutRefWorker, "init_model", begun)
    worker.init_model()
    (loss,) = taken
    assert loss.func is loss_with_lessons and loss.keywords["config"] == "the actor's"
    assert loss.keywords["settings"] == SdlSettings()
