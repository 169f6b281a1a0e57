"""Our loss, the settings and the rows by verl's own classes. Skipped where verl 0.9 is not installed.

It takes ``pip install torch==2.13.0 verl==0.9.1 cachetools fastapi uvicorn TransferQueue`` in an environment of its own.
"""

from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import UsageError
from genevolve.train.recipe import load_recipe
from genevolve.train.settings import Aggregation, Cap, SdlSettings
from tests.paths import ROOT

pytest.importorskip("verl.trainer.ppo.core_algos", reason="verl is not installed")
torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

CONFIGS = ROOT / "recipes" / "verl"
PROMPT, RESPONSE = 5, 12


def composed(*changes: str) -> Any:
    """The recipe's configuration on top of verl's own."""
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(config_dir=str(CONFIGS), version_base=None):
        return compose("qwen3_vl_8b_2x8", overrides=list(changes))


def actor_config() -> Any:
    from verl.utils.config import omega_conf_to_dataclass

    return omega_conf_to_dataclass(composed("actor_rollout_ref.actor.use_kl_loss=false").actor_rollout_ref.actor)


def batch(seed: int, rows: int = 6) -> dict[str, Any]:
    """Random rows of unequal lengths as a trainer holds them, padded: every second row with observations between replies, rows
    1 and 4 without a lesson."""
    torch.manual_seed(seed)
    prompts, lengths = torch.randint(1, PROMPT + 1, (rows,)), torch.randint(3, RESPONSE + 1, (rows,))
    mask = (torch.arange(RESPONSE)[None] < lengths[:, None]).long()
    for row in range(0, rows, 2):
        mask[row, 1:3] = 0
    student = torch.randn(rows, RESPONSE, dtype=torch.float64) - 2
    teacher = student + 1.5 * torch.randn(rows, RESPONSE, dtype=torch.float64)
    teacher[[1, 4]] = torch.nan
    return {
        "prompts": prompts,
        "lengths": lengths,
        "mask": mask,
        "student": student,
        "old": student + 0.3 * torch.randn(rows, RESPONSE, dtype=torch.float64),
        "teacher": teacher,
        "advantages": torch.randn(rows, dtype=torch.float64),
    }


def for_verl(rows: dict[str, Any], own: slice, settings: SdlSettings, weight: float, dp: int) -> tuple[Any, Any, Any]:
    """(model output, data, its log-probabilities with gradient) of the rows ``own``, in verl's layout."""
    from tensordict import TensorDict
    from verl.utils import tensordict_utils as tu

    from genevolve.integrations.verl.loss import TEACHER, TOTALS, lesson_mask, packed
    from genevolve.train import losses
    from genevolve.train.distillation import SelfDistillation

    count = len(rows["lengths"])
    whole = losses.totals(
        lesson_mask(rows["teacher"], rows["mask"], rows["advantages"][:, None], settings), SelfDistillation(settings).kept
    )
    some = {name: value[own] for name, value in rows.items()}
    number = len(some["lengths"])
    student = some["student"].clone().requires_grad_(True)
    values, attention = [], torch.zeros(number, PROMPT + RESPONSE, dtype=torch.long)
    for row in range(number):
        before, length = int(some["prompts"][row]), int(some["lengths"][row])
        attention[row, PROMPT - before : PROMPT + length] = 1
        line = torch.cat([torch.zeros(before - 1), student[row, :length], torch.zeros(1)])
        values.append(line)  # what predicts a token stands one place before it
    inside = (torch.arange(RESPONSE)[None] < some["lengths"][:, None]).double()
    spread = some["advantages"][:, None] * some["mask"]
    data = TensorDict(
        {
            "prompts": torch.zeros(number, PROMPT, dtype=torch.long),
            "responses": torch.zeros(number, RESPONSE, dtype=torch.long),
            "attention_mask": attention,
            "response_mask": some["mask"],
            "old_log_probs": some["old"] * inside,
            "advantages": spread,
            TEACHER: torch.where(inside.bool(), some["teacher"], 0.0),
            TOTALS: packed(whole, weight, number).clone(),
        },
        batch_size=number,
    )
    tu.assign_non_tensor(data, dp_size=dp, batch_num_tokens=int(rows["mask"].sum()), global_batch_size=count)
    return {"log_probs": torch.nested.as_nested_tensor(values, layout=torch.jagged)}, data, student


