"""The Docker Engine: found where one answers, started where it sleeps, installed where there is none."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.setup import consent, daemon, packages, privileges
from helpers.setup.address import Address, find
from helpers.setup.errors import SetupError
from helpers.setup.ping import Answer, ping

_PACKAGES = ["docker.io", "iptables", "ca-certificates"]
_DESKTOP = "install Docker Desktop (https://docs.docker.com/desktop/), start it, then give the same command again"
_OTHER_LINUX = (
    "install Docker Engine (https://docs.docker.com/engine/install/), start it, then give the same command again"
)
_STARTED_BY_ROOT = "The Docker Engine has to be started by root."
# https://docs.docker.com/engine/install/linux-postinstall/ has the line and the warning
_GROUP = (
    "type: sudo usermod -aG docker $USER, log in again, then give the same command again; "
    "a member of the group docker can do whatever root can"
)


def ready(arguments: Sequence[str], yes: bool) -> Address:
    """The address of an engine that answers; where only root may use it, the command starts over through sudo.

    Raises SetupError where none answers and none may be started.
    """
    address = find()
    answer = ping(address.host)
    if answer is Answer.NOBODY and address.is_default and sys.platform == "linux":
        answer = _bring_up(address, arguments, yes)
    if answer is Answer.FORBIDDEN:
        privileges.go_on_as_root(arguments, _forbidden(address))
    elif answer in (Answer.NOBODY, Answer.SILENT):
        raise SetupError(
            f"No Docker Engine answers at {address.host} ({address.chosen_by}): {answer.value}.", hint(address)
        )
    return address


@dataclass(frozen=True)
class Root:
    """Why a command would go on as root, and what keeps it from that."""

    reason: str
    instead: str


def root_needed() -> Root | None:
    """Why this account reaches the engine only as root; None where it does without.

    Raises SetupError where a context is named that does not exist.
    """
    address = find()
    answer = Answer.UNKNOWN if privileges.is_root() else ping(address.host)
    missing = answer is Answer.NOBODY and address.is_default and sys.platform == "linux"
    if missing and daemon.is_running():
        answer = daemon.wait(address.host)
    elif missing and (daemon.program() or packages.can_install()):
        instead = daemon.by_hand() if daemon.program() else packages.by_hand(_PACKAGES)
        return Root(_STARTED_BY_ROOT, f"{instead}, then give the same command again")
    if answer is Answer.FORBIDDEN:
        return Root(_forbidden(address), _GROUP)
    return None


def answers() -> bool:
    """Whether an engine may be asked now, by this account."""
    try:
        return ping(find().host) in (Answer.HERE, Answer.UNKNOWN)
    except SetupError:
        return False


def reached(arguments: Sequence[str]) -> bool:
    """Whether an engine answers now, started by nobody for our sake; where only root may use it, start over as root."""
    address = find()
    if ping(address.host) is Answer.FORBIDDEN:
        privileges.go_on_as_root(arguments, _forbidden(address))
    return answers()


def hint(address: Address) -> str:
    """What to do where no engine answers at the address."""
    if address.chosen_by == "DOCKER_HOST":
        return "start the engine that DOCKER_HOST names, or unset DOCKER_HOST"
    if not address.is_default:
        return "start that engine, or choose another: docker context use default"
    if sys.platform != "linux":
        return _DESKTOP
    if daemon.program() or packages.can_install():
        return "python3 -m helpers run --yes"
    return _OTHER_LINUX


def _forbidden(address: Address) -> str:
    return f"This account may not use the Docker Engine at {address.host}."


def _bring_up(address: Address, arguments: Sequence[str], yes: bool) -> Answer:
    """What answers at last: it is installed where it is missing, started where it sleeps, both with consent alone."""
    if daemon.is_running():
        return daemon.wait(address.host)
    installed = daemon.program() is not None
    if not installed and not packages.can_install():
        raise SetupError("No Docker Engine answers, and none is installed.", _OTHER_LINUX)
    if installed:
        consent.ask(daemon.deed(), yes, daemon.by_hand())
    else:
        consent.ask(f"Install a Docker Engine ({', '.join(_PACKAGES)}) and start it.", yes, packages.by_hand(_PACKAGES))
    if not privileges.is_root():
        privileges.go_on_as_root(arguments, _STARTED_BY_ROOT)
    if not installed:
        packages.install(_PACKAGES)
    return daemon.start(address.host)
