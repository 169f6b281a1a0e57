"""What the distillation term costs: time of a step, time of the teacher's pass, and peak memory of a row.

    python benchmarks/train_cost.py [--part time shared teacher memory] [--threads 1] [--steps 6] [--tokens 8192 32768]

Random models and made-up rows, on the CPU. ``time``: a step of 8 rows (300 prompt, 500 completion, 150 guide tokens) with no
row, half of the rows and all rows guided. ``shared``: a step of two groups of four siblings with LoRA, padded and with shared
prompts (``evolve.share_prompts``), all rows guided. ``teacher``: the teacher's scoring pass over a plain forward pass (logits
only) of the same guided tokens, for a model in the shape of SmolLM2-135M. ``memory``: growth of the resident set over one
whole step with a guided row, one layer, width 64 and 150,000 words, against the same two passes with dense logits; where there
is a GPU, growth of what is allocated on it. The dense path is measured where there is room for it, and otherwise computed from
two smaller sizes; the report says which.
"""

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from genevolve.core.case import Case
from genevolve.core.episode import Limits, start
from genevolve.policies.local.trace import Trace
from genevolve.tools.standard import STANDARD
from genevolve.train.attempt import Attempt
from genevolve.train.reward import Reward

ON_GPU = torch.cuda.is_available()
PARTS = ("time", "shared", "teacher", "memory")
PROMPT, COMPLETION, GUIDE = 300, 500, 150
VOCABULARY = 150_000
CASE = Case(id="made up", text="w")
LIMIT = 60  # seconds for any one probe of memory at 1,024 tokens; longer rows get more in proportion


