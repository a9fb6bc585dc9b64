"""The environment made for real: uv or pip installs small locks from a folder of wheels, and the project's packages."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers.core.paths import PROJECT
from helpers.setup import own_packages
from helpers.setup.environment_lock import WAITING

pytestmark = pytest.mark.machine

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


PASSWORD = "open-sesame"
BY_PIP = "pip installs them instead of uv, which takes longer: "


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


class Index(ThreadingHTTPServer):
    """A package index on the loopback interface that asks for a password, or the proxy in front of any other one."""

    def __init__(self, wheels: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.wheels = wheels
        self.requests: list[tuple[str, str]] = []
        self.without_password = f"http://127.0.0.1:{self.server_port}/simple"
        self.address = self.without_password.replace("127", f"me:{PASSWORD}@127", 1)

    def served(self, name: str) -> set[str]:
        """The programs that were sent a wheel of the package."""
        return {agent for path, agent in self.requests if path.startswith(f"/{name}-")}


class Answer(BaseHTTPRequestHandler):
    """One answer of the index: the page of a package, or a wheel."""

    server: Index

    def do_GET(self) -> None:
        path = urlsplit(self.path).path  # a proxy is asked for whole addresses
        expected = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        if expected not in (self.headers.get("Authorization"), self.headers.get("Proxy-Authorization")):
            self._send(401, b"", {"WWW-Authenticate": 'Basic realm="index"'})
        elif path.endswith("/"):
            name = path.split("/")[-2].replace("-", "_")
            files = self.server.wheels.glob(f"{name}-*.whl")
            self._send(200, "".join(f'<a href="/{file.name}">{file.name}</a>' for file in files).encode())
        else:
            self.server.requests.append((path, self.headers["User-Agent"].split("/")[0]))
            self._send(200, (self.server.wheels / path[1:]).read_bytes(), {"Content-Type": "application/zip"})

    def do_HEAD(self) -> None:
        self._send(405, b"")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed about requests."""


@pytest.fixture
def index(project: Project) -> Iterator[Index]:
    with Index(project.wheels) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


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
    locks = {lock: lock.read_text() for lock in here.folder.glob("*.lock")}
    yield here
    for lock, text in locks.items():
        lock.write_text(text)
    shutil.rmtree(here.folder / ".workbook", ignore_errors=True)
    shutil.rmtree(here.venv)
    shutil.copytree(tmp_path / "kept", here.venv, symlinks=True)


def test_the_first_command_makes_the_environment_and_goes_on_inside(made: tuple[Project, str]) -> None:
    project, said = made
    assert "to fetch" in said
    assert BY_PIP not in said
    assert "those of run.lock are installed" in said
    assert said.endswith(f"in {project.venv} tiny 1.0\n")


def test_the_next_command_installs_nothing(project: Project) -> None:
    done = project.run()
    assert done.stdout == f"in {project.venv} tiny 1.0\n"


def test_neither_uv_nor_an_unfinished_mark_is_left_in_it(made: tuple[Project, str]) -> None:
    venv = made[0].venv
    assert not [*venv.glob("*/uv*"), *packages_of(venv).glob("uv*"), *venv.glob("installer-*")]
    assert not (venv / ".workbook-unfinished").exists()


def test_a_test_adds_what_it_needs_to_the_same_environment(project: Project) -> None:
    kept = packages_of(project.venv) / "kept.py"
    kept.touch()
    assert not (packages_of(project.venv) / "tinier.py").exists()
    done = project.run(name="test")
    assert "the packages of test.lock" in done.stdout
    assert (packages_of(project.venv) / "tinier.py").exists()
    assert kept.exists()
    for name in ("doctor", "test"):
        assert project.run(name=name).stdout == f"in {project.venv} tiny 1.0\n"


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


def test_without_a_wheel_of_uv_pip_installs_the_packages(project: Project) -> None:
    project.installer(wheel(project.wheels, "9.0", "uv").replace("9.0", "9.1"))
    project.lock(wheel(project.wheels, "1.3"))
    done = project.run()
    assert f"{BY_PIP}uv could not be fetched (ERROR: No matching distribution found for uv==9.1)." in done.stdout
    assert done.stdout.endswith("tiny 1.3\n")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("echo 'error: it is Tuesday'; echo '  cause: of the calendar'; exit 2", "error: it is Tuesday; cause: of the"),
        ("kill -9 $$", "This command failed (exit status -9)"),
    ],
)
def test_pip_installs_them_if_uv_fails(project: Project, program: str, reason: str) -> None:
    project.installer(wheel(project.wheels, "9.2", "uv", {"uv": f"#!/bin/sh\n{program}\n"}))
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run()
    assert f"{BY_PIP}uv failed ({reason}" in done.stdout, done.stdout
    assert done.stdout.endswith("tiny 1.4\n")


_HALF_A_PACKAGE = """#!/bin/sh
cd .venv/lib/python*/site-packages
rm -r tiny*
mkdir tiny-1.4.dist-info
printf 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.4\\n' > tiny-1.4.dist-info/METADATA
printf 'tiny.py,,\\ntiny-1.4.dist-info/METADATA,,\\ntiny-1.4.dist-info/RECORD,,\\n' > tiny-1.4.dist-info/RECORD
exit 1
"""


def test_what_uv_installed_before_it_failed_is_not_trusted(project: Project) -> None:
    project.installer(wheel(project.wheels, "9.3", "uv", {"uv": _HALF_A_PACKAGE}))
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run()
    assert BY_PIP in done.stdout
    assert done.stdout.endswith("tiny 1.4\n"), done.stderr


