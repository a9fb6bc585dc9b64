"""The shape of the house: which room may import which, and what has to start on a bare or an old Python."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
ROOMS = {
    "records": set[str](),
    "setup": set[str](),
    "engine": {"records"},
    "experiment": {"records", "engine"},
    "show": {"records"},
    "course": {"records", "engine", "experiment", "show"},
}
OLD = (3, 6)
STARTS_ANYWHERE = [HELPERS / "__init__.py", HELPERS / "__main__.py", *sorted((HELPERS / "setup").glob("*.py"))]
NEEDS_NOTHING = [*STARTS_ANYWHERE[1:], *sorted((HELPERS / "records").glob("*.py"))]


def imported(source: Path, module: str) -> Iterator[str]:
    """The full name of everything that the module imports, at its top or inside a function, relative ones resolved."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def name_of(source: Path) -> str:
    """The module's full name; a package's is that of its __init__."""
    return ".".join(source.relative_to(HELPERS.parent).with_suffix("").parts)


def room_of(name: str) -> str | None:
    """The room of ours that a full name leads into; None for what is not ours."""
    parts = name.split(".")
    return parts[1] if parts[0] == "helpers" and len(parts) > 1 and parts[1] in ROOMS else None


def sources() -> list[Path]:
    """Every module that lies in a room."""
    return sorted(source for room in ROOMS for source in (HELPERS / room).rglob("*.py"))


@pytest.mark.parametrize("source", sources(), ids=name_of)
def test_a_room_imports_only_what_it_may(source: Path) -> None:
    here = source.relative_to(HELPERS).parts[0]
    reached = {room for name in imported(source, name_of(source)) if (room := room_of(name))}
    assert reached - {here} <= ROOMS[here]


@pytest.mark.parametrize("source", [*sources(), HELPERS / "__init__.py"], ids=name_of)
def test_no_room_knows_of_the_benchmarks_that_measure_it(source: Path) -> None:
    assert not any(name.split(".")[0] == "benchmarks" for name in imported(source, name_of(source)))


def test_there_are_no_rooms_but_these() -> None:
    assert {folder.name for folder in HELPERS.iterdir() if (folder / "__init__.py").exists()} == {*ROOMS}


@pytest.mark.parametrize("source", STARTS_ANYWHERE, ids=name_of)
def test_an_old_python_reads_it_and_can_say_that_it_is_too_old(source: Path) -> None:
    ast.parse(source.read_text(encoding="utf-8"), feature_version=OLD)


@pytest.mark.parametrize("source", NEEDS_NOTHING, ids=name_of)
def test_it_needs_nothing_but_the_standard_library(source: Path) -> None:
    tops = {name.split(".")[0] for name in imported(source, name_of(source))}
    assert tops - {"helpers"} <= sys.stdlib_module_names


def test_the_walk_sees_an_import_wherever_it_stands(tmp_path: Path) -> None:
    source = tmp_path / "probe.py"
    source.write_text("import docker.errors\ndef late():\n    from helpers import course\n    from .. import show\n")
    found = {*imported(source, "helpers.engine.probe")}
    assert found == {"docker.errors", "helpers.course", "helpers.show"}
    assert {room_of(name) for name in found} == {None, "course", "show"}
