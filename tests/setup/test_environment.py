"""Tests that .venv, conda and pyproject.toml all use the packages of one lock."""

import re
import tomllib

import yaml  # type: ignore[import-untyped]

from helpers.core.paths import LOCK, PROJECT
from helpers.setup import lock

CONDA = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
TOML = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The name of the required package in the lock's spelling."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_conda_installs_only_python_and_pip() -> None:
    installed = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    assert [re.split("[=<> ]", entry)[0] for entry in installed] == ["python", "pip"]


def test_the_project_supports_condas_python() -> None:
    (python_entry,) = [entry for entry in CONDA["dependencies"] if str(entry).startswith("python=")]
    oldest = tuple(int(part) for part in TOML["project"]["requires-python"].removeprefix(">=").split("."))
    assert tuple(int(part) for part in python_entry.removeprefix("python=").split(".")) >= oldest


def test_conda_installs_the_lock_with_pip() -> None:
    (by_pip,) = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert by_pip == [f"-r {LOCK.name}"]


def test_the_lock_has_every_dependency_of_the_project() -> None:
    extras = TOML["project"]["optional-dependencies"].values()
    required = [*TOML["project"]["dependencies"], *(name for extra in extras for name in extra)]
    locked = lock.pinned(everywhere=False)
    assert [name for name in map(name_of, required) if name not in locked] == []


def test_every_locked_package_has_a_hash_and_no_url() -> None:
    text = LOCK.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in entry or entry.startswith("#")
    assert "://" not in text
