"""The nodes as ComfyUI's V1 interface takes them: classes with attributes."""

from typing import Any

from .nodes import CATEGORY, NODES, Input, Node

_RENAMED = {"dynamic_prompts": "dynamicPrompts", "force_input": "forceInput"}


def _written(given: Input) -> tuple[str, dict[str, Any]]:
    return given.kind, {_RENAMED.get(name, name): value for name, value in given.options.items()}


def _types(node: Node) -> dict[str, dict[str, Any]]:
    return {
        "required": {each.id: _written(each) for each in node.inputs if not each.optional},
        "optional": {each.id: _written(each) for each in node.inputs if each.optional},
    }


def _class(node: Node) -> type:
    about = {
        "INPUT_TYPES": classmethod(lambda cls: _types(node)),
        "RETURN_TYPES": tuple(each.kind for each in node.outputs),
        "RETURN_NAMES": tuple(each.name for each in node.outputs),
        "OUTPUT_TOOLTIPS": tuple(each.tooltip for each in node.outputs),
        "FUNCTION": "run",
        "CATEGORY": CATEGORY,
        "DESCRIPTION": node.description,
        "run": lambda self, **values: node.run(**values),
    }
    return type(node.id, (), about)


NODE_CLASS_MAPPINGS = {node.id: _class(node) for node in NODES}
NODE_DISPLAY_NAME_MAPPINGS = {node.id: node.name for node in NODES}
