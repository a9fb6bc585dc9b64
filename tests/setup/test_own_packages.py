"""The project's own packages: whose `helpers` an environment imports, and what is done about it."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from helpers.core import paths
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT
from helpers.setup import changes_made, environment_lock, own_packages

(HELPERS,) = (project for project in own_packages.projects() if project.package == "helpers")


class Environment:
    """The user's own environment: its packages folder, and a pip that writes what pip would write there."""

    def __init__(self, packages: Path) -> None:
        self.packages = packages
        self.installed: list[Sequence[str]] = []
        self.variables: dict[str, str] = {}

    def record(self, checkout: Path, name: str = HELPERS.name, editable: bool = True) -> None:
        """Record an installation from a checkout, as pip does."""
        about = self.packages / f"{name.replace('-', '_')}-1.0.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0.0\n")
        url = {"url": checkout.as_uri(), "dir_info": {"editable": True} if editable else {}}
        (about / "direct_url.json").write_text(json.dumps(url))

    def follow(
        self, command: Sequence[str], _status: object, _on_line: object, variables: dict[str, str], _hint: str
    ) -> None:
        """Stands for pip's run."""
        self.installed.append(command)
        self.variables = variables
        self.record(Path(command[command.index("--editable") + 1]))

    def package(self) -> Path:
        """Another package named helpers, in this environment."""
        return package(self.packages)


def package(folder: Path) -> Path:
    (folder / "helpers").mkdir(parents=True)
    (folder / "helpers" / "__init__.py").touch()
    return folder / "helpers" / "__init__.py"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment that has never heard of the workbook; kernels find nothing outside its packages folder."""
    packages = tmp_path.resolve() / "site-packages"
    packages.mkdir()
    made = Environment(packages)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    for module in (changes_made, environment_lock):
        monkeypatch.setattr(module, "NOTES", tmp_path / "notes")
    monkeypatch.setattr(own_packages, "PROJECTS", (HELPERS,))
    monkeypatch.setattr(own_packages, "in_own_venv", lambda: False)
    monkeypatch.setattr(own_packages, "follow", made.follow)
    monkeypatch.setattr(own_packages, "find_spec", lambda name: name == "pip")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(packages))
    monkeypatch.setattr(sys, "path", ["", str(packages)])
    return made


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A second checkout."""
    package(tmp_path.resolve() / "other checkout")
    return tmp_path.resolve() / "other checkout"


def test_a_new_environment_gets_the_package_as_editable(environment: Environment) -> None:
    own_packages.ensure()
    (command,) = environment.installed
    assert command[-2:] == ["--editable", str(PROJECT)]
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= {*command}
    assert changes_made.read() == {"installed": {sys.executable: str(environment.packages)}}


@pytest.mark.parametrize(("base", "variables"), [("/usr", {"PIP_USER": "0"}), (sys.prefix, {})])
def test_only_in_a_virtual_environment_pip_must_not_install_for_the_user(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, base: str, variables: dict[str, str]
) -> None:
    monkeypatch.setattr(sys, "base_prefix", base)
    own_packages.ensure()
    assert environment.variables == variables


def test_an_environment_that_has_it_costs_no_pip_run(environment: Environment) -> None:
    environment.record(PROJECT)
    sys.path.append(str(PROJECT))
    own_packages.ensure()
    assert environment.installed == []
    assert changes_made.read() == {}  # the user's own doing: `clean` leaves it


def test_a_package_that_pip_installs_somewhere_else_is_reported(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "record", lambda checkout: None)
    with pytest.raises(SetupError, match="pip installed dockerfile-workbook, but ") as caught:
        own_packages.ensure()
    assert "pip config list" in caught.value.hint


def test_a_record_that_no_longer_works_is_renewed(environment: Environment) -> None:
    environment.record(PROJECT)
    own_packages.ensure()
    assert len(environment.installed) == 1


def test_a_folder_on_the_path_without_a_record_does_not_count(environment: Environment) -> None:
    sys.path.append(str(PROJECT))
    own_packages.ensure()
    assert len(environment.installed) == 1


