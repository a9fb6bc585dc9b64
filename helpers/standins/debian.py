"""A Debian root file system as a tar stream, built by mmdebstrap from signed packages."""

import os
import re
import selectors
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

from helpers.core.errors import BaseImageError, DiskFull, WorkbookError

MIRROR = "WORKBOOK_DEBIAN_MIRROR"  # overrides the machine's own mirror
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_CHUNK = 1 << 20
Chunks = Generator[bytes, None, None]
SILENT_SECONDS = 1800.0  # generous: apt logs each package it sets up and gives a mirror 30 s
SETTINGS_SECONDS = 120.0  # for apt to print its settings
_NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# The root is read once, so it needs no disk. The mount exists in that namespace only, and goes with it.
_IN_MEMORY = ("sh", "-c", 'mount -t tmpfs dockerfile-workbook "$TMPDIR" && exec "$@"', "sh")
ENOUGH_MEMORY = 6_000_000_000  # bytes available, for two roots of 0.8 GB, and for everything else on the machine
CGROUP = Path("/sys/fs/cgroup")  # in a container, its own group: its limits and what it uses
_LOG_LINES = 15  # of mmdebstrap's log, shown in an error
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
# How this machine's apt reaches its mirrors. Settings that would allow unsigned packages are left out.
_MIRROR_ACCESS = re.compile(r"^Acquire::(https?\b|Check-|Retries|ForceIPv)\S* \"[^\"]+\";$", re.MULTILINE)


class TimedOut(BaseImageError):
    """A program printed nothing for too long and was stopped; other apt sources would not change that."""


def mirrors(index_targets: str, codename: str) -> tuple[str, str]:
    """The URLs of Debian's archive and security archive in this machine's apt sources; "" for one that is not there.

    `index_targets` has one line "URL RELEASE" per apt source; `codename` is the machine's own Debian release.
    """
    pairs = [line.split(" ", 1) for line in index_targets.splitlines() if " " in line]
    by_release = {release: address for address, release in pairs}
    return by_release.get(codename, ""), by_release.get(f"{codename}-security", "")


def source_lists(suite: str, archive: str, security: str) -> tuple[tuple[str, ...], ...]:
    """The lists of apt sources to try, in order: with security updates, then the release alone, which stays longer.

    The last, empty list means mmdebstrap's own default mirrors.
    """
    if not archive:
        return ((),)
    release = f"deb [signed-by={KEYRING}] {archive} {suite} main"
    updates = f"deb [signed-by={KEYRING}] {archive} {suite}-updates main"
    fixes = f"deb [signed-by={KEYRING}] {security} {suite}-security main"
    return ((release, updates, fixes), (release,), ()) if security else ((release,), ())


def machine_sources(suite: str) -> tuple[tuple[str, ...], ...]:
    """The lists of apt sources to try on this machine; WORKBOOK_DEBIAN_MIRROR overrides apt's own sources."""
    if mirror := os.environ.get(MIRROR):
        return source_lists(suite, mirror, "")[:1]
    targets = output("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)")
    return source_lists(suite, *mirrors(targets, _codename(Path("/etc/os-release").read_text())))


def mirror_access(apt_configuration: str) -> str:
    """The lines of `apt-config dump` on how mirrors are reached: proxies, certificates, date checks."""
    return "\n".join(match[0] for match in _MIRROR_ACCESS.finditer(apt_configuration)) + "\n"


def command(suite: str, packages: Sequence[str], sources: Sequence[str], overlay: Path, apt: Path) -> list[str]:
    """The command that writes the root file system as a tar to stdout; it fails on unsigned or altered packages."""
    return [
        "mmdebstrap",
        "--verbose",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(packages)}",
        f"--aptopt={apt}",
        "--dpkgopt=force-unsafe-io",  # as in Debian's own images; nothing survives a crash anyway
        '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
        f"--customize-hook=tar-in '{overlay}' /",
        suite,
        "-",
        *sources,
    ]


def isolation() -> tuple[str, ...]:
    """What goes before the command: as root, namespaces of its own, and a folder in memory if there is enough."""
    if os.geteuid() != 0:
        return ()
    return (*_NAMESPACES, *(_IN_MEMORY if _available_memory() >= ENOUGH_MEMORY else ()))


