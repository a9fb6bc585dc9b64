"""System packages of Debian and Ubuntu, installed with apt, with progress, and noted for `clean`."""

import re
import shutil
from collections.abc import Iterable, Sequence

from helpers.setup import consent, disk, notes, privileges
from helpers.setup.command import run
from helpers.setup.folders import PROJECT
from helpers.setup.follow import follow
from helpers.setup.status import Status

_ENVIRONMENT = ["DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
_OPTIONS = ["-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
_STEP = re.compile(r"^(?:dl|pm)status:[^:]*:(?P<percent>[0-9.]+):(?P<what>.*)$")
_FETCHED = re.compile(r"^Need to get (?P<size>[\d.,]+ .?B)", re.MULTILINE)
_ON_DISK = re.compile(r"^After this operation, (?P<size>[\d.,]+ .?B) of additional", re.MULTILINE)
_REMOVED, _DOWNGRADED = (
    re.compile(rf"^The following packages will be {verb}:\n(?P<names>(?:  .*\n?)+)", re.MULTILINE)
    for verb in ("REMOVED", "DOWNGRADED")
)
_PLAN_SECONDS = 600.0  # longer than apt itself waits for the lock
_ROOM = 1_000_000_000
_NETWORK = "look at the network and /etc/apt/sources.list, then give the same command again"


def can_install() -> bool:
    """Whether this system's packages are apt's."""
    return shutil.which("apt-get") is not None


def missing(names: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed."""
    return [name for name in names if not _is_installed(name)]


def by_hand(names: Sequence[str]) -> str:
    """The line that somebody types who would rather do it themselves."""
    return f"type: {privileges.sudo()}apt-get install --no-install-recommends {' '.join(names)}"


def install(names: Sequence[str]) -> None:
    """Install those of the packages that are missing; the consent has been given.

    What apt would remove or downgrade for them is named first, and needs an agreement that --yes does not give.
    Raises SetupError where that is missing, apt fails, root is out of reach or the disk is short.
    """
    wanted = missing(names)
    if not wanted:
        return
    disk.require(PROJECT, _ROOM, f"Installing {', '.join(wanted)}")
    _apt(["update"], "Package lists", "read")
    plan = _plan(wanted)
    print(_announced(wanted, plan), flush=True)
    _apt([*_allowed(wanted, plan), "install", *wanted], "System packages", f"{', '.join(wanted)} installed")
    notes.write(packages=sorted({*notes.read().get("packages", []), *wanted}))


def how_to_remove() -> list[str]:
    """The line that takes away again what was installed, for somebody to type; no line where nothing was."""
    names = [name for name in notes.read().get("packages", []) if _is_installed(name)]
    line = f"{privileges.sudo()}apt-get remove --autoremove {' '.join(names)}"
    return [f"The course installed system packages and leaves them to you. To remove them: {line}"] if names else []


def _is_installed(name: str) -> bool:
    return run(["dpkg-query", "-W", "-f=${Status}", name]).stdout == "install ok installed"


def _plan(names: Sequence[str]) -> str:
    """What apt says that it would do; it does nothing."""
    command = _command(["install", "--assume-no", *names])
    return run(command, _PLAN_SECONDS).stdout


def _announced(names: Sequence[str], plan: str) -> str:
    """The plan in a line."""
    fetched, on_disk = (_size(form, plan) for form in (_FETCHED, _ON_DISK))
    wanted = f"{', '.join(names)} and what they need"
    return f"System packages: {wanted}: {fetched} to fetch, {on_disk} on disk, about a minute."


def _allowed(names: Sequence[str], plan: str) -> list[str]:
    """The options that hold apt to what was agreed to; without any agreement it may remove and downgrade nothing."""
    removed, downgraded = _listed(_REMOVED, plan), _listed(_DOWNGRADED, plan)
    costs = [f"{verb} {', '.join(them)}" for verb, them in (("remove", removed), ("downgrade", downgraded)) if them]
    if costs:
        deed = f"To install {', '.join(names)}, apt would {' and '.join(costs)}."
        consent.ask_apart(deed, f"look at it and decide yourself, {by_hand(names)}")
    return [*([] if removed else ["--no-remove"]), *(["--allow-downgrades"] if downgraded else [])]


def _listed(form: re.Pattern[str], plan: str) -> list[str]:
    """The packages below a heading of the plan; a star marks those that are purged."""
    found = form.search(plan)
    return [name.rstrip("*") for name in found["names"].split()] if found else []


def _size(form: re.Pattern[str], said: str) -> str:
    found = form.search(said)
    return found["size"] if found else "little"


def _apt(words: Sequence[str], title: str, summary: str) -> None:
    status = Status(title, total=100)
    follow(_command(["-y", "-o", "APT::Status-Fd=1", *words]), status, _hear, hint=_NETWORK)
    status.close(summary)


def _command(words: Sequence[str]) -> list[str]:
    return privileges.as_root(["env", *_ENVIRONMENT, "apt-get", *_OPTIONS, *words])


def _hear(line: str, status: Status) -> None:
    found = _STEP.match(line)
    if found:
        status.show(found["what"], int(float(found["percent"])))