def test_pythonpath_is_enough_where_nothing_can_be_installed(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    sys.path.append(str(PROJECT))
    own_packages.ensure()
    assert environment.installed == []


def test_a_second_checkout_takes_over_and_says_so(
    environment: Environment, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.record(other)
    sys.path.append(str(other))
    own_packages.ensure()
    assert len(environment.installed) == 1
    said = capsys.readouterr().out
    assert f"was installed from the checkout in {other}. It's now installed from {PROJECT}." in said


def test_a_checkout_that_was_moved_is_not_mentioned(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.record(environment.packages / "gone")
    own_packages.ensure()
    assert len(environment.installed) == 1
    assert "gone" not in capsys.readouterr().out


def test_an_installation_that_is_not_editable_is_replaced(environment: Environment) -> None:
    environment.package()
    environment.record(PROJECT, editable=False)
    (record,) = environment.packages.glob("*.dist-info")
    (record / "RECORD").write_text("helpers/__init__.py,,\n")
    own_packages.ensure()
    assert len(environment.installed) == 1


def test_another_package_of_that_name_is_refused(environment: Environment) -> None:
    theirs = environment.package()
    with pytest.raises(SetupError, match="another package named helpers") as caught:
        own_packages.ensure()
    assert str(theirs) in caught.value.message
    assert "deactivate" in caught.value.hint
    assert environment.installed == []


def test_a_module_of_that_name_beside_our_record_is_refused(environment: Environment) -> None:
    environment.record(PROJECT)
    (environment.packages / "helpers.py").touch()
    with pytest.raises(SetupError, match=r"another package named helpers: .*helpers\.py"):
        own_packages.ensure()


def test_another_package_that_an_import_hook_finds_is_refused(
    environment: Environment, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SimpleNamespace(origin=str(other / "helpers" / "__init__.py"))
    hook = SimpleNamespace(find_spec=lambda name, path: spec if name == "helpers" else None)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, hook])
    with pytest.raises(SetupError, match="another package named helpers"):
        own_packages.ensure()


def test_a_folder_without_init_is_no_package_and_is_not_in_the_way(environment: Environment) -> None:
    (environment.packages / "helpers").mkdir()
    own_packages.ensure()
    assert len(environment.installed) == 1


def test_in_our_own_environment_the_hint_is_to_delete_it(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.package()
    monkeypatch.setattr(own_packages, "in_own_venv", lambda: True)
    with pytest.raises(SetupError) as caught:
        own_packages.ensure()
    assert caught.value.hint.startswith(f"Delete {paths.VENV}")


def test_another_package_on_pythonpath_is_refused_with_its_own_hint(
    environment: Environment, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.record(PROJECT)
    monkeypatch.setenv("PYTHONPATH", str(other))
    sys.path.insert(1, str(other))
    with pytest.raises(SetupError) as caught:
        own_packages.ensure()
    assert caught.value.hint.startswith("Unset PYTHONPATH")


def test_an_environment_without_pip_gets_the_command_that_brings_it(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_packages, "find_spec", lambda name: None)
    with pytest.raises(SetupError) as caught:
        own_packages.ensure()
    assert "-m ensurepip" in caught.value.hint


def test_the_projects_own_environment_is_not_noted(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_packages, "in_own_venv", lambda: True)
    own_packages.ensure()
    assert len(environment.installed) == 1
    assert changes_made.read() == {}


def test_the_file_of_an_earlier_version_is_replaced(environment: Environment, other: Path) -> None:
    file = environment.packages / "dockerfile-workbook.pth"
    file.write_text(f"{other}\n")
    sys.path.append(str(other))
    own_packages.ensure()
    assert not file.exists()
    assert len(environment.installed) == 1


def test_this_process_can_import_every_local_project(environment: Environment) -> None:
    own_packages.make_importable()
    own_packages.make_importable()
    assert sys.path == ["", str(PROJECT), str(environment.packages)]  # before those of another checkout


def test_a_project_without_a_pyproject_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = own_packages.LocalProject("absent", "absent", tmp_path, tmp_path)
    monkeypatch.setattr(own_packages, "PROJECTS", (HELPERS, absent))
    assert own_packages.projects() == [HELPERS]
    (tmp_path / "pyproject.toml").touch()
    assert own_packages.projects() == [HELPERS, absent]


@pytest.mark.parametrize("project", own_packages.projects(), ids=lambda project: project.name)
def test_each_local_project_is_what_its_pyproject_says(project: own_packages.LocalProject) -> None:
    declared = tomllib.loads((project.folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["name"] == project.name
    assert project.origin.is_file()


@pytest.mark.parametrize(
    "record",
    [
        *(None, "", "{", "[]", "{}"),
        '{"url": "file:///x"}',
        '{"url": "file:///x", "dir_info": {}}',
        '{"url": "file:///x", "dir_info": {"editable": false}}',
    ],
)
def test_a_record_that_names_no_checkout_counts_as_none(record: str | None) -> None:
    assert own_packages._editable_folder(record) is None


def test_a_folder_with_a_space_is_read_from_the_record() -> None:
    record = '{"url": "file:///a%20b/c", "dir_info": {"editable": true}}'
    assert own_packages._editable_folder(record) == Path("/a b/c")


class TestUninstall:
    """What `clean` does about it."""

    @pytest.fixture
    def pip(self, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
        """The commands that ran; each removes the record, as pip would."""
        ran: list[Sequence[str]] = []

        def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
            ran.append(command)
            for file in environment.packages.glob("*.dist-info/*"):
                file.unlink()
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(own_packages, "run", run)
        return ran

    def test_a_dry_run_says_it_and_does_nothing(self, environment: Environment, pip: list[Sequence[str]]) -> None:
        own_packages.ensure()
        noted = changes_made.read()
        (line,) = own_packages.uninstall(dry_run=True)
        assert line.startswith("Would uninstall dockerfile-workbook (")
        assert line.endswith(f"from the environment of {sys.executable}.")
        assert pip == []
        assert changes_made.read() == noted

    def test_it_is_uninstalled_once(self, environment: Environment, pip: list[Sequence[str]]) -> None:
        own_packages.ensure()
        would = own_packages.uninstall(dry_run=True)
        assert own_packages.uninstall().done == [would[0].replace("Would uninstall", "Uninstalled")]
        ((python, *arguments),) = pip
        assert python == sys.executable
        assert arguments[-3:] == ["uninstall", "--yes", "dockerfile-workbook"]
        assert changes_made.read() == {}
        assert own_packages.uninstall() == []

    def test_an_environment_that_another_checkout_has_taken_over_is_left_alone(
        self, environment: Environment, pip: list[Sequence[str]], other: Path
    ) -> None:
        own_packages.ensure()
        environment.record(other)
        assert own_packages.uninstall() == []
        assert pip == []
        assert changes_made.read() == {}

    def test_what_the_user_installed_is_left_alone(self, environment: Environment, pip: list[Sequence[str]]) -> None:
        environment.record(PROJECT)
        assert own_packages.uninstall() == []
        assert pip == []

    def test_one_that_pip_cannot_uninstall_is_named_and_stays_noted(
        self, environment: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = subprocess.CompletedProcess([], 1, "", "ERROR: Permission denied\n")
        monkeypatch.setattr(own_packages, "run", lambda command: refused)
        own_packages.ensure()
        (line,) = own_packages.uninstall().left
        assert line.startswith("Could not uninstall dockerfile-workbook")
        assert line.endswith("ERROR: Permission denied")
        assert changes_made.read()

    def test_one_whose_python_is_gone_is_named(self, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        own_packages.ensure()
        changes_made.write(installed={"/gone/python": str(environment.packages)})
        (line,) = own_packages.uninstall().left
        assert line.startswith("Could not uninstall dockerfile-workbook")
        assert "/gone/python" in line


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
