"""Tests which package may import which, and that setup works on an old Python without any packages."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
ALLOWED_IMPORTS = {
    "records": set[str](),
    "setup": set[str](),
    "engine": {"records"},
    "experiment": {"records", "engine"},
    "show": {"records"},
    "course": {"records", "engine", "experiment", "show"},
}
OLD_VERSION = (3, 6)
OLD_PYTHON = [HELPERS / "__init__.py", HELPERS / "__main__.py", *sorted((HELPERS / "setup").glob("*.py"))]
STANDARD_LIBRARY_ONLY = [*OLD_PYTHON[1:], *sorted((HELPERS / "records").glob("*.py"))]


def imported(source: Path, module: str) -> Iterator[str]:
    """The absolute name of each import in the module, at the top or inside a function."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def name_of(source: Path) -> str:
    """The module's full name; for a package, that of its __init__."""
    return ".".join(source.relative_to(HELPERS.parent).with_suffix("").parts)


def package_of(name: str) -> str | None:
    """The package of helpers that a full name belongs to, or None."""
    parts = name.split(".")
    return parts[1] if parts[0] == "helpers" and len(parts) > 1 and parts[1] in ALLOWED_IMPORTS else None


def sources() -> list[Path]:
    """Every module in the packages of helpers."""
    return sorted(source for package in ALLOWED_IMPORTS for source in (HELPERS / package).rglob("*.py"))


@pytest.mark.parametrize("source", sources(), ids=name_of)
def test_a_package_imports_only_what_is_allowed(source: Path) -> None:
    own = source.relative_to(HELPERS).parts[0]
    used = {package for name in imported(source, name_of(source)) if (package := package_of(name))}
    assert used - {own} <= ALLOWED_IMPORTS[own]


@pytest.mark.parametrize("source", [*sources(), HELPERS / "__init__.py"], ids=name_of)
def test_no_package_imports_the_benchmarks(source: Path) -> None:
    assert not any(name.split(".")[0] == "benchmarks" for name in imported(source, name_of(source)))


def test_the_list_of_packages_is_complete() -> None:
    assert {folder.name for folder in HELPERS.iterdir() if (folder / "__init__.py").exists()} == {*ALLOWED_IMPORTS}


@pytest.mark.parametrize("source", OLD_PYTHON, ids=name_of)
def test_an_old_python_can_parse_it(source: Path) -> None:
    ast.parse(source.read_text(encoding="utf-8"), feature_version=OLD_VERSION)


@pytest.mark.parametrize("source", STANDARD_LIBRARY_ONLY, ids=name_of)
def test_it_imports_only_the_standard_library(source: Path) -> None:
    top_level = {name.split(".")[0] for name in imported(source, name_of(source))}
    assert top_level - {"helpers"} <= sys.stdlib_module_names


def test_imports_inside_functions_and_relative_ones_are_found(tmp_path: Path) -> None:
    source = tmp_path / "probe.py"
    source.write_text("import docker.errors\ndef late():\n    from helpers import course\n    from .. import show\n")
    found = {*imported(source, "helpers.engine.probe")}
    assert found == {"docker.errors", "helpers.course", "helpers.show"}
    assert {package_of(name) for name in found} == {None, "course", "show"}
