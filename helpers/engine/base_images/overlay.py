"""What is laid over Debian's root to make it a Go image: the toolchain, its folders, this machine's certificates."""

import tarfile
from io import BytesIO
from pathlib import Path

# Where the distributions keep the bundle (Debian and Ubuntu first).
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_RUN = ("usr/local/go/bin/", "usr/local/go/pkg/tool/")  # a module's zip has no run bits


def write(path: Path, toolchain: Path, certificates: bytes) -> None:
    """Writes the tar that, unpacked over the root of Debian, makes it the root of a Go image."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(toolchain, "usr/local/go", filter=_installed)
        for folder in ("go", "go/bin", "go/src"):
            tar.addfile(_entry(folder, 0o1777, tarfile.DIRTYPE))
        for name in ("etc/hostname", "etc/resolv.conf"):  # this machine's, copied there to fetch packages
            tar.addfile(_entry(name, 0o644))
        if certificates:
            tar.addfile(
                _entry("etc/ssl/certs/ca-certificates.crt", 0o644, size=len(certificates)), BytesIO(certificates)
            )


def certificates() -> bytes:
    """This machine's bundle of CA certificates: a build goes through the same proxies; b"" where there is none."""
    for name in _BUNDLES:
        if (path := Path(name)).is_file():
            return path.read_bytes()
    return b""


def _installed(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member as the official image has it: root's, and with run bits where a program is."""
    member.mode = 0o755 if member.isdir() or member.name.startswith(_RUN) else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type, entry.size = mode, kind, size
    return entry
