"""Tests that find, start or install the engine, and the errors if that fails."""

import sys
from dataclasses import dataclass, field
from functools import partial

import pytest

from helpers.core.endpoint import Address
from helpers.core.errors import SetupError
from helpers.setup import consent, daemon, engine, privileges, system_packages
from helpers.setup.ping import Answer

DEFAULT = Address("unix:///var/run/docker.sock", "default socket")
NAMED = Address("tcp://engine:2375", "DOCKER_HOST")
CONTEXT = Address("unix:///there", "context there")


@dataclass
class Machine:
    """The state of a machine before setup, and what setup did to it."""

    address: Address = DEFAULT
    answer: Answer = Answer.NO_LISTENER
    then: Answer = Answer.HERE  # once it was started or waited for
    program: str | None = None
    running: bool = False
    apt: bool = True
    root: bool = True
    terminal: str = ""  # what the user types; "": no terminal
    done: list[str] = field(default_factory=list)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    here = Machine()

    def start_over(arguments: list[str], reason: str) -> None:
        here.done.append(f"sudo {' '.join(arguments)}")
        raise SystemExit

    def answer(verb: str, host: str) -> Answer:
        here.done.append(f"{verb} {host}")
        return here.then

    def typed(prompt: str) -> str:
        here.done.append(f"asked: {prompt}")
        return here.terminal

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(consent, "given", set())
    monkeypatch.setattr(consent, "is_interactive", lambda: bool(here.terminal))
    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(engine, "find", lambda: here.address)
    monkeypatch.setattr(engine, "ping", lambda host: here.answer)
    monkeypatch.setattr(daemon, "program", lambda: here.program)
    monkeypatch.setattr(daemon, "is_running", lambda: here.running)
    for name in ("start", "wait"):
        monkeypatch.setattr(daemon, name, partial(answer, name))
    monkeypatch.setattr(system_packages, "can_install", lambda: here.apt)
    monkeypatch.setattr(system_packages, "install", lambda names: here.done.append(f"install {' '.join(names)}"))
    monkeypatch.setattr(privileges, "is_root", lambda: here.root)
    monkeypatch.setattr(privileges, "go_on_as_root", start_over)
    return here


@pytest.mark.parametrize("answer", [Answer.HERE, Answer.UNKNOWN])
def test_a_running_engine_is_used_unchanged(machine: Machine, answer: Answer) -> None:
    machine.answer = answer
    assert engine.ready(["run"], yes=True) == DEFAULT
    assert machine.done == []


def test_a_stopped_engine_is_started_with_consent(machine: Machine) -> None:
    machine.program = "/usr/sbin/dockerd"
    engine.ready(["run"], yes=True)
    assert machine.done == ["start unix:///var/run/docker.sock"]


def test_the_user_is_asked_before_the_engine_is_started(machine: Machine) -> None:
    machine.program, machine.terminal = "/usr/sbin/dockerd", "y"
    engine.ready(["run"], yes=False)
    asked, started = machine.done
    assert asked.startswith("asked: Start the Docker Engine, which is installed but not running")
    assert started == "start unix:///var/run/docker.sock"


@pytest.mark.parametrize("typed", ["", "n"])
def test_without_consent_it_is_not_started_and_the_hint_has_the_command(machine: Machine, typed: str) -> None:
    machine.program, machine.terminal = "/usr/sbin/dockerd", typed
    with pytest.raises(SetupError) as caught:
        engine.ready(["run"], yes=False)
    assert "Start the Docker Engine" in caught.value.message
    assert daemon.start_command() in caught.value.hint
    assert caught.value.exit_status == 2
    assert not any(line.startswith(("start", "install")) for line in machine.done)


def test_a_starting_engine_is_waited_for_without_asking(machine: Machine) -> None:
    machine.program, machine.running, machine.root = "/usr/sbin/dockerd", True, False
    engine.ready(["run"], yes=False)
    assert machine.done == ["wait unix:///var/run/docker.sock"]


def test_a_starting_engine_that_belongs_to_root_is_reached_through_sudo(machine: Machine) -> None:
    machine.running, machine.root, machine.then = True, False, Answer.FORBIDDEN
    with pytest.raises(SystemExit):
        engine.ready(["run"], yes=False)
    assert machine.done == ["wait unix:///var/run/docker.sock", "sudo run"]


def test_a_missing_engine_is_installed_and_started(machine: Machine) -> None:
    engine.ready(["run"], yes=True)
    assert machine.done == ["install docker.io iptables ca-certificates", "start unix:///var/run/docker.sock"]