def ours(rows: dict[str, Any], settings: SdlSettings, weight: float) -> tuple[Any, Any]:
    """(value, gradient) of the whole batch by our own functions, and a surrogate that is written out."""
    from genevolve.train import losses
    from genevolve.train.distillation import SelfDistillation
    from genevolve.train.term import TermRows

    term = SelfDistillation(settings)
    student = rows["student"].clone().requires_grad_(True)
    mask, advantages = rows["mask"].bool(), rows["advantages"]
    ratio = (student - rows["old"]).exp()
    surrogate = torch.minimum(ratio * advantages[:, None], ratio.clamp(0.8, 1.28) * advantages[:, None])
    policy = -(surrogate * mask).sum() / len(mask)
    guided = mask & ~rows["teacher"].isnan().any(-1, keepdim=True) & term.applies(advantages)[:, None]
    teacher = rows["teacher"].nan_to_num()
    made = TermRows(
        ids=mask.long(),
        mask=guided,
        student=torch.where(guided, student, teacher),
        advantages=advantages,
        temperature=1.0,
        old=rows["old"],
        teacher=teacher,
    )
    chosen = term.choose(made)
    whole = losses.totals(guided, term.kept)
    value = policy + weight * losses.aggregate(term.values(made, chosen), chosen, whole, term.aggregation)
    return value.detach(), torch.autograd.grad(value, student)[0]


FORMS = [
    *({"aggregation": aggregation} for aggregation in Aggregation),
    {"top_fraction": 1.0, "c_tok": None},
    {"cap": Cap.WEIGHT, "c_tok": 0.5},
    {"gate": True},
    {"paper_k3_clamp": True, "rho_max": 1.1},
]
SHARES = [[slice(0, 6)], [slice(0, 1), slice(1, 6)], [slice(0, 4), slice(4, 5), slice(5, 6)]]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(map(str, form)))
@pytest.mark.parametrize(
    "shares", [[slice(0, 6)], [slice(0, 1), slice(1, 6)], [slice(0, 4), slice(4, 5), slice(5, 6)]], ids=len
)
def test_the_loss_of_the_workers_is_ours(form: dict[str, Any], shares: list[slice]) -> None:
    """Value and gradient to 1e-6, however the batch is split: into micro-batches, and between two processes."""
    from genevolve.integrations.verl.loss import loss_with_lessons

    settings, config = SdlSettings(**form), actor_config()
    for seed in range(4):
        rows = batch(seed)
        value, gradient = ours(rows, settings, 2.0)
        for processes in (1, 2):
            total, found = torch.zeros((), dtype=torch.float64), []
            for share in shares:
                output, data, student = for_verl(rows, share, settings, 2.0, processes)
                loss, metrics = loss_with_lessons(config, output, data, settings=settings)
                loss.backward()
                total += loss.detach() / processes
                found.append(student.grad / processes)
                assert "actor/sdl" in metrics
            torch.testing.assert_close(total, value, atol=1e-6, rtol=1e-6)
            torch.testing.assert_close(torch.cat(found), gradient, atol=1e-6, rtol=1e-6)


def test_without_lessons_it_is_the_loss_of_verl() -> None:
    from verl.workers.utils.losses import ppo_loss

    from genevolve.integrations.verl.loss import TEACHER, loss_with_lessons

    rows, settings, config = batch(9), SdlSettings(), actor_config()
    output, data, _ = for_verl(rows, slice(0, 6), settings, 2.0, 1)
    data.pop(TEACHER)
    assert torch.equal(loss_with_lessons(config, output, data, settings=settings)[0], ppo_loss(config, output, data)[0])
    rows["teacher"][:] = torch.nan
    output, data, student = for_verl(rows, slice(0, 6), settings, 2.0, 1)
    loss, _ = loss_with_lessons(config, output, data, settings=settings)
    loss.backward()
    assert torch.equal(loss, ppo_loss(config, output, data)[0]) and student.grad.isfinite().all()


