"""What a file system contains, counted: file categories, shells, compilers, users, certificates."""

import posixpath
import re
from collections import Counter

from helpers.core.records.image import Contents, FileCategory
from helpers.engine.image_scan.filesystem import Folder, walk
from helpers.engine.image_scan.saved_image import File, LayerFiles

# Paths in the official golang images and Go's defaults: GOROOT, GOMODCACHE and GOCACHE of root
# (https://pkg.go.dev/cmd/go#hdr-Environment_variables).
_PATHS = (
    (FileCategory.TOOLCHAIN, re.compile(r"usr/local/go/")),
    (FileCategory.MODULES, re.compile(r"go/pkg/(?:mod|sumdb)/")),
    (FileCategory.BUILD_CACHE, re.compile(r"root/\.cache/go-build/")),
)
_EXECUTABLE = 0o111
_LARGE = 1_000_000  # bytes: a compiled program is larger, a script is not


def categories(layer: LayerFiles) -> dict[FileCategory, int]:
    """Bytes in regular files by category, hard links once; categories without bytes are left out."""
    counts: Counter[FileCategory] = Counter()
    seen: set[int] = set()
    for path, file in layer.files.items():
        if file.is_regular and id(file) not in seen:
            seen.add(id(file))
            counts[_category(path, file)] += file.bytes
    return {category: size for category, size in counts.items() if size}


def _category(path: str, file: File) -> FileCategory:
    for category, place in _PATHS:
        if place.match(path):
            return category
    is_program = file.mode & _EXECUTABLE and file.bytes >= _LARGE
    return FileCategory.PROGRAM if is_program else FileCategory.OTHER


PATHS_KEPT = 300
_PROGRAM_FOLDERS = ("bin", "sbin")
_SHELL = re.compile(r"(?:sh|bash|dash|ash|zsh|ksh\d*|mksh|csh|tcsh|fish|busybox)(?:\.\w+)?")
_PACKAGE_MANAGER = re.compile(
    r"apt|apt-get|aptitude|dpkg|apk|yum|dnf\d?|microdnf|rpm|zypper|pacman|opkg|pip[\d.]*|npm|conda"
)
_COMPILER = re.compile(
    r"(?:\w+-linux-(?:gnu|musl)\w*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|tcc)(?:-[\d.]+)?|go|gccgo|rustc"
)
# Where Go looks for root certificates on Linux: crypto/x509/root_linux.go of the Go source.
_CERTIFICATES = frozenset(
    {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    }
)
_TIME_ZONES = re.compile(r"/usr/(?:share|lib)/zoneinfo/.+|.*/lib/time/zoneinfo\.zip")  # the second is Go's own copy
_SETUID = 0o4000


def count(root: Folder) -> Contents:
    """The inventory of a file system.

    Shells, package managers and compilers are executable regular files in a bin or sbin folder; symbolic links to them
    don't count. `files` counts every name of a regular file, as `find / -type f` does.
    """
    everything = dict(walk(root))
    regular = {path: file for path, file in everything.items() if file.is_regular}
    executables = {path: file for path, file in regular.items() if file.mode & _EXECUTABLE}
    programs = [path for path in executables if posixpath.basename(posixpath.dirname(path)) in _PROGRAM_FOLDERS]
    return Contents(
        files=len(regular),
        bytes=sum({id(file): file.bytes for file in regular.values()}.values()),
        executables=len(executables),
        shells=_named(programs, _SHELL),
        package_managers=_named(programs, _PACKAGE_MANAGER),
        compilers=_named(programs, _COMPILER),
        setuid=tuple(sorted(path for path, file in executables.items() if file.mode & _SETUID)),
        users=_users(regular.get("/etc/passwd")),
        has_certificates=not _CERTIFICATES.isdisjoint(regular),
        has_time_zones=any(map(_TIME_ZONES.fullmatch, regular)),
        paths=tuple(sorted(everything)[:PATHS_KEPT]),
    )


def _named(paths: list[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(sorted(path for path in paths if pattern.fullmatch(posixpath.basename(path))))


def _users(passwd: File | None) -> tuple[str, ...]:
    """The names in /etc/passwd, in its order."""
    lines = passwd.text.splitlines() if passwd else []
    return tuple(line.split(":", 1)[0] for line in lines if ":" in line)
