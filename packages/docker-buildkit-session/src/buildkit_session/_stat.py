"""One path of a build context as BuildKit expects it: type, mode, size, time, link, extended attributes."""

import os
import stat
import sys
from functools import lru_cache

from buildkit_session._proto.filesync_pb2 import Stat

# Go's io/fs.FileMode bits, which the protocol uses in place of Unix's (https://pkg.go.dev/io/fs#FileMode)
_TYPES = {
    stat.S_IFDIR: 1 << 31,
    stat.S_IFLNK: 1 << 27,
    stat.S_IFBLK: 1 << 26,
    stat.S_IFCHR: 1 << 26 | 1 << 21,
    stat.S_IFIFO: 1 << 25,
    stat.S_IFSOCK: 0,  # a tar header has no word for sockets, so BuildKit's own client drops the bit
    stat.S_IFREG: 0,
}
_SPECIAL = {stat.S_ISUID: 1 << 23, stat.S_ISGID: 1 << 22, stat.S_ISVTX: 1 << 20}


@lru_cache
def go_mode(mode: int) -> int:
    """Go's file mode for a Unix one."""
    special = sum(bit for unix, bit in _SPECIAL.items() if mode & unix)
    return mode & 0o777 | special | _TYPES[stat.S_IFMT(mode)]


def describe(path: str, found: os.stat_result, location: str) -> Stat:
    """What is sent for the file at `location`. No owners, as by `docker build`: a build's files are root's."""
    described = Stat(path=path, mode=_mode(found.st_mode), modTime=found.st_mtime_ns)
    if not stat.S_ISDIR(found.st_mode):
        described.size = found.st_size
    if stat.S_ISLNK(found.st_mode):
        described.linkname = os.readlink(location)
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        described.devmajor, described.devminor = os.major(found.st_rdev), os.minor(found.st_rdev)
    if attributes := _extended_attributes(location):
        described.xattrs.update(attributes)
    return described


def of_bytes(path: str, content: bytes, mode: int, modified_ns: int) -> Stat:
    """What is sent for a file that is on no disk."""
    return Stat(path=path, mode=mode & 0o777, size=len(content), modTime=modified_ns)


def _mode(mode: int) -> int:
    if sys.platform == "win32":  # as docker's client: Windows knows no run bit
        return go_mode((mode | 0o111) & ~0o022)
    return go_mode(mode)


def _extended_attributes(location: str) -> dict[str, bytes]:
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = os.listxattr(location, follow_symlinks=False)
        return {name: os.getxattr(location, name, follow_symlinks=False) for name in names}
    except OSError:  # the file system knows none
        return {}
