#!/usr/bin/env bash
# On the first of two nodes, after `ray start --head` there and `ray start --address=…` on the second. Run it in the clone.
set -euo pipefail

out=runs/verl
python -m genevolve.integrations.verl.rows paper "$out" "$@"
python -m genevolve.integrations.verl.main --config-dir recipes/verl --config-name qwen3_vl_8b_2x8
