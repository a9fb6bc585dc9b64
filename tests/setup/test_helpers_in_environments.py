"""The helpers are importable in the course's environment and in one of the user's own, until `clean`."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from helpers.setup import own_packages
from tests.setup.small_project import Project, imported_by, packages_of

pytestmark = pytest.mark.machine


def test_helpers_are_importable_in_it_from_any_folder(project: Project, tmp_path: Path) -> None:
    for local in own_packages.projects():
        expected = project.folder / local.origin.relative_to(PROJECT)
        assert imported_by(project.venv, tmp_path, local.package) == str(expected)


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
