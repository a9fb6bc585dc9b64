"""A small copy of the project, whose environment is made for real from a folder of wheels."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from helpers.core.paths import PROJECT
from helpers.setup import own_packages

BY_PIP = "pip installs them instead of uv, which takes longer: "

# what each try does: enter the environment, then say which interpreter it ended in and what it imports there
_COMMANDS = """
import sys
from argparse import Namespace
from helpers.core.paths import RUN_LOCK, TEST_LOCK
from helpers.setup import environment

def read(arguments):
    return Namespace(arguments=arguments, yes="--yes" in arguments)

def execute(options):
    lock = TEST_LOCK if "test" in options.arguments else RUN_LOCK
    environment.enter(options.arguments, options.yes, lock=lock)
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
    parts = [part for part in found.files or () if part.suffix != ".pyc"]
    written = {
        place_in_wheel(part, f"{name.replace('-', '_')}-{found.version}"): str(part.locate())
        for part in parts
        if part.name not in {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}
    }
    record = next(str(part) for part in parts if part.name == "RECORD")
    with zipfile.ZipFile(path, "w") as file:
        for place, source in written.items():
            file.write(source, place)
        file.writestr(record, "".join(f"{place},,\n" for place in (*written, record)))
    return line_in_lock(path, name, found.version)


def place_in_wheel(part: metadata.PackagePath, prefix: str) -> str:
    """Programs are installed into a folder of their own, and are in the wheel's folder for them."""
    return f"{prefix}.data/scripts/{part.name}" if ".." in part.parts else str(part)


def line_in_lock(path: Path, name: str, version: str) -> str:
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def wheel(folder: Path, version: str, name: str = "tiny", scripts: dict[str, str] | None = None) -> str:
    """A wheel of a package with one module and these programs, and its line in a lock."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        **{f"{name}-{version}.data/scripts/{script}": text for script, text in (scripts or {}).items()},
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as file:
        for place, text in files.items():
            entry = zipfile.ZipInfo(place)
            entry.external_attr = 0o100755 << 16  # a program keeps its mode
            file.writestr(entry, text)
        file.writestr(f"{about}/RECORD", "".join(f"{place},,\n" for place in (*files, f"{about}/RECORD")))
    return line_in_lock(path, name, version)


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
        self.only_for_tests = wheel(self.wheels, "3.0", "tinier")
        self.lock(wheel(self.wheels, "1.0"))
        self.installer(repacked(self.wheels, "uv"))

    def lock(self, text: str) -> None:
        """Locks the course's packages, and the same with another one for the tests."""
        (self.folder / "run.lock").write_text(text + self.build_tools)
        (self.folder / "test.lock").write_text(text + self.build_tools + self.only_for_tests)

    def installer(self, text: str) -> None:
        (self.folder / "installer.lock").write_text(text)

    def run(
        self, python: Path | None = None, name: str = "doctor", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """`python3 -m helpers doctor`, with a Python that has none of the packages."""
        bare = getattr(sys, "_base_executable", sys.executable)
        return self.command(python or bare, "-m", "helpers", name, **variables)

    def command(self, *command: Path | str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Any command, in the project's folder; pip has the wheels and nothing else, unless the variables say so."""
        environment = {
            **without_python_path(),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
            "UV_CACHE_DIR": str(self.folder.parent / "uv's cache"),
            **variables,
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
