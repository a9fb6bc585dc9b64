"""Tests that install system packages, with stand-ins for apt and with apt itself in a sandbox."""

import shutil
import sys
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.setup import changes_made, consent, privileges, system_packages

_APT = """#!/bin/sh
echo "apt-get $*" >> {folder}/calls
case "$*" in
  *--assume-no*) cat {folder}/costs 2>/dev/null
                 echo "Need to get 65.9 MB of archives."
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
_CONFIGURE = """#!/bin/sh
echo "dpkg $*" >> {folder}/calls
"""


@pytest.fixture(autouse=True)
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = {
        "apt-get": _APT.format(folder=tmp_path),
        "dpkg-query": _DPKG,
        "dpkg": _CONFIGURE.format(folder=tmp_path),
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(privileges, "is_root", lambda: True)
    monkeypatch.setattr(changes_made, "NOTES", tmp_path)
    return tmp_path / "calls"


def test_apt_is_not_called_for_installed_packages(calls: Path) -> None:
    system_packages.install(["there"])
    assert not calls.exists()


def test_a_removed_package_counts_as_missing() -> None:
    assert system_packages.missing(["there", "removed", "never"]) == ["removed", "never"]


def test_only_missing_packages_are_installed_without_recommends(calls: Path) -> None:
    system_packages.install(["there", "docker.io"])
    update, plan, install = calls.read_text().splitlines()
    assert "update" in update
    assert "--assume-no docker.io" in plan
    assert install.endswith("install docker.io")
    assert "--no-install-recommends" in install
    assert "--no-remove" in install
    assert "--allow-downgrades" not in install


def test_download_and_disk_size_are_printed_first(capsys: pytest.CaptureFixture[str]) -> None:
    system_packages.install(["docker.io"])
    output = capsys.readouterr().out
    assert "65.9 MB to download, 265 MB on disk" in output
    assert output.index("to download") < output.index("docker.io installed")


def test_installed_packages_are_noted_for_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    system_packages.install(["docker.io"])
    assert system_packages.how_to_remove() == []  # the dpkg-query stand-in still says it is not installed
    monkeypatch.setattr(system_packages, "is_installed", lambda name: True)
    (line,) = system_packages.how_to_remove()
    assert line.endswith("apt-get remove --autoremove docker.io")


# the format of apt 2.6
_COSTS = """The following packages will be REMOVED:
  containerd.io docker-ce
  docker-ce-cli*
The following NEW packages will be installed:
  docker.io
The following packages will be DOWNGRADED:
  runc
0 upgraded, 1 newly installed, 1 downgraded, 3 to remove and 0 not upgraded.
"""


@pytest.fixture
def costly(calls: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The plan of apt removes and downgrades packages, and there is no terminal."""
    (calls.parent / "costs").write_text(_COSTS)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("costly")
def test_removals_are_named_and_not_carried_out(calls: Path) -> None:
    with pytest.raises(SetupError) as caught:
        system_packages.install(["docker.io"])
    changes = "apt would remove containerd.io, docker-ce, docker-ce-cli and downgrade runc."
    assert changes in caught.value.message
    assert caught.value.hint.endswith("apt-get install --no-install-recommends docker.io")
    assert "--yes" not in caught.value.hint
    assert len(calls.read_text().splitlines()) == 2  # update and plan
    assert changes_made.read() == {}


@pytest.mark.parametrize(("typed", "installed"), [("y", True), ("n", False)])
def test_the_user_is_asked_about_removals(costly: pytest.MonkeyPatch, calls: Path, typed: str, installed: bool) -> None:
    costly.setattr(consent, "is_interactive", lambda: True)
    costly.setattr("builtins.input", lambda prompt: typed)
    if installed:
        system_packages.install(["docker.io"])
    else:
        with pytest.raises(SetupError, match="you answered no"):
            system_packages.install(["docker.io"])
    ran = calls.read_text().splitlines()[2:]
    assert len(ran) == installed
    assert all("--allow-downgrades" in line and "--no-remove" not in line for line in ran)


def test_apts_output_is_shown_if_it_fails() -> None:
    with pytest.raises(SetupError) as caught:
        system_packages.install(["broken"])
    assert "Unable to locate package broken" in caught.value.message
    assert "sources.list" in caught.value.hint


