"""Who may print: commands, their setup and the runner on a terminal, and in notebooks only the reporter."""

import ast
from pathlib import Path

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
MAY_PRINT = {
    "__main__.py",  # the command line
    "commands.py",
    "setup",
    "runner",
    "course/notebooks.py",  # a command for authors: python3 -m helpers.course.notebooks
    "course/reporter.py",
    "charts/progress.py",  # the reporter's progress bar
}
SHOW_PROGRESS = {"commands.py", "course/reporter.py"}


def used(source: Path, name: str) -> bool:
    """Whether the module calls a function of that name, or writes to standard output if the name is "print"."""
    text = source.read_text(encoding="utf-8")
    if name not in text and "stdout" not in text:  # most modules, and walking through one takes milliseconds
        return False
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            return True
        if name == "print" and isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.stdout.write":
            return True
    return False


def that_use(name: str) -> set[str]:
    """The modules that use the function, or the package if all of it may print."""
    names = {source.relative_to(HELPERS).as_posix() for source in HELPERS.rglob("*.py") if used(source, name)}
    return {path.partition("/")[0] if path.partition("/")[0] in MAY_PRINT else path for path in names}


def test_in_notebooks_only_the_reporter_prints() -> None:
    assert that_use("print") == MAY_PRINT


def test_in_notebooks_only_the_reporter_shows_progress() -> None:
    assert that_use("progress") == SHOW_PROGRESS


def test_a_print_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f() -> None:\n    print(1)\n")
    (tmp_path / "b.py").write_text("import sys\nsys.stdout.write('1')\n")
    (tmp_path / "c.py").write_text("'print(1)'\nfingerprint(1)\n")
    assert [used(tmp_path / name, "print") for name in ("a.py", "b.py", "c.py")] == [True, True, False]
