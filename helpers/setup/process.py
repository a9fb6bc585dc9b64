"""A process of this machine, known so exactly that no other one is taken for it."""

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process: its number is used again after it ends, so the boot and the start time belong to it."""

    boot: str
    pid: int
    started: int  # clock ticks after the boot: field 22 of /proc/PID/stat, proc(5)


def identify(pid: int) -> Process:
    """The process that has this number now.

    Raises OSError where there is none, or the system has no /proc.
    """
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Process(boot, pid, int(_stat(pid)[2][18]))


def is_alive(process: Process, name: str) -> bool:
    """Whether exactly this process still runs, and under this name."""
    try:
        return identify(process.pid) == process and name_of(process.pid) == name
    except OSError:
        return False


def name_of(pid: int) -> str:
    """What the system calls the process; "" where there is none, or it has ended and waits to be collected."""
    try:
        name, state, _ = _stat(pid)
    except OSError:
        return ""
    return "" if state == "Z" else name


def _stat(pid: int) -> tuple[str, str, list[str]]:
    """Name, state, and the fields from the fourth on: the name, in brackets, may itself hold spaces and brackets."""
    text = (_PROC / str(pid) / "stat").read_text()
    state, *fields = text[text.rindex(")") + 1 :].split()
    return text[text.index("(") + 1 : text.rindex(")")], state, fields
