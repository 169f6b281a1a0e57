"""The trainer on tiny random policies: what must not change training, what must, and what must be refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from trl import GRPOTrainer

from genevolve.core.errors import ServiceError, UsageError
from genevolve.train import losses, packed
from genevolve.train.attempt import Attempt
from genevolve.train.checks import check_attempts, check_groups
from genevolve.train.distillation import SelfDistillation
from genevolve.train.scoring import scored_logprobs
from genevolve.train.settings import Aggregation, Cap, SdlSettings, Teacher
from genevolve.train.term import TermRows
from genevolve.train.trainer import EvolveTrainer
from tests.train.tiny_policies import (
    GROUP,
    VOCABULARY,
    Make,
    Sample,
    attempt_of,
    episode,
    llama,
    logged,
    lora,
    mixed,
    questions,
    replayed,
    settings,
    tokenizer,
    trainer,
    unguided,
    weights,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
Weights = dict[str, torch.Tensor]


def trained(folder: Path, make: Make = mixed, *, model: Any = None, sdl: SdlSettings | None = None, **changes: Any) -> Weights:
    run = trainer(folder, make, model=model, sdl=sdl, **changes)
    run.train()
    return weights(run.model)


def plain_grpo(folder: Path, make: Make, **changes: Any) -> Weights:
    """TRL's own trainer on the same samples, without a line of ours but the conversion."""
    rows = iter(range(10**6))

    def rollout(prompts: list[str], own: GRPOTrainer) -> dict[str, Any]:
        places = [next(rows) for _ in prompts]
        samples = [make((place // GROUP) % 8, place % GROUP) for place in places]
        names = ("prompt_ids", "completion_ids", "logprobs")
        found: dict[str, Any] = {name: [list(getattr(s, name)) for s in samples] for name in names}
        return found | {"env_mask": [list(s.mask) for s in samples], "earned": [s.reward for s in samples]}

    def earned_reward(prompts: Any, earned: list[float], **_: Any) -> list[float]:
        return earned

    run = GRPOTrainer(
        model=llama(),
        reward_funcs=[earned_reward],
        rollout_func=rollout,
        args=settings(folder, **changes),
        train_dataset=questions(),
        processing_class=tokenizer(),
    )
    run.train()
    return weights(run.model)


@pytest.mark.parametrize("stopped", [2, 3])
def test_a_run_goes_on_with_the_requests_of_an_undisturbed_one(stopped: int, tmp_path: Path) -> None:
    """Two steps are an epoch, each in an order of its own."""
    asked: dict[int, list[int]] = {}

    def noted(rows: Sequence[Mapping[str, Any]], own: EvolveTrainer) -> list[Attempt]:
        asked[own.state.global_step] = [row["number"] for row in rows]
        return replayed(mixed)(rows, own)

    def run() -> EvolveTrainer:
        more: dict[str, Any] = {"per_device_train_batch_size": 4 * GROUP, "shuffle_dataset": True, "save_strategy": "steps"}
        made = trainer(tmp_path, max_steps=5, save_steps=1, **more)
        made.roll = noted
        return made

    calm = run()
    calm.train()
    undisturbed = dict(asked)
    assert len({tuple(numbers) for numbers in undisturbed.values()}) == 5, "each step has requests of its own"
    asked.clear()
    again = run()
    again.train(resume_from_checkpoint=str(tmp_path / f"checkpoint-{stopped}"))
    assert asked == {step: numbers for step, numbers in undisturbed.items() if step >= stopped}
    assert same(weights(again.model), weights(calm.model))


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def apart(one: Weights, other: Weights) -> float:
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def all_guided(request: int, member: int) -> Sample:
    return episode(request * GROUP + member, reward=float(member % 3) / 2, guide=12)


def own_prompt_as_guide(request: int, member: int) -> Sample:
    sample = unguided(request, member)
    return replace(sample, guide_ids=sample.prompt_ids)


# ---- what must not change training


@pytest.mark.parametrize(("make", "strength"), [(mixed, 0.0), (unguided, 2.0)])
def test_without_a_lesson_it_is_grpo_bit_for_bit(tmp_path: Path, make: Make, strength: float) -> None:
    ours = trained(tmp_path, make, sdl=SdlSettings(lambda_=strength), max_steps=3)
    assert same(ours, plain_grpo(tmp_path, make, max_steps=3))
    assert not same(ours, weights(llama()))


def test_t5_an_identical_teacher_changes_nothing(tmp_path: Path) -> None:
    run = trainer(tmp_path, own_prompt_as_guide, max_steps=3)
    run.train()
    assert same(weights(run.model), trained(tmp_path, unguided, max_steps=3))
    assert logged(run, "sdl/sequence_sum_all") == [0, 0, 0]
    assert logged(run, "sdl/gap") == [0, 0, 0]


def test_t5_other_padding_makes_only_rounding(tmp_path: Path) -> None:
    def half(request: int, member: int) -> Sample:
        return own_prompt_as_guide(request, member) if member % 2 else all_guided(request, member)

    run = trainer(tmp_path, half, sdl=SdlSettings(noise_interval=1))
    run.train()
    assert 0 <= logged(run, "sdl/noise_gap")[0] < 1e-5


@pytest.mark.parametrize("shared", [False, True])
def test_the_distance_from_the_start_is_that_of_the_two_policies(tmp_path: Path, shared: bool) -> None:
    """After one update: k3 of the log-probabilities under the weights after and before it. Measuring changes nothing."""
    seen: list[Sample] = []

    def noted(request: int, member: int) -> Sample:
        seen.append(mixed(request, member))
        return seen[-1]

    run = trainer(tmp_path / "a", noted, model=lora(llama()), share_prompts=shared, kl_interval=1, max_steps=2)
    run.train()
    assert same(weights(run.model), trained(tmp_path / "b", model=lora(llama()), share_prompts=shared, max_steps=2))
    before, once = lora(llama()), trainer(tmp_path / "c", model=lora(llama()), share_prompts=shared, max_steps=1)
    once.train()
    rows = []
    for sample in seen[-GROUP:]:
        old, new = (
            scored_logprobs(model, sample.prompt_ids, sample.completion_ids, temperature=0.7) for model in (before, once.model)
        )
        rows.append(float(losses.k3(new - old)[torch.tensor(sample.mask, dtype=torch.bool)].sum()))
    (of_rows,), (of_tokens,) = logged(run, "kl_to_start/sequence_sum"), logged(run, "kl_to_start/token_mean")
    assert of_rows == pytest.approx(sum(rows) / GROUP, rel=1e-3) and of_rows > 0
    assert of_tokens == pytest.approx(sum(rows) / sum(sum(sample.mask) for sample in seen[-GROUP:]), rel=1e-3)


def test_unscored_rows_carry_no_gradient(tmp_path: Path) -> None:
    """Whatever tokens an unscored row holds, with KL and a guide: the weights move alike."""

    def broken(noise: int) -> Make:
        def make(request: int, member: int) -> Sample:
            sample = all_guided(request, member)
            if member != 2:
                return sample
            odd = tuple((token + noise) % (VOCABULARY - 2) + 2 for token in sample.completion_ids)
            return replace(sample, reward=None, completion_ids=odd)

        return make

    found = [trained(tmp_path, broken(noise), model=lora(llama()), beta=0.1, max_steps=2) for noise in (0, 7)]
    assert apart(*found) < 1e-6
    assert apart(found[0], trained(tmp_path, all_guided, model=lora(llama()), beta=0.1, max_steps=2)) > 1e-4


def test_unscored_rows_stay_in_the_denominators(tmp_path: Path) -> None:
    """An outage makes a step smaller: three rows of four move the weights by three quarters of what they do alone."""

    def outage(request: int, member: int) -> Sample:
        sample = unguided(request, member)
        return replace(sample, reward=None) if member == 3 else sample

    start, moves = weights(llama()), []
    for make, size in ((outage, 4), (unguided, 3)):
        changes = {"per_device_train_batch_size": size, "num_generations": size}
        run = trainer(tmp_path, make, sdl=SdlSettings(lambda_=0.0), **changes)
        run.train()
        moves.append({name: value - start[name] for name, value in weights(run.model).items()})
    assert max(float(move.abs().max()) for move in moves[0].values()) > 1e-3
    assert all(torch.allclose(moves[0][name], 0.75 * move, atol=1e-7) for name, move in moves[1].items())


def test_unscored_rows_are_counted_and_leave_the_mean(tmp_path: Path) -> None:
    def make(request: int, member: int) -> Sample:
        return replace(mixed(request, member), reward=None if member == 0 else float(member))

    run = trainer(tmp_path, make)
    run.train()
    assert logged(run, "rollout/unscored") == [1]
    assert logged(run, "reward") == [2.0]
    assert logged(run, "rollout/turns") == [2.0]


def test_observations_carry_no_loss(tmp_path: Path) -> None:
    """The last token of a row has no successor: as an observation its id can only matter as a label, and does not."""

    def ends_with(token: int) -> Make:
        def make(request: int, member: int) -> Sample:
            sample = all_guided(request, member)
            return replace(
                sample,
                completion_ids=(*sample.completion_ids, token),
                logprobs=(*sample.logprobs, 0.0),
                mask=(*sample.mask, 0),
            )

        return make

    assert same(*(trained(tmp_path, ends_with(token), sdl=SdlSettings(top_fraction=1.0)) for token in (5, 77)))


# ---- what must


def dense_logprobs(model: Any, prompt: tuple[int, ...], completion: tuple[int, ...], temperature: float) -> torch.Tensor:
    ids = torch.tensor([[*prompt, *completion]])
    logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1].double() / temperature
    found: torch.Tensor = logits.log_softmax(-1).gather(-1, ids[0, len(prompt) :].unsqueeze(-1)).squeeze(-1)
    return found


def reference_loss(model: Any, samples: list[Sample], sdl: SdlSettings, temperature: float = 0.7) -> torch.Tensor:
    """GRPO's first step (ratio 1) plus λ·SDL, row by row with dense logits."""
    rewards = torch.tensor([s.reward for s in samples], dtype=torch.float64)
    gains = losses.advantages(rewards, GROUP)
    total = torch.zeros((), dtype=torch.float64)
    lessons, tokens, guided = [], 0, 0
    for sample, gain in zip(samples, gains, strict=True):
        own = dense_logprobs(model, sample.prompt_ids, sample.completion_ids, temperature)
        mask = torch.tensor(sample.mask, dtype=torch.bool)
        total = total - ((own - own.detach()).exp() * gain)[mask].sum() / len(samples)
        if sample.guide_ids is None:
            continue
        with torch.no_grad():
            other = dense_logprobs(model, sample.guide_ids, sample.completion_ids, temperature)
        gap = own - other
        count = losses.selection_size(int(mask.sum()), sdl.top_fraction)
        kept = sorted(mask.nonzero().flatten().tolist(), key=lambda i: -abs(float(gap[i])))[:count]
        ratio = (own - own.detach()).exp()
        lessons.append((ratio * ((-gap).exp() - 1 + gap))[kept].sum())
        tokens, guided = tokens + count, guided + 1
    divisor = {"token_mean": tokens, "sequence_sum_guided": guided, "sequence_sum_all": len(samples)}[sdl.aggregation.value]
    return total + sdl.lambda_ * torch.stack(lessons).sum() / divisor


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_the_step_is_that_of_a_dense_reference(tmp_path: Path, aggregation: Aggregation) -> None:
    sdl = SdlSettings(c_tok=None, aggregation=aggregation, lambda_=50.0)
    model = llama()
    samples = [mixed(0, member) for member in range(GROUP)]
    reference_loss(model, samples, sdl).backward()
    expected = {name: p.detach() - 0.05 * p.grad for name, p in model.named_parameters()}
    found = trained(tmp_path, sdl=sdl)
    rounding = 1e-5 * apart(expected, weights(model))  # of the largest step: processors round differently
    assert apart(found, expected) < rounding
    assert apart(found, trained(tmp_path, sdl=SdlSettings(lambda_=0.0))) > 1e-3


def test_full_vocabulary_step_is_that_of_a_dense_reference(tmp_path: Path) -> None:
    sdl = SdlSettings(c_tok=None, lambda_=50.0, full_vocab=True, top_fraction=1.0)
    model, total = llama(), torch.zeros(())
    samples = [mixed(0, member) for member in range(GROUP)]
    for sample in samples:
        if sample.guide_ids is not None:
            logits = []
            for prompt in (sample.prompt_ids, sample.guide_ids):
                ids = torch.tensor([[*prompt, *sample.completion_ids]])
                logits.append(model(input_ids=ids).logits[0, len(prompt) - 1 : -1] / 0.7)
            kl = losses.reverse_kl(logits[0], logits[1])
            total = total + kl[torch.tensor(sample.mask, dtype=torch.bool)].sum() / GROUP
    (sdl.lambda_ * total).backward()
    alone = trained(tmp_path, sdl=SdlSettings(lambda_=0.0))
    found = trained(tmp_path, sdl=sdl)
    moved = {name: found[name] - alone[name] for name in found}
    assert apart(moved, {name: -0.05 * p.grad for name, p in model.named_parameters()}) < 2e-6


@pytest.mark.parametrize("full_vocab", [False, True])
def test_gradient_checkpointing_with_lora_gives_the_same_step(tmp_path: Path, full_vocab: bool) -> None:
    sdl = SdlSettings(full_vocab=full_vocab, lambda_=20.0)
    plain = trained(tmp_path, model=lora(llama()), sdl=sdl, beta=0.01)
    assert apart(plain, trained(tmp_path, model=lora(llama()), sdl=sdl, beta=0.01, gradient_checkpointing=True)) < 1e-6
    assert apart(plain, trained(tmp_path, model=lora(llama()), sdl=SdlSettings(lambda_=0.0), beta=0.01)) > 1e-5


def test_evaluation_rolls_out_and_leaves_the_weights(tmp_path: Path) -> None:
    run = trainer(tmp_path, all_guided, per_device_eval_batch_size=GROUP)
    before = weights(run.model)
    found = run.evaluate(questions(2))
    assert found["eval_reward"] == pytest.approx(0.375)
    assert found["eval_rollout/guided_share"] == 1
    assert same(before, weights(run.model))


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_t12_accumulation_gives_the_same_step(tmp_path: Path, aggregation: Aggregation) -> None:
    sdl = SdlSettings(aggregation=aggregation, lambda_=20.0)
    at_once = trained(tmp_path, sdl=sdl, per_device_train_batch_size=4, gradient_accumulation_steps=1)
    one_by_one = trained(tmp_path, sdl=sdl, per_device_train_batch_size=1, gradient_accumulation_steps=4)
    assert apart(at_once, one_by_one) < 2e-6


def test_t12_logged_values_do_not_depend_on_the_split(tmp_path: Path) -> None:
    runs = [trainer(tmp_path, per_device_train_batch_size=size, gradient_accumulation_steps=8 // size) for size in (8, 2)]
    for run in runs:
        run.train()
    for name in ("sdl/token_mean", "sdl/sequence_sum_all", "sdl/sequence_sum_guided", "rollout/guided_share", "reward"):
        assert logged(runs[0], name) == pytest.approx(logged(runs[1], name), rel=1e-5), name


def test_snapshot_equals_live_with_one_update(tmp_path: Path) -> None:
    found = [trained(tmp_path, sdl=SdlSettings(teacher=teacher)) for teacher in (Teacher.LIVE, Teacher.SNAPSHOT)]
    assert apart(*found) < 1e-6


def test_teachers_differ_once_the_student_has_moved(tmp_path: Path) -> None:
    """EMA with decay 0 is the live teacher; the frozen one is not, and gives another step."""

    def run(teacher: Teacher, decay: float = 0.5) -> Weights:
        return trained(tmp_path, all_guided, sdl=SdlSettings(teacher=teacher, ema_decay=decay, lambda_=20.0), max_steps=3)

    live = run(Teacher.LIVE)
    assert same(live, run(Teacher.EMA, 0.0))
    assert apart(live, run(Teacher.FROZEN)) > 1e-5
    assert apart(live, run(Teacher.EMA)) > 1e-6


def test_gate_teaches_only_what_went_well(tmp_path: Path) -> None:
    run = trainer(tmp_path, all_guided, sdl=SdlSettings(gate=True, top_fraction=1.0))
    run.train()
    open_gate = trainer(tmp_path, all_guided, sdl=SdlSettings(top_fraction=1.0))
    open_gate.train()
    assert 0 < logged(run, "sdl/sequence_sum_all")[0] < logged(open_gate, "sdl/sequence_sum_all")[0]


def test_tokens_that_the_lesson_moves_against_their_advantage_are_left_out(tmp_path: Path) -> None:
    """Of a row above its group's mean what the teacher finds likelier counts, of one below it what it finds less likely."""
    rows = TermRows(
        ids=torch.zeros(3, 4),
        mask=torch.tensor([[1, 1, 1, 0]] * 3),
        student=torch.tensor([[-1.0, -2.0, -3.0, -9.0]] * 3),
        teacher=torch.tensor([[-2.0, -1.0, -3.0, -1.0]] * 3),
        advantages=torch.tensor([1.0, -1.0, 0.0]),
        temperature=1.0,
    )
    chosen = SelfDistillation(SdlSettings(top_fraction=1.0, agreeing=True)).choose(rows)
    assert chosen.tolist() == [[False, True, False, False], [True, False, False, False], [False] * 4]
    all_of_them = SelfDistillation(SdlSettings(top_fraction=1.0)).choose(rows)
    assert all_of_them.tolist() == [[True, True, True, False]] * 3
    agreeing, usual = (trainer(tmp_path, all_guided, sdl=SdlSettings(agreeing=how, top_fraction=1.0)) for how in (True, False))
    agreeing.train()
    usual.train()
    assert 0 < logged(agreeing, "sdl/sequence_sum_all")[0] < logged(usual, "sdl/sequence_sum_all")[0]


def test_capped_weight_moves_what_a_capped_value_does_not(tmp_path: Path) -> None:
    alone = trained(tmp_path, all_guided, sdl=SdlSettings(lambda_=0.0))
    runs = {cap: trained(tmp_path, all_guided, sdl=SdlSettings(c_tok=1e-9, cap=cap, lambda_=1e6)) for cap in Cap}
    assert apart(runs[Cap.VALUE], alone) < 1e-6
    assert apart(runs[Cap.WEIGHT], alone) > 1e-6


def test_gradient_norms_of_both_terms_are_logged(tmp_path: Path) -> None:
    run = trainer(tmp_path, sdl=SdlSettings(gradient_interval=2), max_steps=2)
    run.train()
    assert len(logged(run, "gradient/sdl")) == len(logged(run, "gradient/policy")) == 1
    assert logged(run, "gradient/sdl")[0] > 0


# ---- views


def test_the_student_never_sees_the_guide(tmp_path: Path) -> None:
    """Every pass with gradient holds prompt and completion; the guide is seen in passes without, on the same completions."""
    run = trainer(tmp_path, all_guided)
    passes: list[tuple[bool, list[list[int]]]] = []

    def watch(module: Any, args: Any, kwargs: dict[str, Any]) -> None:
        ids, mask = kwargs["input_ids"], kwargs["attention_mask"]
        passes.append((torch.is_grad_enabled(), [row[on.bool()].tolist() for row, on in zip(ids, mask, strict=True)]))

    run.model.base_model.register_forward_pre_hook(watch, with_kwargs=True)
    run.train()
    samples = [all_guided(0, member) for member in range(GROUP)]
    students = sorted([*s.prompt_ids, *s.completion_ids] for s in samples)
    teachers = sorted([*(s.guide_ids or ()), *s.completion_ids] for s in samples)
    assert [(grad, sorted(rows)) for grad, rows in passes] == [(True, students), (False, teachers)]


def test_a_leaked_guide_is_refused(tmp_path: Path) -> None:
    def leak(request: int, member: int) -> Sample:
        sample = all_guided(request, member)
        return replace(sample, prompt_ids=(3, *(sample.guide_ids or ()), 4), guide_ids=(3, *(sample.guide_ids or ())[2:14], 4))

    run = trainer(tmp_path, leak)
    with pytest.raises(UsageError, match="guide stands in the student's ids"):
        run.train()


def test_sampled_equals_scored(tmp_path: Path) -> None:
    model = llama()

    def sampled(request: int, member: int) -> Sample:
        bare = episode(member, reward=float(member))
        scores = scored_logprobs(model, bare.prompt_ids, bare.completion_ids, temperature=0.7).tolist()
        return replace(bare, logprobs=tuple(s * m for s, m in zip(scores, bare.mask, strict=True)))

    run = trainer(tmp_path, sampled, model=model)
    run.train()
    assert logged(run, "rollout/sampled_scored_gap")[0] < 1e-5


def test_scored_logprobs_agree_with_dense_ones() -> None:
    model, sample = lora(llama()), mixed(1, 2)
    dense = dense_logprobs(model, sample.prompt_ids, sample.completion_ids, 0.7)
    found = scored_logprobs(model, sample.prompt_ids, sample.completion_ids, temperature=0.7)
    assert torch.allclose(found.double(), dense, atol=1e-5)


# ---- checkpoints and trouble


@pytest.mark.parametrize("teacher", [Teacher.LIVE, Teacher.EMA, Teacher.FROZEN])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path, teacher: Teacher) -> None:
    plan: dict[str, Any] = {
        "sdl": SdlSettings(teacher=teacher, lambda_=20.0, ema_decay=0.5),
        "optim": "adamw_torch",
        "learning_rate": 1e-3,
        "lr_scheduler_type": "cosine",
        "gradient_accumulation_steps": 2,
        "shuffle_dataset": True,
        "max_steps": 4,
        "save_strategy": "steps",
        "save_steps": 2,
    }
    whole = trained(tmp_path / "whole", **plan)
    run = trainer(tmp_path / "again", **plan)
    run.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-2"))
    assert same(whole, weights(run.model))


def test_a_checkpoint_without_its_teacher_is_named(tmp_path: Path) -> None:
    trained(tmp_path, save_strategy="steps", save_steps=1)
    run = trainer(tmp_path, sdl=SdlSettings(teacher=Teacher.FROZEN), max_steps=2)
    with pytest.raises(UsageError, match="teacher = live or snapshot"):
        run.train(resume_from_checkpoint=str(tmp_path / "checkpoint-1"))


def test_a_run_that_distils_nothing_keeps_no_teacher(tmp_path: Path) -> None:
    for strength, kept in ((0.0, False), (1.0, True)):
        folder = tmp_path / str(strength)
        sdl = SdlSettings(teacher=Teacher.FROZEN, lambda_=strength)
        trained(folder, sdl=sdl, save_strategy="steps", save_steps=1, max_steps=1)
        assert (folder / "checkpoint-1" / "teacher.safetensors").is_file() is kept


def test_a_loss_that_is_not_finite_stops_before_it_is_saved(tmp_path: Path) -> None:
    model = llama()

    def poisoned(request: int, member: int) -> Sample:
        if request == 1:
            model.model.norm.weight.data[0] = float("nan")
        return mixed(request, member)

    run = trainer(tmp_path, poisoned, model=model, max_steps=3, save_strategy="steps", save_steps=1)
    with pytest.raises(ServiceError, match=r"step 2: the loss is not finite: nan"):
        run.train()
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-1"]


def test_a_gradient_that_is_not_finite_stops_before_it_is_saved(tmp_path: Path) -> None:
    model = llama()
    model.model.norm.weight.register_hook(lambda grad: grad * float("inf"))
    run = trainer(tmp_path, model=model, save_strategy="steps", save_steps=1)
    before = weights(model)
    with pytest.raises(ServiceError, match=r"step 1: the gradient is not finite"):
        run.train()
    assert same(before, weights(model))
    assert not list(tmp_path.glob("checkpoint-*"))


@pytest.mark.parametrize(("rows", "said"), [(3, "3 rows reached"), (8, "are not one request")])
def test_groups_that_straddle_processes_are_refused(rows: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_groups([{"prompt": f"w{number // 2}"} for number in range(rows)], GROUP)


def test_dropout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"attention_dropout = 0\.1"):
        trainer(tmp_path, model=llama(attention_dropout=0.1))


def test_a_roll_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    def short(rows: Any, own: EvolveTrainer) -> list[Attempt]:
        return [attempt_of(mixed(0, 0))]

    run = trainer(tmp_path)
    run.roll = short
    with pytest.raises(UsageError, match="1 attempts for 4 rows"):
        run.train()


GOOD: dict[str, Any] = {
    "prompt_ids": (1,),
    "completion_ids": (2, 3),
    "logprobs": (-1.0, 0.0),
    "mask": (1, 0),
    "reward": 0.5,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mask": (1,)}, "differ in length"),
        ({"mask": (1, 2)}, r"holds \[2\]"),
        ({"prompt_ids": ()}, "at least one of each"),
        ({"completion_ids": (), "logprobs": (), "mask": ()}, "at least one of each"),
        ({"reward": float("nan")}, "reward is nan"),
        ({"logprobs": (float("-inf"), 0.0)}, "not finite"),
        ({"guide_ids": ()}, "guide_ids are empty"),
    ],
)
def test_attempts_that_do_not_fit_are_refused(change: dict[str, Any], said: str) -> None:
    check_attempts([attempt_of(Sample(**GOOD))], 1)
    with pytest.raises(UsageError, match=said):
        check_attempts([attempt_of(Sample(**{**GOOD, **change}))], 1)


def test_replay_is_the_same_on_any_split() -> None:
    """The helper of these tests: members are numbered within their group."""
    roll = replayed(mixed)

    class Two:
        num_generations = 2

    rows = [{"prompt": "a", "number": 3}] * 2 + [{"prompt": "b", "number": 1}] * 2
    assert roll(rows, Two()) == [attempt_of(mixed(r, m), r) for r, m in ((3, 0), (3, 1), (1, 0), (1, 1))]  # type: ignore[arg-type]


def siblings(request: int, member: int) -> Sample:
    """As in a real step: one beginning for all, one prompt and one guide for a group."""
    view, own = (7, 3, 9, 4), (2 + request, 5)
    guide = (7, 3, 8, 8, 6, 2 + request, 9, 4, *own) if request % 2 else None
    return replace(mixed(request, member), prompt_ids=(*view, *own), guide_ids=guide)


@pytest.mark.parametrize("beta", [0.0, 0.01])
def test_shared_prompts_give_the_same_gradients(tmp_path: Path, beta: float) -> None:
    found = []
    for shared in (False, True):
        torch.manual_seed(3)
        changes: dict[str, Any] = {
            "beta": beta,
            "per_device_train_batch_size": 8,
            "gradient_accumulation_steps": 2,
            "max_steps": 2,
        }
        sdl = SdlSettings(lambda_=0.5, noise_interval=1)
        run = trainer(tmp_path / str(shared), siblings, model=lora(llama()), sdl=sdl, share_prompts=shared, **changes)
        run.train()
        names = ("loss", "entropy", "sdl/token_mean", "rollout/sampled_scored_gap")
        found.append((weights(run.model), [value for name in names for value in logged(run, name)]))
    (plain, seen), (shared_ones, also_seen) = found
    assert apart(plain, shared_ones) < 2e-6
    assert also_seen == pytest.approx(seen, rel=1e-4, abs=1e-6)
    assert len(seen) == 8


def test_packed_attention_may_give_its_result_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernels of GPUs do."""
    model, prompts, completions = llama(), [(7, 3, 9), (7, 3, 8)], [(5, 6, 2), (4, 4)]
    wanted = torch.tensor([[1, 1, 1], [1, 1, 0]])
    before, _ = packed.score(model, prompts, completions, wanted, 1.0)
    plain = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        "genevolve.train.packed.scaled_dot_product_attention",
        lambda *args, **more: plain(*args, **more).transpose(1, 2).contiguous().transpose(1, 2),
    )
    after, _ = packed.score(model, prompts, completions, wanted, 1.0)
    assert torch.equal(before, after)


def test_rows_that_cannot_be_packed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="share_prompts"):
        trainer(tmp_path, model=llama(), share_prompts=True)
