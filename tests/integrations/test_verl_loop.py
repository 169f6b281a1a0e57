"""Episodes by verl's own agent-loop worker, with a server that speaks its interface, and the teacher's rows in its trainer.

Skipped where verl 0.9 is not installed (see ``test_verl.py``). The policy is a script; its ids go through a tiny Qwen3-VL's
processor, and pictures are those that the atlas finds.
"""

import asyncio
import pickle
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("verl.trainer.ppo.core_algos", reason="verl is not installed")
torch = pytest.importorskip("torch")
import numpy as np  # noqa: E402
from transformers import BatchFeature  # noqa: E402

from genevolve.core.case import Case  # noqa: E402
from genevolve.integrations.episodes import cases_for  # noqa: E402
from genevolve.integrations.verl.rows import row_of  # noqa: E402
from genevolve.policies.local.trace import Trace  # noqa: E402
from genevolve.train.attempt import Attempt  # noqa: E402
from genevolve.train.recipe import load_recipe  # noqa: E402
from tests.integrations.test_verl import composed  # noqa: E402
from tests.train.test_sft_vision import Processor, loaded  # noqa: E402

with warnings.catch_warnings():  # verl asks Ray in ways that Ray is about to give up
    warnings.simplefilter("ignore")
    from genevolve.integrations.verl.loop import ATTEMPT, close_players, cut_whole
    from genevolve.integrations.verl.teaching import shifted_positions, teacher_row

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

RECIPE = """extends = "atlas"
[data]
requests = 4
validation = 2
[evolve]
show_images = 2
max_tokens = 400
[sdl]
teacher = "live"
[experience]
valid_only = false
"""
FIND = '<tool_call>{"name": "image_search", "arguments": {"query": "apple"}}</tool_call>'
LOOK = '<tool_call>{"name": "search", "arguments": {"queries": ["Japan"]}}</tool_call>'
PLAIN = '<answer>{"gen_prompt": "Two red apples on a white table, in bright light.", "reference_images": []}</answer>'
WITH = (
    '<answer>{"gen_prompt": "An apple as in the first reference image on a white table.", '
    '"reference_images": [{"img_id": "IMG_001", "note": "its shape"}]}</answer>'
)
SCRIPTS = ([PLAIN], [FIND, WITH], [LOOK, "I am thinking", FIND, LOOK, WITH], ["no", "no", *["nothing"] * 6])


class PicturesAndText(Processor):
    """As verl's workers call it: pictures and the text without their places."""

    def __call__(self, text: list[str], images: Any = None, videos: Any = None, **options: Any) -> Any:
        if "return_tensors" not in options:
            return super().__call__(text, images or [], **options)
        made = dict(self.tokenizer(text, return_tensors="pt"))
        pixels = dict(self.image_processor(images=images, return_tensors="pt")) if images else {}
        return BatchFeature({**made, **pixels, "mm_token_type_ids": torch.zeros(1, 1)})


class ScriptedServer:
    """What stands for verl's client of rollout servers. ``asked`` are the ids, the number of pictures and the settings of each
    request, ``said`` the ids and log-probabilities of each reply."""

    def __init__(self, tokenizer: Any, scripts: dict[str, list[str]], *, broken: bool = False) -> None:
        self.tokenizer, self.scripts, self.broken = tokenizer, scripts, broken
        self.asked: dict[str, list[tuple[list[int], int, dict[str, Any]]]] = {}
        self.said: dict[str, list[tuple[list[int], list[float]]]] = {}

    async def generate(
        self, request_id: str, *, prompt_ids: list[int], sampling_params: dict[str, Any], image_data: Any = None, **more: Any
    ) -> Any:
        from verl.workers.rollout.replica import TokenOutput

        earlier = self.asked.setdefault(request_id, [])
        earlier.append((prompt_ids, len(image_data or []), sampling_params))
        await asyncio.sleep(0)
        text = self.scripts[request_id.partition(".")[0]][len(earlier) - 1]
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"] + [self.tokenizer.convert_tokens_to_ids("<|im_end|>")]
        ids = ids[: sampling_params["max_tokens"]]
        logprobs = [-0.01 * (place % 7) for place in range(len(ids))]
        self.said.setdefault(request_id, []).append((ids, logprobs))
        return TokenOutput(token_ids=ids, log_probs=None if self.broken else logprobs, extra_fields={"min_global_steps": 3})


