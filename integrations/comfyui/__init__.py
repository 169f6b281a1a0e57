"""GenEvolve in ComfyUI: nodes that ask a running ``genevolve serve``.

ComfyUI calls ``comfy_entrypoint`` (its V3 interface) unless a package has ``NODE_CLASS_MAPPINGS`` (V1), so there is one of
the two.
"""

try:
    from comfy_api.latest import ComfyExtension  # noqa: F401
except ImportError:
    from .nodes_v1 import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

    __all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
else:
    from .nodes_v3 import comfy_entrypoint

    __all__ = ["comfy_entrypoint"]