def _available_memory() -> int:
    """The bytes of memory available to this process, by the machine and by the limit of its container (cgroup v2).

    The limit includes files in memory, such as those of a root.
    """
    found = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError, KeyError):  # the files aren't there, or the limit is "max"
        limit, used = (int((CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        details = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
        found = min(found, limit - used + int(details["inactive_file"]))  # the kernel frees inactive files on demand
    return found


def root(
    suite: str, packages: Sequence[str], sources: Sequence[str], overlay: Path, on_line: Callable[[str], None]
) -> Chunks:
    """The root file system with the tar `overlay` unpacked over it, in chunks of a tar; log lines go to `on_line`.

    Raises BaseImageError, with the last lines of the log, if mmdebstrap fails, TimedOut if it hangs, or DiskFull.
    """
    apt = overlay.with_name("apt.conf")
    apt.write_text(mirror_access(output("apt-config", "dump")))
    words = [*isolation(), *command(suite, packages, sources, overlay, apt)]
    with _running(words, overlay.parent) as process:
        log: list[str] = []
        for line, chunk in _read(process):
            if chunk:
                yield chunk
            elif line:
                log.append(line)
                on_line(line)
        if _status(process) != 0:
            raise _failed(suite, log)


@contextmanager
def _running(arguments: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, killed after the block. As root it has its own namespaces, so its children and mounts go with it.

    Its temporary files are in a folder of their own, which may be in memory.
    """
    (temporary := folder / "root").mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(temporary), "LC_ALL": "C"}
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()


def _read(process: "subprocess.Popen[bytes]") -> Iterator[tuple[str, bytes]]:
    """The process's log lines (stderr) and output chunks (stdout) as they come: each pair has one of the two."""
    rest = b""
    for pipe, chunk in _chunks(process):
        if pipe is process.stdout:
            yield "", chunk
        else:
            *lines, rest = (rest + chunk).split(b"\n")
            yield from ((line.decode(errors="replace").rstrip(), b"") for line in lines)


def _chunks(process: "subprocess.Popen[bytes]") -> Iterator[tuple[object, bytes]]:
    """What arrives on either pipe, with the pipe, until both are closed."""
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            selector.register(_open(pipe), selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(SILENT_SECONDS)
            if not ready:
                raise _timed_out("mmdebstrap", SILENT_SECONDS)
            for key, _ in ready:
                if chunk := os.read(key.fd, _CHUNK):
                    yield key.fileobj, chunk
                else:
                    selector.unregister(key.fileobj)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # Popen was called with PIPE
    return pipe


def _failed(suite: str, log: list[str]) -> WorkbookError:
    if full := next((line for line in log if _DISK_FULL.search(line)), ""):
        return DiskFull(
            f"No space left on the disk of your cache folder while Debian {suite} was installed: {full}",
            "Free some disk space there, then run the same command again.",
        )
    shown = [line for line in log if line.startswith(("E: ", "W: ", "dpkg: error"))] or log
    return BaseImageError(
        f"mmdebstrap could not install Debian {suite}:\n" + "\n".join(shown[-_LOG_LINES:]),
        "Check that Debian's mirrors can be reached. If they no longer have this release, set "
        f"{MIRROR} to a mirror of Debian's archive.",
    )


def _codename(os_release: str) -> str:
    """The machine's Debian release; "" on other distributions, whose mirrors don't have Debian."""
    facts = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return facts.get("VERSION_CODENAME", "").strip('"') if facts.get("ID", "").strip('"') == "debian" else ""


def output(*arguments: str) -> str:
    """What a command prints. Raises TimedOut if it takes longer than SETTINGS_SECONDS."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=SETTINGS_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise _timed_out(" ".join(arguments), SETTINGS_SECONDS) from error
    return done.stdout


def _status(process: "subprocess.Popen[bytes]") -> int:
    """The exit status of a process that has closed its output pipes."""
    try:
        return process.wait(SILENT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise _timed_out("mmdebstrap", SILENT_SECONDS) from error


def _timed_out(command: str, seconds: float) -> TimedOut:
    return TimedOut(
        f"`{command}` printed nothing for {seconds / 60:g} minutes and was stopped.",
        "Check whether another program is using apt or keeping the disk busy, then run the same command again.",
    )
