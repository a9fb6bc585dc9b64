"""System packages, with small programs in the place of apt's."""

from pathlib import Path

import pytest

from helpers.setup import notes, packages, privileges
from helpers.setup.errors import SetupError

_APT = """#!/bin/sh
echo "apt-get $*" >> {folder}/calls
case "$*" in
  *--assume-no*) echo "Need to get 65.9 MB of archives."
                 echo "After this operation, 265 MB of additional disk space will be used."; exit 1 ;;
  *broken*) echo "E: Unable to locate package broken"; exit 100 ;;
  *install*) echo "dlstatus:1:20.5:Retrieving file 1 of 2"; echo "pmstatus:docker.io:80.0:Unpacking docker.io" ;;
esac
"""
_DPKG = """#!/bin/sh
[ "$3" = there ] && printf 'install ok installed' && exit 0
[ "$3" = removed ] && printf 'deinstall ok config-files' && exit 0
exit 1
"""


@pytest.fixture(autouse=True)
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("apt-get", _APT.format(folder=tmp_path)), ("dpkg-query", _DPKG)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(privileges, "is_root", lambda: True)
    monkeypatch.setattr(notes, "NOTES", tmp_path)
    monkeypatch.setattr(notes, "_FILE", tmp_path / "machine.json")
    return tmp_path / "calls"


def test_what_is_there_is_not_asked_of_apt(calls: Path) -> None:
    packages.install(["there"])
    assert not calls.exists()


def test_a_removed_package_counts_as_missing() -> None:
    assert packages.missing(["there", "removed", "never"]) == ["removed", "never"]


def test_only_what_is_missing_is_installed_and_without_recommends(calls: Path) -> None:
    packages.install(["there", "docker.io"])
    update, plan, install = calls.read_text().splitlines()
    assert "update" in update
    assert "--assume-no docker.io" in plan
    assert install.endswith("install docker.io")
    assert "--no-install-recommends" in install


def test_size_and_disk_are_said_before_it_starts(capsys: pytest.CaptureFixture[str]) -> None:
    packages.install(["docker.io"])
    said = capsys.readouterr().out
    assert "65.9 MB to fetch, 265 MB on disk" in said
    assert said.index("to fetch") < said.index("docker.io installed")


def test_what_was_installed_is_noted_for_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    packages.install(["docker.io"])
    assert packages.how_to_remove() == []  # the stand-in of dpkg-query still says that it is not there
    monkeypatch.setattr(packages, "_is_installed", lambda name: True)
    (line,) = packages.how_to_remove()
    assert line.endswith("apt-get remove --autoremove docker.io")


def test_apts_own_words_are_told_when_it_fails() -> None:
    with pytest.raises(SetupError) as caught:
        packages.install(["broken"])
    assert "Unable to locate package broken" in caught.value.message
    assert "sources.list" in caught.value.mend


def test_a_learner_is_told_the_line_with_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "is_root", lambda: False)
    assert packages.by_hand(["a", "b"]) == "type: sudo apt-get install --no-install-recommends a b"
