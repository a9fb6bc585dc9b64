"""An image's regular files with their sizes, and the difference between two such listings."""

import json
import zlib

from helpers.engine.filesystem import Folder, walk
from helpers.records.changes import Change, Changes
from helpers.records.printable import printable, with_texts

Listing = dict[str, int]  # bytes by absolute path

KEPT = 200  # files that differ, the largest differences


def listing(root: Folder) -> Listing:
    """Every regular file of a file system, with its bytes."""
    return {path: file.bytes for path, file in walk(root) if file.is_regular}


def pack(files: Listing) -> bytes:
    """The listing, compressed."""
    return zlib.compress(json.dumps(files, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(packed: bytes) -> Listing:
    """The listing that was passed to `pack`."""
    files: Listing = json.loads(zlib.decompress(packed))
    return files


def changes(before: Listing, after: Listing, names: tuple[str, str]) -> Changes:
    """Files that are in only one listing, or differ in size. Files of equal size count as equal.

    Paths are safe to print.
    """
    added = [Change(path, None, size) for path, size in after.items() if path not in before]
    removed = [Change(path, size, None) for path, size in before.items() if path not in after]
    resized = [Change(path, before[path], size) for path, size in after.items() if before.get(path, size) != size]
    largest = sorted([*added, *removed, *resized], key=lambda change: (-abs(change.difference), change.path))
    sums = (_sum(group) for group in (added, removed, resized))
    return with_texts(Changes(*names, tuple(largest[:KEPT]), *sums), printable)


def _sum(group: list[Change]) -> tuple[int, int]:
    return len(group), sum(change.difference for change in group)