def test_pip_installs_them_if_it_has_a_setting_that_uv_lacks(project: Project, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").touch()
    project.lock(wheel(project.wheels, "1.5"))
    done = project.run(PIP_CONSTRAINT=str(tmp_path / "constraints.txt"))
    assert f"{BY_PIP}uv has no equivalent of pip's setting constraint." in done.stdout
    assert done.stdout.endswith("tiny 1.5\n")


@pytest.mark.parametrize("other", ["", "constraint = {}/constraints.txt\n"], ids=["uv", "pip"])
def test_packages_go_into_the_environment_even_if_pip_installs_for_the_user(
    project: Project, tmp_path: Path, other: str
) -> None:
    (tmp_path / "constraints.txt").touch()
    (tmp_path / "pip.conf").write_text(f"[install]\nuser = true\n{other.format(tmp_path)}")
    ours = (local.name for local in own_packages.projects())
    project.command(project.venv / "bin" / "python", "-m", "pip", "uninstall", "--yes", *ours)
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert (BY_PIP in done.stdout) is bool(other)
    assert done.stdout.endswith(f"in {project.venv} tiny 1.4\n"), done.stderr


def test_an_unreachable_index_is_reported_without_trying_again_with_pip(project: Project) -> None:
    project.lock(wheel(project.wheels, "1.6"))
    nobody = f"http://me:{PASSWORD}@127.0.0.1:9/simple"
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=nobody, PIP_RETRIES="1")
    assert done.returncode == 2
    assert "Check the network and pip's settings" in done.stderr
    assert BY_PIP not in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_an_upgrade_that_cannot_fetch_anything_leaves_the_environment_usable(project: Project) -> None:
    nobody = "http://127.0.0.1:9/simple"
    kept = packages_of(project.venv) / "kept.py"
    kept.touch()
    failed, after = (
        project.run(name=name, PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=nobody, PIP_RETRIES="1")
        for name in ("test", "doctor")
    )
    assert failed.returncode == 2
    assert after.stdout == f"in {project.venv} tiny 1.0\n"
    assert kept.exists()


def test_an_upgrade_that_installs_nothing_leaves_the_environment_usable(project: Project) -> None:
    (project.folder / "test.lock").write_text(f"{project.only_for_tests[:-5]}0000\n")
    assert "HASHES" in project.run(name="test").stderr
    assert project.run().stdout == f"in {project.venv} tiny 1.0\n"


def test_an_index_with_a_password_is_used_by_uv_too(project: Project, index: Index) -> None:
    project.lock(wheel(project.wheels, "1.7"))
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index.address)
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.7\n"), done.stderr
    assert index.served("tiny") == {"uv"}
    assert PASSWORD not in done.stdout + done.stderr


def test_a_password_in_netrc_is_used_by_uv_too(project: Project, index: Index, tmp_path: Path) -> None:
    project.lock(wheel(project.wheels, "1.8"))
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n")
    netrc.chmod(0o600)
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index.without_password, NETRC=str(netrc))
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.8\n"), done.stderr
    assert index.served("tiny") == {"uv"}


def test_a_proxy_with_a_password_is_used_by_uv_too(project: Project, index: Index, tmp_path: Path) -> None:
    project.lock(wheel(project.wheels, "1.9"))
    file = tmp_path / "pip.conf"
    proxy = index.address.removesuffix("/simple")
    file.write_text(
        f"[global]\nindex-url = http://index.invalid/simple\ntrusted-host = index.invalid\nproxy = {proxy}\n"
    )
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_CONFIG_FILE=str(file))
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.9\n"), done.stderr
    assert index.served("tiny") == {"uv"}


def test_one_that_was_killed_while_it_was_created_is_made_anew(project: Project) -> None:
    shutil.rmtree(project.venv)
    bare = getattr(sys, "_base_executable", sys.executable)
    command = [bare, "-m", "helpers", "doctor"]
    folder, out = project.folder, subprocess.DEVNULL
    first = subprocess.Popen(command, cwd=folder, env=without_python_path(), stdout=out, start_new_session=True)
    try:
        for _ in range(600):
            if (project.venv / "bin").exists():
                break
            time.sleep(0.1)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert (project.venv / ".workbook-unfinished").exists()
    assert not (project.venv / ".workbook-lock").exists()
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_an_interrupted_environment_is_made_anew(project: Project) -> None:
    (project.venv / ".workbook-lock").unlink()
    (project.venv / ".workbook-unfinished").touch()
    (packages_of(project.venv) / "tiny.py").unlink()  # pip would believe it is all there
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_one_that_lost_its_python_is_made_anew(project: Project) -> None:
    for link in (project.venv / "bin").glob("python*"):
        link.unlink()
    assert project.run().stdout.endswith("tiny 1.0\n")


def test_one_that_the_user_made_without_pip_is_left_alone(project: Project) -> None:
    shutil.rmtree(project.venv)
    bare = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([bare, "-m", "venv", "--without-pip", str(project.venv)], check=True)
    before = sorted(project.venv.rglob("*"))
    done = project.run()
    assert done.returncode == 2
    assert f"{project.venv} wasn't created by the course" in done.stderr
    assert f"{project.venv}/bin/python -m ensurepip" in done.stderr
    assert sorted(project.venv.rglob("*")) == before


def test_two_commands_at_once_make_one_environment(project: Project) -> None:
    shutil.rmtree(project.venv)
    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(lambda _: project.run(), range(2))]
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert all(each.stdout.endswith(f"in {project.venv} tiny 1.0\n") for each in done)
    said = "".join(each.stdout for each in done)
    assert said.count("those of run.lock are installed") == 1
    assert WAITING in said


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
    pip = project.command(made / "bin" / "python", "-m", "pip", "install", "-r", "run.lock")
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
