"""Tests that make `import helpers` work in every kernel of the environment."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest

from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT
from helpers.setup import changes_made, kernels


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user environment with an empty package folder, from which `helpers` can't be imported."""
    notes = tmp_path_factory.mktemp("notes")
    monkeypatch.setattr(changes_made, "NOTES", notes)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "path", ["", str(tmp_path)])
    return tmp_path


def test_a_path_file_is_written(environment: Path) -> None:
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").read_text() == f"{PROJECT}\n"


def test_no_file_is_written_if_helpers_is_importable(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", str(environment), str(PROJECT)])
    kernels.teach(PROJECT)
    assert not any(environment.iterdir())


def test_the_file_of_another_clone_is_replaced(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("clone")
    (other / "helpers").mkdir()
    (other / "helpers" / "__init__.py").touch()
    sys.path.append(str(other))
    (environment / "dockerfile-workbook.pth").write_text(f"{other}\n")
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").read_text() == f"{PROJECT}\n"


def test_another_package_named_helpers_is_an_error(environment: Path) -> None:
    (environment / "helpers").mkdir()
    (environment / "helpers" / "__init__.py").touch()
    with pytest.raises(SetupError, match="another package named helpers"):
        kernels.teach(PROJECT)


def test_if_it_cannot_be_written_the_hint_has_the_command(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(environment / "not" / "there"))
    with pytest.raises(SetupError) as caught:
        kernels.teach(PROJECT)
    assert caught.value.hint.startswith(f"export PYTHONPATH={PROJECT}")


def test_the_file_is_removed_again(environment: Path) -> None:
    kernels.teach(PROJECT)
    file = environment / "dockerfile-workbook.pth"
    assert kernels.forget(PROJECT, dry_run=True) == [f"would remove {file}, by which notebooks find the helpers"]
    assert file.exists()
    assert kernels.forget(PROJECT) == [f"removed {file}, by which notebooks found the helpers"]
    assert not any(environment.iterdir())
    assert changes_made.read() == {}
    assert kernels.forget(PROJECT) == []


def test_every_environment_is_noted(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels.teach(PROJECT)
    (environment / "another").mkdir()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(environment / "another"))
    kernels.teach(PROJECT)
    assert len(kernels.forget(PROJECT)) == 2
    assert [path.name for path in environment.rglob("*")] == ["another"]


def test_a_file_from_an_earlier_version_is_removed_too(environment: Path) -> None:
    (environment / "dockerfile-workbook.pth").write_text(f"{PROJECT}\n")
    sys.path.append(str(PROJECT))
    kernels.teach(PROJECT)
    assert len(kernels.forget(PROJECT)) == 1


def test_a_file_that_another_clone_replaced_is_kept(environment: Path) -> None:
    kernels.teach(PROJECT)
    (environment / "dockerfile-workbook.pth").write_text("/another/clone\n")
    assert kernels.forget(PROJECT) == []
    assert (environment / "dockerfile-workbook.pth").exists()
    assert changes_made.read() == {}


def test_a_file_that_cannot_be_removed_is_reported_and_stays_noted(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: Path) -> None:
        raise PermissionError(13, "Permission denied")

    kernels.teach(PROJECT)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        (line,) = kernels.forget(PROJECT)
    assert line.startswith("kept")
    assert line.endswith("Permission denied")
    assert len(kernels.forget(PROJECT)) == 1


def test_a_file_in_the_projects_environment_is_not_noted(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "VENV", environment.parent)
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").exists()
    assert changes_made.read() == {}


@pytest.mark.notebook
def test_a_kernel_in_another_folder_imports_helpers(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import helpers\nprint(helpers.__file__)")],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    nbformat.write(notebook, tmp_path / "probe.ipynb")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", "probe.ipynb"]
    subprocess.run(command, cwd=tmp_path, env=bare, check=True, capture_output=True, timeout=300)
    (cell,) = nbformat.read(tmp_path / "probe.ipynb", as_version=4).cells
    assert cell.outputs[0].text.strip() == str(PROJECT / "helpers" / "__init__.py")
