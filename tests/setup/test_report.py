"""What doctor says of a machine."""

import sys
from pathlib import Path

import pytest

from helpers.setup import browser, disk, environment, installation, ping, report
from helpers.setup.address import Address
from helpers.setup.errors import SetupError
from helpers.setup.report import Finding

NAMED = Address("tcp://engine:2375", "DOCKER_HOST")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine that has nothing."""
    monkeypatch.setattr(environment, "is_ready", lambda: False)
    monkeypatch.setattr(report, "find", lambda: NAMED)
    monkeypatch.setattr(ping, "ping", lambda host: ping.Answer.NOBODY)
    monkeypatch.setattr(disk, "free", lambda path: 1_000_000_000)
    monkeypatch.setattr(browser, "find", lambda: None)
    return monkeypatch


def found(name: str) -> Finding:
    return next(finding for finding in report.findings() if finding.name.startswith(name))


def test_what_is_missing_is_said_with_its_mend_on_the_next_line() -> None:
    assert (
        str(Finding("Disk", False, "1.0 GB free", "make room")) == "[MISSING] Disk: 1.0 GB free\n          → make room"
    )


def test_what_is_here_needs_no_mend() -> None:
    assert str(Finding("Disk", True, "90 GB free", "make room")) == "[OK]      Disk: 90 GB free"


def test_on_a_bare_machine_all_but_python_is_missing_and_has_a_mend() -> None:
    python_itself, *rest = report.findings()
    assert python_itself.here
    assert sys.executable in python_itself.detail
    assert [finding.here for finding in rest] == [False] * 4
    assert all(finding.hint for finding in rest)


@pytest.mark.parametrize(
    ("answer", "here"),
    [
        (ping.Answer.HERE, True),
        (ping.Answer.UNKNOWN, True),
        (ping.Answer.FORBIDDEN, False),
        (ping.Answer.SILENT, False),
    ],
)
def test_the_engine_is_named_with_what_chose_it(bare: pytest.MonkeyPatch, answer: ping.Answer, here: bool) -> None:
    bare.setattr(ping, "ping", lambda host: answer)
    finding = found("Docker Engine")
    assert finding.here is here
    assert "tcp://engine:2375 (DOCKER_HOST)" in finding.detail


def test_an_engine_that_answers_is_described(bare: pytest.MonkeyPatch) -> None:
    answers = {"/version": {"Version": "28.5.2", "Arch": "arm64"}, "/info": {"Driver": "overlay2"}}
    bare.setattr(ping, "ping", lambda host: ping.Answer.HERE)
    bare.setattr(ping, "ask", lambda host, path: answers[path])
    assert found("Docker Engine").detail.startswith("28.5.2, storage overlay2, arm64 at ")


def test_an_unknown_context_is_a_missing_engine(bare: pytest.MonkeyPatch) -> None:
    def fail() -> Address:
        raise SetupError("The Docker context 'gone' is chosen.", "docker context ls")

    bare.setattr(report, "find", fail)
    finding = found("Docker Engine")
    assert not finding.here
    assert "'gone'" in finding.detail


def test_packages_are_told_with_the_environment_that_holds_them(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(environment, "is_held_here", lambda: True)
    assert found("Python packages").detail == f"as locked, in {sys.prefix}"


def test_enough_disk_is_enough(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(disk, "free", lambda path: report.ROOM)
    assert found("Disk").here


def test_helpers_that_every_program_imports_are_here(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(installation, "is_current", lambda project: True)
    assert found("Helpers").here


def test_helpers_of_another_checkout_are_named_with_the_way_to_change_that(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(installation, "is_current", lambda project: False)
    bare.setattr(installation, "owner", lambda: Path("/other/checkout"))
    finding = found("Helpers")
    assert not finding.here
    assert "the checkout in /other/checkout" in finding.detail
    assert "python3 -m helpers lab" in finding.hint


def test_helpers_that_are_not_installed_are_missing(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(installation, "is_current", lambda project: False)
    bare.setattr(installation, "owner", lambda: None)
    assert "not installed" in found("Helpers").detail
