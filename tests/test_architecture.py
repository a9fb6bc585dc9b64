"""Tests which package may import which, and that the command line starts on an old Python without any packages."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.statements import statements

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
ALLOWED_IMPORTS = {
    "core": set[str](),
    "setup": {"core"},
    "engine": {"core"},
    "standins": {"core", "engine"},
    "metrics": {"core"},
    "measure": {"core", "engine", "metrics"},
    "charts": {"core", "metrics"},
    "course": {"core", "engine", "standins", "measure", "metrics", "charts"},
    "runner": {"core", "engine", "standins", "measure", "metrics", "charts", "course"},
}
OLD_VERSION = (3, 6)
OLD_PYTHON = [HELPERS / "__init__.py", HELPERS / "__main__.py"]  # they report that the Python is too old
STANDARD_LIBRARY_ONLY = [
    HELPERS / "__main__.py",
    *(source for package in ("core", "setup") for source in sorted((HELPERS / package).rglob("*.py"))),
]


def imported(source: Path, module: str) -> Iterator[str]:
    """The absolute name of each import in the module, at the top or inside a function."""
    for node in statements(source):
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


def forbidden(sources: Iterable[Path]) -> list[str]:
    """Each import that its package may not make, as "module imports name"."""
    return [
        f"{name_of(source)} imports {name}"
        for source in sources
        for name in imported(source, name_of(source))
        if not _is_allowed(package_of(name_of(source)), name)
    ]


def _is_allowed(package: str | None, name: str) -> bool:
    used = package_of(name)
    return name.split(".")[0] != "benchmarks" and (
        package is None or used is None or used == package or used in ALLOWED_IMPORTS[package]
    )


def test_every_package_imports_only_what_it_may() -> None:
    assert forbidden([*sources(), HELPERS / "__init__.py"]) == []


def test_the_list_of_packages_is_complete() -> None:
    assert {folder.name for folder in HELPERS.iterdir() if (folder / "__init__.py").exists()} == {*ALLOWED_IMPORTS}


def test_an_old_python_can_parse_what_reports_that_it_is_too_old() -> None:
    for source in OLD_PYTHON:
        ast.parse(source.read_text(encoding="utf-8"), filename=str(source), feature_version=OLD_VERSION)


def test_setup_and_core_import_only_the_standard_library() -> None:
    top_level = {
        (name_of(source), name.split(".")[0])
        for source in STANDARD_LIBRARY_ONLY
        for name in imported(source, name_of(source))
    }
    assert {(module, name) for module, name in top_level if name not in {"helpers", *sys.stdlib_module_names}} == set()


def test_the_fast_tests_start_without_slow_imports() -> None:
    source = HELPERS / "runner" / "fast_tests.py"
    names = {name for name in imported(source, name_of(source)) if name.split(".")[0] not in sys.stdlib_module_names}
    assert names == {"helpers.core.paths.PROJECT", "helpers.core.foreground"}  # of the standard library only


def test_what_the_forecast_imports_of_the_runner_needs_no_packages() -> None:
    modules = [HELPERS / "runner" / "interrupted.py", HELPERS / "course" / "sections.py"]
    names = {name.rpartition(".")[0] for source in modules for name in imported(source, name_of(source))}
    others = {name for name in names if name and name.split(".")[0] not in sys.stdlib_module_names}
    assert others == {"helpers.core.errors", "helpers.core.paths", "helpers.course.sections"}


def test_a_forbidden_import_is_found_inside_a_function_and_as_a_relative_one(tmp_path: Path) -> None:
    source = tmp_path / "probe.py"
    source.write_text("import docker.errors\ndef late():\n    from helpers import course\n    from .. import charts\n")
    found = {*imported(source, "helpers.engine.probe")}
    assert found == {"docker.errors", "helpers.course", "helpers.charts"}
    assert [name for name in sorted(found) if not _is_allowed("engine", name)] == ["helpers.charts", "helpers.course"]
    assert not _is_allowed("core", "benchmarks.runner")


def test_a_module_name_means_one_thing() -> None:
    names = [source.stem for source in HELPERS.rglob("*.py") if source.stem != "__init__"]
    assert sorted({name for name in names if names.count(name) > 1}) == []
