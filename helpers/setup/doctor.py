"""Checks what is installed and what is missing, for `doctor`; each finding has a hint."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from helpers.core.endpoint import Address, find
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT, RUN_LOCK, VENV
from helpers.setup import browser, disk, engine, environment, own_packages, ping

DISK_NEEDED = 8_000_000_000  # bytes for base images, stand-ins and all builds, measured on overlay2
REGISTRY_SECONDS = 10.0  # for a registry to answer
FIX_ALL = "Run: python3 -m helpers run --yes"


@dataclass(frozen=True)
class Finding:
    """One thing that the course needs, and whether it is available."""

    name: str
    ok: bool
    detail: str
    hint: str = ""

    def __str__(self) -> str:
        mark = "[OK]     " if self.ok else "[MISSING]"
        return f"{mark} {self.name}: {self.detail}" + (
            f"\n          → {self.hint}" if self.hint and not self.ok else ""
        )


def findings() -> Iterator[Finding]:
    """The findings, in the order in which `run` needs them."""
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
        return Finding("Python packages", True, f"installed at the locked versions, in {where}")
    venv = "is created in .venv" if find_spec("ensurepip") else f"in .venv needs {environment.venv_package()}"
    return Finding(
        "Python packages",
        False,
        f"no environment has those in {RUN_LOCK.name}; a new one {venv}",
        FIX_ALL,
    )


def _helpers() -> Finding:
    if all(own_packages.is_current(project) for project in own_packages.projects()):
        return Finding("Helpers", True, f"importable in {sys.prefix}, from {PROJECT}")
    other = own_packages.owner()
    if other and other != PROJECT:
        detail = f"{sys.prefix} has those of the checkout in {other}"
        return Finding("Helpers", False, detail, "To install those of this folder instead, run: python3 -m helpers lab")
    return Finding("Helpers", False, f"not installed in {sys.prefix}: notebooks can't import them", FIX_ALL)


def _engine() -> Finding:
    try:
        address = find()
    except SetupError as error:
        return Finding("Docker Engine", False, error.message, error.hint)
    answer = ping.ping(address.host)
    where = f"{address.host} ({address.chosen_by})"
    if answer is ping.Answer.HERE:
        return Finding("Docker Engine", True, f"{_description(address)} at {where}")
    if answer is ping.Answer.UNKNOWN:
        return Finding("Docker Engine", True, f"{where}: {answer.value}")
    if answer is ping.Answer.FORBIDDEN:
        hint = "Run `sudo -v` first; the commands then continue with sudo."
        return Finding("Docker Engine", False, f"{where}: {answer.value}", hint)
    return Finding("Docker Engine", False, f"{where}: {answer.value}", engine.hint(address))


def _description(address: Address) -> str:
    version, info = ping.ask(address.host, "/version"), ping.ask(address.host, "/info")
    return f"{version.get('Version', '?')}, storage {info.get('Driver', '?')}, {version.get('Arch', '?')}"


def _disk() -> Finding:
    free = disk.free(PROJECT)
    detail = f"{disk.gigabytes(free)} free, the course needs up to {disk.gigabytes(DISK_NEEDED)}"
    return Finding("Disk", free >= DISK_NEEDED, detail, "Free some disk space.")


def _browser() -> Finding:
    found = browser.find()
    hint = "Run: python3 -m helpers test --yes" if browser.can_install() else browser.INSTALL_HINT
    return Finding("Browser (only for `test`)", bool(found), found or "no Chromium-based browser found", hint)
