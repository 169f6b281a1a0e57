"""The cold start: which tokens carry loss, exact resume, evaluation in between, and bad input."""

import importlib.util
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from genevolve.app.sft import sft  # noqa: E402
from genevolve.core.errors import ServiceError, UsageError  # noqa: E402
from genevolve.core.event import Mistake, Observation, Refusal  # noqa: E402
from genevolve.policies.local.template import ChatTemplate  # noqa: E402
from genevolve.policies.local.tiny import tiny_model, tiny_tokenizer  # noqa: E402
from genevolve.protocol.render import observation_message  # noqa: E402
from genevolve.run.folder import RunFolder  # noqa: E402
from genevolve.tools.standard import STANDARD  # noqa: E402
from genevolve.train.recipe import Recipe, load_recipe  # noqa: E402
from genevolve.train.sft import ColdStart, cold_start  # noqa: E402
from genevolve.train.sft_data import NO_LOSS, Collator, Corpus, read_corpus  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
torch.set_num_threads(1)


def conversation(number: int = 0) -> list[dict[str, str]]:
    call = f'<tool_call>\n{{"name": "search", "arguments": {{"queries": ["fact {number}"]}}}}\n</tool_call>'
    return [
        {"role": "system", "content": "You plan images."},
        {"role": "user", "content": f"request {number}: naïve 😀 <|im_end|> text"},
        {"role": "assistant", "content": f"<think>look {number} up</think>\n{call}"},
        {"role": "user", "content": "<tool_response>\nfound &lt;answer> it\n</tool_response>"},
        {"role": "assistant", "content": f'<answer>{{"gen_prompt": "scene {number}", "reference_images": []}}</answer>'},
    ]


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_trajectories_that_met_an_outage_are_left_out(tmp_path: Path) -> None:
    """By what their rows say, and, of other makers' rows, by what their observations show."""
    rows: list[dict[str, Any]] = [{"id": str(n), "messages": conversation(n)} for n in range(4)]
    rows[1]["degraded"] = ["page for “https://a.org” was not answered: it took longer than 20 s"]
    rows[2]["messages"][3]["content"] = "<tool_response>\n--- search error for [fact 2]: HTTP 429 ---\n</tool_response>"
    found = corpus(written(tmp_path / "sft.jsonl", rows))
    assert len(found.train) == 2 and found.left_out == {"degraded by an outage": 2}


def data_file(folder: Path, count: int = 6) -> Path:
    return written(folder / "sft.jsonl", [{"id": str(n), "messages": conversation(n)} for n in range(count)])


def recipe(**sft: Any) -> Recipe:
    smoke = load_recipe("atlas-smoke")
    return smoke.model_copy(update={"sft": smoke.sft.model_copy(update=sft)})


def train(out: Path, data: Path, chosen: Recipe | None = None, **options: Any) -> ColdStart:
    folder = RunFolder(out)
    with folder.held():
        return cold_start(chosen or recipe(), data=data, folder=folder, about={}, **options)


def log_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def curve(out: Path) -> list[tuple[int, float, float]]:
    return [(entry["step"], entry["loss"], entry["grad_norm"]) for entry in log_of(out) if "loss" in entry]


def corpus(path: Path, **options: Any) -> Corpus:
    return read_corpus(path, ChatTemplate(tiny_tokenizer()), **{"cutoff": 10_000, "vision": False, **options})


# ---- which tokens carry loss ---------------------------------------------------------------------------------------------


def test_exactly_the_assistant_tokens_carry_loss(tmp_path: Path) -> None:
    """Token by token: each run of labels spells one reply with its end; everything else spells the rest of the chat."""
    tokenizer = tiny_tokenizer()
    read = corpus(data_file(tmp_path))
    batch = Collator(read.train, pad=tokenizer.pad_token_id, processor=None, image_token=None)(
        [{"number": n, "input_ids": one.ids, "labels": one.labels} for n, one in enumerate(read.train)]
    )
    for row, (ids, labels, attention) in enumerate(
        zip(batch["input_ids"].tolist(), batch["labels"].tolist(), batch["attention_mask"].tolist(), strict=True)
    ):
        learnt, context, run = [], [], []
        for token, label, there in zip([*ids, -1], [*labels, NO_LOSS], [*attention, 0], strict=True):
            if label != NO_LOSS:
                assert label == token and there
                run.append(token)
                continue
            if run:
                learnt.append(tokenizer.decode(run))
                run = []
            if there:
                context.append(token)
        replies = [message["content"] for message in conversation(row) if message["role"] == "assistant"]
        assert learnt == [f"{reply}<|im_end|>" for reply in replies]
        shown = tokenizer.decode(context)
        assert not any(reply in shown for reply in replies) and "found &lt;answer> it" in shown
        assert shown.count("<|im_start|>assistant\n") == 2 and f"request {row}: naïve 😀" in shown


