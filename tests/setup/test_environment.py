"""One lock for every environment: what .venv, conda and the project say of their packages cannot drift apart."""

import re
import tomllib

import yaml

from helpers.setup import lock
from helpers.setup.folders import LOCK, PROJECT

CONDA = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
TOML = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The package that a requirement names, as the lock spells it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_conda_brings_python_and_pip_and_nothing_else() -> None:
    brought = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    assert [re.split("[=<> ]", entry)[0] for entry in brought] == ["python", "pip"]


def test_condas_python_is_one_that_the_project_takes() -> None:
    (python_entry,) = [entry for entry in CONDA["dependencies"] if str(entry).startswith("python=")]
    oldest = tuple(int(part) for part in TOML["project"]["requires-python"].removeprefix(">=").split("."))
    assert tuple(int(part) for part in python_entry.removeprefix("python=").split(".")) >= oldest


def test_conda_has_pip_install_the_lock_itself() -> None:
    (by_pip,) = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert by_pip == [f"-r {LOCK.name}"]


def test_the_lock_has_whatever_the_project_asks_for() -> None:
    extras = TOML["project"]["optional-dependencies"].values()
    asked = [*TOML["project"]["dependencies"], *(name for extra in extras for name in extra)]
    locked = lock.pinned(everywhere=False)
    assert [name for name in map(name_of, asked) if name not in locked] == []


def test_every_locked_package_has_a_hash_and_no_host() -> None:
    text = LOCK.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in entry or entry.startswith("#")
    assert "://" not in text
