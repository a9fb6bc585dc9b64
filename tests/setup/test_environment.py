"""The environment made for real: pip installs a small lock from a folder of wheels, and the project's packages."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from helpers.setup import own_packages

pytestmark = pytest.mark.machine

# what each try does: enter the environment, then say which interpreter it ended in and what it imports there
_COMMANDS = """
import sys
from argparse import Namespace
from helpers.setup import environment

def read(arguments):
    return Namespace(arguments=arguments, yes="--yes" in arguments)

def execute(options):
    environment.enter(options.arguments, options.yes)
    import tiny
    print("in", sys.prefix, "tiny", tiny.VERSION)
    return 0
"""


def build_tools() -> list[str]:
    """The packages by which pip installs the project, without those that this Python doesn't need."""
    required = (re.split(r"[^\w.-]", line)[0] for line in metadata.requires("hatchling") or ())
    return ["hatchling", *(name for name in required if any(metadata.Distribution.discover(name=name)))]


def repacked(folder: Path, name: str) -> str:
    """A wheel of a package that is installed here, and its line in a lock."""
    found = metadata.distribution(name)
    path = folder / f"{name.replace('-', '_')}-{found.version}-py3-none-any.whl"
    parts = [part for part in found.files or () if ".." not in part.parts and part.suffix != ".pyc"]
    written = [part for part in parts if part.name not in {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}]
    record = next(part for part in parts if part.name == "RECORD")
    with zipfile.ZipFile(path, "w") as file:
        for part in written:
            file.write(str(part.locate()), str(part))
        file.writestr(str(record), "".join(f"{part},,\n" for part in (*written, record)))
    return line_in_lock(path, name, found.version)


def line_in_lock(path: Path, name: str, version: str) -> str:
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


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
    return line_in_lock(path, "tiny", version)


class Project:
    """A clone with nothing in it but what sets up Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.wheels = folder.parent / "wheels"  # pip takes a space in PIP_FIND_LINKS for the end of an address
        self.wheels.mkdir(parents=True)
        shutil.copytree(PROJECT / "helpers" / "setup", folder / "helpers" / "setup")
        shutil.copytree(PROJECT / "helpers" / "core", folder / "helpers" / "core")
        shutil.copy(PROJECT / "helpers" / "__main__.py", folder / "helpers")
        (folder / "helpers" / "__init__.py").touch()
        (folder / "helpers" / "commands.py").write_text(_COMMANDS)
        for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
            shutil.copy(PROJECT / name, folder)
        for local in own_packages.projects()[1:]:
            shutil.copytree(local.folder, folder / local.folder.relative_to(PROJECT))
        self.build_tools = "".join(repacked(self.wheels, name) for name in build_tools())
        self.lock(wheel(self.wheels, "1.0"))

    def lock(self, text: str) -> None:
        (self.folder / "requirements.lock").write_text(text + self.build_tools)

    def run(self, python: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """`python3 -m helpers doctor`, with a Python that has none of the packages."""
        bare = getattr(sys, "_base_executable", sys.executable)
        return self.command(python or bare, "-m", "helpers", "doctor")

    def command(self, *command: Path | str) -> "subprocess.CompletedProcess[str]":
        """Any command, in the project's folder; pip has the wheels and nothing else."""
        environment = {
            **without_python_path(),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }
        line = [str(part) for part in command]
        return subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)


def without_python_path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def packages_of(environment: Path) -> Path:
    return next(environment.glob("lib/python*/site-packages"))


def imported_by(environment: Path, folder: Path, package: str = "helpers") -> str:
    """The file that the environment's Python would import the package from, started in that folder.

    The package isn't imported: the small environment lacks what it needs.
    """
    find = f"from importlib.util import find_spec; found = find_spec({package!r}); print(found.origin if found else '')"
    command = [str(environment / "bin" / "python"), "-c", find]
    return subprocess.run(command, cwd=folder, env=without_python_path(), capture_output=True, text=True).stdout.strip()


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
    (here.folder / "requirements.lock").write_text(text)
    shutil.rmtree(here.folder / ".workbook", ignore_errors=True)
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
    for local in own_packages.projects():
        expected = project.folder / local.origin.relative_to(PROJECT)
        assert imported_by(project.venv, tmp_path, local.package) == str(expected)