def test_the_term_as_a_distillation_of_verl() -> None:
    """Through verl's own ``distillation_loss``, with a teacher of its own: our term with the defaults."""
    from verl.trainer.distillation.losses import DISTILLATION_LOSS_REGISTRY, distillation_loss
    from verl.utils.config import omega_conf_to_dataclass

    from genevolve.integrations.verl.loss import SDL, TEACHER

    assert SDL in DISTILLATION_LOSS_REGISTRY
    chosen = composed(f"distillation.distillation_loss.loss_mode={SDL}").distillation
    settings = SdlSettings()
    for seed in range(4):
        rows = batch(seed)
        rows["teacher"] = rows["teacher"].nan_to_num(nan=-1.0)
        rows["advantages"] = torch.zeros(6, dtype=torch.float64)
        value, gradient = ours(rows, settings, 1.0)
        output, data, student = for_verl(rows, slice(0, 6), settings, 1.0, 1)
        said = []
        for row in range(6):
            before, length = int(rows["prompts"][row]), int(rows["lengths"][row])
            said.append(torch.cat([torch.zeros(before - 1), rows["teacher"][row, :length], torch.zeros(1)])[:, None])
        data.pop(TEACHER)
        data["teacher_logprobs"] = torch.nested.as_nested_tensor(said, layout=torch.jagged)
        loss, _ = distillation_loss(actor_config(), omega_conf_to_dataclass(chosen), output, data)
        loss.backward()
        torch.testing.assert_close(loss.detach(), value, atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(student.grad, gradient, atol=1e-6, rtol=1e-6)


def test_advantages_leave_out_what_is_unscored() -> None:
    """By verl's own way to an estimator; groups lie in any order."""
    import numpy as np
    from verl import DataProto
    from verl.trainer.ppo.ray_trainer import compute_advantage

    from genevolve.integrations.verl import loss
    from genevolve.train.losses import advantages

    rewards = torch.tensor([1.0, 0.0, 0.5, torch.nan, 0.25, 0.25, 0.0, 0.75])
    order = torch.tensor([3, 6, 0, 4, 1, 7, 2, 5])
    expected = advantages(rewards, 4)
    mask = torch.ones(8, 3, dtype=torch.long)
    mask[0, 2] = 0
    scores = torch.zeros(8, 3)
    scores[:, 1] = rewards[order]
    data = DataProto.from_dict(
        tensors={"token_level_rewards": scores, "response_mask": mask},
        non_tensors={"uid": np.array(["ab"[int(place) // 4] for place in order], dtype=object)},
    )
    found = compute_advantage(data, adv_estimator=loss.NAME).batch["advantages"]
    torch.testing.assert_close(found, expected[order][:, None] * mask)
    assert found.isfinite().all() and found[0].abs().sum() == 0


# ---- settings


def test_the_configuration_is_that_of_the_paper() -> None:
    """It composes with verl's own, its actor and its rollout are what verl's classes take, and its numbers are the recipe's."""
    from verl.utils.config import omega_conf_to_dataclass

    from genevolve.integrations.verl.trainer import check_settings

    config = composed()
    check_settings(config, load_recipe("paper"))
    actor = omega_conf_to_dataclass(config.actor_rollout_ref.actor)
    assert (actor.strategy, actor.clip_ratio_low, actor.clip_ratio_high) == ("fsdp2", 0.2, 0.28)
    assert omega_conf_to_dataclass(config.actor_rollout_ref.rollout).n == 6
    assert (config.data.max_prompt_length, config.data.max_response_length) == (6144, 30000)
    assert config.trainer.nnodes * config.trainer.n_gpus_per_node == 16
    recipe = load_recipe("paper").evolve
    assert (config.actor_rollout_ref.actor.optim.lr, config.trainer.total_training_steps) == (
        recipe.learning_rate,
        recipe.steps,
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("actor_rollout_ref.rollout.n=4", r"rollout\.n is 4, where the recipe paper and its loss need 6"),
        ("actor_rollout_ref.actor.ppo_mini_batch_size=4", r"actor\.ppo_mini_batch_size is 4"),
        ("actor_rollout_ref.actor.loss_agg_mode=token-mean", "loss_agg_mode is token-mean"),
        ("actor_rollout_ref.actor.use_kl_loss=false", r"kl_loss_coef is 0\.0"),
        ("algorithm.adv_estimator=grpo", "adv_estimator is grpo"),
    ],
)
def test_other_settings_are_refused(change: str, named: str) -> None:
    from genevolve.integrations.verl.trainer import check_settings

    with pytest.raises(UsageError, match=named):
        check_settings(composed(change), load_recipe("paper"))


def test_our_trainer_and_loop_have_their_names() -> None:
    from verl.experimental.agent_loop.agent_loop import _agent_loop_registry
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn, get_policy_loss_fn
    from verl.trainer.ppo.v1 import get_trainer_cls

    from genevolve.integrations.verl import loop, loss, trainer

    assert get_trainer_cls("genevolve") is trainer.GenEvolveTrainer
    assert get_policy_loss_fn("genevolve") is loss.clipped_surrogate
    assert get_adv_estimator_fn("genevolve") is loss.group_advantages
    assert _agent_loop_registry["genevolve"]["_target_"].endswith(loop.GenEvolveLoop.__name__)


def test_requests_as_rows(tmp_path: Path) -> None:
    """verl's data set reads them, and the case that comes back is what judges and lessons need."""
    from datasets import load_dataset

    from genevolve.integrations.episodes import cases_for
    from genevolve.integrations.verl.rows import case_from_row, write_rows

    (tmp_path / "recipe.toml").write_text('extends = "atlas"\n[data]\nrequests = 3\nvalidation = 2\n')
    train, validation = write_rows(str(tmp_path / "recipe.toml"), tmp_path / "rows")
    rows = list(load_dataset("parquet", data_files=str(train))["train"])
    cases = cases_for(load_recipe(str(tmp_path / "recipe.toml")), "train", tmp_path)
    assert len(rows) == 3 and len(list(load_dataset("parquet", data_files=str(validation))["train"])) == 2
    for row, case in zip(rows, cases, strict=True):
        again = case_from_row(row["extra_info"])
        assert (again.id, again.text, again.hidden.claims) == (case.id, case.text, case.hidden.claims)
        assert again.hidden.family == case.hidden.family and row["prompt"] == [{"role": "user", "content": case.text}]