@pytest.mark.parametrize(
    "turned_down",
    [Mistake(problems=("dangling_ordinal: gen_prompt names two",)), Refusal(reason="all 7 tool calls are used")],
)
def test_replies_that_were_turned_down_carry_no_loss(tmp_path: Path, turned_down: Observation) -> None:
    before = conversation(0)
    wrong = {"role": "assistant", "content": "<answer>{oops</answer>"}
    told = {"role": "user", "content": observation_message(turned_down, STANDARD)}
    read = corpus(written(tmp_path / "d.jsonl", [{"messages": [*before[:-1], wrong, told, before[-1]]}]))
    (one,) = read.train
    learnt = tiny_tokenizer().decode([token for token, kept in zip(one.ids, one.mask, strict=True) if kept])
    assert learnt == "".join(f"{message['content']}<|im_end|>" for message in before if message["role"] == "assistant")
    assert "oops" in tiny_tokenizer().decode(one.ids)


def test_messages_of_weight_0_are_context(tmp_path: Path) -> None:
    """As in OpenAI's format for fine-tuning; a table writes null where a message has no weight."""
    call, answer = (message["content"] for message in conversation(0) if message["role"] == "assistant")
    weighted = [{**m, "weight": 0 if m["content"] == call else None} for m in conversation(0)]
    read = corpus(written(tmp_path / "d.jsonl", [{"messages": weighted}]))
    (one,) = read.train
    learnt, shown = (
        tiny_tokenizer().decode([token for token, mask in zip(one.ids, one.mask, strict=True) if mask == kept])
        for kept in (1, 0)
    )
    assert learnt == f"{answer}<|im_end|>" and call in shown
    nothing = [{**m, "weight": 0} for m in conversation(1)]
    read = corpus(written(tmp_path / "e.jsonl", [{"messages": weighted}, {"messages": nothing}]))
    assert len(read.train) == 1 and read.left_out == {"without a reply to imitate": 1}
    with pytest.raises(UsageError, match=r"weight 0\.5; it is 0 or 1"):
        corpus(written(tmp_path / "f.jsonl", [{"messages": [{**m, "weight": 0.5} for m in conversation(0)]}]))


def test_the_trainers_loss_is_the_mean_over_these_tokens(tmp_path: Path) -> None:
    """The first update's loss, computed again from the untrained model: one mean over all assistant tokens of the batch."""
    data = data_file(tmp_path, 2)
    train(tmp_path / "run", data, recipe(steps=1, batch=2, micro_batch=2))
    model, _ = tiny_model()
    total, count = 0.0, 0
    for one in corpus(data).train:
        with torch.no_grad():
            logps = model.eval()(input_ids=torch.tensor([one.ids])).logits[0].log_softmax(-1)
        for place, (token, kept) in enumerate(zip(one.ids, one.mask, strict=True)):
            if kept:
                total, count = total - float(logps[place - 1, token]), count + 1
    assert curve(tmp_path / "run")[0][1] == pytest.approx(total / count, rel=1e-5)


def test_micro_batches_do_not_change_the_update(tmp_path: Path) -> None:
    data = data_file(tmp_path, 4)
    for name, micro in (("one", 1), ("four", 4)):
        train(tmp_path / name, data, recipe(steps=2, batch=4, micro_batch=micro))
    for one, four in zip(curve(tmp_path / "one"), curve(tmp_path / "four"), strict=True):
        assert one == pytest.approx(four, rel=1e-4)


# ---- reading -------------------------------------------------------------------------------------------------------------


def test_long_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    long = {"id": "long", "messages": [*conversation()[:4], {"role": "assistant", "content": "word " * 3000}]}
    path = written(tmp_path / "mixed.jsonl", [{"messages": conversation()}, long])
    read = corpus(path, cutoff=2000)
    assert len(read.train) == 1 and read.left_out == {"longer than the cutoff of 2000 tokens": 1}
    assert all(one.ids[-1] == tiny_tokenizer().eos_token_id for one in read.train)


