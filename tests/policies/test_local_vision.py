"""The local policy with a vision-language model: a tiny random Qwen3-VL is shown what its searches found."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from genevolve.core.message import Message, Role
from genevolve.core.protocols import PolicyCall
from genevolve.policies.local.build import sampler_for
from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.padded import PaddedEngine
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.tiny import tiny_model
from genevolve.store.images import ImageStore
from genevolve.train.scoring import scored_logprobs
from genevolve.world.recipes.source import AtlasRequests
from tests.train.test_sft_vision import loaded

HOT = Sampling(temperature=0.9, top_p=1.0, max_tokens=5, seed=1)


def stored(images: ImageStore, colour: tuple[int, int, int], size: tuple[int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return images.put(file.getvalue())


def shown(model: Any, processor: Any, images: ImageStore, digests: list[str], ids: list[int]) -> dict[str, Any]:
    pictures = [Image.open(io.BytesIO(images.load(digest))).convert("RGB") for digest in digests]
    made = processor.image_processor(images=pictures, return_tensors="pt")
    types = (torch.tensor([ids]) == model.config.image_token_id).int()
    return {
        "pixel_values": made["pixel_values"],
        "image_grid_thw": made["image_grid_thw"],
        "mm_token_type_ids": types,
    }


def test_images_of_an_observation_are_seen_and_sampled_is_scored(tmp_path: Path) -> None:
    policy = loaded(trainable=False)
    images = ImageStore(tmp_path)
    red, blue = stored(images, (200, 20, 20), (16, 24)), stored(images, (20, 20, 200), (24, 16))
    sampler = sampler_for(policy, HOT, images, shown=1)
    assert isinstance(sampler.engine, PaddedEngine)
    talk = [Message(role=Role.SYSTEM, text="S"), Message(role=Role.USER, text="a flag")]

    async def episode() -> None:
        for turn in range(2):
            said = await sampler.reply(PolicyCall(episode_id="v", turn=turn, forced=False, messages=tuple(talk)))
            talk.append(Message(role=Role.ASSISTANT, text=said.text))
            talk.append(Message(role=Role.USER, text="found", images=(red, blue) if turn == 0 else ()))

    asyncio.run(episode())
    trace = sampler.take("v")
    assert trace is not None and trace.images == [red], "of a search only the first image is shown"
    vision = shown(policy.model, policy.processor, images, trace.images, trace.ids)
    scored = scored_logprobs(policy.model, trace.prompt, trace.completion, temperature=HOT.temperature, **vision)
    own = torch.tensor(trace.mask, dtype=torch.bool)
    assert torch.allclose(scored[own], torch.tensor(trace.logprobs)[own], atol=1e-4)
    other = shown(policy.model, policy.processor, images, [blue], trace.ids)
    if other["pixel_values"].shape == vision["pixel_values"].shape:
        other["image_grid_thw"] = vision["image_grid_thw"]
        changed = scored_logprobs(policy.model, trace.prompt, trace.completion, temperature=HOT.temperature, **other)
        assert not torch.allclose(scored[own], changed[own], atol=1e-4), "another picture would have been read otherwise"


def test_a_text_policy_is_shown_titles_only(tmp_path: Path) -> None:
    policy = loaded(trainable=False)
    images = ImageStore(tmp_path)
    red = stored(images, (200, 20, 20), (16, 24))
    sampler = sampler_for(policy, HOT, images, shown=0)
    talk = (Message(role=Role.USER, text="a flag", images=(red,)),)
    asyncio.run(sampler.reply(PolicyCall(episode_id="v", turn=0, forced=False, messages=talk)))
    trace = sampler.take("v")
    assert trace is not None and trace.images == []


def test_the_library_s_own_generation_agrees_with_the_ragged_engine(tmp_path: Path) -> None:
    model, tokenizer = tiny_model()
    greedy = Sampling(temperature=0.0, max_tokens=8)
    stops = [tokenizer.eos_token_id]
    engines: tuple[Any, ...] = (
        RaggedEngine(model, stops),
        PaddedEngine(model, stops, pad=tokenizer.pad_token_id, processor=None, images=ImageStore(tmp_path)),
    )

    async def replies(engine: Any) -> list[Any]:
        rows = {f"r{n}": list(range(20, 30 + 7 * n)) for n in range(3)}
        return list(await asyncio.gather(*(engine.sample(key, ids, greedy) for key, ids in rows.items())))

    first, second = (asyncio.run(replies(engine)) for engine in engines)
    assert [one.ids for one in first] == [one.ids for one in second]
    for one, other in zip(first, second, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


def test_self_evolution_of_a_vision_policy_with_images_in_its_observations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from genevolve.app.evolve import put_together
    from genevolve.policies.local.lora import add_lora, lora_config
    from genevolve.run.folder import RunFolder
    from genevolve.train.cases import generated
    from genevolve.train.evolve import evolve_policy
    from genevolve.train.recipe import changed, load_recipe
    from genevolve.train.records import read_episodes
    from tests.scripted import ScriptedSampler
    from tests.train.test_evolve import spoilt

    policy = loaded(trainable=False)
    policy = replace(policy, model=add_lora(policy.model, lora_config(policy.model, r=2, vision=True)).train())
    monkeypatch.setattr("genevolve.train.sft.load_model", lambda *_, **__: policy)
    monkeypatch.setattr("genevolve.train.sft.add_lora", lambda model, config: model)
    recipe = changed(
        load_recipe("atlas-smoke"),
        {"evolve": {"steps": 1, "show_images": 1}, "experience": {"gate": 0.0}, "sdl": {"warmup_steps": 0}},
    )
    run = RunFolder(tmp_path / "run")
    before = {name: p.detach().clone() for name, p in policy.model.named_parameters() if p.requires_grad}
    with run.held(), put_together(recipe, run) as members:
        own = members.sampler
        sampler = ScriptedSampler(
            None, own.engine, own.template, policy.tokenizer, own.sampling, spoil=spoilt, images=run.images, shown=1
        )
        members = replace(members, sampler=sampler, setup=replace(members.setup, policy=sampler))
        training = [case for case in generated(AtlasRequests(), 12, 0, validation=False) if "flag" in case.hidden.family][:4]
        done = evolve_policy(recipe, members, training=training, validation=(), folder=run, about={})
    assert done.steps == 1
    after = {name: p.detach() for name, p in policy.model.named_parameters() if p.requires_grad}
    assert any(not torch.equal(before[name], after[name]) for name in before)
    pad = policy.processor.image_token_id  # type: ignore[union-attr]
    episodes = read_episodes(run.path / "steps" / "000000")
    assert any(pad in episode["completion_ids"] for episode in episodes), "pictures were in what the policy read"