def test_an_installation_that_was_interrupted_is_finished_first(
    calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(system_packages, "follow", interrupt_in_installation)
        system_packages.install(["docker.io"])
    calls.unlink(missing_ok=True)
    system_packages.install(["docker.io"])
    finished, update, *_ = calls.read_text().splitlines()
    assert finished == "dpkg --configure -a" and "update" in update
    assert "the installation that was interrupted is finished" in capsys.readouterr().out
    calls.unlink()
    system_packages.install(["docker.io"])
    assert "dpkg --configure" not in calls.read_text()


def interrupt_in_installation(command: list[str], *_: object, **__: object) -> None:
    if "install" in command:
        raise KeyboardInterrupt


def test_an_interrupted_installation_is_noted_for_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    changes_made.write(packages=["iptables"], installing=["docker.io"])
    monkeypatch.setattr(system_packages, "is_installed", lambda name: True)
    assert system_packages.how_to_remove()[0].endswith("apt-get remove --autoremove docker.io iptables")


def test_the_command_for_an_ordinary_user_has_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "is_root", lambda: False)
    assert system_packages.install_command(["a", "b"]) == "sudo apt-get install --no-install-recommends a b"


class AptSandbox:
    """Folders that apt uses in place of the system's: one package installed, and others that conflict with it."""

    def __init__(self, folder: Path) -> None:
        for name in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d", "repo"):
            (folder / name).mkdir(parents=True)
        theirs, ours = ("theirs", "2.0", ""), ("ours", "1.0", "Conflicts: theirs\n")
        (folder / "status").write_text(_entry(*theirs, "Status: install ok installed\n"))
        (folder / "repo" / "ours.deb").write_bytes(b"not a package: apt must not unpack it")
        (folder / "repo" / "Packages").write_text(
            _entry(*ours, f"Filename: ./ours.deb\nSize: 36\nSHA256: {'0' * 64}\n")
            + _entry("older", "1.0", "Depends: theirs (= 1.0)\n", f"Filename: ./o.deb\nSize: 1\nSHA256: {'0' * 64}\n")
            + _entry("theirs", "1.0", "", f"Filename: ./t.deb\nSize: 1\nSHA256: {'0' * 64}\n")
        )
        pinned = "Package: theirs\nPin: version 1.0\nPin-Priority: 1001\n"  # apt downgrades nothing without this pin
        (folder / "etc" / "preferences.d" / "theirs").write_text(pinned)
        (folder / "etc" / "sources.list").write_text(f"deb [trusted=yes] file:{folder}/repo ./\n")
        self.settings = folder / "apt.conf"
        self.settings.write_text(
            f'Dir "{folder}";\nDir::State "state";\nDir::State::status "{folder}/status";\nDir::Cache "cache";\n'
            'Dir::Etc "etc";\nDir::Log "log";\nDir::Bin::dpkg "/bin/false";\nAPT::Architecture "amd64";\n'
            'APT::Sandbox::User "root";\n'
        )


def _entry(name: str, version: str, relation: str, more: str) -> str:
    about = "Architecture: amd64\nMaintainer: Nobody <nobody@example.org>\nDescription: a test package\n"
    return f"Package: {name}\nVersion: {version}\n{relation}{about}{more}\n"


@pytest.fixture
def apt(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> AptSandbox:
    """The real apt, in the sandbox."""
    found = shutil.which("apt-get", path="/usr/bin:/bin")
    if found is None:
        pytest.skip("no apt on this system")
    (calls.parent / "apt-get").unlink()
    machine = AptSandbox(tmp_path / "machine")
    monkeypatch.setenv("APT_CONFIG", str(machine.settings))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    return machine


@pytest.mark.machine
@pytest.mark.usefixtures("apt")
@pytest.mark.parametrize(("name", "cost"), [("ours", "remove theirs"), ("older", "downgrade theirs")])
def test_output_of_the_real_apt_is_understood(name: str, cost: str) -> None:
    with pytest.raises(SetupError, match=f"To install {name}, apt would {cost}."):
        system_packages.install([name])


@pytest.mark.machine
@pytest.mark.usefixtures("apt")
def test_the_real_apt_removes_nothing_without_consent() -> None:
    system_packages._apt(["update"], "", "")
    with pytest.raises(SetupError, match="Packages need to be removed but remove is disabled"):
        system_packages._apt([*system_packages._allowed(["ours"], ""), "install", "ours"], "", "")
