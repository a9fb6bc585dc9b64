"""What an image weighs, what it contains, and how two images differ."""

from __future__ import annotations  # Node refers to itself, and cattrs must be able to resolve it

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image: the instruction that created it and the bytes in its regular files."""

    created_by: str
    bytes: int
    diff_id: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image, from its configuration and history."""

    id: str
    bytes: int  # in the layers' regular files, hard links counted once: the same for every image store
    engine_bytes: int  # as the engine reports it; depends on its image store
    transfer_bytes: int | None = None  # compressed, as a registry would send it; None: not measured
    layers: tuple[Layer, ...] = ()
    architecture: str = ""
    user: str = ""  # as in USER; "" is root
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()  # "8080/tcp"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()  # () if there is none
    base_layers: int = 0  # number of layers, from the bottom, that belong to the base image


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder of a layer; a folder's size includes its contents."""

    name: str
    bytes: int
    children: tuple[Node, ...] = ()


class FileCategory(StrEnum):
    """What a file is, by its location in the image. The values are stored in records and results."""

    TOOLCHAIN = "toolchain"  # Go itself
    MODULES = "modules"  # Go's module cache
    BUILD_CACHE = "compiler cache"  # Go's build cache
    PROGRAM = "program"  # a large executable anywhere else
    OTHER = "other files"


@dataclass(frozen=True, slots=True)
class LayerContents:
    """What one layer adds, by category and as a tree in which small files are grouped."""

    created_by: str
    bytes: int
    kinds: dict[FileCategory, int] = field(default_factory=dict)  # bytes by category
    tree: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A third-party software package in an image."""

    name: str
    version: str
    kind: str  # the ecosystem: "deb", "go-module", …


@dataclass(frozen=True, slots=True)
class Packages:
    """The software packages of an image; several copies of the same version count once."""

    counts: dict[str, int] = field(default_factory=dict)  # by kind
    named: tuple[Package, ...] = ()  # sorted by kind and name; () in the baseline, which only has counts

    @property
    def total(self) -> int:
        """Number of packages of all kinds."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Contents:
    """What an image's file system contains with all layers applied. Paths are absolute."""

    files: int
    bytes: int  # in regular files that no layer hides, hard links counted once
    executables: int
    shells: tuple[str, ...] = ()
    package_managers: tuple[str, ...] = ()
    compilers: tuple[str, ...] = ()
    setuid: tuple[str, ...] = ()
    users: tuple[str, ...] = ()  # names in /etc/passwd
    has_certificates: bool = False  # whether there is a CA bundle
    has_time_zones: bool = False  # zoneinfo, installed or in Go's own zip file
    layers: tuple[LayerContents, ...] = ()  # from the bottom up
    paths: tuple[str, ...] = ()  # sorted, up to a few hundred: complete for a small image


@dataclass(frozen=True, slots=True)
class Change:
    """One regular file that differs. The path is absolute."""

    path: str
    before: int | None  # bytes; None: the file doesn't exist
    after: int | None

    @property
    def difference(self) -> int:
        """Growth in bytes; negative if the file shrank."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """The files that were added, removed or resized."""

    before: str  # the images' names
    after: str
    files: tuple[Change, ...] = ()  # largest differences first; not complete
    added: tuple[int, int] = (0, 0)  # number of files, and the growth in bytes
    removed: tuple[int, int] = (0, 0)
    resized: tuple[int, int] = (0, 0)
