"""The bytes of a layer by kind, recognised by path: toolchain, modules, compiler cache, program."""

import re
from collections import Counter

from helpers.engine.layer import File, LayerFiles

TOOLCHAIN, MODULES, COMPILER_CACHE, PROGRAM, OTHER = "toolchain", "modules", "compiler cache", "program", "other files"
# Paths in the official golang images and Go's defaults: GOROOT, GOMODCACHE and GOCACHE of root
# (https://pkg.go.dev/cmd/go#hdr-Environment_variables).
_PATHS = (
    (TOOLCHAIN, re.compile(r"usr/local/go/")),
    (MODULES, re.compile(r"go/pkg/(?:mod|sumdb)/")),
    (COMPILER_CACHE, re.compile(r"root/\.cache/go-build/")),
)
_EXECUTABLE = 0o111
_LARGE = 1_000_000  # bytes: a compiled program is larger, a script is not


def kinds(layer: LayerFiles) -> dict[str, int]:
    """Bytes in regular files by kind, hard links once; kinds without bytes are left out."""
    counts: Counter[str] = Counter()
    seen: set[int] = set()
    for path, file in layer.files.items():
        if file.is_regular and id(file) not in seen:
            seen.add(id(file))
            counts[_kind(path, file)] += file.bytes
    return {kind: size for kind, size in counts.items() if size}


def _kind(path: str, file: File) -> str:
    for kind, place in _PATHS:
        if place.match(path):
            return kind
    return PROGRAM if file.mode & _EXECUTABLE and file.bytes >= _LARGE else OTHER
