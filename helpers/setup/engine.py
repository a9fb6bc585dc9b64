"""The Docker Engine: found where one answers, started where it sleeps, installed where there is none."""

import sys
from collections.abc import Sequence

from helpers.setup import consent, daemon, packages, privileges
from helpers.setup.address import Address, find
from helpers.setup.errors import SetupError
from helpers.setup.ping import Answer, ping

_PACKAGES = ["docker.io", "iptables", "ca-certificates"]
_DESKTOP = "install Docker Desktop (https://docs.docker.com/desktop/), start it, then give the same command again"
_OTHER_LINUX = (
    "install Docker Engine (https://docs.docker.com/engine/install/), start it, then give the same command again"
)


def ready(arguments: Sequence[str], yes: bool) -> Address:
    """The address of an engine that answers; where only root may use it, the command starts over through sudo.

    Raises SetupError where none answers and none may be started.
    """
    address = find()
    answer = ping(address.host)
    if answer is Answer.NOBODY and address.is_default and sys.platform == "linux":
        _bring_up(address, arguments, yes)
    elif answer is Answer.FORBIDDEN:
        privileges.go_on_as_root(arguments, f"This account may not use the Docker Engine at {address.host}.")
    elif answer in (Answer.NOBODY, Answer.SILENT):
        raise SetupError(
            f"No Docker Engine answers at {address.host} ({address.chosen_by}): {answer.value}.", mend(address)
        )
    return address


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
        privileges.go_on_as_root(arguments, f"This account may not use the Docker Engine at {address.host}.")
    return answers()


def mend(address: Address) -> str:
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


def _bring_up(address: Address, arguments: Sequence[str], yes: bool) -> None:
    """Install it where it is missing, start it where it sleeps."""
    installed = daemon.program() is not None
    if not installed and not packages.can_install():
        raise SetupError("No Docker Engine answers, and none is installed.", _OTHER_LINUX)
    if not installed:
        consent.ask(f"Install a Docker Engine ({', '.join(_PACKAGES)}) and start it.", yes, packages.by_hand(_PACKAGES))
    if not privileges.is_root():
        privileges.go_on_as_root(arguments, "The Docker Engine has to be started by root.")
    if not installed:
        packages.install(_PACKAGES)
    daemon.start(address.host)
