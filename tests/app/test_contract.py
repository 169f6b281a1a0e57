"""The contract with programs and plug-ins: ``genevolve.__all__``, and the page that lists it."""

import ast
import re
import subprocess
import sys

import pytest

import genevolve
from genevolve.app.roles import ROLES
from tests.paths import ROOT, SOURCE
from tests.test_layout import HEAVY

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


def test_the_page_lists_every_name_and_no_other() -> None:
    tables = PAGE.split("## The contract")[1]
    names = {name for row in re.findall(r"^\| (`.*?) \|", tables, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert names == set(genevolve.__all__)


def test_the_page_lists_every_role() -> None:
    for role in ROLES.values():
        assert f"`{role.group}`" in PAGE, role.name


@pytest.mark.parametrize("name", genevolve.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    found = getattr(genevolve, name)
    assert found is not None and name in dir(genevolve)
    if not name.startswith("__"):
        assert (found.__doc__ or "").strip(), "what it is, in a docstring"


def test_type_checkers_and_python_see_the_same_names() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "genevolve" in (node.module or ""))
    typed = {alias.name: f"{node.module}" for node in imports for alias in node.names}
    assert typed == {name: f"genevolve.{place}" for name, place in genevolve._PLACE.items()}


def test_protocols_values_and_errors_are_light() -> None:
    names = ("Policy", "Rendering", "UsageError", "Score", "ImageStore", "request_of", "Finding")
    code = f"import sys, genevolve; [getattr(genevolve, name) for name in {names!r}]; print(set({HEAVY!r}) & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
