"""The structure that AGENTS.md promises: import order, light imports, file and function sizes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import SOURCE

TIERS = (
    {"core"},
    {"store", "protocol", "services"},
    {"tools", "policies", "generators", "judges", "experience", "skills"},
    {"run"},
    {"report"},
    {"data"},
    {"train", "bench"},
    {"world"},
    {"app"},
    {"cli"},
)
RANK = {name: rank for rank, tier in enumerate(TIERS) for name in tier}
HEAVY = ("torch", "cv2", "onnxruntime", "rapidocr", "numpy", "PIL", "openai", "httpx", "pydantic", "transformers")


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The parts of genevolve that a module imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[1] for name in names if name.startswith("genevolve.")}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_one_way(path: Path) -> None:
    own = part(path)
    if own in ("__init__", "__main__"):
        return
    for other in imported(path) - {own}:
        assert RANK[other] < RANK[own], f"{own} must not import {other}"


def test_only_the_registry_knows_the_offline_world() -> None:
    """The table of roles names it as text; no module imports it."""
    outside = [path for path in modules() if part(path) != "world"]
    knowing = {str(path.relative_to(SOURCE)) for path in outside if "world" in imported(path)}
    assert not knowing
    naming = {str(path.relative_to(SOURCE)) for path in outside if '"genevolve.world' in path.read_text(encoding="utf-8")}
    assert naming == {"app/roles.py"}


def test_core_uses_the_standard_library_only_and_does_no_io() -> None:
    forbidden = {"os", "pathlib", "io", "time", "datetime", "random", "logging", "asyncio", "socket", "subprocess", "sqlite3"}
    for path in (SOURCE / "core").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in names:
                top = name.split(".")[0]
                assert top == "genevolve" or (top in sys.stdlib_module_names and top not in forbidden), f"{path.name}: {name}"


def test_import_is_light() -> None:
    code = f"import sys, genevolve; print([name for name in {HEAVY!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_environment_is_read_in_one_file() -> None:
    readers = [path for path in modules() if "environ" in path.read_text(encoding="utf-8") and "os.environ" in path.read_text()]
    assert [str(path.relative_to(SOURCE)) for path in readers] == ["app/environment.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
