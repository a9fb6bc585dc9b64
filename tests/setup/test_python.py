"""Tests that create a real environment, for a small project whose lock has one wheel from a local folder."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT

pytestmark = pytest.mark.machine

# each command enters the environment, then prints its prefix and the version of the package it imports
_COMMANDS = """
import sys
from helpers.setup import python

def execute(options):
    python.enter(options.arguments, options.yes)
    import tiny
    print("in", sys.prefix, "tiny", tiny.VERSION)
    return 0
"""


def wheel(folder: Path, version: str) -> str:
    """Create a wheel of the package tiny; its entry for a lock."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny.py", f"VERSION = {version!r}\n")
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        file.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{about}/RECORD", f"tiny.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return f"tiny=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Project:
    """A clone with only the code that sets up Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.wheels = folder.parent / "wheels"  # outside: a space in PIP_FIND_LINKS separates addresses
        self.wheels.mkdir(parents=True)
        shutil.copytree(PROJECT / "helpers" / "setup", folder / "helpers" / "setup")
        shutil.copytree(PROJECT / "helpers" / "records", folder / "helpers" / "records")
        shutil.copy(PROJECT / "helpers" / "__main__.py", folder / "helpers")
        (folder / "helpers" / "__init__.py").touch()
        (folder / "helpers" / "commands.py").write_text(_COMMANDS)
        self.lock(wheel(self.wheels, "1.0"))

    def lock(self, text: str) -> None:
        (self.folder / "requirements.lock").write_text(text)

    def run(self, python: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """Run `python3 -m helpers doctor` with a Python that has none of the packages."""
        bare = getattr(sys, "_base_executable", sys.executable)
        environment = {
            **os.environ,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }
        command = [str(python or bare), "-m", "helpers", "doctor"]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The project after its first command, and that command's output."""
    project = Project(tmp_path_factory.mktemp("clone") / "work book")  # a space, as in some home folders
    done = project.run()
    assert done.returncode == 0, done.stderr
    return project, done.stdout


@pytest.fixture
def project(made: tuple[Project, str], tmp_path: Path) -> Iterator[Project]:
    """The project after its first command; changes to its lock and environment are undone."""
    first = made[0]
    shutil.copytree(first.venv, tmp_path / "kept", symlinks=True)
    text = (first.folder / "requirements.lock").read_text()
    yield first
    first.lock(text)
    shutil.rmtree(first.venv)
    shutil.copytree(tmp_path / "kept", first.venv, symlinks=True)


def test_the_first_command_creates_the_environment_and_runs_in_it(made: tuple[Project, str]) -> None:
    project, output = made
    assert "to fetch" in output
    assert output.endswith(f"in {project.venv} tiny 1.0\n")


def test_the_next_command_installs_nothing(project: Project) -> None:
    done = project.run()
    assert done.stdout == f"in {project.venv} tiny 1.0\n"


def test_helpers_can_be_imported_from_any_folder(project: Project, tmp_path: Path) -> None:
    command = [str(project.venv / "bin" / "python"), "-c", "import helpers; print(helpers.__file__)"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == str(project.folder / "helpers" / "__init__.py")


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.lock(wheel(project.wheels, "1.1"))
    assert project.run().stdout.endswith("tiny 1.1\n")


def test_a_wheel_with_a_wrong_hash_is_refused_and_the_next_run_recovers(project: Project) -> None:
    right = wheel(project.wheels, "1.2")
    project.lock(right[:-5] + "0000\n")
    done = project.run()
    assert done.returncode == 2
    assert "HASHES" in done.stderr
    project.lock(right)
    assert project.run().stdout.endswith("tiny 1.2\n")


def test_an_unfinished_environment_is_recreated(project: Project) -> None:
    (project.venv / ".workbook-lock").unlink()
    (project.venv / ".workbook-unfinished").touch()
    (next(project.venv.glob("lib/python*/site-packages")) / "tiny.py").unlink()  # pip would consider it complete
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_an_environment_without_its_python_is_recreated(project: Project) -> None:
    for link in (project.venv / "bin").glob("python*"):
        link.unlink()
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_a_moved_environment_is_recreated(project: Project, tmp_path: Path) -> None:
    old, new = project.folder, tmp_path / "moved"
    shutil.copytree(old, new, symlinks=True)
    project.folder, project.venv = new, new / ".venv"
    try:
        assert project.run().stdout.endswith(f"in {new}/.venv tiny 1.0\n")
        assert str(old) not in (new / ".venv" / "bin" / "pip").read_text()
    finally:
        project.folder, project.venv = old, old / ".venv"


def test_another_environment_with_the_packages_is_used(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "conda"
    subprocess.run([str(project.venv / "bin" / "python"), "-m", "venv", "--without-pip", str(other)], check=True)
    packages = next(other.glob("lib/python*/site-packages"))
    theirs = next(project.venv.glob("lib/python*/site-packages"))
    for name in ("tiny.py", "tiny-1.0.dist-info"):
        (shutil.copytree if (theirs / name).is_dir() else shutil.copy)(theirs / name, packages / name)
    assert project.run(other / "bin" / "python").stdout == f"in {other} tiny 1.0\n"
    file = packages / "dockerfile-workbook.pth"
    assert file.read_text() == f"{project.folder}\n"
    noted = json.loads((project.folder / ".workbook" / "machine.json").read_text())
    assert noted["pth"] == [str(file)]  # for `clean`; a file in .venv is removed with .venv


def test_another_package_named_helpers_is_an_error(project: Project) -> None:
    packages = next(project.venv.glob("lib/python*/site-packages"))
    (packages / "dockerfile-workbook.pth").unlink()
    (packages / "helpers.py").touch()
    done = project.run()
    assert done.returncode == 2
    assert "another package named helpers" in done.stderr