def worker(folder: Path, server: ScriptedServer, model: Any, processor: Any, *, response: int = 6000) -> Any:
    """verl's own worker, but for its start from a folder of weights."""
    from verl.experimental.agent_loop import agent_loop as module
    from verl.utils.config import omega_conf_to_dataclass
    from verl.utils.dataset.rl_dataset import RLHFDataset

    (folder / "recipe.toml").write_text(RECIPE)
    lengths = [f"data.max_prompt_length={9000}", f"data.max_response_length={response}"]
    config = composed(*lengths, "actor_rollout_ref.rollout.max_model_len=null")
    made = object.__new__(module.AgentLoopWorker)
    made.config, made.llm_client, made.reward_loop_worker_handles = config, server, None
    made.rollout_config = omega_conf_to_dataclass(config.actor_rollout_ref.rollout)
    made.tokenizer, made.processor, made.hf_model_type = server.tokenizer, processor, "qwen3_vl"
    made.dataset_cls, made.mm_processor_kwargs, made.tools = RLHFDataset, {}, []
    made.distillation_enabled = False
    target = "genevolve.integrations.verl.loop.GenEvolveLoop"
    module._agent_loop_registry["genevolve"] = {
        "_target_": target,
        "recipe": str(folder / "recipe.toml"),
        "folder": str(folder / "pictures"),
    }
    return made


def played(folder: Path, *, broken: bool = False, response: int = 6000) -> tuple[Any, ScriptedServer, Any, Any, list[Case]]:
    """A batch of the four scripts, by the worker."""
    from verl import DataProto

    tiny = loaded()
    assert tiny.processor is not None
    processor = PicturesAndText(tiny.processor.image_processor, tiny.tokenizer, chat_template=tiny.processor.chat_template)
    processor.get_rope_index = tiny.model.model.get_rope_index
    server = ScriptedServer(tiny.tokenizer, {f"u{number}": script for number, script in enumerate(SCRIPTS)}, broken=broken)
    made = worker(folder, server, tiny.model, processor, response=response)
    cases = list(cases_for(load_recipe(str(folder / "recipe.toml")), "train", folder))
    rows = [row_of(case, number) for number, case in enumerate(cases)]
    columns: dict[str, list[Any]] = {
        "raw_prompt": [row["prompt"] for row in rows],
        "extra_info": [row["extra_info"] for row in rows],
        "uid": [f"u{number}" for number in range(4)],
        "agent_name": ["genevolve"] * 4,
        "index": list(range(4)),
    }
    packed = {}
    for name, values in columns.items():
        packed[name] = np.empty(4, dtype=object)
        packed[name][:] = values
    batch = DataProto(non_tensor_batch=packed, meta_info={"global_steps": 3, "validate": False})

    async def generated() -> Any:
        try:
            return await made.generate_sequences(batch)
        finally:
            await close_players()

    found = asyncio.run(generated())
    assert len(server.asked) == 4, "every episode has asked the server"
    return found, server, processor, tiny, cases


def of_row(server: ScriptedServer, number: int) -> str:
    (key,) = (key for key in server.asked if key.startswith(f"u{number}."))
    return key


def test_episodes_are_rows_of_verl(tmp_path: Path) -> None:
    """Ids, masks and log-probabilities are those that were sampled; pictures stand in some rows, with a place for each."""
    found, server, processor, _, cases = played(tmp_path)
    batch, others = found.batch, found.non_tensor_batch
    image = processor.image_token_id
    pictures = []
    for number in range(4):
        key = of_row(server, number)
        mask, response = batch["response_mask"][number].bool(), batch["responses"][number]
        said = server.said[key]
        assert response[mask].tolist() == [token for ids, _ in said for token in ids]
        sampled = torch.tensor([value for _, values in said for value in values])
        torch.testing.assert_close(batch["rollout_log_probs"][number][mask], sampled)
        prompt_ids = batch["prompts"][number][batch["attention_mask"][number][: batch["prompts"].shape[1]].bool()].tolist()
        whole = prompt_ids + response.tolist()
        for asked, _, wanted in server.asked[key]:
            assert asked == whole[: len(asked)], "every request begins with all that was sampled and shown before"
            assert wanted["temperature"] == pytest.approx(0.7) and wanted["logprobs"] is True
        attempt: Attempt = pickle.loads(others[ATTEMPT][number])
        assert attempt.case.id == cases[number].id and len(attempt.episode.turns) == len(said)
        assert found.batch["rm_scores"][number].sum() == pytest.approx(attempt.value)
        inputs = others["multi_modal_inputs"][number]
        grid = inputs.get("image_grid_thw")
        due = 0 if grid is None else int(grid.prod(-1).sum()) // 4
        assert whole.count(image) == due
        pictures.append(0 if grid is None else len(grid))
        assert pictures[-1] == len(attempt.tokens.images) == server.asked[key][-1][1]
    assert pictures[0] == 0 and pictures[1] > 0 and pictures[2] > 0, "in some rows only"
    turns = [len(server.said[of_row(server, number)]) for number in range(4)]
    assert turns == [1, 2, 5, 8], "unequal episodes"
    assert others["image"][3] == 0.0 and found.batch["rm_scores"][3].sum() == 0.0
    assert batch["position_ids"].shape[1] == 4, "positions of pictures"


