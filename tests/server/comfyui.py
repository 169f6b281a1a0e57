"""A strict counterpart of what ComfyUI asks of a package of nodes, for tests where ComfyUI itself is not: no package has it.

Written after ComfyUI's ``comfy_api/latest/_io.py`` (inputs, outputs, schema, ``NodeOutput``; commit 004b1b5b) and its loader
``nodes.load_custom_node``. It takes fewer liberties than they do: what they let pass and break on later is refused.
"""

import asyncio
import importlib.util
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

_numbers = itertools.count()


class Interrupted(Exception):
    """The user has pressed the button."""


@dataclass
class Running:
    """What a node may tell of itself, and whether it is to end."""

    interrupt: bool = False
    progress: list[tuple[int, int]] = field(default_factory=list)


class ExecutionBlocker:
    def __init__(self, message: str | None) -> None:
        self.message = message


# ---- comfy_api.latest ---------------------------------------------------------------------------------------------------


class _Put:
    def __init__(self, kind: str, id: str, optional: bool, told: dict[str, Any]) -> None:
        assert id.isidentifier()
        self.kind, self.id, self.optional = kind, id, optional
        self.told = {name: value for name, value in told.items() if value is not None}


class _Output:
    def __init__(self, kind: str, id: str | None, display_name: str | None, tooltip: str | None, is_output_list: bool) -> None:
        self.kind, self.id, self.display_name, self.tooltip, self.is_output_list = (
            kind,
            id,
            display_name,
            tooltip,
            is_output_list,
        )


def _kind(name: str, *options: str) -> type:
    """A type of ComfyUI; ``options`` are what its inputs take beside what all take, under the names of V3."""

    def given(
        id: str, display_name: str | None = None, optional: bool = False, tooltip: str | None = None, **more: Any
    ) -> _Put:
        assert set(more) <= {*options, "lazy", "extra_dict"}, f"io.{name}.Input takes no {set(more) - set(options)}"
        return _Put(name.upper(), id, optional, {"display_name": display_name, "tooltip": tooltip, **more})

    def made(
        id: str | None = None, display_name: str | None = None, tooltip: str | None = None, is_output_list: bool = False
    ) -> _Output:
        return _Output(name.upper(), id, display_name, tooltip, is_output_list)

    return type(name, (), {"Input": staticmethod(given), "Output": staticmethod(made)})


class NodeOutput:
    def __init__(self, *args: Any, ui: Any = None, expand: Any = None, block_execution: str | None = None) -> None:
        self.args = args


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[_Put] = field(default_factory=list)
    outputs: list[_Output] = field(default_factory=list)
    hidden: list[Any] = field(default_factory=list)
    description: str = ""
    is_output_node: bool = False
    not_idempotent: bool = False

    def checked(self) -> "Schema":
        assert isinstance(self.inputs, list) and isinstance(self.outputs, list)
        ids = [each.id for each in self.inputs] + [each.id for each in self.outputs if each.id is not None]
        assert len(set(ids)) == len(ids), f"ids must be unique, also between inputs and outputs: {ids}"
        return self


class ComfyNode:
    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError

    @classmethod
    def execute(cls, **values: Any) -> NodeOutput:
        raise NotImplementedError


class ComfyExtension:
    async def on_load(self) -> None: ...

    async def get_node_list(self) -> list[type[ComfyNode]]:
        raise NotImplementedError


_WIDGET = ("default", "socketless", "force_input")
_KINDS = {
    "String": _kind("String", *_WIDGET, "multiline", "placeholder", "dynamic_prompts"),
    "Int": _kind("Int", *_WIDGET, "min", "max", "step", "control_after_generate", "display_mode"),
    "Float": _kind("Float", *_WIDGET, "min", "max", "step", "round", "display_mode"),
    "Image": _kind("Image"),
}


def _modules(running: Running, *, v3: bool) -> dict[str, ModuleType]:
    def interrupt() -> None:
        if running.interrupt:
            raise Interrupted

    class ProgressBar:
        def __init__(self, total: int, node_id: Any = None) -> None:
            self.total = total

        def update_absolute(self, value: int, total: int | None = None, preview: Any = None) -> None:
            self.total = total if total is not None else self.total
            assert 0 <= value <= self.total
            running.progress.append((value, self.total))

    management = _module("comfy.model_management", throw_exception_if_processing_interrupted=interrupt)
    utils = _module("comfy.utils", ProgressBar=ProgressBar)
    graphs = _module("comfy_execution.graph_utils", ExecutionBlocker=ExecutionBlocker)
    made = [management, utils, graphs, _module("comfy", model_management=management, utils=utils)]
    made.append(_module("comfy_execution", graph_utils=graphs))
    if v3:
        io = _module("comfy_api.latest.io", ComfyNode=ComfyNode, Schema=Schema, NodeOutput=NodeOutput, **_KINDS)
        latest = _module("comfy_api.latest", io=io, ComfyExtension=ComfyExtension)
        made += [latest, _module("comfy_api", latest=latest)]
    return {module.__name__: module for module in made}