def test_nothing_is_installed_without_consent(machine: Machine) -> None:
    with pytest.raises(SetupError) as caught:
        engine.ready(["run"], yes=False)
    assert "apt-get install --no-install-recommends docker.io iptables ca-certificates" in caught.value.hint
    assert machine.done == []


def test_an_ordinary_user_continues_with_sudo_before_anything_is_installed(machine: Machine) -> None:
    machine.root = False
    with pytest.raises(SystemExit):
        engine.ready(["run", "05"], yes=True)
    assert machine.done == ["sudo run 05"]


def test_a_socket_that_belongs_to_root_is_reached_through_sudo(machine: Machine) -> None:
    machine.answer = Answer.FORBIDDEN
    with pytest.raises(SystemExit):
        engine.ready(["run"], yes=False)
    assert machine.done == ["sudo run"]


@pytest.mark.parametrize(("address", "hint"), [(NAMED, "unset DOCKER_HOST"), (CONTEXT, "docker context use default")])
@pytest.mark.parametrize("answer", [Answer.NO_LISTENER, Answer.SILENT])
def test_a_selected_engine_that_does_not_answer_is_never_replaced(
    machine: Machine, address: Address, hint: str, answer: Answer
) -> None:
    machine.address, machine.answer, machine.program = address, answer, "/usr/sbin/dockerd"
    with pytest.raises(SetupError) as caught:
        engine.ready(["run"], yes=True)
    assert address.host in caught.value.message
    assert address.chosen_by in caught.value.message
    assert hint in caught.value.hint
    assert machine.done == []


def test_no_second_engine_is_started_beside_one_that_hangs(machine: Machine) -> None:
    machine.answer, machine.program = Answer.SILENT, "/usr/sbin/dockerd"
    with pytest.raises(SetupError, match="does not answer"):
        engine.ready(["run"], yes=True)
    assert machine.done == []


@pytest.mark.parametrize(("platform", "names"), [("darwin", "Docker Desktop"), ("win32", "Docker Desktop")])
def test_on_other_systems_the_hint_says_what_to_install(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, platform: str, names: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SetupError) as caught:
        engine.ready(["run"], yes=True)
    assert names in caught.value.hint


def test_on_other_distributions_the_hint_says_what_to_install(machine: Machine) -> None:
    machine.apt = False
    with pytest.raises(SetupError) as caught:
        engine.ready(["run"], yes=True)
    assert "docs.docker.com/engine/install" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "reached"),
    [(Answer.HERE, True), (Answer.UNKNOWN, True), (Answer.NO_LISTENER, False), (Answer.SILENT, False)],
)
def test_cleaning_starts_no_engine(machine: Machine, answer: Answer, reached: bool) -> None:
    machine.answer, machine.program = answer, "/usr/sbin/dockerd"
    assert engine.reached(["clean"]) is reached
    assert machine.done == []


@pytest.mark.parametrize(
    ("answer", "program", "reason", "instead"),
    [
        (Answer.FORBIDDEN, None, "don't have permission to use the Docker Engine", "usermod -aG docker $USER"),
        (Answer.NO_LISTENER, "/usr/sbin/dockerd", "Only root can start the Docker Engine", "dockerd"),
        (
            Answer.NO_LISTENER,
            None,
            "Only root can start the Docker Engine",
            "apt-get install --no-install-recommends docker.io",
        ),
    ],
)
def test_the_need_for_root_is_known_in_advance(
    machine: Machine, answer: Answer, program: str | None, reason: str, instead: str
) -> None:
    machine.root, machine.answer, machine.program = False, answer, program
    found = engine.root_needed()
    assert found
    assert reason in found.reason
    assert instead in found.instead
    assert machine.done == []


@pytest.mark.parametrize(
    "change",
    [
        {"root": True},
        {"answer": Answer.HERE},
        {"answer": Answer.UNKNOWN},
        {"running": True},
        {"apt": False},
        {"address": NAMED},
    ],
    ids=str,
)
def test_root_is_not_needed_if_the_user_has_access_or_root_cannot_help(
    machine: Machine, change: dict[str, object]
) -> None:
    machine.root = False
    vars(machine).update(change)
    assert engine.root_needed() is None


def test_a_starting_engine_that_belongs_to_root_needs_root(machine: Machine) -> None:
    machine.root, machine.running, machine.then = False, True, Answer.FORBIDDEN
    assert engine.root_needed()