def rows(count: int, prompt: int, completion: int, guided: Callable[[int], bool], words: int) -> list[Attempt]:
    """Random rows: half of the completion is observation, in turns of 50 tokens."""
    draw = torch.Generator().manual_seed(0)

    def ids(size: int) -> tuple[int, ...]:
        return tuple(torch.randint(2, words, (size,), generator=draw).tolist())

    made = []
    for number in range(count):
        view = ids(prompt)
        mask = tuple(int(place // 50 % 2 == 0) for place in range(completion))
        made.append(
            Attempt(
                name=str(number),
                case=CASE,
                episode=start(CASE.request(seed=0), Limits(), STANDARD),
                reward=Reward(value=float(number % 3)),
                trace=Trace(prompt=list(view), completion=list(ids(completion)), logprobs=[0.0] * completion, mask=list(mask)),
                guide_ids=(*view[:20], *ids(GUIDE), *view[20:]) if guided(number) else None,
            )
        )
    return made


def model(words: int, width: int, layers: int, *, inner: int | None = None, heads: int = 4, kv: int = 4) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": width, "intermediate_size": inner or 2 * width, "num_hidden_layers": layers}
    shape |= {"num_attention_heads": heads, "num_key_value_heads": kv, "vocab_size": words, "eos_token_id": 1}
    return LlamaForCausalLM(LlamaConfig(**shape, pad_token_id=0, bos_token_id=None, max_position_embeddings=65_536))


def words_only() -> Any:
    """A tokenizer that nothing is ever tokenised with."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    plain = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1, "w": 2}, unk_token="w"))
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>")


def siblings() -> list[Attempt]:
    """Eight rows in two groups: one system prompt for all, one request and one guide for a group."""
    draw = torch.Generator().manual_seed(1)
    common, *own = (tuple(torch.randint(2, 8192, (size,), generator=draw).tolist()) for size in (PROMPT - 40, 40, 40))
    guide = tuple(torch.randint(2, 8192, (GUIDE,), generator=draw).tolist())
    return [
        replace(
            row,
            trace=replace(row.tokens, prompt=[*common, *own[number // 4]]),
            guide_ids=(*common[:20], *guide, *common[20:], *own[number // 4]),
        )
        for number, row in enumerate(rows(8, PROMPT, COMPLETION, lambda number: True, 8192))
    ]


def with_lora(policy: Any) -> Any:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(policy, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=["q_proj", "v_proj"]))


def trainer(
    policy: Any,
    samples: Sequence[Attempt],
    *,
    micro: int,
    steps: int,
    strength: float,
    group: int | None = None,
    gpu: bool = False,
    **more: Any,
) -> Any:
    from datasets import Dataset
    from trl import GRPOConfig

    from genevolve.train.distillation import self_distillation
    from genevolve.train.settings import SdlSettings
    from genevolve.train.trainer import EvolveTrainer

    folder = tempfile.mkdtemp()
    args = GRPOConfig(
        output_dir=folder,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=len(samples) // micro,
        num_generations=group or len(samples),
        max_steps=steps,
        loss_type="luspo",
        optim="sgd",
        beta=0.0,
        temperature=0.7,
        use_cpu=not gpu,
        bf16=False,
        gradient_checkpointing=False,
        save_strategy="no",
        report_to=[],
        logging_steps=1,
        disable_tqdm=True,
        log_level="error",
        dataloader_pin_memory=False,
        disable_dropout=True,
    )
    return EvolveTrainer(
        roll=lambda given, own: samples,
        terms=(self_distillation(SdlSettings(lambda_=strength)),),
        model=policy,
        args=args,
        train_dataset=Dataset.from_list([{"prompt": "w"}] * 4),
        processing_class=words_only(),
        **more,
    )


def quiet() -> None:
    from transformers.trainer_callback import PrinterCallback

    PrinterCallback.on_log = lambda *_, **__: None
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)


def step_times(steps: int) -> None:
    print(f"step of 8 rows in micro-batches of 4 ({PROMPT} prompt + {COMPLETION} completion + {GUIDE} guide tokens), median")
    base = 0.0
    cases: list[tuple[str, Callable[[int], bool]]] = [
        ("GRPO alone", lambda number: False),
        ("half of the rows guided", lambda number: number % 2 == 0),
        ("all rows guided", lambda number: True),
    ]
    for name, guided in cases:
        run = trainer(model(8192, 256, 6), rows(8, PROMPT, COMPLETION, guided, 8192), micro=4, steps=steps, strength=2.0)
        run.train()
        taken = statistics.median([entry["step_time"] for entry in run.state.log_history if "step_time" in entry][1:])
        base = base or taken
        print(f"  {name:26} {taken:7.2f} s   {taken / base:5.2f} of GRPO alone")


def shared_times(steps: int) -> None:
    print("step of two groups of four siblings with LoRA, all guided, in micro-batches of 4, median")
    base = 0.0
    for name, shared in (("padded", False), ("shared prompts", True)):
        policy = with_lora(model(8192, 256, 6))
        run = trainer(policy, siblings(), micro=4, steps=steps, strength=2.0, group=4, share_prompts=shared)
        run.train()
        taken = statistics.median([entry["step_time"] for entry in run.state.log_history if "step_time" in entry][1:])
        base = base or taken
        print(f"  {name:26} {taken:7.2f} s   {taken / base:5.2f} of padded")


def teacher_ratio(repeats: int) -> None:
    """SmolLM2-135M's shape. The two passes are timed in turns, so that a busy machine slows both."""
    from genevolve.train.batch import TEACHER_PROMPTS

    policy = model(49_152, 576, 30, inner=1536, heads=9, kv=3)
    samples = rows(2, PROMPT, COMPLETION, lambda number: True, 49_152)
    run = trainer(policy, samples, micro=2, steps=1, strength=2.0)
    guided = torch.tensor([[*(sample.guide_ids or ()), *sample.tokens.completion] for sample in samples])
    batch = {
        TEACHER_PROMPTS: [list(sample.guide_ids or ()) for sample in samples],
        "prompt_ids": torch.zeros(2, PROMPT, dtype=torch.long),
        "completion_ids": torch.tensor([sample.tokens.completion for sample in samples]),
        "completion_mask": torch.ones(2, COMPLETION, dtype=torch.long),
        "tool_mask": torch.ones(2, COMPLETION, dtype=torch.long),
    }
    taken: dict[str, list[float]] = {"plain": [], "teacher": []}
    for _ in range(repeats + 1):
        start = time.perf_counter()
        with torch.no_grad():
            policy(input_ids=guided, attention_mask=torch.ones_like(guided), use_cache=False)
        middle = time.perf_counter()
        run._teacher_scores(policy, batch, [0, 1])
        taken["plain"].append(middle - start)
        taken["teacher"].append(time.perf_counter() - middle)
    plain, teacher = (statistics.median(values[1:]) for values in taken.values())
    ratios = sorted(t / p for p, t in zip(taken["plain"][1:], taken["teacher"][1:], strict=True))
    print(f"teacher's pass over 2 x {guided.shape[1]} tokens: {teacher:.2f} s, plain forward {plain:.2f} s")
    print(f"  ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}; aim 1.15)")


def growth(work: Callable[[], object]) -> int:
    """Bytes by which memory grows at most while ``work`` is done."""
    if ON_GPU:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        return torch.cuda.max_memory_allocated() - before
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before


def resident(field: str) -> int:
    """Bytes: VmRSS (now) or VmHWM (the peak so far)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def chunked_row(tokens: int) -> int:
    """Of one step of the trainer, rows one at a time, the first of two with a guide."""
    quiet()
    samples = rows(2, 200, tokens - 200, lambda n: n == 0, VOCABULARY)
    run = trainer(model(VOCABULARY, 64, 1), samples, micro=1, steps=1, strength=2.0, gpu=ON_GPU)
    return growth(run.train)


def dense_row(tokens: int) -> int:
    """The same with whole tables of logits: the student with gradient, the teacher without."""
    (sample,) = rows(1, 200, tokens - 200, lambda n: True, VOCABULARY)
    policy = model(VOCABULARY, 64, 1).to("cuda" if ON_GPU else "cpu")

    def scores(view: Sequence[int]) -> torch.Tensor:
        ids = torch.tensor([[*view, *sample.tokens.completion]], device=policy.device)
        logits = policy(input_ids=ids, use_cache=False, logits_to_keep=tokens - 199).logits[:, :-1] / 0.7
        found: torch.Tensor = logits.log_softmax(-1).gather(-1, ids[:, len(view) :].unsqueeze(-1)).squeeze(-1)
        return found

    def step() -> None:
        student = scores(sample.tokens.prompt)
        with torch.no_grad():
            teacher = scores(sample.guide_ids or ())
        (student - teacher).sum().backward()

    return growth(step)


def probed(kind: str, tokens: int) -> int:
    command = [sys.executable, __file__, "--probe", kind, str(tokens)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT * max(tokens // 1024, 4), check=False)
    if done.returncode:
        raise SystemExit(f"{kind} path at {tokens} tokens: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return int(json.loads(done.stdout.splitlines()[-1]))


def memory(sizes: Sequence[int]) -> None:
    print(f"peak memory of one row, {VOCABULARY:,} words, float32")
    small = {tokens: probed("dense", tokens) for tokens in (1024, 2048)}
    each = (small[2048] - small[1024]) / 1024  # bytes for one more token
    for tokens in sizes:
        ours, computed = probed("chunked", tokens), small[1024] + each * (tokens - 1024)
        measured = computed * 1.2 < available()
        dense = probed("dense", tokens) if measured else computed
        how = "measured" if measured else "computed from 1,024 and 2,048 tokens: it does not fit"
        print(f"  {tokens:6,} tokens: {ours / 2**30:6.2f} GiB; dense {dense / 2**30:6.2f} GiB, {how}")
        print(f"  {'':13} 1/{dense / ours:.0f} (aim 1/10)")


def available() -> int:
    """Bytes that this machine or its GPU can still give."""
    if ON_GPU:
        return torch.cuda.mem_get_info()[0]
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--tokens", type=int, nargs="+", default=[8192, 32_768])
    parser.add_argument("--probe", nargs=2, metavar=("PATH", "TOKENS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.probe:
        kind, tokens = chosen.probe
        print(json.dumps({"chunked": chunked_row, "dense": dense_row}[kind](int(tokens))))
        return
    quiet()
    parts: dict[str, Callable[[], None]] = {
        "time": lambda: step_times(chosen.steps),
        "shared": lambda: shared_times(chosen.steps),
        "teacher": lambda: teacher_ratio(chosen.steps),
        "memory": lambda: memory(chosen.tokens),
    }
    for part in chosen.part:
        parts[part]()


if __name__ == "__main__":
    main()
