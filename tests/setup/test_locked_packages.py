"""Tests of how uv is started and followed, with programs that stand in for Python and uv."""

import sys
from pathlib import Path

import pytest

from helpers.setup import locked_packages, privileges, subprocesses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")

_UV = """#!/bin/sh
echo "$@" > {folder}/arguments
echo "$UV_DEFAULT_INDEX" > {folder}/index
echo "Resolved 118 packages in 178ms"
echo "Downloading plotly (9.2MiB)"
echo " Downloaded plotly"
echo "Prepared 118 packages in 1.78s"
echo "Installed 118 packages in 340ms"
"""
_PYTHON = """#!/bin/sh
case "$*" in
*" config list") echo "global.index-url='https://me:open-sesame@index/simple'";;
*" --target "*)
  while [ "$1" != --target ]; do shift; done
  mkdir -p "$2/bin"
  cp {folder}/uv "$2/bin/uv";;
esac
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A program that prints pip's settings, and installs the other one as uv."""
    made = tmp_path / "venv" / "bin" / "python"
    made.parent.mkdir(parents=True)
    for path, text in ((tmp_path / "uv", _UV), (made, _PYTHON)):
        path.write_text(text.format(folder=tmp_path))
        path.chmod(0o755)
    return made


def arguments_of_uv(python: Path, lock: Path) -> list[str]:
    locked_packages.install(python, lock)
    return (lock.parent / "arguments").read_text().split()


def test_each_step_is_shown_as_uv_reports_it(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subprocesses, "SECONDS_BETWEEN_LINES", 0.0)
    locked_packages.install(python, tmp_path / "any.lock")
    said = capsys.readouterr().out.splitlines()
    steps = (
        "1 of 3 · fetching uv",
        "2 of 3 · downloading",
        "2 of 3 · downloading plotly (9.2MiB)",
        "3 of 3 · installing",
    )
    shown = [line.split("Python packages: ")[1].replace(" · 0 s", "") for line in said]
    places = [next(place for place, line in enumerate(shown) if line.startswith(step)) for step in steps]
    assert places == sorted(places)
    assert shown[-1].startswith("those of any.lock are installed")


def test_uv_has_to_check_hashes_and_gets_pips_settings_as_variables(python: Path, tmp_path: Path) -> None:
    arguments = arguments_of_uv(python, tmp_path / "any.lock")
    assert {"--require-hashes", "--no-deps", "--no-config"} <= {*arguments}
    assert arguments[-2:] == ["-r", str(tmp_path / "any.lock")]
    assert arguments[arguments.index("--python") + 1] == str(python)
    assert (tmp_path / "index").read_text() == "https://me:open-sesame@index/simple\n"
    assert "sesame" not in " ".join(arguments)  # other users can see the arguments of a program


def test_what_uv_says_when_it_fails_is_shown_without_credentials(
    python: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "uv").write_text('#!/bin/sh\necho "error: nothing at $UV_DEFAULT_INDEX"\nexit 2\n')
    (tmp_path / "any.lock").touch()
    locked_packages.install(python, tmp_path / "any.lock")
    said = capsys.readouterr().out
    assert "instead of uv, which takes longer: uv failed (error: nothing at https://•••@index/simple)." in said


def test_uv_is_not_left_in_the_environment(python: Path, tmp_path: Path) -> None:
    (python.parents[1] / "installer-of-a-killed-command" / "bin").mkdir(parents=True)
    locked_packages.install(python, tmp_path / "any.lock")
    assert [path.name for path in python.parents[1].rglob("*")] == ["bin", "python"]


@pytest.mark.parametrize(("root", "owner", "cached"), [(True, 1000, False), (True, 0, True), (False, 1000, True)])
def test_root_keeps_no_cache_of_files_that_another_user_will_own(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool, owner: int, cached: bool
) -> None:
    monkeypatch.setattr(privileges, "is_root", lambda: root)
    monkeypatch.setattr(privileges, "owner", lambda _path: (owner, owner))
    assert ("--no-cache" not in arguments_of_uv(python, tmp_path / "any.lock")) is cached
