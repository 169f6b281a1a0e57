"""The engine of the local policy on a tiny random model: sampled is scored, rows do not disturb each other, work is reused."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from genevolve.core.errors import ServiceError
from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.graphs import Graphs
from genevolve.policies.local.sampling import Sampling, draw, draw_rows
from genevolve.policies.local.slots import CacheSlot, SlotEngine
from genevolve.policies.local.speculation import REACH, Speculation
from genevolve.policies.local.stream import Sampled, SamplingJob, StreamEngine
from genevolve.policies.local.tiny import tiny_model
from genevolve.train.scoring import scored_logprobs

HOT = Sampling(temperature=0.9, top_p=1.0, max_tokens=12, seed=3)


def prompt(length: int, seed: int) -> list[int]:
    random = Random(seed)
    return [random.randrange(10, 1000) for _ in range(length)]


Kind = Callable[..., StreamEngine[Any]]
ENGINES = pytest.mark.parametrize("kind", [RaggedEngine, SlotEngine])


def sample(engine: StreamEngine[Any], conversations: dict[str, list[int]], sampling: Sampling = HOT) -> dict[str, Sampled]:
    async def all_at_once() -> list[Sampled]:
        return list(await asyncio.gather(*(engine.sample(key, ids, sampling) for key, ids in conversations.items())))

    return dict(zip(conversations, asyncio.run(all_at_once()), strict=True))


def adapted(dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
    """The tiny model under an adapter that changes it, and its tokenizer."""
    from genevolve.policies.local.lora import add_lora, lora_config

    bare, tokenizer = tiny_model()
    model = add_lora(bare.to(dtype), lora_config(bare, r=4))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(std=0.2)
    return model, tokenizer


@ENGINES
def test_sampled_is_scored_in_any_batch_over_turns(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    engine = kind(model, [tokenizer.eos_token_id], pass_tokens=50)
    shared = prompt(40, 0)
    talks = {f"row{n}": [*shared, *prompt(5 + 13 * n, n + 1)] for n in range(5)}
    for turn in range(3):
        for key, said in sample(engine, talks).items():
            scored = scored_logprobs(model, talks[key], said.ids, temperature=HOT.temperature)
            assert torch.allclose(scored, torch.tensor(said.logprobs), atol=2e-5)
            talks[key] += [*said.ids, *prompt(7, turn)]
    total = sum(map(len, talks.values()))
    assert engine.computed < total, "the shared beginning and earlier turns are not computed again"
    assert model.config._attn_implementation == "sdpa"


@ENGINES
def test_attention_may_give_its_result_in_another_order(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernels of GPUs do: the numbers are the same, their place in memory is not."""
    plain = torch.nn.functional.scaled_dot_product_attention

    def turned(*args: Any, **more: Any) -> torch.Tensor:
        return plain(*args, **more).transpose(1, 2).contiguous().transpose(1, 2)

    model, tokenizer = tiny_model()
    before = sample(kind(model, [tokenizer.eos_token_id]), {"a": prompt(30, 1), "b": prompt(50, 2)})
    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", turned)
    after = sample(kind(model, [tokenizer.eos_token_id]), {"a": prompt(30, 1), "b": prompt(50, 2)})
    assert [one.ids for one in after.values()] == [one.ids for one in before.values()]


