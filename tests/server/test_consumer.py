"""A program of others that speaks OpenAI's image API, unchanged: LiteLLM (``pip install 'genevolve[clients]'``)."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import png
from tests.server.running import profile_of, running

ASKING = """
import json, sys
import litellm
base, picture = sys.argv[1:]
to = dict(api_base=base, api_key="any")
made = litellm.image_generation(model="openai/any-model", prompt="a fine kettle", n=2, size="256x256", **to)
edited = litellm.image_edit(model="openai/gpt-image-1", prompt="like this lamp", image=open(picture, "rb"), **to)
try:
    litellm.image_generation(model="openai/any-model", prompt="a cup", size="9x9", **to)
except litellm.BadRequestError as refused:
    told = str(refused)
print(json.dumps([[each.revised_prompt for each in made.data], len(edited.data), told]))
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("litellm") is None, reason="the extra clients is not installed")
def test_litellm(tmp_path: Path) -> None:
    """In a process of its own: its import takes seconds and changes warnings and logging."""
    (tmp_path / "red_lamp.png").write_bytes(png())
    profile, _ = profile_of(tmp_path / "out")
    with running(tmp_path / "out", profile) as address:
        done = subprocess.run(
            [sys.executable, "-c", ASKING, f"{address}/v1", str(tmp_path / "red_lamp.png")],
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    prompts, edited, told = json.loads(done.stdout.splitlines()[-1])
    assert len(prompts) == 2 and all("kettle" in prompt for prompt in prompts)
    assert edited == 1
    assert "size is '9x9'" in told