def test_the_teacher_reads_the_same_ids_at_the_right_places(tmp_path: Path) -> None:
    """Its positions are those that the model itself gives a conversation with the longer prompt."""
    found, _, processor, _, _ = played(tmp_path)
    assert sum("image_grid_thw" in inputs for inputs in found.non_tensor_batch["multi_modal_inputs"]) == 2
    for number in range(4):
        inside = found.batch["attention_mask"][number].bool()
        width = found.batch["prompts"].shape[1]
        prompt = found.batch["prompts"][number][inside[:width]]
        response = found.batch["responses"][number][inside[width:]]
        inputs = found.non_tensor_batch["multi_modal_inputs"][number]
        guide = torch.cat([prompt[:40], torch.arange(100, 117), prompt[40:]])
        student = {
            "prompts": prompt,
            "responses": response,
            "response_mask": found.batch["response_mask"][number][inside[width:]],
            "position_ids": found.batch["position_ids"][number][:, inside],
            "multi_modal_inputs": inputs,
        }
        row = teacher_row(student, guide.tolist())
        ids = row["input_ids"][None]
        types = (ids == processor.image_token_id).long()
        expected, _ = processor.get_rope_index(
            input_ids=ids,
            image_grid_thw=inputs.get("image_grid_thw"),
            mm_token_type_ids=types,
            attention_mask=torch.ones_like(ids),
        )
        assert torch.equal(row["position_ids"][1:], expected[:, 0])
        assert torch.equal(row["position_ids"][0], torch.arange(ids.shape[1]))
        assert torch.equal(row["input_ids"][len(guide) :], response)
    one = torch.arange(9)
    assert torch.equal(shifted_positions(one, torch.arange(5), torch.tensor([0, 1, 7, 7, 2, 3, 4])), torch.arange(11))


def test_a_server_without_log_probabilities_scores_nothing(tmp_path: Path) -> None:
    """The episodes end by the fault of others: their rewards are NaN, which the estimator leaves out."""
    found, *_ = played(tmp_path, broken=True)
    assert found.batch["rm_scores"].sum(-1).isnan().all()
    assert not found.batch["response_mask"].any()
    assert Counter(found.non_tensor_batch["genevolve_scored"].tolist()) == {0.0: 4}


def test_rows_that_are_too_long_end_before_a_picture(tmp_path: Path) -> None:
    found, _, processor, _, _ = played(tmp_path, response=700)
    for number in range(4):
        whole = [*found.batch["prompts"][number].tolist(), *found.batch["responses"][number].tolist()]
        grid = found.non_tensor_batch["multi_modal_inputs"][number].get("image_grid_thw")
        assert whole.count(processor.image_token_id) == (0 if grid is None else int(grid.prod(-1).sum()) // 4)


def test_a_picture_is_cut_whole() -> None:
    trace = Trace(prompt=[1, 2], completion=[3, 9, 9, 4, 9, 9, 9, 5], logprobs=[0.0] * 8, mask=[1, 0, 0, 0, 0, 0, 0, 1])
    trace.images = ["a", "b"]
    lengths = {most: (len(cut.completion), cut.images) for most in range(9) for cut in [cut_whole(trace, most, 9)]}
    assert lengths[8] == (8, ["a", "b"]) and lengths[7] == (7, ["a", "b"])
    assert lengths[6] == lengths[5] == lengths[4] == (4, ["a"])
    assert lengths[3] == (3, ["a"]) and lengths[2] == lengths[1] == (1, []) and lengths[0] == (0, [])
    assert cut_whole(trace, 5, None).images == ["a", "b"]