@ENGINES
def test_a_reply_does_not_depend_on_its_neighbours(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    alone = sample(kind(model, [tokenizer.eos_token_id]), {"a": prompt(30, 1)})["a"]
    crowd = sample(kind(model, [tokenizer.eos_token_id]), {"b": prompt(90, 2), "a": prompt(30, 1), "c": prompt(3, 3)})
    assert crowd["a"].ids == alone.ids


@ENGINES
def test_a_changed_history_is_computed_anew(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    engine = kind(model, [tokenizer.eos_token_id])
    first = prompt(40, 1)
    sample(engine, {"a": first})
    changed = [*first[:20], *prompt(30, 9)]
    said = sample(engine, {"a": changed})["a"]
    scored = scored_logprobs(model, changed, said.ids, temperature=HOT.temperature)
    assert torch.allclose(scored, torch.tensor(said.logprobs), atol=2e-5)


def test_memory_is_bounded_and_what_was_dropped_is_computed_again() -> None:
    model, tokenizer = tiny_model()
    engine = RaggedEngine(model, [tokenizer.eos_token_id], memory=1)
    talks = {f"row{n}": prompt(40, n) for n in range(4)}
    before = sample(engine, talks)
    assert len(engine._rows) <= 4
    sample(engine, {"other": prompt(10, 99)})
    assert set(engine._rows) <= {"other"}
    assert {key: said.ids for key, said in sample(engine, talks).items()} == {key: said.ids for key, said in before.items()}


@ENGINES
def test_new_weights_need_forgetting_and_get_it(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    engine = kind(model, [tokenizer.eos_token_id])
    ids = prompt(30, 1)
    sample(engine, {"a": ids})
    with torch.no_grad():
        model.lm_head.weight.mul_(-1.0)
        for layer in model.model.layers:
            layer.self_attn.v_proj.weight.mul_(2.0)
    engine.forget()
    said = sample(engine, {"a": ids})["a"]
    assert torch.allclose(
        scored_logprobs(model, ids, said.ids, temperature=HOT.temperature), torch.tensor(said.logprobs), atol=2e-5
    )


@ENGINES
def test_in_training_mode_with_checkpointing_nothing_is_left_out(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    model.activation_checkpointing_enable()
    model.train()
    ids = prompt(30, 1)
    said = sample(kind(model, [tokenizer.eos_token_id]), {"a": ids})["a"]
    assert model.training
    model.eval()
    scored = scored_logprobs(model, ids, said.ids, temperature=HOT.temperature)
    assert torch.allclose(scored, torch.tensor(said.logprobs), atol=2e-5)


@ENGINES
def test_weights_that_are_no_numbers_fail_the_call_and_the_engine_lives(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    engine = kind(model, [tokenizer.eos_token_id])
    saved = model.model.norm.weight.detach().clone()
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    with pytest.raises(ServiceError, match="not finite"):
        sample(engine, {"a": prompt(9, 1)})
    with torch.no_grad():
        model.model.norm.weight.copy_(saved)
    assert sample(engine, {"a": prompt(9, 1)})["a"].ids


def test_draw_follows_the_distribution_within_top_p() -> None:
    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))
    random = Random(0)
    drawn = [draw(logits, Sampling(temperature=1.0, top_p=0.9), random).token for _ in range(4000)]
    shares = [drawn.count(token) / len(drawn) for token in range(4)]
    assert shares[3] == 0
    assert shares[0] == pytest.approx(0.5 / 0.95, abs=0.03) and shares[2] == pytest.approx(0.15 / 0.95, abs=0.03)
    greedy = draw(logits, Sampling(temperature=0.0), random)
    assert greedy.token == 0 and greedy.logprob == pytest.approx(-0.6931, abs=1e-3)
    flat = torch.zeros(1000)
    assert len({draw(flat, Sampling(temperature=1.0, top_p=0.5), random).token for _ in range(600)}) > 128


@ENGINES
def test_merged_weights_sample_what_the_adapter_scores_and_come_back_to_the_bit(kind: Kind) -> None:
    from genevolve.policies.local.merged import merged

    model, tokenizer = adapted()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    ids = prompt(30, 1)
    with merged(model):
        said = sample(kind(model, [tokenizer.eos_token_id]), {"a": ids})["a"]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    scored = scored_logprobs(model, ids, said.ids, temperature=HOT.temperature)
    assert torch.allclose(scored, torch.tensor(said.logprobs), atol=1e-4)


def test_an_adapter_that_never_trains_is_merged_for_good() -> None:
    from genevolve.policies.local.merged import merged_for_good

    model = adapted()[0]
    ids = torch.tensor([prompt(30, 1)])
    with torch.no_grad():
        before = model(ids).logits
        whole = merged_for_good(model)
        assert not any("lora" in name for name, _ in whole.named_modules())
        assert torch.allclose(whole(ids).logits, before, atol=1e-4)
        half = adapted(torch.bfloat16)[0]
        assert merged_for_good(half) is half, "half precision would round the sum"


def test_guesses_save_passes_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right ones, wrong ones, and ones that turn wrong on the way: always the reply that there is without any."""
    model, tokenizer = tiny_model()
    stops = [tokenizer.eos_token_id]
    talks = {"a": prompt(30, 1), "b": prompt(12, 2)}
    long = Sampling(temperature=0.9, top_p=1.0, max_tokens=40, seed=3)
    plain = RaggedEngine(model, stops, guesses=False)
    said = sample(plain, talks, long)

    def knowing(right: int, draft: Speculation, most: int) -> list[int]:
        ids = draft._ids
        key = "a" if ids[:30] == talks["a"] else "b"
        at = len(ids) - len(talks[key])
        return [token + (n >= right) for n, token in enumerate(said[key].ids[at : at + min(most, 6)])]

    for right, fewest in ((99, 0.25), (3, 0.4), (0, 1.0)):
        monkeypatch.setattr(Speculation, "guess", lambda draft, most, right=right: knowing(right, draft, most))
        engine = RaggedEngine(model, stops)
        again = sample(engine, talks, long)
        for key, one in again.items():
            assert one.ids == said[key].ids and one.cut == said[key].cut
            assert one.logprobs == pytest.approx(said[key].logprobs, abs=2e-5)
        assert engine.passes <= fewest * plain.passes + 1
        for key, row in engine._rows.items():
            assert row.ids == [*talks[key], *said[key].ids][: len(row.ids)], "nothing that was not said stays in the row"


def test_guesses_are_what_was_said_before() -> None:
    phrases = Speculation.phrases()
    first = Speculation(phrases, [1, 2, 3])
    assert first.guess(5) == [], "nobody said anything yet"
    first.drawn([4, 5, 6, 7])
    other = Speculation(phrases, [9, 8, 3, 4, 5])
    assert other.guess(5) == [6], "another reply's phrase; said once, it is trusted for one token"
    assert other.guess(0) == []
    copied = Speculation(Speculation.phrases(), [50, 51, 52, 9, 50, 51])
    assert copied.guess(3) == [52], "the conversation's own words, behind two of them"


@pytest.mark.parametrize(("times", "reach"), [(1, 1), (3, 4), (40, REACH)])
def test_guesses_reach_as_far_as_they_are_rather_right_than_wrong(times: int, reach: int) -> None:
    """Each token was said ``times`` times there: its chance is times / (times + 1/2), and all together have one half."""
    phrases, said = Speculation.phrases(), list(range(10, 40))
    for _ in range(times):
        Speculation(phrases, [1]).drawn(said)
    assert Speculation(phrases, said[:8]).guess(99) == said[8 : 8 + reach]
    assert Speculation(phrases, said[:8]).guess(3) == said[8 : 8 + min(3, reach)]


def test_nothing_is_guessed_where_replies_part() -> None:
    phrases, said = Speculation.phrases(), list(range(10, 40))
    for number in range(20):
        Speculation(phrases, [1]).drawn([*said[:20], 50 + number % 2, *said[20:]])
    assert Speculation(phrases, said[:16]).guess(99) == said[16:20]
    assert Speculation(phrases, said[:20]).guess(99) == []


@ENGINES
def test_what_conversations_share_is_computed_once_even_if_they_come_together(kind: Kind) -> None:
    model, tokenizer = tiny_model()
    engine = kind(model, [tokenizer.eos_token_id])
    system, requests = prompt(300, 0), [prompt(40, n) for n in (1, 2)]
    talks = {f"{group}.{n}": [*system, *own] for group, own in enumerate(requests) for n in range(4)}
    said = sample(engine, talks, replace(HOT, max_tokens=1))
    assert engine.computed == 300 + 2 * 40 + 2 * 3 * 1, "siblings compute the last token alone, for its logits"
    for key, one in said.items():
        scored = scored_logprobs(model, talks[key], one.ids, temperature=HOT.temperature)
        assert torch.allclose(scored, torch.tensor(one.logprobs), atol=2e-5)


@pytest.mark.parametrize("length", [511, 512, 513])
def test_a_row_that_fills_its_slot_grows_before_it_speaks(length: int) -> None:
    model, tokenizer = tiny_model()
    engine = SlotEngine(model, [tokenizer.eos_token_id])
    for turn in range(2):
        ids = prompt(length, turn)
        (said,) = sample(engine, {"a": ids}).values()
        scored = scored_logprobs(model, ids, said.ids, temperature=HOT.temperature)
        assert torch.allclose(scored, torch.tensor(said.logprobs), atol=2e-5)
        engine.forget()


def test_slots_that_are_full_are_given_to_those_who_wait() -> None:
    model, tokenizer = tiny_model()
    engine = SlotEngine(model, [tokenizer.eos_token_id], memory=1)
    talks = {f"row{n}": prompt(20 + n, n) for n in range(40)}
    said = sample(engine, talks)
    assert engine._store.shape[2] == 16 and len(engine._rows) == 16
    for key, one in said.items():
        scored = scored_logprobs(model, talks[key], one.ids, temperature=HOT.temperature)
        assert torch.allclose(scored, torch.tensor(one.logprobs), atol=2e-5)
    again = {key: [*talks[key], *one.ids, *prompt(700, 5)] for key, one in said.items()}
    for key, one in sample(engine, again).items():
        scored = scored_logprobs(model, again[key], one.ids, temperature=HOT.temperature)
        assert torch.allclose(scored, torch.tensor(one.logprobs), atol=2e-5), "also after the rows had to grow"


def test_slots_read_together_what_comes_while_others_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass over few new tokens costs a GPU as much as one over many."""
    model, tokenizer = tiny_model()
    engine = SlotEngine(model, [tokenizer.eos_token_id])
    read: list[list[str]] = []
    plain = engine._read

    def noted(rows: Sequence[tuple[SamplingJob[CacheSlot], CacheSlot]]) -> None:
        read.append(sorted(job.key for job, _ in rows))
        plain(rows)

    monkeypatch.setattr(engine, "_read", noted)
    long = replace(HOT, max_tokens=100)
    jobs = {
        key: SamplingJob[CacheSlot](key=key, ids=tuple(prompt(20, n)), sampling=long, random=Random(n), done=Future())
        for n, key in enumerate("abc")
    }
    with torch.inference_mode():
        for number, come in enumerate(["a", "", "b", "", "c", *[""] * 10]):
            engine._open += [jobs[key] for key in come]
            engine._begin(engine._open)
            engine._pass(engine._open)
            if number == 4:
                assert read == [["a"]], "the first has nobody to wait for; those who came later wait"
    assert read == [["a"], ["b", "c"]]
    assert len(jobs["a"].drawn) == 16, "one in each pass, and one more in that which read the prompt"
    for job in jobs.values():
        scored = scored_logprobs(model, job.ids, job.drawn, temperature=HOT.temperature)
        assert torch.allclose(scored, torch.tensor(job.logprobs), atol=2e-5)


def test_a_pass_is_recorded_the_second_time_its_shape_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = tiny_model()
    graphs = Graphs(model)
    recorded: list[torch.Tensor] = []
    monkeypatch.setattr(graphs, "_records", True)
    monkeypatch.setattr(graphs, "_record", lambda given, work: recorded.append(given))
    for given in (torch.ones(2), torch.zeros(3), torch.ones(2), torch.ones(2)):
        assert graphs.run(len(given), given, lambda given: given + 1).tolist() == (given + 1).tolist()
    assert [len(given) for given in recorded] == [2], "and one that cannot be recorded is not tried again"
    graphs.clear()
    graphs.run(2, torch.ones(2), lambda given: given)
    assert len(recorded) == 1, "what a pass reads lies elsewhere now: it is counted anew"


def test_rows_of_any_sampling_are_drawn_as_they_are_alone() -> None:
    torch.manual_seed(0)
    logits = 3 * torch.randn(6, 1000)
    ways = [
        Sampling(temperature=t, top_p=p) for t, p in ((0.0, 1.0), (0.7, 1.0), (0.7, 0.9), (1.0, 0.5), (1.0, 1.0), (0.0, 0.5))
    ]
    together = draw_rows(logits, [(way, Random(n)) for n, way in enumerate(ways)])
    alone = [draw(line, way, Random(n)) for n, (line, way) in enumerate(zip(logits, ways, strict=True))]
    assert [one.token for one in together] == [one.token for one in alone]
    assert [one.logprob for one in together] == pytest.approx([one.logprob for one in alone])
