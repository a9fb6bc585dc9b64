"""An image's regular files and their sizes, and what two such listings differ in."""

import json
import zlib

from helpers.engine.filesystem import Folder, walk
from helpers.records.changes import Change, Changes
from helpers.records.printable import printable, with_texts

Listing = dict[str, int]  # bytes by absolute path

KEPT = 200  # of the files that differ


def listing(root: Folder) -> Listing:
    """Every regular file of a file system."""
    return {path: file.bytes for path, file in walk(root) if file.is_regular}


def pack(files: Listing) -> bytes:
    """The listing in few bytes."""
    return zlib.compress(json.dumps(files, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(packed: bytes) -> Listing:
    """The listing that `pack` was given."""
    files: Listing = json.loads(zlib.decompress(packed))
    return files


def changes(before: Listing, after: Listing, names: tuple[str, str]) -> Changes:
    """What is in one listing and not in the other, or has another size. Equal sizes are taken for equal files.

    Names are safe to print.
    """
    added = [Change(path, None, size) for path, size in after.items() if path not in before]
    removed = [Change(path, size, None) for path, size in before.items() if path not in after]
    resized = [Change(path, before[path], size) for path, size in after.items() if before.get(path, size) != size]
    largest = sorted([*added, *removed, *resized], key=lambda change: (-abs(change.difference), change.path))
    sums = (_sum(group) for group in (added, removed, resized))
    return with_texts(Changes(*names, tuple(largest[:KEPT]), *sums), printable)


def _sum(group: list[Change]) -> tuple[int, int]:
    return len(group), sum(change.difference for change in group)
