"""The environment made for real: a small project with a lock of one small wheel, which pip installs from a folder."""

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

from helpers.setup.folders import PROJECT

pytestmark = pytest.mark.machine

# what each try does: enter the environment, then say which interpreter it ended in and what it imports there
_COMMANDS = """
import sys
from helpers.setup import python

def carry_out(options):
    python.enter(options.arguments, options.yes)
    import tiny
    print("in", sys.prefix, "tiny", tiny.VERSION)
    return 0
"""


def wheel(folder: Path, version: str) -> str:
    """A wheel of the package tiny, and its line in a lock."""
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
    """A clone with nothing in it but what sets up Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.wheels = folder.parent / "wheels"  # pip takes a space in PIP_FIND_LINKS for the end of an address
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
        """`python3 -m helpers doctor`, with a Python that holds none of the packages."""
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
    """The project after its first command, and what that printed."""
    project = Project(tmp_path_factory.mktemp("clone") / "work book")  # a space, as in many a home folder
    done = project.run()
    assert done.returncode == 0, done.stderr
    return project, done.stdout


@pytest.fixture
def project(made: tuple[Project, str], tmp_path: Path) -> Iterator[Project]:
    """The made project; whatever a test does to its lock or marks is undone."""
    here = made[0]
    shutil.copytree(here.venv, tmp_path / "kept", symlinks=True)
    text = (here.folder / "requirements.lock").read_text()
    yield here
    here.lock(text)
    shutil.rmtree(here.venv)
    shutil.copytree(tmp_path / "kept", here.venv, symlinks=True)


def test_the_first_command_makes_the_environment_and_goes_on_inside(made: tuple[Project, str]) -> None:
    project, said = made
    assert "to fetch" in said
    assert said.endswith(f"in {project.venv} tiny 1.0\n")


def test_the_next_command_installs_nothing(project: Project) -> None:
    done = project.run()
    assert done.stdout == f"in {project.venv} tiny 1.0\n"


def test_helpers_are_importable_in_it_from_any_folder(project: Project, tmp_path: Path) -> None:
    command = [str(project.venv / "bin" / "python"), "-c", "import helpers; print(helpers.__file__)"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == str(project.folder / "helpers" / "__init__.py")


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.lock(wheel(project.wheels, "1.1"))
    assert project.run().stdout.endswith("tiny 1.1\n")


def test_a_wheel_with_another_hash_is_refused_and_the_next_try_mends_it(project: Project) -> None:
    right = wheel(project.wheels, "1.2")
    project.lock(right[:-5] + "0000\n")
    done = project.run()
    assert done.returncode == 2
    assert "HASHES" in done.stderr
    project.lock(right)
    assert project.run().stdout.endswith("tiny 1.2\n")


def test_an_interrupted_environment_is_made_anew(project: Project) -> None:
    (project.venv / ".workbook-lock").unlink()
    (project.venv / ".workbook-unfinished").touch()
    (next(project.venv.glob("lib/python*/site-packages")) / "tiny.py").unlink()  # pip would believe it is all there
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_one_that_lost_its_python_is_made_anew(project: Project) -> None:
    for link in (project.venv / "bin").glob("python*"):
        link.unlink()
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_one_that_was_moved_with_its_project_is_made_anew(project: Project, tmp_path: Path) -> None:
    old, new = project.folder, tmp_path / "moved"
    shutil.copytree(old, new, symlinks=True)
    project.folder, project.venv = new, new / ".venv"
    try:
        assert project.run().stdout.endswith(f"in {new}/.venv tiny 1.0\n")
        assert str(old) not in (new / ".venv" / "bin" / "pip").read_text()
    finally:
        project.folder, project.venv = old, old / ".venv"


def test_an_environment_that_holds_the_packages_is_used_as_it_is(project: Project, tmp_path: Path) -> None:
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
    assert noted["pth"] == [str(file)]  # for `clean`; the one in .venv goes with it


def test_another_package_named_helpers_is_told_and_not_taken(project: Project) -> None:
    packages = next(project.venv.glob("lib/python*/site-packages"))
    (packages / "dockerfile-workbook.pth").unlink()
    (packages / "helpers.py").touch()
    done = project.run()
    assert done.returncode == 2
    assert "another package named helpers" in done.stderr
