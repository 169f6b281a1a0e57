"""From trajectories to weights: supervised cold start, then GRPO with experience distillation."""
