"""What is here and what is missing, told by the standard library alone, each with the line that mends it."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from helpers.setup import browser, disk, engine, environment, installation, ping
from helpers.setup.address import Address, find
from helpers.setup.errors import SetupError
from helpers.setup.folders import PROJECT, VENV

ROOM = 8_000_000_000  # base images, stand-ins and the builds of all sections, seen on overlay2
FIX_ALL = "python3 -m helpers run --yes"


@dataclass(frozen=True)
class Finding:
    """One thing that the course needs, and whether it is here."""

    name: str
    here: bool
    detail: str
    hint: str = ""

    def __str__(self) -> str:
        mark = "[OK]     " if self.here else "[MISSING]"
        return f"{mark} {self.name}: {self.detail}" + (
            f"\n          → {self.hint}" if self.hint and not self.here else ""
        )


def findings() -> Iterator[Finding]:
    """Each thing in the order in which `run` needs it."""
    yield Finding("Python", True, f"{platform.python_version()} at {sys.executable}")
    yield _environment()
    if environment.is_ready():
        yield _helpers()
    yield _engine()
    yield _disk()
    yield _browser()


def _environment() -> Finding:
    if environment.is_ready():
        where = sys.prefix if environment.is_held_here() else VENV
        return Finding("Python packages", True, f"as locked, in {where}")
    can = (
        "which this Python can make" if find_spec("ensurepip") else f"for which {environment.venv_package()} is missing"
    )
    return Finding(
        "Python packages",
        False,
        f"no environment holds those of requirements.lock; it takes a .venv, {can}",
        FIX_ALL,
    )


def _helpers() -> Finding:
    if all(installation.is_current(project) for project in installation.projects()):
        return Finding("Helpers", True, f"importable in {sys.prefix}, from {PROJECT}")
    other = installation.owner()
    if other and other != PROJECT:
        detail = f"in {sys.prefix} they are installed from the checkout in {other}"
        return Finding("Helpers", False, detail, "python3 -m helpers lab (installs those of this folder instead)")
    return Finding("Helpers", False, f"not installed in {sys.prefix}: notebooks can't import them", FIX_ALL)


def _engine() -> Finding:
    try:
        address = find()
    except SetupError as error:
        return Finding("Docker Engine", False, error.message, error.hint)
    answer = ping.ping(address.host)
    said = f"{address.host} ({address.chosen_by})"
    if answer is ping.Answer.HERE:
        return Finding("Docker Engine", True, f"{_described(address)} at {said}")
    if answer is ping.Answer.UNKNOWN:
        return Finding("Docker Engine", True, f"{said}: {answer.value}")
    if answer is ping.Answer.FORBIDDEN:
        return Finding(
            "Docker Engine", False, f"{said}: {answer.value}", "the commands go on through sudo: type `sudo -v` first"
        )
    return Finding("Docker Engine", False, f"{said}: {answer.value}", engine.hint(address))


def _described(address: Address) -> str:
    version, info = ping.ask(address.host, "/version"), ping.ask(address.host, "/info")
    return f"{version.get('Version', '?')}, storage {info.get('Driver', '?')}, {version.get('Arch', '?')}"


def _disk() -> Finding:
    free = disk.free(PROJECT)
    return Finding(
        "Disk", free >= ROOM, f"{disk.gigabytes(free)} free, the course takes up to {disk.gigabytes(ROOM)}", "make room"
    )


def _browser() -> Finding:
    found = browser.find()
    hint = "python3 -m helpers test --yes" if browser.can_install() else browser.BY_HAND
    return Finding("Browser (for `test` alone)", bool(found), found or "none of Chromium's family", hint)
