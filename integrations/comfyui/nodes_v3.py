"""The nodes as ComfyUI's V3 interface takes them: classes with a schema."""

from typing import Any

from comfy_api.latest import ComfyExtension, io

from .nodes import CATEGORY, NODES, Node

_TYPES = {"STRING": io.String, "INT": io.Int, "FLOAT": io.Float, "IMAGE": io.Image}


def _schema(node: Node) -> Any:
    """Outputs have no ids: those must differ from the inputs', and names are what people see."""
    return io.Schema(
        node_id=node.id,
        display_name=node.name,
        category=CATEGORY,
        description=node.description,
        inputs=[_TYPES[each.kind].Input(each.id, optional=each.optional, **each.options) for each in node.inputs],
        outputs=[_TYPES[each.kind].Output(display_name=each.name, tooltip=each.tooltip) for each in node.outputs],
    )


class _Asking(io.ComfyNode):
    node: Node

    @classmethod
    def define_schema(cls) -> Any:
        return _schema(cls.node)

    @classmethod
    def execute(cls, **values: Any) -> Any:
        return io.NodeOutput(*cls.node.run(**values))


class _GenEvolve(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [type(node.id, (_Asking,), {"node": node}) for node in NODES]


async def comfy_entrypoint() -> ComfyExtension:
    """ComfyUI calls this once, when it loads the package."""
    return _GenEvolve()
