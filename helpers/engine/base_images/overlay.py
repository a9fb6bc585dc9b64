"""The tar that turns a Debian root into a Go image: the toolchain, its folders, this machine's CA certificates."""

import tarfile
from io import BytesIO
from pathlib import Path

# Where distributions keep the CA bundle (Debian and Ubuntu first).
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_EXECUTABLES = ("usr/local/go/bin/", "usr/local/go/pkg/tool/")  # a module's zip has no execute bits


def write(path: Path, toolchain: Path, certificates: bytes) -> None:
    """Writes a tar that, unpacked over a Debian root, makes it the root of a Go image."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(toolchain, "usr/local/go", filter=_as_official)
        for folder in ("go", "go/bin", "go/src"):
            tar.addfile(_entry(folder, 0o1777, tarfile.DIRTYPE))
        for name in (
            "etc/hostname",
            "etc/resolv.conf",
        ):  # emptied: mmdebstrap copied this machine's
            tar.addfile(_entry(name, 0o644))
        if certificates:
            tar.addfile(
                _entry("etc/ssl/certs/ca-certificates.crt", 0o644, size=len(certificates)), BytesIO(certificates)
            )


def certificates() -> bytes:
    """This machine's CA bundle, since builds go through the same proxies; b"" if there is none."""
    for name in _BUNDLES:
        if (path := Path(name)).is_file():
            return path.read_bytes()
    return b""


def _as_official(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member as in the official image: owned by root, with execute bits on programs."""
    member.mode = 0o755 if member.isdir() or member.name.startswith(_EXECUTABLES) else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type, entry.size = mode, kind, size
    return entry
