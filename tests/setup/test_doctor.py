"""Tests of doctor's findings."""

import sys
from pathlib import Path

import pytest

from helpers.core.endpoint import Address
from helpers.core.errors import SetupError
from helpers.setup import browser, disk, doctor, environment, own_packages, ping
from helpers.setup.doctor import Finding

NAMED = Address("tcp://engine:2375", "DOCKER_HOST")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine where everything is missing."""
    monkeypatch.setattr(environment, "is_ready", lambda: False)
    monkeypatch.setattr(doctor, "find", lambda: NAMED)
    monkeypatch.setattr(ping, "ping", lambda host: ping.Answer.NO_LISTENER)
    monkeypatch.setattr(disk, "free", lambda path: 1_000_000_000)
    monkeypatch.setattr(browser, "find", lambda: None)
    return monkeypatch


def found(name: str) -> Finding:
    return next(finding for finding in doctor.findings() if finding.name.startswith(name))


def test_a_missing_item_has_its_hint_on_the_next_line() -> None:
    finding = Finding("Disk", False, "1.0 GB free", "Free some.")
    assert str(finding) == "[MISSING] Disk: 1.0 GB free\n          → Free some."


def test_an_available_item_has_no_hint() -> None:
    assert str(Finding("Disk", True, "90 GB free", "Free some.")) == "[OK]      Disk: 90 GB free"


def test_on_a_bare_machine_everything_but_python_has_a_hint() -> None:
    python_finding, *rest = doctor.findings()
    assert python_finding.ok
    assert sys.executable in python_finding.detail
    assert [finding.ok for finding in rest] == [False] * 4
    assert all(finding.hint for finding in rest)


@pytest.mark.parametrize(
    ("answer", "ok"),
    [
        (ping.Answer.HERE, True),
        (ping.Answer.UNKNOWN, True),
        (ping.Answer.FORBIDDEN, False),
        (ping.Answer.SILENT, False),
    ],
)
def test_the_engine_is_named_with_the_setting_that_chose_it(
    bare: pytest.MonkeyPatch, answer: ping.Answer, ok: bool
) -> None:
    bare.setattr(ping, "ping", lambda host: answer)
    finding = found("Docker Engine")
    assert finding.ok is ok
    assert "tcp://engine:2375 (DOCKER_HOST)" in finding.detail


def test_an_engine_that_answers_is_described(bare: pytest.MonkeyPatch) -> None:
    answers = {"/version": {"Version": "28.5.2", "Arch": "arm64"}, "/info": {"Driver": "overlay2"}}
    bare.setattr(ping, "ping", lambda host: ping.Answer.HERE)
    bare.setattr(ping, "ask", lambda host, path: answers[path])
    assert found("Docker Engine").detail.startswith("28.5.2, storage overlay2, arm64 at ")


def test_an_unknown_context_is_a_missing_engine(bare: pytest.MonkeyPatch) -> None:
    def fail() -> Address:
        raise SetupError("The Docker context 'gone' does not exist.", "docker context ls")

    bare.setattr(doctor, "find", fail)
    finding = found("Docker Engine")
    assert not finding.ok
    assert "'gone'" in finding.detail


def test_packages_are_listed_with_their_environment(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(environment, "is_held_here", lambda: True)
    assert found("Python packages").detail == f"installed at the locked versions, in {sys.prefix}"


def test_enough_disk_space_is_ok(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(disk, "free", lambda path: doctor.DISK_NEEDED)
    assert found("Disk").ok


def test_importable_helpers_are_ok(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(own_packages, "is_current", lambda project: True)
    assert found("Helpers").ok


def test_helpers_of_another_checkout_are_named_with_a_hint(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(own_packages, "is_current", lambda project: False)
    bare.setattr(own_packages, "owner", lambda: Path("/other/checkout"))
    finding = found("Helpers")
    assert not finding.ok
    assert "the checkout in /other/checkout" in finding.detail
    assert "python3 -m helpers lab" in finding.hint


def test_helpers_that_are_not_installed_are_missing(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(environment, "is_ready", lambda: True)
    bare.setattr(own_packages, "is_current", lambda project: False)
    bare.setattr(own_packages, "owner", lambda: None)
    assert "not installed" in found("Helpers").detail
