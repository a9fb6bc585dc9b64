"""The files in .binder give repo2docker the locked packages, the project's own ones, and the variable of replays."""

import subprocess
import tomllib

from packaging.specifiers import SpecifierSet

from helpers.core.paths import PROJECT, RUN_LOCK
from helpers.core.replay import REPLAY, Pace, named
from helpers.setup.own_packages import PROJECTS

BINDER = PROJECT / ".binder"


def test_it_installs_what_run_installs_with_its_hashes() -> None:
    first, second = (BINDER / "requirements.txt").read_text(encoding="utf-8").split("\n", 1)
    assert first == "--require-hashes"
    assert (BINDER / second.removeprefix("-r ").strip()).resolve() == RUN_LOCK


def test_its_python_is_one_that_the_course_supports() -> None:
    kind, _, version = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().partition("-")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert kind == "python" and version in SpecifierSet(project["requires-python"])


def test_it_installs_the_projects_own_packages_from_their_folders() -> None:
    script = (BINDER / "postBuild").read_text(encoding="utf-8")
    (command,) = [line for line in script.splitlines() if line.startswith("python -m pip")]
    _, *parts = command.split(" --editable ")
    folders = [PROJECT / part for part in parts]
    assert [folder.resolve() for folder in folders] == [project.folder for project in PROJECTS]
    assert "set -e\n" in script  # repo2docker ignores errors of a shell script otherwise


def test_every_session_replays() -> None:
    done = subprocess.run([str(BINDER / "start"), "printenv", REPLAY], capture_output=True, text=True, check=True)
    assert named(done.stdout.strip()) == Pace.AT_ONCE
