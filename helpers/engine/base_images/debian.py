"""A root file system of Debian as a stream of tar, made of signed packages by mmdebstrap."""

import os
import re
import selectors
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from helpers.records.errors import BaseImageError

MIRROR = "WORKBOOK_DEBIAN_MIRROR"  # the variable that names another mirror than the machine's
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_CHUNK = 1 << 20
SILENT_SECONDS = 1800.0  # apt names each package that it sets up, and gives a mirror half a minute
_SETTINGS_SECONDS = 120.0  # for apt to say what it is set to
_ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_KEPT = 15  # lines of mmdebstrap's account that an error shows
# How this machine's apt reaches its mirrors. What would let unsigned packages in is not taken over.
_REACHES = re.compile(r"^Acquire::(https?\b|Check-|Retries|ForceIPv)\S* \"[^\"]+\";$", re.MULTILINE)


def mirrors(index_targets: str, codename: str) -> tuple[str, str]:
    """The addresses of Debian's archive and its security archive in this machine's sources; "" where it has none.

    `index_targets` has a line "ADDRESS RELEASE" for each of apt's sources; `codename` is the machine's own Debian.
    """
    pairs = [line.split(" ", 1) for line in index_targets.splitlines() if " " in line]
    by_release = {release: address for address, release in pairs}
    return by_release.get(codename, ""), by_release.get(f"{codename}-security", "")


def source_lists(suite: str, archive: str, security: str) -> tuple[tuple[str, ...], ...]:
    """The sources to try, one after the other: with security updates, then the release alone, which outlives them.

    An empty one stands for the mirrors that mmdebstrap knows itself; it comes last.
    """
    if not archive:
        return ((),)
    release = f"deb [signed-by={KEYRING}] {archive} {suite} main"
    updates = f"deb [signed-by={KEYRING}] {archive} {suite}-updates main"
    fixes = f"deb [signed-by={KEYRING}] {security} {suite}-security main"
    return ((release, updates, fixes), (release,), ()) if security else ((release,), ())


def machine_sources(suite: str) -> tuple[tuple[str, ...], ...]:
    """The sources to try on this machine; the variable WORKBOOK_DEBIAN_MIRROR goes before what apt is set to."""
    if mirror := os.environ.get(MIRROR):
        return source_lists(suite, mirror, "")[:1]
    targets = _output("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)")
    return source_lists(suite, *mirrors(targets, _codename(Path("/etc/os-release").read_text())))


def reach(apt_configuration: str) -> str:
    """Of `apt-config dump`, the lines that say how the mirrors are reached: proxies, certificates, dates."""
    return "\n".join(match[0] for match in _REACHES.finditer(apt_configuration)) + "\n"


def command(suite: str, packages: Sequence[str], sources: Sequence[str], overlay: Path, apt: Path) -> list[str]:
    """The command that writes the root as a tar to its output. Unsigned or altered packages make it fail."""
    return [
        *(_ALONE if os.geteuid() == 0 else ()),
        "mmdebstrap",
        "--verbose",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(packages)}",
        f"--aptopt={apt}",
        "--dpkgopt=force-unsafe-io",  # as in Debian's own images; a crash leaves nothing that is used
        '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
        f"--customize-hook=tar-in '{overlay}' /",
        suite,
        "-",
        *sources,
    ]


def root(
    suite: str, packages: Sequence[str], sources: Sequence[str], overlay: Path, on_line: Callable[[str], None]
) -> Iterator[bytes]:
    """The root as chunks of a tar, `overlay` (a tar) laid over it; every line of the account goes to `on_line`.

    Raises BaseImageError, with the last lines of the account, where it does not come to its end.
    """
    apt = overlay.with_name("apt.conf")
    apt.write_text(reach(_output("apt-config", "dump")))
    with _running(command(suite, packages, sources, overlay, apt), overlay.parent) as process:
        account: list[str] = []
        for line, chunk in _read(process):
            if chunk:
                yield chunk
            elif line:
                account.append(line)
                on_line(line)
        if _status(process) != 0:
            raise _failed(suite, account)


@contextmanager
def _running(arguments: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, ended in any case, and with it what it started and mounted: as root it has namespaces of its own."""
    environment = os.environ | {"TMPDIR": str(folder), "LC_ALL": "C"}
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
    """What comes next from the process: a line of its account, or a chunk of its output."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            selector.register(_open(pipe), selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(SILENT_SECONDS)
            if not ready:
                raise _endless("mmdebstrap", SILENT_SECONDS)
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    yield "", chunk
                else:
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from ((line.decode(errors="replace").rstrip(), b"") for line in lines)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # Popen was asked for a pipe
    return pipe


def _failed(suite: str, account: list[str]) -> BaseImageError:
    said = [line for line in account if line.startswith(("E: ", "W: ", "dpkg: error"))] or account
    return BaseImageError(
        f"Debian {suite} could not be made from its packages:\n" + "\n".join(said[-_KEPT:]),
        f"are Debian's mirrors in reach? A release that has left them is in its archive: name a mirror in {MIRROR}",
    )


def _codename(os_release: str) -> str:
    """The machine's release of Debian; "" where it is another distribution, whose mirrors have no Debian."""
    facts = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return facts.get("VERSION_CODENAME", "").strip('"') if facts.get("ID", "").strip('"') == "debian" else ""


def _output(*arguments: str) -> str:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=_SETTINGS_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise _endless(" ".join(arguments), _SETTINGS_SECONDS) from error
    return done.stdout


def _status(process: "subprocess.Popen[bytes]") -> int:
    """The exit status of a process that has closed its output."""
    try:
        return process.wait(SILENT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise _endless("mmdebstrap", SILENT_SECONDS) from error


def _endless(command: str, seconds: float) -> BaseImageError:
    return BaseImageError(
        f"`{command}` has said nothing for {seconds / 60:g} minutes and was ended.",
        "is another program using apt, or is the disk very busy? Then give the same command again",
    )
