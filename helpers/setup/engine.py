"""Makes sure that a Docker Engine answers: finds it, starts it if it is stopped, installs it if there is none."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.core.endpoint import Address, find
from helpers.core.errors import SetupError
from helpers.setup import consent, daemon, privileges, system_packages
from helpers.setup.ping import Answer, ping

_PACKAGES = ["docker.io", "iptables", "ca-certificates"]
_DESKTOP = "Install Docker Desktop (https://docs.docker.com/desktop/), start it, then run the same command again."
_OTHER_LINUX = (
    "Install Docker Engine (https://docs.docker.com/engine/install/), start it, then run the same command again."
)
_NEEDS_ROOT = "Only root can start the Docker Engine."
# The command and the warning are from https://docs.docker.com/engine/install/linux-postinstall/.
_GROUP = (
    "run `sudo usermod -aG docker $USER`, log in again, then run the same command again. "
    "Members of the docker group have the same privileges as root."
)


def ready(arguments: Sequence[str], yes: bool) -> Address:
    """The address of an engine that answers. If only root can use it, the command restarts itself with sudo.

    Raises SetupError if no engine answers and none can be started.
    """
    address = find()
    answer = ping(address.host)
    if answer is Answer.NO_LISTENER and address.is_default and sys.platform == "linux":
        answer = _bring_up(address, arguments, yes)
    if answer is Answer.FORBIDDEN:
        privileges.go_on_as_root(arguments, _forbidden(address))
    elif answer in (Answer.NO_LISTENER, Answer.SILENT):
        raise SetupError(
            f"No Docker Engine answers at {address.host} ({address.chosen_by}): {answer.value}.", hint(address)
        )
    return address


@dataclass(frozen=True)
class Root:
    """Why a command would continue as root, and how to avoid that."""

    reason: str  # a sentence
    instead: str  # an imperative that starts in lower case


def root_needed() -> Root | None:
    """Why the user needs root to reach the engine; None if they don't.

    Raises SetupError if the selected context does not exist.
    """
    address = find()
    answer = Answer.UNKNOWN if privileges.is_root() else ping(address.host)
    missing = answer is Answer.NO_LISTENER and address.is_default and sys.platform == "linux"
    if missing and daemon.is_running():
        answer = daemon.wait(address.host)
    elif missing and (daemon.program() or system_packages.can_install()):
        command = daemon.start_command() if daemon.program() else system_packages.install_command(_PACKAGES)
        return Root(_NEEDS_ROOT, f"run `{command}`, then run the same command again.")
    if answer is Answer.FORBIDDEN:
        return Root(_forbidden(address), _GROUP)
    return None


def answers() -> bool:
    """Whether an engine is running that the user can use."""
    try:
        return ping(find().host) in (Answer.HERE, Answer.UNKNOWN)
    except SetupError:
        return False


def reached(arguments: Sequence[str]) -> bool:
    """Whether an engine answers; it is not started. If only root can use it, the command restarts itself with sudo."""
    address = find()
    if ping(address.host) is Answer.FORBIDDEN:
        privileges.go_on_as_root(arguments, _forbidden(address))
    return answers()


def hint(address: Address) -> str:
    """What to do if no engine answers at the address."""
    if address.chosen_by == "DOCKER_HOST":
        return "Start the engine that DOCKER_HOST names, or unset DOCKER_HOST."
    if not address.is_default:
        return "Start that engine, or switch to the default one: docker context use default"
    if sys.platform != "linux":
        return _DESKTOP
    if daemon.program() or system_packages.can_install():
        return "Run: python3 -m helpers run --yes"
    return _OTHER_LINUX


def _forbidden(address: Address) -> str:
    return f"You don't have permission to use the Docker Engine at {address.host}."


def _bring_up(address: Address, arguments: Sequence[str], yes: bool) -> Answer:
    """Install the engine if it is missing and start it if it is stopped, with the user's consent; its first answer."""
    if daemon.is_running():
        return daemon.wait(address.host)
    installed = daemon.program() is not None
    if not installed and not system_packages.can_install():
        raise SetupError("No Docker Engine answers, and none is installed.", _OTHER_LINUX)
    if installed:
        consent.ask(daemon.start_action(), yes, f"run: {daemon.start_command()}")
    else:
        action = f"Install the Docker Engine ({', '.join(_PACKAGES)}) and start it."
        consent.ask(action, yes, f"run: {system_packages.install_command(_PACKAGES)}")
    if not privileges.is_root():
        privileges.go_on_as_root(arguments, _NEEDS_ROOT)
    if not installed:
        system_packages.install(_PACKAGES)
    return daemon.start(address.host)