def test_the_installation_leaves_nothing_in_the_project(made: tuple[Project, str]) -> None:
    folder = made[0].folder
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    listed = subprocess.run([*git, "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True)
    shutil.rmtree(folder / ".git")
    assert not [line for line in listed.stdout.splitlines() if not (PROJECT / line).exists()]
    assert not [*folder.glob("*.egg-info"), *folder.glob("build"), *folder.glob("dist")]


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
    (packages_of(project.venv) / "tiny.py").unlink()  # pip would believe it is all there
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


@pytest.fixture
def conda(project: Project, tmp_path: Path) -> Path:
    """An environment of the user's own that has the locked packages."""
    made = tmp_path.resolve() / "conda"
    subprocess.run([str(project.venv / "bin" / "python"), "-m", "venv", str(made)], check=True)
    pip = project.command(made / "bin" / "python", "-m", "pip", "install", "-r", "requirements.lock")
    assert pip.returncode == 0, pip.stderr
    return made


def test_an_environment_that_has_the_packages_is_used_as_it_is(project: Project, conda: Path, tmp_path: Path) -> None:
    python = conda / "bin" / "python"
    done = project.run(python)
    assert done.stdout.endswith(f"in {conda} tiny 1.0\n"), done.stderr
    assert imported_by(conda, tmp_path) == str(project.folder / "helpers" / "__init__.py")
    noted = json.loads((project.folder / ".workbook" / "machine.json").read_text())
    assert noted["installed"] == {str(python): str(packages_of(conda))}  # for `clean`; .venv is deleted whole
    assert project.run(python).stdout == f"in {conda} tiny 1.0\n"


def test_clean_uninstalls_from_an_environment_of_the_users_own(project: Project, conda: Path, tmp_path: Path) -> None:
    project.run(conda / "bin" / "python")
    uninstall = "from helpers.setup import own_packages; print(*own_packages.uninstall(), sep='\\n')"
    done = project.command(project.venv / "bin" / "python", "-c", uninstall)  # another Python than the one noted
    assert done.stdout.startswith("Uninstalled dockerfile-workbook"), done.stdout + done.stderr
    assert imported_by(conda, tmp_path) == ""
    assert not [*packages_of(conda).glob("*workbook*")]
    assert imported_by(project.venv, tmp_path) == str(project.folder / "helpers" / "__init__.py")
    assert not (project.folder / "helpers" / "__init__.py").read_text()  # the checkout itself is untouched


def test_a_second_checkout_takes_the_environment_over(project: Project, conda: Path, tmp_path: Path) -> None:
    python = conda / "bin" / "python"
    project.run(python)
    second = tmp_path.resolve() / "second checkout"
    shutil.copytree(project.folder, second, ignore=shutil.ignore_patterns(".venv", ".workbook"))
    first, project.folder = project.folder, second
    try:
        said = project.run(python).stdout
    finally:
        project.folder = first
    assert f"`helpers` in {conda} was installed from the checkout in {first}. It's now installed from {second}." in said
    assert imported_by(conda, tmp_path) == str(second / "helpers" / "__init__.py")


def test_the_file_of_an_earlier_version_is_replaced(project: Project, tmp_path: Path) -> None:
    python = project.venv / "bin" / "python"
    project.command(python, "-m", "pip", "uninstall", "--yes", *(local.name for local in own_packages.projects()))
    legacy = packages_of(project.venv) / "dockerfile-workbook.pth"
    legacy.write_text(f"{project.folder}\n")
    assert project.run().returncode == 0
    assert not legacy.exists()
    assert imported_by(project.venv, tmp_path) == str(project.folder / "helpers" / "__init__.py")


def test_another_package_named_helpers_is_named_and_not_taken(project: Project) -> None:
    (packages_of(project.venv) / "helpers.py").touch()
    done = project.run()
    assert done.returncode == 2
    assert "another package named helpers" in done.stderr
    assert f"Delete {project.venv}" in done.stderr
