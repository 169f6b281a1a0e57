"""The start of a run on verl: ``python -m genevolve.integrations.verl.main --config-dir recipes/verl --config-name NAME``."""

from typing import Any

import hydra
import ray


@ray.remote(num_cpus=1)
class GenEvolveRunner:
    """verl's own runner, in a process that knows our trainer and our loss."""

    def run(self, config: Any) -> None:
        from verl.trainer.main_ppo import TaskRunnerV1

        from genevolve.integrations.verl import loop, loss, trainer

        assert loop and loss and trainer, "importing them registers them"
        TaskRunnerV1.__ray_metadata__.modified_class().run(config)


@hydra.main(config_path=None, config_name="qwen3_vl_8b_2x8", version_base=None)  # type: ignore[untyped-decorator]
def main(config: Any) -> None:
    """Check the settings, and run to the end; verl itself resumes from its last checkpoint."""
    from verl.trainer.main_ppo import run_ppo
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.utils.config import validate_config

    from genevolve.integrations.verl.trainer import check_settings
    from genevolve.train.recipe import load_recipe

    check_settings(config, load_recipe(config.genevolve.recipe))
    validate_config(config=config, use_reference_policy=need_reference_policy(config), use_critic=need_critic(config))
    run_ppo(config, task_runner_class=GenEvolveRunner)


if __name__ == "__main__":
    main()
