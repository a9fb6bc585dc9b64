"""Which process is meant: the same one as noted earlier, not another with its number."""

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process. Its number is reused after it ends, so the boot and the start time identify it too."""

    boot: str
    pid: int
    started: int  # clock ticks since boot: field 22 of /proc/PID/stat, proc(5)


def identify(pid: int) -> Process:
    """The process that has this number now.

    Raises OSError if there is none or the system has no procfs.
    """
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Process(boot, pid, int(_stat(pid)[2][18]))


def is_alive(process: Process, name: str) -> bool:
    """Whether exactly this process is still running, with this name."""
    try:
        return identify(process.pid) == process and name_of(process.pid) == name
    except OSError:
        return False


def name_of(pid: int) -> str:
    """The name of the process; "" if there is none or it is a zombie."""
    try:
        name, state, _ = _stat(pid)
    except OSError:
        return ""
    return "" if state == "Z" else name


def _stat(pid: int) -> tuple[str, str, list[str]]:
    """Name, state, and the fields from the fourth on. The name, in parentheses, may contain spaces and parentheses."""
    text = (_PROC / str(pid) / "stat").read_text()
    state, *fields = text[text.rindex(")") + 1 :].split()
    return text[text.index("(") + 1 : text.rindex(")")], state, fields