def test_failed_lessons_are_left_out(tmp_path: Path) -> None:
    rows = [
        {"id": "0", "messages": conversation(), "termination": "answer", "error": None},
        {"id": "1", "messages": conversation(), "termination": "error", "error": "the service is down"},
        {"id": "2", "messages": conversation(), "termination": "no_answer", "error": None},
    ]
    written(tmp_path / "results.jsonl", rows)
    (tmp_path / "journal.jsonl").write_text("not rows\n")
    read = corpus(tmp_path)
    assert len(read.train) == 1 and read.left_out == {"without an answer": 2}


def test_held_out_parts_are_not_learnt_from(tmp_path: Path) -> None:
    data_file(tmp_path, 3)
    written(tmp_path / "sft_validation.jsonl", [{"id": "v", "messages": conversation(9)}])
    written(tmp_path / "evolve.jsonl", [{"id": "e", "prompt": "a cat"}])
    written(tmp_path / "test.jsonl", [{"id": 0, "question": "a cat", "gt_image": "images/none.jpg"}])
    assert len(corpus(tmp_path).train) == 3


def test_other_forms_of_conversations(tmp_path: Path) -> None:
    names = {"user": "human", "assistant": "gpt"}
    turns = [{"from": names.get(m["role"], m["role"]), "value": m["content"]} for m in conversation()]
    share = written(tmp_path / "share.jsonl", [{"conversations": turns[1:], "system": turns[0]["value"]}])
    assert corpus(share).train[0].ids == corpus(data_file(tmp_path)).train[0].ids


def test_images_and_their_marks_go_for_text_models(tmp_path: Path) -> None:
    plain = corpus(data_file(tmp_path)).train[0]
    messages = conversation()
    messages[3] = {**messages[3], "content": messages[3]["content"] + "<image><image>"}
    shown = written(tmp_path / "shown.jsonl", [{"messages": messages, "images": ["gone.png", "gone2.png"]}])
    assert corpus(shown).train[0].ids == plain.ids


def broken(change: Mapping[int, Any], drop: int | None = None) -> dict[str, Any]:
    messages: list[Any] = conversation()
    for place, value in change.items():
        messages[place] = {**messages[place], **value}
    if drop is not None:
        del messages[drop]
    return {"id": "x", "messages": messages}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (broken({2: {"role": "robot"}}), r"sft\.jsonl, line 1: message 3 has the role 'robot'"),
        (broken({2: {"role": ["assistant"]}}), "messages is not a list"),
        (broken({4: {"content": " \n"}}), "message 5 is an empty assistant message"),
        (broken({4: {"content": None}}), "message 5 is an empty assistant message"),
        (broken({}, drop=3), "messages 3 and 4 are both assistant messages"),
        (broken({}, drop=1), r"line 1: .*message 2 is an assistant message without a user message"),
        (broken({1: {"role": "system"}}), "message 2 is a system message"),
        ({"messages": conversation()[:2]}, "there is no assistant message"),
        ({"messages": "hello"}, "messages is not a list"),
        (["a list"], "not a JSON object"),
    ],
)
def test_broken_rows_are_named(tmp_path: Path, row: Any, said: str) -> None:
    path = written(tmp_path / "sft.jsonl", [row])
    with pytest.raises(UsageError, match=said):
        corpus(path)


