"""The machine, the engine and the base images that were used for a measurement."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer that ran the workbook."""

    name: str  # "Debian GNU/Linux 12, 2 cores, 24 GB"; never a host name
    system: str
    architecture: str  # "amd64" | "arm64"
    cpus: int
    memory_bytes: int
    python: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """The Docker Engine that was used."""

    address: str  # "unix:///var/run/docker.sock"
    version: str
    storage: str  # "overlay2" | "containerd (overlayfs)" | …
    architecture: str
    api_version: str = ""
    system: str = ""
    chosen_by: str = ""  # "DOCKER_HOST" | "context desktop-linux" | "default socket"


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image on this engine."""

    reference: str  # "golang:1.19-bullseye"
    digest: str  # "golang@sha256:…", to pin in a Dockerfile on this machine; "" if there is none
    source: str  # "registry" | "stand-in" | "local" (built or loaded under this name)
    id: str = ""
    bytes: int = 0

    @property
    def is_stand_in(self) -> bool:
        """Whether the course made it because no registry could be reached."""
        return self.source == "stand-in"
