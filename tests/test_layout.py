"""The structure that AGENTS.md promises: import order, no circles, light imports, sizes, tests beside sources.

What does not keep a rule yet stands in ``tests/debts.py``.
"""

import ast
import builtins
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import debts
from tests.paths import ROOT, SOURCE

TIERS = (
    {"core"},
    {"store", "protocol", "services"},
    {"tools", "skills"},
    {"policies", "generators", "judges", "experience"},
    {"run"},
    {"report"},
    {"data"},
    {"train", "bench"},
    {"world"},
    {"app"},
    {"server", "integrations"},
    {"cli"},
)
RANK = {name: rank for rank, tier in enumerate(TIERS) for name in tier}
HEAVY = ("torch", "cv2", "onnxruntime", "rapidocr", "numpy", "PIL", "openai", "httpx", "pydantic", "transformers")


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def shown(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_modules(path: Path) -> set[str]:
    """What a module imports, at any depth of its code; a name that is imported from a package may be a module itself."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            own = [f"{node.module}.{alias.name}" for alias in node.names]
            modules_of = [name for name in own if Path(SOURCE.parent, *name.split(".")).with_suffix(".py").is_file()]
            names |= set(modules_of) if len(modules_of) == len(own) else {node.module, *modules_of}
    return names


def imported(path: Path) -> set[str]:
    """The parts of genevolve that a module imports."""
    return {name.split(".")[1] for name in imported_modules(path) if name.startswith("genevolve.")}


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_imports_go_one_way(path: Path) -> None:
    own = part(path)
    if own in ("__init__", "__main__"):
        return
    for other in imported(path) - {own, "world"}:  # the offline world has a test of its own
        assert RANK[other] < RANK[own], f"{own} must not import {other}"


def test_only_the_registry_knows_the_offline_world() -> None:
    """The table of roles names it as text; no module imports it."""
    outside = [path for path in modules() if part(path) != "world"]
    assert {shown(path) for path in outside if "world" in imported(path)} == set()
    naming = {shown(path) for path in outside if '"genevolve.world' in path.read_text(encoding="utf-8")}
    assert naming == {"app/roles.py"}


def test_files_do_not_import_each_other_in_circles() -> None:
    """Wherever the import stands, also inside functions and for type checkers alone."""
    files = {module_name(path): path for path in modules() if path.parent != SOURCE}
    graph = {name: {other for other in imported_modules(path) if other in files} for name, path in files.items()}
    assert {tuple(sorted(shown(files[name]) for name in circle)) for circle in circles(graph)} == debts.CYCLES


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles(graph: dict[str, set[str]]) -> list[frozenset[str]]:
    """Groups of modules of which each is reached from each other one."""
    reached = {name: reachable(graph, name) for name in graph}
    groups = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return [group for group in groups if len(group) > 1]


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found, open_ = set[str](), list(graph[start])
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += graph[name]
    return found


def test_core_uses_the_standard_library_only_and_does_no_io() -> None:
    forbidden = {"os", "pathlib", "io", "time", "datetime", "random", "logging", "asyncio", "socket", "subprocess", "sqlite3"}
    for path in (SOURCE / "core").glob("*.py"):
        for node in ast.walk(tree(path)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in names:
                top = name.split(".")[0]
                assert top == "genevolve" or (top in sys.stdlib_module_names and top not in forbidden), f"{path.name}: {name}"


def test_import_is_light() -> None:
    code = f"import sys, genevolve; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_commands_start_light() -> None:
    """A command imports what it needs when it runs: the server's packages are not for the others."""
    server = ("starlette", "uvicorn", "mcp", "sse_starlette", "multipart", "anyio")
    code = f"import sys, genevolve.cli.main; print([name for name in {server!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_environment_is_read_in_one_file() -> None:
    """Decoders only hand a few names on to their processes, which get no others."""
    readers = {shown(path) for path in modules() if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))}
    assert readers == {"app/environment.py", "store/decoders.py"}


def test_what_only_some_systems_have_is_asked_for_in_one_place() -> None:
    """``tests/app/test_portability.py`` runs commands without it."""
    lacking = re.compile(
        r"import fcntl|sched_getaffinity|os\.(fork|pread|pwrite|getuid|geteuid|mkfifo)\b|signal\.SIG(ALRM|HUP|USR)"
    )
    users = {shown(path) for path in modules() if lacking.search(path.read_text(encoding="utf-8"))}
    assert users == {"app/environment.py"}


def test_tests_mirror_sources() -> None:
    """Each folder of tests tests the package of that name; those in front belong to the package as a whole."""
    helpers = {"services"}  # counterparts of services, which several folders use
    folders = {path.parent.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")} - {"."}
    assert {folder for folder in folders - helpers if not (SOURCE / folder).is_dir()} == set()


def functions() -> Iterator[tuple[str, int]]:
    """Every function as "file name", with the number of lines of what it does: parameters and docstring are not counted."""
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                steps = node.body[1:] if ast.get_docstring(node) is not None else node.body
                yield f"{shown(path)} {node.name}", node.end_lineno - steps[0].lineno + 1 if steps else 0


def test_functions_stay_readable() -> None:
    assert {name for name, lines in functions() if lines > 35} == debts.LONG_FUNCTIONS


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_a_name_means_one_thing() -> None:
    """No two classes share a name; private ones belong to their file."""
    places: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(shown(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_docstrings_name_what_exists() -> None:
    """A class that a docstring mentions in ``double backticks`` is one that the code uses under this name."""
    known, mentioned = {"NaN", "Infinity", *dir(builtins)}, set[tuple[str, str]]()
    for path in modules():
        for node in ast.walk(tree(path)):
            known |= names_in(node)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found = re.findall(r"``(?:\w+\.)*([A-Z][a-z]\w*)(?:\(\))?``", ast.get_docstring(node) or "")
                mentioned |= {(name, shown(path)) for name in found}
    assert {(name, where) for name, where in mentioned if name not in known} == set()


def names_in(node: ast.AST) -> set[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.alias(name=name, asname=other):
            return {name.rpartition(".")[2], other or ""}
        case ast.Constant(value=str(text)):  # what travels by its name
            return {text}
    return set()
