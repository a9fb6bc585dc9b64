"""The lists of mutations fit the code, and a mutation that no test notices is reported."""

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from tests.mutations import __main__ as runner
from tests.mutations.mutation import Mutation, listed

EXAMPLE = Mutation("example", "it counts wrong", "example.py", "return 2", "return 3", "test_example.py::test_two")


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@cache
def text_of(file: str) -> str:
    return (PROJECT / file).read_text(encoding="utf-8")


def test_every_mutation_changes_its_file_and_names_a_test() -> None:
    for each in listed():
        assert each.applied(text_of(each.file)) != text_of(each.file), each.breaks
        file, _, test = each.test.partition("::")
        assert test.partition("[")[0] in names_in(file), each.test


def test_no_mutation_is_listed_twice() -> None:
    replacements = [(each.file, each.original, each.replacement) for each in listed()]
    assert len(set(replacements)) == len(replacements) >= 25


@pytest.mark.parametrize("text", ["return 1", "return 2 + 2, return 2"])
def test_an_original_that_is_missing_or_ambiguous_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"example\.py contains this [02] times"):
        EXAMPLE.applied(text)


@pytest.mark.machine
@pytest.mark.parametrize(("asserted", "noticed"), [("two() == 2", True), ("two() > 0", False)])
def test_a_mutation_is_noticed_if_its_test_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asserted: str, noticed: bool
) -> None:
    (tmp_path / "example.py").write_text("def two():\n    return 2\n")
    (tmp_path / "test_example.py").write_text(f"from example import two\n\ndef test_two():\n    assert {asserted}\n")
    assert runner.is_noticed(EXAMPLE, tmp_path) is noticed
    assert ("survived" in capsys.readouterr().out) is not noticed
    assert (tmp_path / "example.py").read_text() == "def two():\n    return 2\n"


@pytest.mark.machine
def test_a_test_that_cannot_run_notices_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "example.py").write_text("def two():\n    return 2\n")
    assert runner.is_noticed(EXAMPLE, tmp_path) is False
    assert "pytest's exit status: 4" in capsys.readouterr().out


def test_the_copy_has_the_projects_files_and_none_that_git_ignores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, copy = tmp_path / "project", tmp_path / "copy"
    (project / "ignored").mkdir(parents=True)
    for name, text in ((".gitignore", "ignored/\n"), ("new ä.py", "1\n"), ("ignored/results", "2\n")):
        (project / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    monkeypatch.setattr(runner, "PROJECT", project)
    runner.copied(copy)
    assert {path.name for path in copy.iterdir()} == {".git", ".gitignore", "new ä.py"}


def test_an_unknown_list_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["nonsense"]) == 2
    assert "There is no list nonsense" in capsys.readouterr().out
