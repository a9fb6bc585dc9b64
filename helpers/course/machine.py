"""The machine that the workbook runs on, as recorded with each measurement."""

import os
import platform

from helpers.core.records import Machine
from helpers.engine.recording import played

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def this_machine() -> Machine:
    """The operating system, cores and memory; never the host name, because results are shared.

    In a replay, those of the machine that made the recording.
    """
    if header := played():
        return header.machine
    system, cpus, memory = _system(), os.cpu_count() or 1, _memory_bytes()
    return Machine(
        name=f"{system}, {cpus} {'core' if cpus == 1 else 'cores'}, {memory / 1e9:.0f} GB",
        system=system,
        architecture=_ARCHITECTURES.get(platform.machine().lower(), platform.machine()),
        cpus=cpus,
        memory_bytes=memory,
        python=platform.python_version(),
    )


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:  # not Linux
        return f"{platform.system()} {platform.release()}"


def _memory_bytes() -> int:
    """Memory in bytes; 0 if the system does not report it (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
