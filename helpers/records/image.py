"""What an image weighs and what lies in it."""

from __future__ import annotations  # a node names itself, and who reads records must be able to resolve that

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image: the instruction that made it and the bytes in its regular files."""

    created_by: str
    bytes: int
    diff_id: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image as its configuration and history tell it."""

    id: str
    bytes: int  # bytes in the layers' regular files, hard links once: the same on every image store
    engine_bytes: int  # the engine's own figure, which depends on its image store
    transfer_bytes: int | None = None  # compressed, as a registry would send it; None: not measured
    layers: tuple[Layer, ...] = ()
    architecture: str = ""
    user: str = ""  # as USER has it; "" is root
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()  # "8080/tcp"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()  # () where there is none
    base_layers: int = 0  # how many of the layers, the lowest ones, are the base image's


@dataclass(frozen=True, slots=True)
class Node:
    """A file or a folder of a layer, and what it weighs with all that is in it."""

    name: str
    bytes: int
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerContents:
    """What one layer adds: by kind, and as a tree in which small files are summed up."""

    created_by: str
    bytes: int
    kinds: dict[str, int] = field(default_factory=dict)  # bytes by kind: "toolchain", "modules", …
    tree: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A piece of software that somebody else made, in the version that lies in an image."""

    name: str
    version: str
    kind: str  # whose package it is: "deb", "go-module", …


@dataclass(frozen=True, slots=True)
class Packages:
    """The software packages of an image; one that lies there several times in the same version counts once."""

    counts: dict[str, int] = field(default_factory=dict)  # by kind
    named: tuple[Package, ...] = ()  # sorted by kind and name; () in the baseline, which keeps the counts alone

    @property
    def total(self) -> int:
        """How many there are, of all kinds."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in the file system of an image, all layers applied. Paths are absolute."""

    files: int
    bytes: int  # in regular files that are still visible, hard links once
    executables: int
    shells: tuple[str, ...] = ()
    package_managers: tuple[str, ...] = ()
    compilers: tuple[str, ...] = ()
    setuid: tuple[str, ...] = ()
    users: tuple[str, ...] = ()  # names in /etc/passwd
    has_certificates: bool = False  # a bundle of CA certificates
    has_time_zones: bool = False  # zoneinfo, on its own or inside Go's
    layers: tuple[LayerContents, ...] = ()  # the lowest first
    paths: tuple[str, ...] = ()  # up to a few hundred of them, sorted: enough for a small image to be listed whole
