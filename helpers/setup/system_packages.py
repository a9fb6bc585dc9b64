"""Installs system packages on Debian and Ubuntu with apt, shows progress, and notes them for `clean`."""

import re
import shutil
from collections.abc import Iterable, Sequence

from helpers.core.paths import PROJECT
from helpers.setup import changes_made, consent, disk, privileges
from helpers.setup.subprocesses import Status, follow, run

_ENVIRONMENT = ["DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
_OPTIONS = ["-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
_STEP = re.compile(r"^(?:dl|pm)status:[^:]*:(?P<percent>[0-9.]+):(?P<what>.*)$")
_FETCHED = re.compile(r"^Need to get (?P<size>[\d.,]+ .?B)", re.MULTILINE)
_ON_DISK = re.compile(r"^After this operation, (?P<size>[\d.,]+ .?B) of additional", re.MULTILINE)
_REMOVED, _DOWNGRADED = (
    re.compile(rf"^The following packages will be {verb}:\n(?P<names>(?:  .*\n?)+)", re.MULTILINE)
    for verb in ("REMOVED", "DOWNGRADED")
)
_PLAN_SECONDS = 600.0  # longer than apt's own wait for the lock
_DISK_NEEDED = 1_000_000_000
_NETWORK = "Check your network connection and /etc/apt/sources.list, then run the same command again."
_DPKG = "Run `sudo dpkg --configure -a` yourself to see what it is waiting for, then run the same command again."


def can_install() -> bool:
    """Whether this system has apt."""
    return shutil.which("apt-get") is not None


def missing(names: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed."""
    return [name for name in names if not is_installed(name)]


def install_command(names: Sequence[str]) -> str:
    """The command with which the user can install the packages."""
    return f"{privileges.sudo()}apt-get install --no-install-recommends {' '.join(names)}"


def install(names: Sequence[str]) -> None:
    """Install those of the packages that are missing; the user has consented to this.

    If apt would remove or downgrade other packages, the user is asked again, even with --yes. Raises SetupError if
    they don't agree, apt fails, neither root nor sudo is available, or the disk is too small.
    """
    wanted = missing(names)
    if not wanted:
        return
    disk.require(PROJECT, _DISK_NEEDED, f"Installing {', '.join(wanted)}")
    _finish_interrupted()
    _apt(["update"], "Package lists", "read")
    plan = _plan(wanted)
    print(_announcement(wanted, plan), flush=True)
    options = _allowed(wanted, plan)
    changes_made.write(installing=wanted)
    _apt([*options, "install", *wanted], "System packages", f"{', '.join(wanted)} installed")
    changes_made.write(packages=_noted(), installing=None)


def _finish_interrupted() -> None:
    """Let dpkg finish what an interrupted installation of ours left: until then, apt refuses to install anything."""
    if changes_made.read().get("installing"):
        status = Status("System packages")
        status.show("finishing an installation that was interrupted")
        command = privileges.as_root(["env", *_ENVIRONMENT, "dpkg", "--configure", "-a"])
        follow(command, status, lambda _line, shown: shown.tick(), hint=_DPKG)
        status.close("the installation that was interrupted is finished")


def _noted() -> list[str]:
    """The packages that the course installed, or began to install."""
    known = changes_made.read()
    return sorted({*known.get("packages", []), *known.get("installing", [])})


def how_to_remove() -> list[str]:
    """A line with the command that removes the packages the course installed; empty if there are none."""
    names = [name for name in _noted() if is_installed(name)]
    command = f"{privileges.sudo()}apt-get remove --autoremove {' '.join(names)}"
    return [f"The course installed system packages, which stay until you run: {command}"] if names else []


def is_installed(name: str) -> bool:
    """Whether dpkg has the package installed."""
    return run(["dpkg-query", "-W", "-f=${Status}", name]).stdout == "install ok installed"


def _plan(names: Sequence[str]) -> str:
    """What apt says it would do; nothing is installed."""
    command = _command(["install", "--assume-no", *names])
    return run(command, _PLAN_SECONDS).stdout


def _announcement(names: Sequence[str], plan: str) -> str:
    """The plan in one line: packages, download and disk size."""
    fetched, on_disk = (_size(form, plan) for form in (_FETCHED, _ON_DISK))
    wanted = f"{', '.join(names)} and their dependencies"
    return f"System packages: {wanted}, {fetched} to download, {on_disk} on disk."


def _allowed(names: Sequence[str], plan: str) -> list[str]:
    """The options that limit apt to what the user agreed to; by default it may remove and downgrade nothing."""
    removed, downgraded = _listed(_REMOVED, plan), _listed(_DOWNGRADED, plan)
    costs = [f"{verb} {', '.join(them)}" for verb, them in (("remove", removed), ("downgrade", downgraded)) if them]
    if costs:
        action = f"To install {', '.join(names)}, apt would {' and '.join(costs)}."
        consent.ask_despite_yes(action, f"review these changes and, if you agree, run: {install_command(names)}")
    return [*([] if removed else ["--no-remove"]), *(["--allow-downgrades"] if downgraded else [])]


def _listed(form: re.Pattern[str], plan: str) -> list[str]:
    """The packages under a heading of the plan, without the star that marks a purge."""
    found = form.search(plan)
    return [name.rstrip("*") for name in found["names"].split()] if found else []


def _size(form: re.Pattern[str], plan: str) -> str:
    found = form.search(plan)
    return found["size"] if found else "little"


def _apt(words: Sequence[str], title: str, summary: str) -> None:
    status = Status(title, total=100)
    follow(_command(["-y", "-o", "APT::Status-Fd=1", *words]), status, _on_line, hint=_NETWORK)
    status.close(summary)


def _command(words: Sequence[str]) -> list[str]:
    return privileges.as_root(["env", *_ENVIRONMENT, "apt-get", *_OPTIONS, *words])


def _on_line(line: str, status: Status) -> None:
    found = _STEP.match(line)
    if found:
        status.show(found["what"], int(float(found["percent"])))
