"""An environment that is unfinished, broken, moved or made by two commands at once, and one that the user made."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.setup.environment_lock import WAITING
from tests.setup.small_project import Project, packages_of, without_python_path

pytestmark = pytest.mark.machine


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
