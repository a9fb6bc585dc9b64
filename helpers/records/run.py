"""The life of one container: started, healthy, asked, ended."""

from dataclasses import dataclass

# What an engine leaves root in a container: https://docs.docker.com/engine/containers/run/ lists it
DOCKERS_DEFAULT = frozenset(
    f"CAP_{name}"
    for name in (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)


@dataclass(frozen=True, slots=True)
class Health:
    """The first good answer of /health."""

    status: int  # HTTP
    # Container created already; from just before the start call to the first 200. By this machine's clock, or where a
    # helper container asks on the engine's host, by that host's (the run's notes say so).
    seconds_to_healthy: float
    body: str = ""  # at most 64 KiB of it


@dataclass(frozen=True, slots=True)
class Process:
    """The container's first process as it is seen from outside the container."""

    uid: int
    gid: int
    effective_capabilities: tuple[str, ...] = ()  # "CAP_CHOWN", …
    possible_capabilities: tuple[str, ...] | None = None  # the bounding set: no program it starts may have others
    no_new_privileges: bool | None = None  # a program with the setuid bit, or with capabilities, gains none

    @property
    def has_dockers_default(self) -> bool:
        """Whether its effective capabilities are those that an engine leaves root in a container."""
        return set(self.effective_capabilities) == DOCKERS_DEFAULT


@dataclass(frozen=True, slots=True)
class Shutdown:
    """What became of the container on SIGTERM, sent while a request was in flight."""

    seconds: float  # from the signal to the exit
    exit_code: int
    request_finished: bool | None  # None: no request was in flight


@dataclass(frozen=True, slots=True)
class Run:
    """One container from start to exit. Parts that were not asked for are None."""

    health: Health
    log: str = ""
    process: Process | None = None
    shutdown: Shutdown | None = None
    memory_bytes: int | None = None  # held after the first good answer
    verdict: str | None = None  # the engine's, by the image's HEALTHCHECK: "healthy" | "unhealthy" | "starting"
    notes: tuple[str, ...] = ()  # what was different about it: who asked, which limits the engine does not keep
