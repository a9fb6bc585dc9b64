"""`import helpers` in every kernel of the environment."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.setup import kernels
from helpers.setup.errors import SetupError
from helpers.setup.folders import PROJECT


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment whose packages lie in an empty folder, and in which nothing knows of helpers."""
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
    assert caught.value.mend.startswith(f"export PYTHONPATH={PROJECT}")


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
