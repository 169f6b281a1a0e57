"""The one place that keeps TRL and the hub's client from reporting usage."""

import huggingface_hub.constants


def silence() -> None:
    """As ``HF_HUB_DISABLE_TELEMETRY=1`` does, whenever it is called. Everything that makes a trainer calls it first."""
    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
