"""`import helpers` in every kernel of the environment."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.setup import kernels, notes
from helpers.setup.errors import SetupError
from helpers.setup.folders import PROJECT


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of the user's whose packages lie in an empty folder, and in which nothing knows of helpers."""
    monkeypatch.setattr(notes, "NOTES", tmp_path_factory.mktemp("notes"))
    monkeypatch.setattr(notes, "_FILE", notes.NOTES / "machine.json")
    monkeypatch.setattr(kernels.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "path", ["", str(tmp_path)])
    return tmp_path


def test_an_environment_that_knows_nothing_of_us_is_told(environment: Path) -> None:
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").read_text() == f"{PROJECT}\n"


def test_one_that_knows_us_is_left_alone(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", str(environment), str(PROJECT)])
    kernels.teach(PROJECT)
    assert not any(environment.iterdir())


def test_one_that_knows_another_clone_is_told_of_this_one(
    environment: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("clone")
    (other / "helpers").mkdir()
    (other / "helpers" / "__init__.py").touch()
    sys.path.append(str(other))
    (environment / "dockerfile-workbook.pth").write_text(f"{other}\n")
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").read_text() == f"{PROJECT}\n"


def test_another_package_of_that_name_is_not_taken_for_ours(environment: Path) -> None:
    (environment / "helpers").mkdir()
    (environment / "helpers" / "__init__.py").touch()
    with pytest.raises(SetupError, match="another package named helpers"):
        kernels.teach(PROJECT)


def test_where_it_cannot_be_written_the_line_to_type_is_told(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels.sysconfig, "get_path", lambda name: str(environment / "not" / "there"))
    with pytest.raises(SetupError) as caught:
        kernels.teach(PROJECT)
    assert caught.value.hint.startswith(f"export PYTHONPATH={PROJECT}")


def test_what_was_written_is_removed_again(environment: Path) -> None:
    kernels.teach(PROJECT)
    file = environment / "dockerfile-workbook.pth"
    assert kernels.forget(PROJECT, dry_run=True) == [f"would remove {file}, by which notebooks find the helpers"]
    assert file.exists()
    assert kernels.forget(PROJECT) == [f"removed {file}, by which notebooks found the helpers"]
    assert not any(environment.iterdir())
    assert notes.read() == {}
    assert kernels.forget(PROJECT) == []


def test_every_environment_is_remembered(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels.teach(PROJECT)
    (environment / "another").mkdir()
    monkeypatch.setattr(kernels.sysconfig, "get_path", lambda name: str(environment / "another"))
    kernels.teach(PROJECT)
    assert len(kernels.forget(PROJECT)) == 2
    assert [path.name for path in environment.rglob("*")] == ["another"]


def test_one_that_an_earlier_version_wrote_is_removed_too(environment: Path) -> None:
    (environment / "dockerfile-workbook.pth").write_text(f"{PROJECT}\n")
    sys.path.append(str(PROJECT))
    kernels.teach(PROJECT)
    assert len(kernels.forget(PROJECT)) == 1


def test_one_that_another_clone_has_taken_over_stays(environment: Path) -> None:
    kernels.teach(PROJECT)
    (environment / "dockerfile-workbook.pth").write_text("/another/clone\n")
    assert kernels.forget(PROJECT) == []
    assert (environment / "dockerfile-workbook.pth").exists()
    assert notes.read() == {}


def test_one_that_cannot_be_removed_is_told_and_remembered(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path) -> None:
        raise PermissionError(13, "Permission denied")

    kernels.teach(PROJECT)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        (line,) = kernels.forget(PROJECT)
    assert line.startswith("kept")
    assert line.endswith("Permission denied")
    assert len(kernels.forget(PROJECT)) == 1


def test_in_the_projects_own_environment_it_is_not_noted(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "VENV", environment.parent)
    kernels.teach(PROJECT)
    assert (environment / "dockerfile-workbook.pth").exists()
    assert notes.read() == {}


@pytest.mark.notebook
def test_a_kernel_started_by_jupyter_execute_in_another_folder_finds_helpers(tmp_path: Path) -> None:
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