def test_broken_rows_may_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "sft.jsonl", [broken({}, drop=3), broken({4: {"content": ""}}), {"messages": conversation()}])
    with pytest.raises(UsageError, match=r"2 rows are broken in all.*data\.skip_broken = true"):
        corpus(path)
    read = corpus(path, skip_broken=True)
    assert len(read.train) == 1 and read.left_out == {"broken": 2}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "0", "prompt": "a cat"}], "no trajectory to learn from .1 without a trajectory"),
        ([], "no trajectory to learn from"),
    ],
)
def test_data_without_trajectories(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        corpus(written(tmp_path / "sft.jsonl", rows))


def test_data_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--data .*nowhere: there is no such file or folder"):
        corpus(tmp_path / "nowhere")


# ---- runs ----------------------------------------------------------------------------------------------------------------


def test_it_learns_and_keeps_what_made_it(tmp_path: Path) -> None:
    done = train(tmp_path / "run", data_file(tmp_path), recipe(epochs=6, learning_rate=3e-2))
    assert done.losses[-1] < done.losses[0] - 0.3 and done.steps == 18
    assert done.weights == tmp_path / "run" / "adapter"
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["input"]["data"]["trajectories"] == 6 and about["input"]["model"]["name"] == "tiny"
    assert {"loss", "grad_norm", "learning_rate", "step", "time"} <= set(log_of(tmp_path / "run")[0])


class Stopped(Exception):
    pass


def stop_at(step: int) -> Any:
    def on_step(now: int, steps: int, logs: Any) -> None:
        if now >= step:
            raise Stopped

    return on_step


@pytest.mark.parametrize("lora", [True, False])
def test_interrupted_is_uninterrupted(tmp_path: Path, lora: bool) -> None:
    """Weights to the last bit, and the log without a gap, a repetition or a jump."""
    data = data_file(tmp_path)
    chosen = recipe(save_steps=2, epochs=2)
    if not lora:
        chosen = chosen.model_copy(update={"lora": chosen.lora.model_copy(update={"r": 0})})
    straight = train(tmp_path / "straight", data, chosen)
    with pytest.raises(Stopped):
        train(tmp_path / "cut", data, chosen, on_step=stop_at(4))
    half = tmp_path / "cut" / "checkpoints" / "checkpoint-4"
    half.mkdir(parents=True, exist_ok=True)
    (half / "trainer_state.json").write_text("{")  # killed while it was written
    (half / "whole.json").unlink(missing_ok=True)
    with (tmp_path / "cut" / "log.jsonl").open("a") as log:
        log.write('{"step": 4, "lo')
    again = train(tmp_path / "cut", data, chosen)
    assert curve(tmp_path / "cut") == curve(tmp_path / "straight") and len(curve(tmp_path / "cut")) == 6
    name = "adapter_model.safetensors" if lora else "model.safetensors"
    assert (again.weights / name).read_bytes() == (straight.weights / name).read_bytes()


def test_a_finished_run_resumes_to_itself(tmp_path: Path) -> None:
    data = data_file(tmp_path)
    first = (train(tmp_path / "run", data).weights / "adapter_model.safetensors").read_bytes()
    shutil.rmtree(tmp_path / "run" / "adapter")
    again = train(tmp_path / "run", data)
    assert (again.weights / "adapter_model.safetensors").read_bytes() == first


def test_a_checkpoint_of_another_recipe_or_of_other_data_is_refused(tmp_path: Path) -> None:
    data = data_file(tmp_path)
    train(tmp_path / "run", data)
    before = (tmp_path / "run" / "log.jsonl").read_bytes()
    with pytest.raises(UsageError, match=r"input\.sft\.learning_rate = 0\.01, but this one has 0\.5"):
        train(tmp_path / "run", data, recipe(learning_rate=0.5))
    with pytest.raises(UsageError, match=r"input\.data\.digest"):
        train(tmp_path / "run", written(tmp_path / "x.jsonl", [{"messages": conversation(n)} for n in range(1, 7)]))
    assert (tmp_path / "run" / "log.jsonl").read_bytes() == before


def unheld_out() -> Recipe:
    chosen = recipe()
    return chosen.model_copy(update={"data": chosen.data.model_copy(update={"validation": 0})})


def test_the_same_call_starts_and_goes_on(tmp_path: Path) -> None:
    data = data_file(tmp_path)
    with pytest.raises(Stopped):
        sft(unheld_out(), out=tmp_path / "run", data=data, on_step=stop_at(4))
    again = sft(unheld_out(), out=tmp_path / "run", data=data)
    whole = sft(unheld_out(), out=tmp_path / "whole", data=data)
    assert curve(tmp_path / "run") == curve(tmp_path / "whole")
    name = "adapter_model.safetensors"
    assert (again.weights / name).read_bytes() == (whole.weights / name).read_bytes()


def test_what_can_be_refused_is_refused_before_a_model_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, run = data_file(tmp_path), tmp_path / "run"
    sft(unheld_out(), out=run, data=data)
    monkeypatch.setattr("genevolve.train.sft.load_model", lambda *_, **__: pytest.fail("a model was loaded"))
    other = unheld_out().model_copy(update={"sft": recipe(learning_rate=0.5).sft})
    with pytest.raises(UsageError, match=r"input\.sft\.learning_rate = 0\.01, but this one has 0\.5"):
        sft(other, out=run, data=data)
    with pytest.raises(UsageError, match=r"there is no such file or folder"):
        sft(unheld_out(), out=run, data=tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"adapter .*there is no such folder"):
        sft(unheld_out(), out=tmp_path / "new", data=data, adapter=tmp_path / "nowhere")
    with pytest.raises(UsageError, match="--resume: there is no run in"):
        sft(unheld_out(), out=tmp_path / "new", data=data, resume=True)


def test_evaluation_sees_the_weights_of_the_moment_and_changes_nothing(tmp_path: Path) -> None:
    data = data_file(tmp_path)
    plain = train(tmp_path / "plain", data)
    seen: list[tuple[int, bool, float]] = []

    def evaluate(loaded: Any, step: int) -> Mapping[str, float]:
        model = loaded.model
        torch.rand(3)
        weight = sum(float(p.abs().sum()) for name, p in model.named_parameters() if "lora_B" in name)
        seen.append((step, model.training, weight))
        return {"reward": step / 10}

    chosen = recipe(eval_steps=2, eval_at_start=True)
    done = train(tmp_path / "run", data, chosen, evaluate=evaluate)
    assert [step for step, _, _ in seen] == [0, 2, 4, 6] and not any(training for _, training, _ in seen)
    assert seen[0][2] == 0 and len({weight for _, _, weight in seen}) == 4
    name = "adapter_model.safetensors"
    assert (done.weights / name).read_bytes() == (plain.weights / name).read_bytes()
    assert curve(tmp_path / "run") == curve(tmp_path / "plain")
    rewards = {entry["step"]: entry["rollout/reward"] for entry in log_of(tmp_path / "run") if "rollout/reward" in entry}
    assert rewards == {0: 0.0, 2: 0.2, 4: 0.4, 6: 0.6}


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    model, tokenizer = tiny_model()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[0, 0] = float("nan")
    model.save_pretrained(tmp_path / "bad")
    tokenizer.save_pretrained(tmp_path / "bad")
    chosen = recipe()
    chosen = chosen.model_copy(update={"model": chosen.model.model_copy(update={"name": str(tmp_path / "bad")})})
    with pytest.raises(ServiceError, match=r"the loss is nan at step 1: no update was made.*learning_rate"):
        train(tmp_path / "run", data_file(tmp_path), chosen)
    assert not (tmp_path / "run" / "adapter").exists()


def test_a_full_disk_is_told_and_the_run_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_file(tmp_path)
    straight = train(tmp_path / "straight", data)
    save, saves = torch.save, [0]

    def full(what: Any, path: Any, *args: Any, **kwargs: Any) -> None:
        saves[0] += "checkpoint-4" in str(path) and "optimizer" in str(path)
        if saves[0]:
            raise RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/0")
        save(what, path, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", full)
        with pytest.raises(OSError, match="No space left") as told:
            train(tmp_path / "run", data)
    assert told.value.errno == 28
    again = train(tmp_path / "run", data)
    assert curve(tmp_path / "run") == curve(tmp_path / "straight")
    name = "adapter_model.safetensors"
    assert (again.weights / name).read_bytes() == (straight.weights / name).read_bytes()


def test_a_further_adapter_starts_from_the_given_one(tmp_path: Path) -> None:
    data = data_file(tmp_path)
    first = train(tmp_path / "first", data)
    chosen = recipe(steps=1)
    chosen = chosen.model_copy(update={"model": chosen.model.model_copy(update={"adapter": str(first.weights)})})
    second = train(tmp_path / "second", data, chosen)
    assert second.losses[0] < first.losses[0]
    whole = chosen.model_copy(update={"lora": chosen.lora.model_copy(update={"r": 0})})
    with pytest.raises(UsageError, match=r"model\.adapter is set and lora\.r = 0"):
        train(tmp_path / "third", data, whole)


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("model", {"device": "cuda:1"}, r"model\.device = 'cuda:1'.*CUDA_VISIBLE_DEVICES"),
        ("sft", {"report_to": ("wandb",)}, r"sft\.report_to names 'wandb', which is not installed"),
        ("lora", {"upper_layers": 9}, r"lora\.upper_layers is 9"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, change: Any, said: str
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "wandb" else found(name, *more))
    smoke = recipe()
    chosen = smoke.model_copy(update={table: getattr(smoke, table).model_copy(update=change)})
    with pytest.raises(UsageError, match=said):
        train(tmp_path / "run", data_file(tmp_path), chosen)


def test_tensorboard_files_lie_in_the_run(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    train(tmp_path / "run", data_file(tmp_path), recipe(report_to=("tensorboard",), steps=1))
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))