def _module(name: str, **holds: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(holds)
    return module


# ---- loading and running ------------------------------------------------------------------------------------------------


@contextmanager
def loaded(folder: Path, running: Running, *, v3: bool) -> Iterator[Mapping[str, "Loaded"]]:
    """The nodes of the package in ``folder``, as ComfyUI loads it from its folder of custom nodes."""
    before, name = set(sys.modules), f"custom_nodes_{next(_numbers)}_x_genevolve"
    sys.modules.update(_modules(running, v3=v3))
    try:
        spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield _v1(module) if hasattr(module, "NODE_CLASS_MAPPINGS") else asyncio.run(_v3(module))
    finally:
        for each in set(sys.modules) - before:
            if each.startswith(("custom_nodes_", "comfy")):
                del sys.modules[each]


def _v1(module: ModuleType) -> Mapping[str, "Loaded"]:
    assert module.NODE_DISPLAY_NAME_MAPPINGS.keys() == module.NODE_CLASS_MAPPINGS.keys()
    return {name: Loaded.v1(found) for name, found in module.NODE_CLASS_MAPPINGS.items()}


async def _v3(module: ModuleType) -> Mapping[str, "Loaded"]:
    entry = module.comfy_entrypoint
    extension = await entry() if inspect.iscoroutinefunction(entry) else entry()
    assert isinstance(extension, ComfyExtension)
    await extension.on_load()
    found = await extension.get_node_list()
    assert isinstance(found, list) and all(issubclass(each, ComfyNode) for each in found)
    return {each.define_schema().node_id: Loaded.v3(each) for each in found}


_CAMEL = {"dynamic_prompts": "dynamicPrompts", "force_input": "forceInput"}


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A node: its inputs as the front end is told of them, its outputs, and what runs it."""

    inputs: Mapping[str, Mapping[str, tuple[str, dict[str, Any]]]]
    outputs: tuple[str, ...]
    names: tuple[str, ...]
    category: str
    call: Any

    @classmethod
    def v1(cls, found: Any) -> "Loaded":
        inputs = found.INPUT_TYPES()
        assert set(inputs) <= {"required", "optional", "hidden"}
        assert len(found.RETURN_TYPES) == len(found.RETURN_NAMES) == len(found.OUTPUT_TOOLTIPS)

        def call(**values: Any) -> Any:
            returned = getattr(found(), found.FUNCTION)(**values)
            assert isinstance(returned, tuple)
            return returned

        return cls(
            inputs=inputs,
            outputs=tuple(found.RETURN_TYPES),
            names=tuple(found.RETURN_NAMES),
            category=found.CATEGORY,
            call=call,
        )

    @classmethod
    def v3(cls, found: type[ComfyNode]) -> "Loaded":
        schema = found.define_schema().checked()
        inputs: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {"required": {}, "optional": {}}
        for each in schema.inputs:
            told = {_CAMEL.get(name, name): value for name, value in each.told.items()}
            inputs["optional" if each.optional else "required"][each.id] = (each.kind, told)

        def call(**values: Any) -> Any:
            returned = found.execute(**values)
            assert isinstance(returned, NodeOutput)
            return returned.args

        names = tuple(each.display_name or each.kind for each in schema.outputs)
        kinds = tuple(each.kind for each in schema.outputs)
        return cls(inputs=inputs, outputs=kinds, names=names, category=schema.category, call=call)

    def run(self, **given: Any) -> dict[str, Any]:
        """Its outputs by their names, with ``given`` in the place of what its widgets begin with."""
        known = {**self.inputs["required"], **self.inputs.get("optional", {})}
        assert given.keys() <= known.keys()
        widgets = {id: told["default"] for id, (_, told) in self.inputs["required"].items() if "default" in told}
        values = {**widgets, **given}
        assert self.inputs["required"].keys() <= values.keys()
        for id, value in values.items():
            _check(*known[id], value)
        returned = self.call(**values)
        assert len(returned) == len(self.outputs)
        for kind, value in zip(self.outputs, returned, strict=True):
            if value is not None and not isinstance(value, ExecutionBlocker):
                _check(kind, {}, value)
        return dict(zip(self.names, returned, strict=True))


def _check(kind: str, told: Mapping[str, Any], value: Any) -> None:
    """Raises where ``value`` is none of type ``kind``."""
    match kind:
        case "STRING":
            assert isinstance(value, str)
        case "INT":
            assert isinstance(value, int) and not isinstance(value, bool)
            assert told.get("min", value) <= value <= told.get("max", value)
        case "FLOAT":
            assert isinstance(value, float)
        case "IMAGE":
            assert isinstance(value, torch.Tensor) and value.dtype == torch.float32 and value.ndim == 4
            assert value.shape[0] > 0 and value.shape[3] == 3 and 0 <= float(value.min()) <= float(value.max()) <= 1
        case _:
            raise AssertionError(f"a type that ComfyUI does not have: {kind}")
